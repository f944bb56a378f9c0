"""What the search box suggests while a question is being typed: every rule of it, in a tiny world
and in the real one.
"""

import json
import os
import subprocess
import sys
import unicodedata
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from random import Random
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.corpus import (
    ROOT,
    make_passage,
    make_service,
    our_corpus,
    tiny_index,
    tiny_settings,
    write_corpus,
)
from support.counting import calls

from qa_service.bootstrap import build, load_serving
from qa_service.documents import Corpus, load_corpus
from qa_service.documents.yaml_files import SUGGESTIONS_FILE, SYNONYMS_FILE
from qa_service.indexing.snapshot import Snapshot
from qa_service.suggest import Suggester
from qa_service.suggest.entries import Kind, Suggestion
from qa_service.text.layout import to_ukrainian
from qa_service.text.tokens import words
from qa_service.text.understand import Synonyms
from qa_service.types import Service

EXCHANGE = Suggestion("Обмін посвідчення водія", Kind.SERVICE, "licence-exchange")
PLATES = Suggestion("Втрата номерних знаків", Kind.SERVICE, "plates-lost")
EXAM = Suggestion("Практичний іспит", Kind.SERVICE, "exam-practical")
FEE = Suggestion("яка ціна обміну прав", Kind.QUESTION, "licence-exchange")
POPULAR = ("Скільки коштує обмін?", "Де скласти іспит?", "Що робити без номерів?")
DENIED = ("хабар", "сука")
EDITORS = {
    SUGGESTIONS_FILE: f"popular: {json.dumps(POPULAR)}\ndeny: {json.dumps(DENIED)}\n",
    SYNONYMS_FILE: """
- {say: [корочки, driving licence], means: обмін посвідчення водія}
- {say: [бляха], means: номерний знак}
- {say: [шофер], means: водій}
""",
}
MANY = 100


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Of the tiny corpus with a dictionary, popular questions and denied words."""
    folder = tmp_path_factory.mktemp("suggest")
    corpus = write_corpus(folder)
    for name, content in EDITORS.items():
        (corpus / name).write_text(content, "utf-8")
    settings = tiny_settings(folder)
    build(settings)
    return load_serving(settings).engine.snapshot


@pytest.fixture(scope="module")
def suggester(snapshot: Snapshot) -> Suggester:
    return Suggester(snapshot)


def _of(snapshot: Snapshot, corpus: Corpus) -> Suggester:
    """Over another corpus: suggestions need no vectors, so those of `snapshot` may stay."""
    own = replace(
        snapshot,
        services=corpus.services,
        passages=corpus.passages,
        synonyms=Synonyms(corpus.synonyms),
    )
    return Suggester(replace(own, popular=corpus.popular, denied=corpus.denied))


def _asking(
    snapshot: Snapshot,
    *questions: str,
    services: tuple[Service, ...] = (),
    denied: tuple[str, ...] = (),
) -> Suggester:
    """Over these sample questions only, and services without passages."""
    return _of(
        snapshot,
        Corpus(
            (make_passage("plates.fee", "Текст.", *questions, title=""),),
            services,
            "",
            denied=denied,
        ),
    )


def _texts(found: Iterable[Suggestion]) -> list[str]:
    return [suggestion.text for suggestion in found]


@pytest.mark.parametrize(
    "typed", ["", "  \n", "?!", "— «»", "\u200b\u202e\ufeff", "\u0301", "\0", "😀🚗", "\ud800"]
)
def test_where_no_word_is_typed_the_popular_questions_are_shown(
    suggester: Suggester, typed: str
) -> None:
    assert suggester.suggest(typed, 8) == tuple(Suggestion(text, Kind.QUESTION) for text in POPULAR)
    assert _texts(suggester.suggest(typed, 2)) == list(POPULAR[:2])


@pytest.mark.parametrize("service", [EXCHANGE, PLATES, EXAM])
def test_the_last_word_is_a_prefix(suggester: Suggester, service: Suggestion) -> None:
    prefixes = [service.text[:length] for length in range(1, len(service.text) + 1)]
    assert [typed for typed in prefixes if service not in suggester.suggest(typed, MANY)] == []


def test_a_word_is_not_found_by_its_middle(suggester: Suggester) -> None:
    assert suggester.suggest("свідчення", MANY) == () == suggester.suggest("мін", MANY)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("обміном посвід", EXCHANGE),
        ("обміни посвідчень водіїв", EXCHANGE),
        ("номерним зна", PLATES),
        ("практичні іспити", EXAM),
    ],
)
def test_other_words_count_whatever_their_endings(
    suggester: Suggester, typed: str, expected: Suggestion
) -> None:
    assert expected in suggester.suggest(typed, 3)


@pytest.mark.parametrize(
    ("typed", "expected"), [("знаками", PLATES), ("обмінами", EXCHANGE), ("іспитами", EXAM)]
)
def test_so_does_the_last_word_where_nothing_begins_like_it(
    suggester: Suggester, typed: str, expected: Suggestion
) -> None:
    assert expected in suggester.suggest(typed, MANY)


def test_a_short_word_before_the_last_is_that_very_word(snapshot: Snapshot) -> None:
    assert _texts(_asking(snapshot, "Довідка").suggest("до", 8)) == ["Довідка"]
    assert _asking(snapshot, "Довідка").suggest("до ґава", 8) == ()
    assert _texts(_asking(snapshot, "До кого").suggest("до ґава", 8)) == ["До кого"]


def test_the_order_of_words_is_free(suggester: Suggester) -> None:
    firsts = {
        suggester.suggest(" ".join(words), 8)[0]
        for words in permutations(["ціна", "обміну", "прав"])
    }
    assert firsts == {FEE}


def test_of_two_that_fit_the_one_with_less_besides_comes_first(snapshot: Snapshot) -> None:
    asking = _asking(snapshot, "Обмін прав для водіїв за кордоном", "Обмін прав")
    assert _texts(asking.suggest("обмін", 8)) == ["Обмін прав", "Обмін прав для водіїв за кордоном"]


def test_a_service_comes_before_a_question_that_fits_a_little_better(snapshot: Snapshot) -> None:
    service = make_service("licence", title="Обмін прав водіїв", aliases=())
    found = _asking(snapshot, "Зміна прав зараз", services=(service,)).suggest("прав", 8)
    assert [suggestion.kind for suggestion in found] == [Kind.SERVICE, Kind.QUESTION]


def test_a_rare_word_counts_for_more_than_a_frequent_one(snapshot: Snapshot) -> None:
    frequent = [f"Коштує {thing}" for thing in ("обмін", "знак", "іспит", "доставка")]
    assert _texts(_asking(snapshot, *frequent, "Де довідка").suggest("коштує довідка", 8)) == [
        "Де довідка"
    ]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("поміняти пр", EXCHANGE),
        ("без складання іспитів", EXCHANGE),
        ("загубив ном", PLATES),
        ("здати на пра", EXAM),
    ],
)
def test_an_alias_and_an_official_name_find_the_title_of_their_service(
    suggester: Suggester, typed: str, expected: Suggestion
) -> None:
    assert suggester.suggest(typed, 8)[0] == expected


def test_a_saying_finds_the_service_or_the_term_that_it_stands_for(suggester: Suggester) -> None:
    assert suggester.suggest("короч", 8) == (EXCHANGE,)
    assert suggester.suggest("driving lic", 8) == (EXCHANGE,)
    assert suggester.suggest("блях", 8) == (Suggestion("номерний знак", Kind.TERM),)


def test_a_term_of_one_word_is_too_little_to_ask(suggester: Suggester) -> None:
    assert suggester.suggest("шофер", 8) == ()


@pytest.mark.parametrize(
    "typed", ["gjcdsl", "j,vsy gjcdslxtyyz", "J<VSY", "djlsz j,vsyjv", "gjcdlxtyyz", "j,vsy 😀"]
)
def test_the_wrong_layout_is_read_as_ukrainian(suggester: Suggester, typed: str) -> None:
    assert EXCHANGE in suggester.suggest(typed, 3)


@pytest.mark.parametrize(
    ("typed", "expected"), [("dstp", "Выезд"), ("j,]tp", "Объезд"), ('"rpfv', "Экзамен")]
)
def test_the_wrong_layout_is_read_as_russian(snapshot: Snapshot, typed: str, expected: str) -> None:
    assert _texts(_asking(snapshot, "Выезд", "Объезд", "Экзамен").suggest(typed, 8)) == [expected]


@pytest.mark.parametrize(
    "typed",
    [
        "posvidchennya vodiya",
        "posvidchennia vodiia",
        "posvidchennja vodija",
        "posvidchennya vodiy",
        "obminy posvidchen",
        "Obmin",
    ],
)
def test_every_system_of_transliteration_is_read(suggester: Suggester, typed: str) -> None:
    assert EXCHANGE in suggester.suggest(typed, 3)


@pytest.mark.parametrize(
    "typed",
    [
        "zagubyv nom",
        "zahubyv nom",
        "zagubiv nomera",
        "nomernyh znakiv",
        "nomernykh znakiv",
        "znakamy nom",
    ],
)
def test_every_letter_for_a_sound_will_do(suggester: Suggester, typed: str) -> None:
    assert PLATES in suggester.suggest(typed, 3)


@pytest.mark.parametrize("whole", ["praktychnyj ispyt", "praktychnyi ispyt", "praktichniy ispit"])
def test_no_letter_of_a_word_in_latin_letters_loses_what_is_found(
    suggester: Suggester, whole: str
) -> None:
    prefixes = [whole[:length] for length in range(2, len(whole) + 1)]
    assert [typed for typed in prefixes if EXAM not in suggester.suggest(typed, MANY)] == []


@pytest.mark.parametrize(
    "latin", ["shchoroku", "khata", "zhyttia", "chas", "tsina", "yizda", "yurysta"]
)
def test_a_letter_that_takes_several_in_latin_is_found_by_the_first_of_them(
    snapshot: Snapshot, latin: str
) -> None:
    questions = ["Щороку", "Хата", "Життя", "Час", "Ціна", "Їзда", "Юриста"]
    found = [
        _texts(_asking(snapshot, *questions).suggest(latin[:length], MANY))
        for length in range(1, len(latin) + 1)
    ]
    assert len(found[-1]) == 1 and all(found[-1][0] in texts for texts in found)


def test_a_latin_word_that_is_known_is_read_as_it_stands(snapshot: Snapshot) -> None:
    assert _texts(_asking(snapshot, "Де VIN", "Він тут").suggest("vin", 8)) == ["Де VIN"]


@pytest.mark.parametrize(
    "mistyped",
    ["посвідчиння", "посвідчння", "посввідчення", "посвідчнення", "псовідчення", "посвдч", "посвд"],
)
def test_one_typo_in_a_word_is_mended_wherever_the_word_stands(
    suggester: Suggester, mistyped: str
) -> None:
    assert EXCHANGE in suggester.suggest(mistyped, 3)
    assert EXCHANGE in suggester.suggest(f"{mistyped} водія", 3)


def test_every_word_that_a_typo_may_stand_for_is_found(snapshot: Snapshot) -> None:
    assert set(_texts(_asking(snapshot, "Номера", "Номену").suggest("номеда", 8))) == {"Номера"}
    assert set(_texts(_asking(snapshot, "Номера", "Номена").suggest("номеда", 8))) == {
        "Номера",
        "Номена",
    }


def test_two_typos_are_not_mended(suggester: Suggester) -> None:
    assert suggester.suggest("пасвідчиння", 8) == ()


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_word_below_five_letters_is_not_mended_however_they_are_written(
    snapshot: Snapshot, form: Literal["NFC", "NFD"]
) -> None:
    asking = _asking(snapshot, "Край", "Крайня")
    assert asking.suggest(unicodedata.normalize(form, "крїй"), 8) == ()
    assert _texts(asking.suggest(unicodedata.normalize(form, "крїйн"), 8)) == ["Крайня"]


def test_a_word_that_is_found_is_not_mended(snapshot: Snapshot) -> None:
    assert _texts(_asking(snapshot, "Номера", "Номена").suggest("номера", 8)) == ["Номера"]


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("ОБМІН Посвідч", id="case"),
        pytest.param("oбмiн пocвідч", id="look-alikes"),
        pytest.param("о́бмін посві́дч", id="stress"),
        pytest.param("об\u200bмін посвід\u00adч", id="invisible"),
        pytest.param("\u202eобмін\u202c посвідч", id="direction"),
        pytest.param(unicodedata.normalize("NFD", "обмін посвідч"), id="taken apart"),
        pytest.param("  «обмін»,\tпосвідч…", id="spaces and marks"),
    ],
)
def test_however_a_text_is_written_the_same_is_suggested(suggester: Suggester, typed: str) -> None:
    assert suggester.suggest(typed, 8) == suggester.suggest("обмін посвідч", 8) != ()


@pytest.mark.parametrize("typed", ["з'яв", "з’яв", "зʼяв", "з`яв", "ЗʼЯВ", "p`zd", "ziav"])
def test_every_apostrophe_is_one(snapshot: Snapshot, typed: str) -> None:
    assert _texts(_asking(snapshot, "Коли з’явитися", "Заява").suggest(typed, 1)) == [
        "Коли з’явитися"
    ]


@pytest.mark.parametrize(
    "typed",
    [
        "хабар",
        "ХАБАРІ",
        "обмін прав за хабарем",
        "хабару обмін",
        "xaбap",
        "ха\u200bбар",
        "суку обмін",
    ],
)
def test_a_denied_word_brings_nothing(suggester: Suggester, typed: str) -> None:
    assert suggester.suggest(typed, 8) == ()


@pytest.mark.parametrize(
    "typed",
    [
        "j,vsy ghfd pf [f,fh",
        "j,vsy ghfd cere",
        "obmin prav za khabar",
        "obmin prav habarom",
        "suka obmin",
    ],
)
def test_nor_does_one_on_another_layout_or_in_latin_letters(
    suggester: Suggester, typed: str
) -> None:
    assert suggester.suggest(typed, 8) == ()
    assert FEE in suggester.suggest(" ".join(typed.split()[:2]).removeprefix("suka "), 8)


def test_no_suggestion_holds_a_denied_word(snapshot: Snapshot) -> None:
    service = make_service("licence", title="Права без хабарів", aliases=("права",))
    found = _asking(
        snapshot,
        "Права за хабар",
        "Сукою права",
        "Права в сукні",
        services=(service,),
        denied=DENIED,
    ).suggest("права", 8)
    assert _texts(found) == ["Права в сукні"]
    popular = Suggester(replace(snapshot, popular=("Кому хабаря?", "Де?"))).suggest("", 8)
    assert _texts(popular) == ["Де?"]


def test_a_word_that_only_looks_denied_on_another_layout_is_free(snapshot: Snapshot) -> None:
    assert to_ukrainian("cer") == "сук"
    assert _texts(_asking(snapshot, "Certificate", denied=DENIED).suggest("cer", 8)) == [
        "Certificate"
    ]


def test_each_text_comes_once(snapshot: Snapshot) -> None:
    service = make_service("licence", title="Обмін прав", aliases=("обмін", "обмін посвідчення"))
    found = _asking(snapshot, "Обмін  прав", "ОБМІН ПРАВ", services=(service,)).suggest("обмін", 8)
    assert found == (Suggestion("Обмін прав", Kind.SERVICE, "licence"),)


def test_no_kind_takes_more_than_half_unless_there_are_no_others(snapshot: Snapshot) -> None:
    services = tuple(
        make_service(f"s{number}", title=f"Обмін {number}", aliases=()) for number in range(9)
    )
    questions = [f"Де обмін {number}" for number in range(9)]
    kinds = [
        suggestion.kind
        for suggestion in _asking(snapshot, *questions, services=services).suggest("обмін", 8)
    ]
    assert [kinds.count(kind) for kind in Kind] == [4, 4, 0]
    assert [
        suggestion.kind for suggestion in _asking(snapshot, *questions).suggest("обмін", 8)
    ] == [Kind.QUESTION] * 8


@pytest.mark.parametrize("limit", [1, 2, 3, 8, 20])
def test_there_are_as_many_as_asked_for_where_there_are_so_many(
    snapshot: Snapshot, limit: int
) -> None:
    asking = _asking(snapshot, *(f"Де обмін {number}" for number in range(20)))
    assert len(asking.suggest("обмін", limit)) == limit


@pytest.mark.parametrize(
    "typed",
    ["щщщщ", "qqqqzzzz", "борщ зі сметаною", "borshch", "99999999", "обмін борщу зі сметаною"],
)
def test_nothing_is_suggested_for_what_nothing_fits(suggester: Suggester, typed: str) -> None:
    assert suggester.suggest(typed, 8) == ()


HOSTILE = {
    "one word": "а" * 10_000,
    "one Latin word": "shch" * 2_500,
    "words": "обмін прав " * 1_000,
    "Latin words": "obmin prav " * 1_000,
    "keys": "j,vsy [];'" * 1_000,
    "letters": "p " * 5_000,
    "marks": "е\u0308\u0301\u0327" * 2_500,
    "a ligature of eighteen letters": "\ufdfa" * 10_000,
    "NUL": "обмін\0" * 2_000,
    "lone surrogates": "\ud800обмін\udfff" * 1_500,
    "emoji": "🚗👩‍👩‍👧" * 2_000,
    "direction": "\u202eобмін\u202c" * 1_500,
    "apostrophes": "о'" * 5_000,
}
MOST_CALLS = 12_000
"""Of functions, for the tiny corpus; the real one has more words to compare a typo with."""


@pytest.mark.parametrize("typed", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_takes_few_steps(suggester: Suggester, typed: str) -> None:
    assert calls(lambda: suggester.suggest(typed, 8)) < MOST_CALLS


@given(st.text() | st.text(alphabet="обмінправ'ʼa j,;[]\u0301\u200b\ud800İ²ﬁß", max_size=30))
def test_no_text_breaks_it(suggester: Suggester, typed: str) -> None:
    found = suggester.suggest(typed, 8)
    assert len(found) == len(set(_texts(found))) <= 8


@pytest.mark.parametrize("typed", ["", "обмін", "obmin", "j,vsy", "?"])
def test_an_empty_corpus_suggests_nothing(snapshot: Snapshot, typed: str) -> None:
    assert _of(snapshot, Corpus((), (), "")).suggest(typed, 8) == ()


def test_a_corpus_without_services_suggests_its_titles(snapshot: Snapshot, tmp_path: Path) -> None:
    path = tmp_path / "corpus.jsonl"
    documents = [
        {"_id": "1", "title": "Обмін прав", "text": "Довгий текст. " * 500},
        {"_id": "2", "text": "Обмін без назви."},
    ]
    path.write_text("\n".join(map(json.dumps, documents)), "utf-8")
    found = _of(snapshot, load_corpus(path)).suggest("обм", 8)
    assert found == (Suggestion("Обмін прав", Kind.QUESTION, None),)


TYPED = (
    "п",
    "обмін прав",
    "загубив номрера",
    "obmin posvidc",
    "j,vsy ghf",
    "скільки",
    "driving",
    "блях",
)


def test_threads_do_not_disturb_each_other(suggester: Suggester) -> None:
    alone = [suggester.suggest(typed, 8) for typed in TYPED]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda typed: suggester.suggest(typed, 8), TYPED * 50))
    assert together == alone * 50


PRINT_ALL = """
import sys
from pathlib import Path
from test_suggest import TYPED, Suggester, load_serving, tiny_settings
suggester = Suggester(load_serving(tiny_settings(Path(sys.argv[1]))).engine.snapshot)
print([suggester.suggest(typed, 8) for typed in TYPED])
"""


@pytest.mark.slow
def test_every_process_suggests_the_same(tmp_path: Path) -> None:
    tiny_index(tmp_path)
    printed = set()
    for seed in ("1", "2", "3"):
        environment = os.environ | {
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}",
        }
        command = [sys.executable, "-c", PRINT_ALL, str(tmp_path)]
        printed.add(
            subprocess.run(
                command, capture_output=True, text=True, env=environment, check=True
            ).stdout
        )
    assert len(printed) == 1 and EXCHANGE.text in printed.pop()


def test_a_version_splits_no_name_again_that_the_one_before_had(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    Suggester(snapshot)
    first, *others = snapshot.passages
    changed = replace(snapshot, passages=(replace(first, title="Нова назва"), *others))
    split = list[str]()

    def counted(text: str) -> list[str]:
        split.append(text)
        return words(text)

    monkeypatch.setattr("qa_service.suggest.entries.words", counted)
    Suggester(changed)
    assert split == ["Нова назва"]


@pytest.fixture(scope="module")
def real_corpus() -> Corpus:
    return our_corpus()


@pytest.fixture(scope="module")
def real(snapshot: Snapshot, real_corpus: Corpus) -> Suggester:
    return _of(snapshot, real_corpus)


EVERYDAY = {
    "обмін пра": "licence-exchange",
    "загубив пра": "licence-lost",
    "міжнародні пр": "licence-international",
    "старі права": "licence-old-format",
    "відкрити катег": "licence-new-category",
    "права в ді": "licence-electronic",
    "медична дов": "medical-certificate",
    "практичний ісп": "exam-practical",
    "здати теорію": "exam-theory",
    "перескласт": "exam-retake",
    "автошкол": "driving-school",
    "загубив номер": "plates-lost",
    "номери на замов": "plates-custom",
    "транзитн": "plates-transit",
    "техпас": "certificate-lost",
    "як зняти авто з об": "vehicle-deregistration",
    "подарувати авт": "vehicle-gift-inheritance",
    "перевірити авто перед": "vehicle-arrest-search",
    "гбо": "vehicle-conversion",
    "повернути гроші": "payment-refund",
    "судимі": "criminal-record",
    "yak pominyaty pra": "licence-exchange",
    "'dhjyjvth": "vehicle-eu-plates",
    "мотоцыкл": "vehicle-motorcycle-trailer",
}


@pytest.mark.slow
def test_everyday_beginnings_find_their_service_among_the_first_eight(real: Suggester) -> None:
    missed = {
        typed
        for typed, slug in EVERYDAY.items()
        if slug not in {found.service for found in real.suggest(typed, 8)}
    }
    assert missed == set()


def _beginnings(corpus: Corpus) -> list[str]:
    """What people type on the way to 500 sample questions: 3 to 20 letters of each."""
    questions = sorted({question for passage in corpus.passages for question in passage.questions})
    return [
        question[:length]
        for question in Random(1).sample(questions, 500)
        for length in range(3, 21)
    ]


@pytest.mark.slow
def test_nearly_every_beginning_of_a_sample_question_finds_something(
    real: Suggester, real_corpus: Corpus
) -> None:
    found = [bool(real.suggest(typed, 8)) for typed in _beginnings(real_corpus)]
    assert np.mean(found) > 0.95


@pytest.mark.slow
@pytest.mark.parametrize("typed", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_takes_few_steps_with_the_real_corpus(real: Suggester, typed: str) -> None:
    assert calls(lambda: real.suggest(typed, 8)) < 5 * MOST_CALLS


def test_a_term_that_a_procedure_is_called_by_is_not_suggested_beside_it(
    snapshot: Snapshot,
) -> None:
    service = make_service("lost", title="Відновлення втраченого або вкраденого посвідчення")
    terms = {"загубив права": "відновлення втраченого посвідчення", "знак": "відновлення знака"}
    asking = Suggester(
        replace(snapshot, services=(service,), passages=(), synonyms=Synonyms(terms=terms))
    )
    assert set(_texts(asking.suggest("відновлення", 8))) == {service.title, "відновлення знака"}
    fits_the_term = asking.suggest("відновлення втраченого посвідчення", 8)
    assert _texts(fits_the_term) == [service.title]


def test_a_second_question_of_a_passage_comes_last(snapshot: Snapshot) -> None:
    price = make_passage("plates.fee", "Текст.", "Знак за гроші", title="Знак")
    term = make_passage("plates.term", "Текст.", title="Знак за тиждень чи довше")
    asking = Suggester(
        replace(snapshot, services=(), passages=(price, term), synonyms=Synonyms({}))
    )
    assert _texts(asking.suggest("знак", 8)) == ["Знак", term.title, "Знак за гроші"]


def test_a_word_that_thousands_begin_with_costs_a_few_steps_for_each(snapshot: Snapshot) -> None:
    few, many = (_asking(snapshot, *(f"Як {n}" for n in range(count))) for count in (200, 2_000))
    assert calls(lambda: many.suggest("як", 20)) < 15 * calls(lambda: few.suggest("як", 20))
