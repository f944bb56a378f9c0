"""Who stands behind an address; acts that texts name; actions that services offer."""

from pathlib import Path

import pytest
from support.corpus import EXCHANGE, our_corpus, write_corpus

from qa_service.documents.services import inspect_services
from qa_service.documents.sources import (
    ACTION_HOSTS,
    ACTIONS_FILE,
    ACTS_FILE,
    by_kind,
    load_actions,
    load_acts,
    source_kind,
)
from qa_service.errors import CorpusProblem
from qa_service.types import Link, Passage, Source, SourceKind, Topic

ACTS = """- id: registration
  title: Порядок державної реєстрації
  url: https://zakon.rada.gov.ua/laws/show/1388-98-п
  names: [№ 1388]
- id: code
  title: Кодекс України про адміністративні правопорушення
  url: https://zakon.rada.gov.ua/laws/show/80731-10
  names: [КУпАП, Кодексу про адміністративні правопорушення]
"""
ACTIONS = """- id: e-queue
  title: Записатися
  url: https://eqn.hsc.gov.ua/
"""


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://hsc.gov.ua/price", SourceKind.OFFICIAL),
        ("https://guide.diia.gov.ua/view/x", SourceKind.OFFICIAL),
        ("http://chn.hsc.gov.ua/faq", SourceKind.OFFICIAL),
        ("https://HSC.GOV.UA./x", SourceKind.OFFICIAL),
        ("https://zakon.rada.gov.ua/laws/show/340-93-п", SourceKind.LAW),
        ("https://rada.gov.ua/news", SourceKind.OFFICIAL),
        ("https://auto.24tv.ua/x", SourceKind.MEDIA),
        ("https://gov.ua.example.com/x", SourceKind.MEDIA),
        ("https://fakegov.ua/x", SourceKind.MEDIA),
        ("http://[broken", SourceKind.MEDIA),
        (None, SourceKind.MEDIA),
    ],
)
def test_the_kind_of_a_source_is_that_of_its_host(url: str | None, kind: SourceKind) -> None:
    assert source_kind(url) is kind


def test_official_sources_come_first_and_those_that_state_all_before_those_that_do_not() -> None:
    media = Source("новини", "https://a.test", SourceKind.MEDIA)
    law = Source("закон", "https://zakon.rada.gov.ua/x", SourceKind.LAW)
    part = Source("картка", "https://a.gov.ua", SourceKind.OFFICIAL, states="лише строк")
    whole = Source("сторінка", "https://b.gov.ua", SourceKind.OFFICIAL)
    assert by_kind([media, part, law, whole]) == (whole, part, law, media)


# Acts


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ACTS_FILE).write_text(ACTS, "utf-8")
    (tmp_path / ACTIONS_FILE).write_text(ACTIONS, "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("За Порядком № 1388 авто перереєстровують.", ["Порядок державної реєстрації"]),
        ("За порядком №1388 авто перереєстровують.", ["Порядок державної реєстрації"]),
        ("Постанова № 13881 про інше.", []),
        ("Постанова № 1388/96-ВР про інше.", []),
        ("Стаття 126 купап.", ["Кодекс України про адміністративні правопорушення"]),
        ("Нічого не названо.", []),
    ],
)
def test_an_act_is_found_by_any_of_its_names(folder: Path, text: str, found: list[str]) -> None:
    assert [act.title for act in load_acts(folder, []).named_in(text)] == found


@pytest.mark.parametrize(
    ("text", "lacking"),
    [
        ("Постанова КМУ від 04.06.2007 № 795 встановлює плату.", ["№ 795"]),
        ("Наказ МВС № 1388.", []),
        ("Наказ МВС № 1388/96-ВР.", ["№ 1388/96-ВР"]),
        ("Законопроєкт № 8082 пропонує інше.", []),
        ("Сервісний центр № 8042.", []),
    ],
)
def test_an_act_that_the_table_lacks_is_named(folder: Path, text: str, lacking: list[str]) -> None:
    assert load_acts(folder, []).unknown_in(text) == lacking


def test_an_act_that_is_not_in_the_table_is_a_finding_with_file_and_line(tmp_path: Path) -> None:
    text = EXCHANGE.replace("Потрібні паспорт", "За наказом МВС № 515 потрібні паспорт")
    corpus = write_corpus(tmp_path, {"licence-exchange": text})
    (corpus / ACTS_FILE).write_text(ACTS, "utf-8")
    _, [problem] = inspect_services(corpus)
    assert (problem.path.name, problem.line) == ("licence-exchange.md", 34)
    assert problem.message == "the text names an act that acts.yaml lacks: № 515"


def test_an_id_of_an_act_is_used_once(tmp_path: Path) -> None:
    (tmp_path / ACTS_FILE).write_text(ACTS.replace("id: code", "id: registration"), "utf-8")
    problems: list[CorpusProblem] = []
    load_acts(tmp_path, problems)
    assert [(one.line, one.message) for one in problems] == [
        (5, "id 'registration' was used already")
    ]


# Actions


def test_an_action_stands_by_its_id(folder: Path) -> None:
    assert load_actions(folder, []) == {"e-queue": Link("Записатися", "https://eqn.hsc.gov.ua/")}


@pytest.mark.parametrize(
    ("content", "finding"),
    [
        (
            ACTIONS.replace("eqn.hsc.gov.ua", "hsc.gov.ua.evil.test"),
            f"1: https://hsc.gov.ua.evil.test/ is not on an allowed host: {ACTION_HOSTS[0]}",
        ),
        (ACTIONS + ACTIONS, "4: id 'e-queue' was used already"),
        (ACTIONS.replace("https://", "javascript:"), "3: url: String should match pattern"),
        ("e-queue: x\n", "1: must be a list of entries with id, title, url"),
    ],
)
def test_a_wrong_action_is_named_with_its_line(tmp_path: Path, content: str, finding: str) -> None:
    (tmp_path / ACTIONS_FILE).write_text(content, "utf-8")
    problems: list[CorpusProblem] = []
    load_actions(tmp_path, problems)
    [problem] = problems
    assert f"{problem.line}: {problem.message}".startswith(finding)


def test_an_action_that_nobody_knows_is_a_finding_of_the_service(tmp_path: Path) -> None:
    text = EXCHANGE.replace("reviewed:", "actions: [fly]\nreviewed:")
    _, [problem] = inspect_services(write_corpus(tmp_path, {"licence-exchange": text}))
    assert (problem.line, problem.message) == (9, "action 'fly' is not in actions.yaml")


# Our own corpus


def test_every_service_says_what_to_do_next_at_an_allowed_host() -> None:
    without = [service.slug for service in our_corpus().services if not service.actions]
    assert without == []


def test_every_address_has_one_title() -> None:
    titles: dict[str, set[str]] = {}
    for service in our_corpus().services:
        for source in service.sources:
            titles.setdefault(source.url or source.title, set()).add(source.title)
    assert {url: found for url, found in titles.items() if len(found) > 1} == {}


def test_no_address_is_of_a_mirror_or_a_short_lived_form() -> None:
    urls = {source.url or "" for service in our_corpus().services for source in service.sources}
    wrong = [url for url in urls if "sud.ua./" in url or url.rstrip("/").endswith("/amp")]
    assert wrong == []


def _reads_a_figure(passage: Passage) -> bool:
    return passage.topic in (Topic.FEE, Topic.PENALTY) and passage.figure is not None


def test_no_official_source_stands_under_a_figure_that_it_does_not_state(
    read_figures: dict[tuple[str, str], list[str]],
) -> None:
    """A source that was read lists the figures that it states; the passage's own is among them."""
    wrong = []
    for passage in filter(_reads_a_figure, our_corpus().passages):
        figure = passage.figure
        assert figure is not None
        shown = {f"{number:g}" for number in (figure.value, figure.min, figure.max) if number}
        for source in passage.sources:
            if source.kind is SourceKind.MEDIA or source.states or not source.read:
                continue
            stated = set(read_figures[passage.id, source.url or ""])
            if not shown <= {one.replace(",", ".") for one in stated}:
                wrong.append((passage.id, source.url))
    assert wrong == []


@pytest.fixture(scope="module")
def read_figures() -> dict[tuple[str, str], list[str]]:
    """(passage, address) -> the figures that the source is said to state."""
    from support.corpus import ROOT

    from qa_service.documents.sections import read_sections
    from qa_service.documents.yaml_files import parse_yaml

    found = {}
    for path in (ROOT / "corpus" / "services").glob("*.md"):
        lines = path.read_text("utf-8").splitlines()
        end = lines.index("---", 1)
        _, front = parse_yaml("\n".join(lines[1:end]))
        urls = {source["id"]: source.get("url", "") for source in front["sources"]}
        for section in read_sections(lines[end + 1 :], end + 2, lambda line, message: None):
            _, meta = parse_yaml("\n".join(section.meta))
            for use in meta["sources"]:
                if isinstance(use, dict):
                    key = (f"{path.stem}.{section.id}", urls[use["id"]])
                    found[key] = use.get("figures", [])
    assert found
    return found
