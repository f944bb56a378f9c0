"""What editors should look at, kind by kind."""

from dataclasses import replace
from datetime import date
from itertools import combinations

import pytest
from support.corpus import LAW, make_passage, our_corpus

from qa_service.documents import Corpus, queue
from qa_service.documents.queue import MOST_WORDS, Finding, editors_queue, source_shares
from qa_service.text.tokens import stems
from qa_service.types import Figure, Group, Link, Passage, Service, Source, SourceKind, Topic

TODAY = date(2026, 11, 26)
RULE = Source("Порядок", "https://zakon.rada.gov.ua/x", SourceKind.LAW, read="2026-11")
FEE = make_passage(
    "plates.fee",
    "Новий номерний знак на авто в сервісному центрі коштує 350 гривень за пару.",
    sources=(RULE,),
    figure=Figure("грн", 350),
)


def _queue(*passages: Passage, services: tuple[Service, ...] = ()) -> list[Finding]:
    return editors_queue(Corpus(passages, services, ""), TODAY)


def test_a_passage_that_is_right_is_not_in_the_queue() -> None:
    assert _queue(FEE) == []


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"conflict": "Раніше 300."}, "conflict"),
        ({"doubt": "Не всюди."}, "doubt"),
        ({"as_of": "2024-01"}, "stale"),
        ({"text": "слово " * (MOST_WORDS + 1)}, "too_long"),
        ({"sources": (Source("новини", "https://a.test"),)}, "no_official_source"),
        ({"acts": (Link("Наказ № 1", None),)}, "no_address"),
    ],
)
def test_each_kind_is_found_with_its_passage(changes: dict[str, object], kind: str) -> None:
    values = {"text": FEE.text, "sources": (RULE,)} | changes
    passage = replace(make_passage("plates.fee", ""), **values)  # type: ignore[arg-type]
    assert [(found.kind, found.where) for found in _queue(passage)] == [(kind, "plates.fee")]


def test_one_matter_with_two_figures_is_a_contradiction() -> None:
    other = make_passage(
        "plates-lost.fee",
        FEE.text.replace("350", "400"),
        sources=(RULE,),
        figure=Figure("грн", 400),
    )
    [found] = _queue(FEE, other)
    assert found == Finding(
        "contradiction", "plates.fee", "350 грн here, 400 грн there", "plates-lost.fee"
    )


def test_pairs_are_those_that_a_comparison_of_all_finds() -> None:
    """Few pairs are compared, and none is lost: common words alone make no candidate."""
    passages = our_corpus().passages[:250]
    said = [frozenset(stems(passage.text)) for passage in passages]
    alike = {
        (one, other)
        for one, other in combinations(range(len(said)), 2)
        if len(said[one] & said[other]) / len(said[one] | said[other]) >= 0.45
    }
    candidates = queue._may_be_alike(said)
    assert alike <= candidates and len(candidates) < len(said) * (len(said) - 1) / 4
    assert queue._may_be_alike([frozenset(), frozenset()]) == set()


def test_the_same_words_twice_are_near_duplicates() -> None:
    other = make_passage("plates-lost.fee", FEE.text + " Оплата карткою.", sources=(RULE,))
    [found] = _queue(FEE, other)
    assert (found.kind, found.where, found.other) == (
        "near_duplicate",
        "plates.fee",
        "plates-lost.fee",
    )


def test_a_procedure_without_a_topic_that_all_have_is_named() -> None:
    service = Service("plates", "Номери", Group.PLATES, "усі", "2026-01-01", (FEE,))
    [found] = _queue(services=(service,))
    assert found.message == "nothing on who, steps, documents, term, where"


def test_shares_tell_official_sources_from_whole_ones_and_those_read_again() -> None:
    part = make_passage(
        "plates.fee", "Інше.", sources=(Source("к", "u", RULE.kind, states="лише"),)
    )
    media = make_passage("plates.term", "Ще.", sources=(LAW,))
    fee, term, every = source_shares([FEE, part, media])
    assert (fee.topic, fee.passages, fee.first_official, fee.whole_fact, fee.read_again) == (
        Topic.FEE, 2, 2, 1, 1,
    )  # fmt: skip
    assert (term.first_official, every.passages) == (0, 3)


def test_every_named_act_of_our_corpus_has_an_address_or_is_in_the_queue() -> None:
    corpus = our_corpus()
    lacking = {act.title for passage in corpus.passages for act in passage.acts if act.url is None}
    assert lacking == {"Наказ МВС від 14.11.2022 № 738 (мобільні сервісні центри)"}
