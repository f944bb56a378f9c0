"""`qa-service import` in-process: what it writes, what it says, and exit code 0, 1 or 2."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.commands import Cli, Run, runner
from support.corpus import write_corpus
from support.sources import Web, docx, page, paragraph, pdf, served_pages, table

from qa_service.documents.services import inspect_services

CARD = (
    ("1", "Місцезнаходження центру надання адміністративної послуги", "м. Київ"),
    ("2", "Вичерпний перелік документів", "Заява\nПаспорт"),
    ("3", "Платність (безоплатність)", "572 грн"),
    ("4", "Строк надання адміністративної послуги", "10 днів"),
    ("5", "Перелік підстав для відмови", "Подано не все"),
    ("6", "Результат надання послуги", "Посвідчення"),
)
CARD_TOPICS = ["where", "documents", "fee", "term", "refusal", "result"]


@pytest.fixture(scope="module")
def server() -> Iterator[Web]:
    with served_pages() as web:
        yield web


@pytest.fixture
def web(server: Web) -> Web:
    server.pages.clear()
    server.asked.clear()
    server.agents.clear()
    return server


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Runs `qa-service import` in a folder of its own; the server of the test may be asked."""
    monkeypatch.chdir(tmp_path)
    local = ("--allow", "127.0.0.1", "--allow-private", "--delay", "0")

    qa_service = runner(monkeypatch, capsys)

    def run(*arguments: str, options: tuple[str, ...] = local) -> Run:
        return qa_service("import", *arguments, *options)

    return run


def _topics(corpus: Path, draft: Path) -> list[str]:
    """The topics of a draft that is a right service file."""
    (corpus / "services").mkdir(parents=True)
    (corpus / "services" / draft.name).write_bytes(draft.read_bytes())
    found, problems = inspect_services(corpus)
    assert [str(problem) for problem in problems] == []
    return [passage.topic for passage in found.services[0].passages]


def _card(kind: str) -> tuple[str, bytes]:
    """An information card as a file of this kind."""
    if kind == "pdf":
        lines = [line for row in CARD for line in f"{row[0]}. {row[1]}\n{row[2]}".splitlines()]
        return "card.pdf", pdf(["Інформаційна картка", "Обмін прав", *lines])
    if kind == "docx":
        head = (paragraph("Інформаційна картка"), paragraph("Обмін прав"))
        return "card.docx", docx(*head, table(CARD))
    rows = "".join(f"<tr><td>{'<td>'.join(row)}" for row in CARD).replace("\n", "<br>")
    return "card.html", page(f"<table>{rows}</table>", "Обмін прав").encode()


@pytest.mark.parametrize("kind", ["html", "pdf", "docx"])
def test_a_card_becomes_a_right_service_file_in_every_format(
    tmp_path: Path, cli: Cli, kind: str
) -> None:
    name, content = _card(kind)
    (tmp_path / name).write_bytes(content)
    ran = cli(name)
    assert (ran.code, ran.err) == (0, "")
    draft = tmp_path / "drafts" / "obmin-prav.md"
    assert ran.out.startswith("drafts/obmin-prav.md: ")
    assert _topics(tmp_path / "corpus", draft)[-6:] == CARD_TOPICS
    text = draft.read_text("utf-8")
    assert "572 грн." in text and "Паспорт" in text and "status: needs-review" in text


def test_a_page_is_asked_for_by_a_name_with_a_contact(web: Web, cli: Cli, tmp_path: Path) -> None:
    ran = cli(web.put("/a", page("<h2>Ціна</h2><p>572 грн.")), "--out", "mine")
    assert ran.code == 0 and (tmp_path / "mine" / "imports.jsonl").is_file()
    assert web.agents[0].startswith("qa-service-import/")
    assert "(+https://hsc.gov.ua)" in web.agents[0]


def test_a_page_in_windows_1251_that_declares_nothing_is_read(
    web: Web, cli: Cli, tmp_path: Path
) -> None:
    body = page("<h2>Ціна</h2><p>Обмін коштує 572 гривні.").encode("windows-1251")
    assert cli(web.put("/a", body, content_type="text/html")).code == 0
    assert "Обмін коштує 572 гривні." in next((tmp_path / "drafts").glob("*.md")).read_text("utf-8")


def test_each_failure_is_a_line_with_its_source_and_the_others_go_on(
    web: Web, cli: Cli, tmp_path: Path
) -> None:
    good = web.put("/good", page("<p>Текст."))
    away, gone = "https://example.com/", f"{web.url}/gone"
    (tmp_path / "scan.pdf").write_bytes(pdf([], picture=True))
    ran = cli(away, "scan.pdf", gone, good, "nope.pdf")
    assert ran.code == 1 and ran.out.count("\n") == 1 and good in ran.out
    assert [line.split(": ")[1] for line in ran.errors] == [away, "scan.pdf", gone, "nope.pdf"]
    assert ran.err.count("\n") == 4


def test_json_lists_every_source_with_its_draft_or_error(web: Web, cli: Cli) -> None:
    good, gone = web.put("/good", page("<p>Текст.")), f"{web.url}/gone"
    ran = cli(good, gone, "--json")
    first, second = json.loads(ran.out)
    assert ran.code == 1 and first["source"] == good
    assert first["draft"] == "drafts/obmin-posvidchennia-vodiia.md" and first["passages"]
    assert second["source"] == gone and "404" in second["error"]


def test_a_draft_is_never_overwritten_without_force(web: Web, cli: Cli, tmp_path: Path) -> None:
    source = web.put("/a", page("<p>Текст."))
    cli(source)
    draft = next((tmp_path / "drafts").glob("*.md"))
    draft.write_text("правки", "utf-8")
    ran = cli(source)
    assert ran.code == 1 and "--force" in ran.errors[0] and draft.read_text("utf-8") == "правки"
    assert cli(source, "--force").code == 0 and "Текст." in draft.read_text("utf-8")


def test_a_site_is_imported_page_by_page_and_goes_on_where_it_stopped(
    web: Web, cli: Cli, tmp_path: Path
) -> None:
    names = ("a", "b", "secret")
    places = "".join(f"<url><loc>{web.url}/{name}</loc></url>" for name in names)
    web.put("/sitemap.xml", f"<urlset>{places}</urlset>")
    web.put("/robots.txt", "User-agent: *\nDisallow: /secret\n")
    web.put("/a", page("<p>Перше.", "Перша сторінка"))
    first = cli("--site", web.url)
    assert first.code == 1 and "/b: is not there any more" in first.errors[0]
    assert "1 pages not imported: robots.txt forbids them" in first.err and "pages…" in first.err
    web.put("/b", page("<p>Друге.", "Друга сторінка"))
    second = cli("--site", web.url)
    assert second.code == 0 and "1 pages imported before" in second.err
    assert web.asked.count("/a") == 1 and "/secret" not in web.asked
    assert len(list((tmp_path / "drafts").glob("*.md"))) == 2


def test_limits_can_be_set(web: Web, cli: Cli) -> None:
    source = web.put("/a", page("<p>Текст." * 1_000))
    assert "larger than 0.001 MB" in cli(source, "--max-mb", "0.001").errors[0]


def test_without_the_hidden_flag_no_private_address_is_asked(web: Web, cli: Cli) -> None:
    ran = cli(web.put("/a", page("<p>x")), options=("--allow", "127.0.0.1"))
    assert ran.code == 1 and "not a public address" in ran.errors[0] and web.asked == []
    assert "--allow-private" not in cli("--help", options=()).out


def test_check_says_what_changed_with_the_lines_and_the_passages(
    web: Web, cli: Cli, tmp_path: Path
) -> None:
    corpus = write_corpus(tmp_path)
    same = web.put("/same", page("<p>Те саме.", "Однакова"))
    fee = web.put("/fee", page("<p>Коштує 515 грн.", "Ціна"))
    gone = web.put("/old", page("<p>Старе.", "Стара"))
    file = corpus / "services" / "licence-exchange.md"
    text = file.read_text("utf-8").replace("https://hsc.gov.ua/price", f"{fee}/")
    file.write_text(text, "utf-8")
    assert cli(same, fee, gone).code == 0
    assert cli("--check", same).code == 0
    web.put("/fee", page("<p>Коштує 572 грн.", "Ціна"))
    del web.pages["/old"]
    ran = cli("--check")
    assert ran.code == 1 and f"unchanged: {same}\n" in ran.out
    assert f"changed: {fee}\n  passages: licence-exchange.fee" in ran.out
    assert "\n-Коштує 515 грн.\n+Коштує 572 грн.\n" in ran.out and f"gone: {gone}: " in ran.out
    told = {one["source"]: one for one in json.loads(cli("--check", "--json").out)}
    assert [told[one]["state"] for one in (same, fee, gone)] == ["unchanged", "changed", "gone"]
    assert "+Коштує 572 грн." in told[fee]["diff"]
    assert "licence-exchange.fee" in told[fee]["passages"]


def test_check_takes_addresses_that_were_never_imported(web: Web, cli: Cli) -> None:
    ran = cli("--check", web.put("/a", page("<p>Текст.")))
    assert ran.code == 0 and "never-imported: " in ran.out
    assert cli("--check", f"{web.url}/gone").code == 1


def test_check_without_anything_imported_says_what_to_do(cli: Cli) -> None:
    ran = cli("--check")
    assert ran.code == 1 and "nothing was imported into drafts" in ran.errors[0]


@pytest.mark.parametrize(
    "arguments", [(), ("--check", "--site"), ("--check", "a", "--force"), ("a", "--pages", "0")]
)
def test_wrong_usage_is_exit_code_2(cli: Cli, arguments: tuple[str, ...]) -> None:
    ran = cli(*arguments)
    assert ran.code == 2 and ran.out == "" and len(ran.err.splitlines()) == 1


def test_without_the_extra_the_command_that_installs_it_is_named(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa_service.documents.importers.find_spec", lambda name: None)
    ran = cli("a.html")
    assert ran.code == 1 and "pip install -e '.[import]'" in ran.errors[0]
    assert len(ran.err.splitlines()) == 1
