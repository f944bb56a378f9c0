"""A question -> the service centres of the place that it names."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from support.corpus import make_passage, our_corpus

from qa_service.centres import CentreDirectory
from qa_service.text.gazetteer import gazetteer
from qa_service.text.places import Mention, PlaceNames
from qa_service.types import NO_CENTRES, NO_DIRECTORY, CentreAnswer, Evidence, Place

PLACES = [
    ("адреса тсц у Львові", ("4641", "4651"), True),
    ("де тсц в Полтаві", ("5341",), True),
    ("сервісний центр Луцьк", ("0741",), True),
    ("харківське мрео де знаходиться", ("6341", "6342", "6343"), True),
    ("ТСЦ 8042", ("8042",), True),
    ("до котрої працює 1249", ("1249",), True),
    ("де сервісний центр в Ірпені", ("3247",), False),
    ("где мрео в Мариуполе", ("1451", "1452"), False),
]


@pytest.fixture(scope="module")
def directory() -> CentreDirectory:
    corpus = our_corpus()
    return CentreDirectory(corpus.centres, corpus.passages)


@pytest.mark.parametrize(("question", "numbers", "is_there"), PLACES)
def test_the_centres_of_the_place_come_first(
    directory: CentreDirectory, question: str, numbers: Sequence[str], is_there: bool
) -> None:
    answer = directory.asked(question)
    assert answer.asks_where and answer.is_there is is_there
    assert answer.found[0].centre.number in numbers


def test_around_a_town_without_a_centre_the_nearest_of_its_region_come_first(
    directory: CentreDirectory,
) -> None:
    answer = directory.asked("де тсц в Ірпені")
    known = [one.distance_km for one in answer.found if one.distance_km is not None]
    assert known == sorted(known) and known[0] < 30
    assert {one.centre.region for one in answer.found} == {"Київська область"}


def test_a_region_has_all_its_centres(directory: CentreDirectory) -> None:
    answer = directory.asked("сервісні центри на Волині адреси")
    assert answer.place == "Волинська область"
    assert {one.centre.region for one in answer.found} == {"Волинська область"}


def test_a_street_picks_among_the_centres_of_a_town(directory: CentreDirectory) -> None:
    answer = directory.asked("тсц у Вінниці на Брацлавській")
    assert [one.centre.number for one in answer.found] == ["0546"]


def test_a_street_finds_nothing_in_a_town_without_a_centre(directory: CentreDirectory) -> None:
    irpin = directory.search("Ірпінь вулиця Польова")
    assert (irpin.place, irpin.is_there, irpin.found[0].centre.number) == ("Ірпінь", False, "3247")
    simferopol = directory.search("Сімферополь вул. Київська")
    assert (simferopol.place, simferopol.is_there, simferopol.found) == ("Сімферополь", False, ())


def test_a_street_of_several_towns_names_none(directory: CentreDirectory) -> None:
    answer = directory.search("вул. Київська")
    assert answer.place is None and len({one.centre.city for one in answer.found}) > 1


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ("тсц біля Львова", "Львів"),
        ("найближчий тсц біля Ірпеня", "Ірпінь"),
        ("біля мрео харків", "Харків"),
        ("мрео Київський район Харків", "Харків"),
        ("тсц Приморський район Одеса", "Одеса"),
        ("мрео Шевченківський р-н Київ", "Київ"),
        ("тсц троєщина", "м. Київ"),
        ("тсц вишневе", "Вишневе"),
        ("мрео севастополь одеса", "Одеса"),
        ("тсц у центрі міста суми", "Суми"),
    ],
)
def test_words_around_a_town_are_no_towns(
    directory: CentreDirectory, question: str, place: str
) -> None:
    answer = directory.asked(question)
    assert answer.found and answer.place == place


def test_the_digits_of_a_plate_are_no_number_of_a_centre(directory: CentreDirectory) -> None:
    assert "8042" in {one.number for one in directory.centres.centres}
    answer = directory.asked("мене зачепила ауді АА 8042 НХ, де адреса власника")
    assert not answer.found


@pytest.mark.parametrize("question", ["№ 8042", "№8042", "8042", "тсц 8042 8042", "тсц № 8042"])
def test_a_number_alone_gives_its_centre_once(directory: CentreDirectory, question: str) -> None:
    answer = directory.asked(question)
    assert answer.asks_where and answer.names_centre
    assert [one.centre.number for one in answer.found] == ["8042"]


def test_all_centres_of_a_region_are_found(directory: CentreDirectory) -> None:
    answer = directory.search("Одеська область")
    here = [one for one in directory.everywhere.found if one.centre.region == answer.place]
    assert list(answer.found) == here and len(here) == 12


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ("де тсц у Сімферополі", "Сімферополь"),
        ("Севастополь тсц", "м. Севастополь"),
        ("мрео луганськ", "Луганськ"),
    ],
)
def test_a_place_of_a_region_without_centres_is_known(
    directory: CentreDirectory, question: str, place: str
) -> None:
    assert directory.asked(question) == CentreAnswer((), place, False, True, True)


@pytest.mark.parametrize(
    "question", ["де найближчий сервісний центр", "до скількох працює тсц", "адреса мрео"]
)
def test_without_a_place_nothing_is_found_and_where_is_asked(
    directory: CentreDirectory, question: str
) -> None:
    assert directory.asked(question) == CentreAnswer(asks_where=True, names_centre=True)


@pytest.mark.parametrize(
    "question",
    [
        "скільки коштує перереєстрація авто у Львові",
        "загубив права у Рівному, що робити",
        "потерял права где-то в Одессе",
        "можна переоформити там, де купив, у Львові?",
    ],
)
def test_a_town_in_another_question_is_found_but_not_asked_about(
    directory: CentreDirectory, question: str
) -> None:
    answer = directory.asked(question)
    assert answer.found and not answer.asks_where


@pytest.mark.parametrize("question", ["номер контакт центру який", "телефон контакт-центру"])
def test_who_wants_the_contact_centre_is_not_asked_for_a_town(
    directory: CentreDirectory, question: str
) -> None:
    assert directory.asked(question) == NO_CENTRES


@pytest.mark.parametrize(
    "question",
    [
        "яка сума штрафу",
        "де адреса у Варшаві тсц",
        "напишіть мені, де мене чекатимуть",
        "який центр до мене ближче",
        "сервіс у 2025 році",
        "графік роботи тсц у березні",
        "чому в тсц довго чекати, який графік",
        "мрео нові номери де",
        "is the service centre open now",
        "where is the service centre to renew my licence",
        "open at ten",
        "на правому березі мрео",
    ],
)
def test_no_place_is_invented(question: str) -> None:
    corpus = our_corpus()
    often = dict.fromkeys(["довго", "правому", "березі", "now", "renew", "ten", "open"], 10)
    directory = CentreDirectory(corpus.centres, corpus.passages, often)
    assert directory.asked(question).place is None


@pytest.mark.parametrize(
    "question",
    [
        "медичний центр суми адреса",
        "графік роботи торгового центру у Львові",
        "где учебный центр в Киеве",
    ],
)
def test_a_centre_of_others_is_none_of_ours(directory: CentreDirectory, question: str) -> None:
    answer = directory.asked(question)
    assert not answer.asks_where and not answer.names_centre


def test_a_bare_centre_may_be_the_middle_of_a_town(directory: CentreDirectory) -> None:
    assert not directory.asked("центр дніпра").names_centre
    assert directory.asked("сервісний центр дніпро").names_centre


def test_a_long_question_is_looked_at_word_by_word(directory: CentreDirectory) -> None:
    """A mention looks at its neighbours only, however many words the question has."""
    said = "kyiv " * 4_000
    assert directory.search(said).place == "Київ"


def test_a_town_that_is_named_by_vowels_only_stops_nothing() -> None:
    place = Place("Ія", "Київська область", (50.0, 30.0))
    centres = replace(our_corpus().centres, places=(place,))
    assert CentreDirectory(centres).asked("тсц Буча").place == "Буча"


def test_a_directory_without_centres_says_nothing() -> None:
    assert CentreDirectory(NO_DIRECTORY).asked("де тсц у Львові") is NO_CENTRES


def test_every_centre_has_a_region_an_address_and_a_source() -> None:
    centres = our_corpus().centres
    regions = {region.name for region in centres.regions}
    assert len(centres.centres) == 144
    assert all(one.region in regions and one.address and one.sources for one in centres.centres)
    assert all(one.doubt for one in centres.centres if one.evidence is Evidence.LOW)


def test_the_name_of_a_town_that_is_an_everyday_word_must_be_said_as_a_place() -> None:
    corpus = our_corpus()
    said = make_passage("plates.fee", "Нараховують різні суми.")
    directory = CentreDirectory(corpus.centres, [said])
    assert directory.asked("які суми штрафу").found == ()
    assert directory.asked("суми тсц").found[0].centre.place == "Суми"
    assert directory.asked("тсц у Сумах").found[0].centre.place == "Суми"


def test_maps_are_searched_by_address() -> None:
    centre = our_corpus().centres.centres[0]
    assert centre.full_address == "вул. Ботанічна, 24, м. Вінниця"
    assert centre.map_url.startswith("https://www.openstreetmap.org/search?query=%D0%B2")
    assert centre.geo_url.startswith("geo:0,0?q=%D0%B2")


@pytest.mark.parametrize(
    ("reading", "searches"), [("як поміняти права", 1), ("як обміняти посвідчення", 2)]
)
def test_a_reading_of_the_same_words_is_not_searched_for_places_again(
    directory: CentreDirectory, reading: str, searches: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    find = PlaceNames.find

    def noting(names: PlaceNames, text: str, *known: frozenset[str]) -> list[Mention]:
        asked.append(text)
        return find(names, text, *known)

    monkeypatch.setattr(PlaceNames, "find", noting)
    directory.asked("Як поміняти права?", reading)
    assert len(asked) == searches


def test_names_of_places_are_prepared_once_for_versions_of_the_same_centres(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gazetteer.cache_clear()
    corpus = our_corpus()
    prepared: list[int] = []

    class Counted(PlaceNames):
        def __post_init__(self) -> None:
            prepared.append(len(self.names))
            PlaceNames.__post_init__(self)

    monkeypatch.setattr("qa_service.text.gazetteer.PlaceNames", Counted)
    for centres in (corpus.centres, replace(corpus.centres)):
        CentreDirectory(centres, corpus.passages)
    assert len(prepared) == 1
    gazetteer.cache_clear()
