"""Personal data as people write it, from a generator that was written without sight of the rules:
nothing is left of it by masking, nor in anything that the service keeps or says.
"""

import json
from itertools import islice
from pathlib import Path
from random import Random

import pytest
from support.personal_data import (
    Datum,
    carriers,
    data_of,
    draw,
    is_left,
    left_of,
    messages,
    spellings,
)
from support.personal_doors import said_of
from support.personal_kinds import KINDS

from qa_service.text.check_digits import card_check, taxpayer_check
from qa_service.text.normalise import normalise
from qa_service.text.personal import has_personal_data, mask, mask_normalised

A_KIND, SEED = 400, 11


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_left_of_a_kind_in_any_message(kind: str) -> None:
    drawn = list(data_of(kind, A_KIND, SEED))
    assert [message.text for message in drawn if left_of(message, mask(message.text))] == []


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_left_of_a_kind_in_what_questions_are_counted_by(kind: str) -> None:
    """Small letters and other spellings of signs give nothing away that masking has not seen."""
    drawn = list(data_of(kind, A_KIND, SEED))
    counted_by = ((message, normalise(mask(message.text))) for message in drawn)
    assert [text for message, text in counted_by if left_of(message, text)] == []


def test_masking_a_masked_text_changes_nothing() -> None:
    masked = [mask(message.text) for message in messages(1_500, SEED)]
    assert [text for text in masked if mask(text) != text] == []


def test_a_normalised_text_is_masked_as_any_text() -> None:
    normalised = [normalise(message.text) for message in messages(1_500, SEED)]
    normalised += [normalise(mask(text)) for text in normalised]
    assert [text for text in normalised if mask_normalised(text) != mask(text)] == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_with_a_datum_is_known_to_hold_one(kind: str) -> None:
    assert all(has_personal_data(message.text) for message in data_of(kind, 100, SEED + 1))


def test_messages_without_their_data_lose_nothing() -> None:
    """What the sentences say stays, so that masking does not win by taking everything."""
    for carrier in carriers():
        said = carrier.replace("{", "«").replace("}", "»")
        assert mask(said) == said


# The generator and its judge


@pytest.mark.parametrize("kind", KINDS)
def test_the_judge_sees_every_datum_before_masking(kind: str) -> None:
    for message in data_of(kind, A_KIND, SEED):
        assert left_of(message, message.text) == list(message.data), message


@pytest.mark.parametrize("kind", KINDS)
def test_the_judge_sees_nothing_where_the_datum_is_taken_out(kind: str) -> None:
    for message in data_of(kind, 100, SEED):
        text = message.text
        for datum in message.data:
            text = text.replace(datum.written, "")
        assert left_of(message, text) == [], message


@pytest.mark.parametrize(
    ("written", "secret", "text", "left"),
    [
        ("067 123 45 67", "671234567", "[телефон]5 67", False),
        ("067 123 45 67", "671234567", "О6.7 1-2 3", True),
        ("АВ 123456", "АВ123456", "ab 1 2 3", True),
        ("АВ 123456", "АВ123456", "ав 12 [документ]", False),
    ],
)
def test_five_signs_in_a_row_are_left_whatever_stands_between(
    written: str, secret: str, text: str, left: bool
) -> None:
    assert is_left(Datum("any", written, secret), text) == left


def test_of_an_address_a_word_of_its_name_is_left() -> None:
    datum = Datum("email", "ivan.petrenko@ukr.net", "ivan.petrenko")
    assert is_left(datum, "ivan.[пошта]") and not is_left(datum, "[пошта] ukr.net")


def test_numbers_with_check_digits_have_the_right_ones() -> None:
    random = Random(SEED)
    for _ in range(300):
        for kind, check in (("tax", taxpayer_check), ("card", card_check)):
            digits = [int(digit) for digit in draw(kind, random).secret]
            assert check(digits)(0, len(digits))
        iban = draw("iban", random).secret
        assert int(f"{iban[2:]}3010{iban[:2]}") % 97 == 1


def test_the_same_seed_draws_the_same_messages_of_as_many_of_every_kind() -> None:
    drawn = list(messages(10 * len(KINDS), SEED))
    assert drawn == list(messages(10 * len(KINDS), SEED)) != list(messages(len(drawn), SEED + 1))
    assert [message.kind for message in islice(drawn, len(KINDS))] == list(KINDS)


def test_every_kind_has_spellings_and_messages_enough() -> None:
    assert set(spellings()) == set(KINDS)
    assert all(len(written) >= 8 for written in spellings().values())
    assert len(set(carriers())) == len(carriers()) >= 60


# What the service keeps and says


@pytest.mark.slow
def test_nothing_is_left_in_logs_metrics_caches_journal_or_export(tmp_path: Path) -> None:
    sample = [message for kind in KINDS for message in data_of(kind, 3, SEED)]
    said = said_of(sample, tmp_path)
    assert {place: data for place, data in said.places_of(sample).items() if data} == {}
    for texts in (said.queued, said.journal, *said.exported.values()):
        masked = [text for text in texts if mask(text) == text and "[" in text]
        assert len(masked) >= 6 * len(sample)  # of each message four questions, comment, detail
    events = [json.loads(line) for line in said.logs.splitlines()]
    asked = [event for event in events if event["logger"] == "qa_service.access"]
    assert len(asked) == 6 * len(sample) + 1
