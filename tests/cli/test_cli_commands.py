"""The command line in-process: what it prints, and exit code 0, 1 or 2 with one line that says what
to do.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from io import StringIO
from math import log2
from pathlib import Path

import pytest
from support.app import tiny_client, tiny_engine
from support.commands import Cli, runner
from support.corpus import (
    EXCHANGE,
    FEE_QUESTION,
    PASSAGES,
    ROOT,
    SERVICES,
    tiny_index,
    write_corpus,
)
from support.fakes import ANSWER, FakeEngine, fake_service, fake_serving

from qa_service.cli.chat import Conversations
from qa_service.evaluation.run import explain
from qa_service.indexing.manifest import read_manifest, with_version, write_manifest
from qa_service.types import NO_CONTEXT, Channel, Context


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Runs `qa-service` with the hashing encoder in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QA_MODEL", "hashing")
    return runner(monkeypatch, capsys)


def _current(index: Path) -> Path:
    return index / (index / "CURRENT").read_text("utf-8").strip()


# ask


def test_ask_prints_the_passage_with_its_id_date_conflict_and_source(
    tmp_path: Path, cli: Cli
) -> None:
    tiny_index(tmp_path)
    ran = cli("ask", FEE_QUESTION)
    assert ran.code == 0 and ran.err == ""
    for said in (
        "572 гривні",
        "licence-exchange.fee",
        "листопад 2025",
        "Раніше називали 515",
        "Прейскурант — https://hsc.gov.ua/price",
    ):
        assert said in ran.out


def test_ask_json_is_the_answer_of_the_api(tmp_path: Path, cli: Cli) -> None:
    client = tiny_client(tmp_path)
    printed = json.loads(
        cli("ask", FEE_QUESTION, "--json", "--top-k", "2", "--channel", "operator").out
    )
    answered = client.post(
        "/v1/ask", json={"question": FEE_QUESTION, "top_k": 2, "channel": "operator"}
    ).json()
    differs = {"answer_id": "", "took_ms": 0}
    assert printed | differs == answered | differs and len(printed["passages"]) == 2


@pytest.mark.parametrize("question", ["", "?!", "zzz qqq", "я" * 1_001])
def test_a_question_without_an_answer_names_the_contact_centre_and_is_no_failure(
    tmp_path: Path, cli: Cli, question: str
) -> None:
    tiny_index(tmp_path)
    ran = cli("ask", question)
    assert ran.code == 0 and "(044) 290-19-88" in ran.out
    assert json.loads(cli("ask", "--json", question).out)["handoff"]["phone"] == "(044) 290-19-88"


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_bytes_that_are_no_text_are_no_crash(
    tmp_path: Path, cli: Cli, form: tuple[str, ...]
) -> None:
    tiny_index(tmp_path)
    assert cli("ask", "обмін \udcff", *form).code in (0, 2)


def test_a_question_that_starts_with_a_dash_can_be_asked(tmp_path: Path, cli: Cli) -> None:
    tiny_index(tmp_path)
    assert cli("ask", "--json", "--", "--обмін прав").code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("ask", "x", "--top-k", "0"),
        ("ask", "x", "--top-k", "21"),
        ("ask", "x", "--top-k", "three"),
        ("ask", "x", "--channel", "phone"),
        ("ask", "x", "--nope"),
        ("ask",),
        ("ask", "two", "questions"),
        ("serve", "--port", "abc"),
        ("serve", "--port", "70000"),
        ("evaluate", "--queries", "only-one.jsonl"),
        ("nope",),
    ],
)
def test_wrong_usage_is_exit_code_2(tmp_path: Path, cli: Cli, arguments: tuple[str, ...]) -> None:
    tiny_index(tmp_path)
    ran = cli(*arguments)
    assert ran.code == 2 and ran.out == "" and ran.error


def test_wrong_usage_names_the_option_and_the_way_to_help(tmp_path: Path, cli: Cli) -> None:
    assert cli("ask", "x", "--top-k", "0").error == (
        "Invalid value for '--top-k': Input should be greater than or equal to 1; "
        "`qa-service ask --help` shows what there is"
    )


def test_only_the_module_of_the_command_that_is_asked_for_is_imported() -> None:
    program = "import sys; from qa_service.cli import main\n"
    program += "try: main()\nfinally: print(*(m for m in sys.modules if '.cli.' in m))"
    command = (sys.executable, "-c", program, "snapshots", "list", "--index", "nowhere")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    modules = {"qa_service.cli.options", "qa_service.cli.snapshots"}
    assert set(done.stdout.split()) == modules, done.stderr


def test_a_group_of_commands_without_one_shows_its_help(cli: Cli) -> None:
    for arguments in ((), ("keys",), ("journal",)):
        ran = cli(*arguments)
        assert ran.code == 2 and "Usage: qa-service" in ran.out + ran.err


# chat


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """What stands on the command's standard input."""
    return lambda text: monkeypatch.setattr(sys, "stdin", StringIO(text))


def test_a_chat_goes_on_in_the_context_of_its_own_last_answer() -> None:
    about = Context("licence-exchange")
    engine = FakeEngine(replace(ANSWER, context=about))
    talk = Conversations(fake_service(fake_serving(engine)))
    for chat, text in (("a", "обмін прав"), ("a", "а скільки?"), ("b", "а скільки?")):
        talk.say(chat, text)
    assert [query.context for query in engine.asked] == [NO_CONTEXT, about, NO_CONTEXT]
    assert {query.channel for query in engine.asked} == {Channel.CHATBOT}


def test_a_chat_answers_each_line_until_an_empty_one(
    tmp_path: Path, cli: Cli, typed: Callable[[str], None]
) -> None:
    tiny_index(tmp_path)
    typed(f"{FEE_QUESTION}\nДе складають практичний іспит?\n\nборщ\n")
    ran = cli("chat")
    assert ran.code == 0 and ran.err == ""
    assert ran.out.index("licence-exchange.fee") < ran.out.index("exam-practical.where")
    assert ran.out.count("Впевненість") == 2


def test_lines_of_json_are_answered_in_their_order_under_the_name_of_their_chat(
    tmp_path: Path, cli: Cli, typed: Callable[[str], None]
) -> None:
    tiny_index(tmp_path)
    lines = [{"chat": "a", "text": FEE_QUESTION}, {"chat": "б", "text": "?!"}]
    typed("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    ran = cli("chat", "--jsonl")
    replies = [json.loads(line) for line in ran.out.splitlines()]
    assert ran.code == 0 and [reply["chat"] for reply in replies] == ["a", "б"]
    assert all(set(reply) == {"chat", "reply", "answer"} for reply in replies)
    found, empty = (reply["answer"] for reply in replies)
    assert found["passages"][0]["id"] == "licence-exchange.fee" and empty["reason"] == "empty"
    assert "572 гривні" in replies[0]["reply"] and "(044) 290-19-88" in replies[1]["reply"]


@pytest.mark.parametrize(
    "line",
    [
        "обмін",
        "[]",
        "7",
        '{"chat": "a"}',
        '{"text": "обмін"}',
        '{"chat": 7.5, "text": "обмін"}',
        '{"chat": "a", "text": null}',
        pytest.param("[" * 100_000, id="deep"),
    ],
)
def test_a_line_in_another_form_is_named_and_the_other_lines_are_answered(
    tmp_path: Path, cli: Cli, typed: Callable[[str], None], line: str
) -> None:
    tiny_index(tmp_path)
    typed('{"chat": "a", "text": "обмін"}' + f"\n{line}\n\n" + '{"chat": 7, "text": "обмін"}')
    ran = cli("chat", "--jsonl")
    first, second, third = map(json.loads, ran.out.splitlines())
    assert ran.code == 0 and (first["chat"], third["chat"]) == ("a", 7)
    assert second["error"].startswith("line 2 must be ") and second["answer"] is None


def test_a_chat_over_a_corpus_without_services_goes_on(
    tmp_path: Path, cli: Cli, typed: Callable[[str], None]
) -> None:
    (tmp_path / "trees.jsonl").write_text('{"_id": "1", "text": "Дуб росте повільно."}', "utf-8")
    cli("build", "--corpus", "trees.jsonl")
    typed('{"chat": "a", "text": "дуб"}\n' * 2)
    ran = cli("chat", "--jsonl")
    assert (
        ran.code == 0 and [json.loads(line)["chat"] for line in ran.out.splitlines()] == ["a"] * 2
    )


@pytest.mark.parametrize("name", ["chat", "text"])
def test_a_line_that_holds_no_text_is_no_crash(
    tmp_path: Path, cli: Cli, typed: Callable[[str], None], name: str
) -> None:
    """Half of a character, as JSON may spell it."""
    tiny_index(tmp_path)
    typed(json.dumps({"chat": "a", "text": "обмін"} | {name: "\ud800"}) + "\n")
    ran = cli("chat", "--jsonl")
    assert ran.code in (0, 2)
    ran.out.encode()


# The index


def test_without_an_index_every_command_that_needs_one_says_to_build_it(
    tmp_path: Path, cli: Cli
) -> None:
    for arguments in (("ask", "x"), ("chat",), ("evaluate",), ("ask", "x", "--index", "elsewhere")):
        ran = cli(*arguments)
        assert (
            ran.code == 1
            and "there is no index in" in ran.error
            and "qa-service build" in ran.error
        )


def test_every_damaged_or_missing_file_of_an_index_is_named_with_what_to_do(
    tmp_path: Path, cli: Cli
) -> None:
    index = tiny_index(tmp_path).index
    files = [path for path in _current(index).rglob("*") if path.is_file()]
    assert len(files) >= 10
    for path in files:
        kept = path.read_bytes()
        for damage in (b"", kept[: len(kept) // 2], kept[:-1] + bytes([kept[-1] ^ 1]), None):
            path.unlink()
            if damage is not None:
                path.write_bytes(damage)
            ran = cli("ask", "x")
            if path.name == "manifest.json" and damage and len(damage) == len(kept):
                continue  # its last byte is a line end
            assert ran.code == 1 and path.name in ran.error and "qa-service build" in ran.error, (
                path.name,
                damage,
            )
            path.write_bytes(kept)
    assert cli("ask", "x").code == 0


@pytest.mark.parametrize(
    "pointer", [b"", b"\n", b"nope\n", b"../..\n", b".\n", b"\xff\n", b"a/b\n", b"\x00\n"]
)
def test_a_damaged_pointer_to_the_index_is_named_with_what_to_do(
    tmp_path: Path, cli: Cli, pointer: bytes
) -> None:
    (tiny_index(tmp_path).index / "CURRENT").write_bytes(pointer)
    ran = cli("ask", "x")
    assert ran.code == 1 and "CURRENT" in ran.error and "qa-service build" in ran.error


def test_an_index_of_another_model_is_refused_with_both_named(tmp_path: Path, cli: Cli) -> None:
    folder = _current(tiny_index(tmp_path).index)
    manifest = read_manifest(folder)
    for other in (
        replace(manifest, encoder="e5", encoder_fingerprint="other"),
        replace(manifest, encoder="e5", dimension=384),
    ):
        changed = with_version(other, "20260101")
        write_manifest(folder, changed)
        folder = folder.rename(folder.parent / changed.version)
        (folder.parent / "CURRENT").write_text(changed.version, "utf-8")
        ran = cli("ask", "x")
        assert (
            ran.code == 1
            and "e5" in ran.error
            and "hashing" in ran.error
            and "QA_MODEL" in ran.error
        )


def test_an_index_of_another_store_is_refused(
    tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_index(tmp_path)
    monkeypatch.setenv("QA_STORE", "exact")
    ran = cli("ask", "x")
    assert ran.code == 1 and "QA_STORE" in ran.error and "qa-service build" in ran.error


def test_a_model_that_was_never_built_says_what_to_do(
    tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_index(tmp_path)
    monkeypatch.setenv("QA_MODEL", "default")
    ran = cli("ask", "x")
    assert ran.code == 1 and "qa-service build" in ran.error


# build


def test_build_publishes_then_is_up_to_date_until_the_corpus_changes_or_force(
    tmp_path: Path, cli: Cli
) -> None:
    corpus = write_corpus(tmp_path)
    first = cli("build")
    assert (
        first.code == 0
        and "index built and published" in first.out
        and "8 passages of 3 services" in first.out
    )
    published = _current(tmp_path / "index")
    second = cli("build")
    assert (
        second.code == 0
        and "is up to date" in second.out
        and _current(tmp_path / "index") == published
    )
    assert (
        "built and published" in cli("build", "--force").out
        and _current(tmp_path / "index") != published
    )
    (corpus / "services" / "plates-lost.md").unlink()
    assert "6 passages of 2 services" in cli("build").out


def test_build_json_is_the_manifest_and_whether_it_is_new(tmp_path: Path, cli: Cli) -> None:
    write_corpus(tmp_path)
    built, again = (json.loads(cli("build", "--json").out) for _ in range(2))
    assert (built["new"], again["new"]) == (True, False) and built["version"] == again["version"]
    assert built["passages"] == 8 and built["encoder"] == "hashing"


def test_options_of_build_win_over_the_environment(
    tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = write_corpus(tmp_path / "elsewhere")
    monkeypatch.setenv("QA_MODEL", "default")
    ran = cli("build", "--corpus", str(corpus), "--index", "other", "--model", "hashing")
    assert (
        ran.code == 0
        and (tmp_path / "other" / "CURRENT").is_file()
        and not (tmp_path / "index").exists()
    )


def test_a_build_that_fails_leaves_the_served_version(tmp_path: Path, cli: Cli) -> None:
    corpus = write_corpus(tmp_path)
    assert cli("build").code == 0
    (corpus / "services" / "plates-lost.md").write_text("broken", "utf-8")
    ran = cli("build")
    assert ran.code == 1 and "plates-lost.md:1: " in ran.error
    assert cli("ask", "x").code == 0


def test_an_index_folder_that_cannot_be_written_is_named(tmp_path: Path, cli: Cli) -> None:
    write_corpus(tmp_path)
    (tmp_path / "file").write_text("", "utf-8")
    ran = cli("build", "--index", "file")
    assert ran.code == 1 and "cannot write to file" in ran.error and "--index" in ran.error


# check and passages


def test_check_says_a_right_corpus_is_valid(tmp_path: Path, cli: Cli) -> None:
    write_corpus(tmp_path)
    ran = cli("check")
    assert (ran.code, ran.err) == (0, "")
    valid, _, queue = ran.out.partition("\n\n")
    assert valid == "corpus is valid: 3 services, 8 passages"
    assert "no_official_source" in queue and "first official or law" in queue
    every = cli("check", "--queue").out
    assert "missing_topic: plates-lost: nothing on who" in every
    report = json.loads(cli("check", "--json").out)
    assert report["problems"] == [] and report["sources"][-1]["passages"] == 8


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("group: driving-licence", "group: cars", 6, "group"),
        ("reviewed: 2026-01-05", "reviewed: yesterday", 9, "reviewed"),
        ("{#term topic=term}", "{#fee topic=term}", 44, "id 'fee' was used already in line 19"),
        ("{#term topic=term}", "{#term topic=price}", 44, "unknown topic 'price'"),
        (
            "## Скільки триває обмін {#term topic=term}",
            "## Скільки триває обмін",
            44,
            "a heading must read",
        ),
        ('as_of: "2025"', "as_of: торік", 49, "as_of"),
        (
            "sources: [price-list, resolution-340]",
            "sources: [nope]",
            24,
            "source 'nope' is not among",
        ),
        ("status: needs-review", "status: verified", 24, "go together"),
        ("у день звернення.", "у день звернення", 44, "no end mark"),
        ("aliases: [поміняти права, обмін прав]", "aliases: [", 12, "mend the YAML"),
    ],
)
def test_check_names_file_and_line_of_a_finding(
    tmp_path: Path, cli: Cli, old: str, new: str, line: int, message: str
) -> None:
    assert EXCHANGE.count(old) == 1
    corpus = write_corpus(tmp_path, {**SERVICES, "licence-exchange": EXCHANGE.replace(old, new)})
    path = (corpus / "services" / "licence-exchange.md").relative_to(tmp_path)
    ran = cli("check")
    places = [
        re.match(rf"{re.escape(str(path))}:(\d+): (.*)", finding)
        for finding in ran.out.splitlines()
    ]
    assert ran.code == 1 and ran.error
    assert any(place and int(place[1]) == line and message in place[2] for place in places), ran.out


def test_check_lists_every_finding_and_other_commands_say_that_there_are_more(
    tmp_path: Path, cli: Cli
) -> None:
    corpus = write_corpus(tmp_path)
    for slug in SERVICES:
        (corpus / "services" / f"{slug}.md").write_text("broken", "utf-8")
    assert len(cli("check").out.splitlines()) == 3
    for command in ("build", "passages"):
        ran = cli(command)
        assert (
            ran.code == 1
            and ":1: " in ran.error
            and "2 more; `qa-service check` lists all" in ran.error
        )


@pytest.mark.parametrize("command", ["build", "check", "passages"])
@pytest.mark.parametrize("corpus", ["nope", "nope.jsonl"])
def test_a_corpus_that_is_not_there_is_named_with_what_to_do(
    tmp_path: Path, cli: Cli, command: str, corpus: str
) -> None:
    ran = cli(command, "--corpus", corpus)
    assert ran.code == 1 and corpus in ran.out + ran.err
    assert (
        "point QA_CORPUS or --corpus at" in ran.out + ran.err
        or "give the path of a file" in ran.out + ran.err
    )


def test_check_writes_the_schema_that_it_then_accepts(tmp_path: Path, cli: Cli) -> None:
    corpus = write_corpus(tmp_path)
    (corpus / "schema.json").write_text("{}", "utf-8")
    assert cli("check").code == 1
    assert cli("check", "--write").code == 0 and cli("check").code == 0


def test_check_writes_nothing_into_a_folder_that_is_not_there(tmp_path: Path, cli: Cli) -> None:
    assert (
        cli("check", "--write", "--corpus", "nope").code == 1 and not (tmp_path / "nope").exists()
    )


def test_passages_prints_one_json_object_a_line_with_the_documented_keys(
    tmp_path: Path, cli: Cli
) -> None:
    write_corpus(tmp_path)
    printed = [json.loads(line) for line in cli("passages").out.splitlines()]
    assert sorted(passage["id"] for passage in printed) == sorted(PASSAGES)
    assert all(list(passage) == ["id", "service", "topic", "title", "text"] for passage in printed)
    assert {passage["id"]: passage["text"] for passage in printed}[
        "plates-lost.fee"
    ] == "Дублікат номерного знака коштує 320 гривень."


# evaluate


def _collection(folder: Path) -> None:
    documents = {
        "d1": "Дуб росте поволі в лісі.",
        "d2": "Верба росте швидко біля води.",
        "d3": "Коваль кує залізо.",
    }
    lines = [
        json.dumps({"_id": key, "title": "", "text": text}, ensure_ascii=False)
        for key, text in documents.items()
    ]
    (folder / "trees.jsonl").write_text("\n".join(lines), "utf-8")
    queries = {
        "q1": "Дуб росте поволі в лісі.",
        "q2": "Верба росте швидко біля води.",
        "q3": "без суджень",
    }
    lines = [
        json.dumps({"_id": key, "text": text}, ensure_ascii=False) for key, text in queries.items()
    ]
    (folder / "queries.jsonl").write_text("\n".join(lines), "utf-8")
    (folder / "qrels.tsv").write_text(
        "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td1\t1\nq2\td3\t0\n", "utf-8"
    )


def test_another_corpus_is_built_and_measured_with_the_right_numbers(
    tmp_path: Path, cli: Cli
) -> None:
    """q1 finds its document first; q2 has its only relevant one second, behind the text that it
    repeats.
    """
    _collection(tmp_path)
    assert "3 passages of 0 services" in cli("build", "--corpus", "trees.jsonl").out
    ran = cli("evaluate", "--queries", "queries.jsonl", "--qrels", "qrels.tsv", "--json")
    assert ran.code == 0
    assert json.loads(ran.out) == {
        "queries": 2,
        "ndcg_at_10": pytest.approx((1 + 1 / log2(3)) / 2),
        "recall_at_1": 0.5,
        "recall_at_5": 1.0,
        "recall_at_10": 1.0,
        "recall_at_100": 1.0,
        "mrr": 0.75,
    }
    table = cli("evaluate", "--queries", "queries.jsonl", "--qrels", "qrels.tsv").out
    assert "ndcg@10" in table and "0.815" in table and "0.750" in table


def _judged_question(folder: Path) -> None:
    """A question of the tiny corpus in `corpus/questions/dev.jsonl`."""
    (folder / "corpus" / "questions").mkdir()
    line = {
        "id": "q1", "question": FEE_QUESTION, "style": "formal", "services": ["licence-exchange"],
        "passages": ["licence-exchange.fee"], "topic": "fee", "answerable": True,
    }  # fmt: skip
    (folder / "corpus" / "questions" / "dev.jsonl").write_text(json.dumps(line), "utf-8")


def test_our_own_questions_are_measured_by_default(tmp_path: Path, cli: Cli) -> None:
    tiny_index(tmp_path)
    _judged_question(tmp_path)
    total = json.loads(cli("evaluate", "--json").out)["total"]
    assert (
        total["questions"] == 1
        and total["service_at_1"] == total["answer_at_1"] == total["answered"] == 1.0
    )


def test_questions_about_places_are_measured_as_a_table_and_as_json(
    tmp_path: Path, cli: Cli
) -> None:
    tiny_index(tmp_path)
    line = {"question": "як пройти до лісу", "kind": "other_question"}
    (tmp_path / "places.jsonl").write_text(json.dumps(line), "utf-8")
    assert "other_question" in cli("evaluate", "--places", "places.jsonl").out
    ran = cli("evaluate", "--places", "places.jsonl", "--json")
    assert json.loads(ran.out) == {"other_question": {"questions": 1, "right": 1, "share": 1.0}}


@pytest.mark.parametrize(
    "arguments",
    [
        ("--channel", "site"),
        ("--ablate",),
        ("--questions", "dev.jsonl"),
        ("--explain", "обмін прав"),
    ],
)
def test_what_places_would_ignore_is_refused(
    tmp_path: Path, cli: Cli, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "places.jsonl").write_text("{}", "utf-8")
    ran = cli("evaluate", "--places", "places.jsonl", *arguments)
    assert ran.code == 2 and "--places measures something of its own" in ran.err


def test_conversations_are_measured_as_a_table_and_as_json(tmp_path: Path, cli: Cli) -> None:
    tiny_index(tmp_path)
    talk = {"id": "1", "turns": [{"kind": "small_talk", "text": "дякую"}]}
    (tmp_path / "talks.jsonl").write_text(json.dumps(talk), "utf-8")
    assert "small_talk" in cli("evaluate", "--dialogues", "talks.jsonl").out
    ran = cli("evaluate", "--dialogues", "talks.jsonl", "--json", "--channel", "site")
    assert json.loads(ran.out)["small_talk"]["turns"] == 1
    refused = cli("evaluate", "--dialogues", "talks.jsonl", "--ablate")
    assert refused.code == 2 and "--dialogues measures something of its own" in refused.err


def test_a_file_of_places_that_is_not_there_is_named(tmp_path: Path, cli: Cli) -> None:
    ran = cli("evaluate", "--places", "elsewhere.jsonl")
    assert ran.code == 2 and "there is no file elsewhere.jsonl" in ran.err


@pytest.mark.parametrize("arguments", [(), ("--ablate",)])
def test_a_report_is_printed_and_written_nowhere(
    tmp_path: Path, cli: Cli, arguments: tuple[str, ...]
) -> None:
    tiny_index(tmp_path)
    _judged_question(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    ran = cli("evaluate", *arguments)
    assert ran.code == 0 and "answer@1" in ran.out
    assert sorted(tmp_path.rglob("*")) == before
    assert cli("evaluate", *arguments, "--into", "quality.md").code == 2


@pytest.mark.parametrize(
    ("channel", "arguments"), [("chatbot", ()), ("operator", ("--channel", "operator"))]
)
def test_a_question_is_explained_for_a_channel_without_any_judged_questions(
    tmp_path: Path, cli: Cli, channel: str, arguments: tuple[str, ...]
) -> None:
    engine = tiny_engine(tmp_path)
    ran = cli("evaluate", "--explain", "j,vsy ghfd", *arguments)
    assert (ran.code, ran.out, ran.err) == (
        0,
        explain(engine, "j,vsy ghfd", Channel(channel)) + "\n",
        "",
    )
    assert "read as: обмін прав" in ran.out and f"(channel {channel})" in ran.out


def test_a_question_that_is_not_searched_is_explained_too(tmp_path: Path, cli: Cli) -> None:
    tiny_index(tmp_path)
    ran = cli("evaluate", "--explain", "")
    assert (ran.code, ran.out) == (0, "not searched: empty\n")


def test_questions_and_judgements_that_cannot_be_used_are_named(tmp_path: Path, cli: Cli) -> None:
    _collection(tmp_path)
    cli("build", "--corpus", "trees.jsonl")
    (tmp_path / "bad.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\tgood\n", "utf-8")
    (tmp_path / "other.tsv").write_text("zz\td1\t1\n", "utf-8")
    for queries, qrels, said in (
        ("nope.jsonl", "qrels.tsv", "nope.jsonl:1: "),
        ("queries.jsonl", "bad.tsv", "bad.tsv:2: "),
        ("queries.jsonl", "other.tsv", "no query has judgements"),
    ):
        ran = cli("evaluate", "--queries", queries, "--qrels", qrels)
        assert ran.code == 1 and said in ran.error


# train


def _judged_questions(corpus: Path) -> None:
    """Enough to fit on, beside the tiny corpus: found, not found and off-topic ones."""
    folder = corpus / "questions"
    folder.mkdir()
    off_topic = ["де купити квиток на потяг", "який курс долара сьогодні", "рецепт борщу"]
    answered = {
        FEE_QUESTION: "licence-exchange.fee",
        "Скільки триває обмін прав?": "licence-exchange.term",
        "Вартість дубліката номерного знака": "plates-lost.fee",
        "Де складають практичний іспит": "exam-practical.where",
        "Скільки спроб дають на іспит": "exam-practical.exam",
        "яка ціна обміну прав": "plates-lost.steps",
    }

    def lines(questions: Mapping[str, str]) -> list[str]:
        asked = [
            {
                "question": question,
                "style": "formal",
                "answerable": bool(passage),
                "services": [passage.partition(".")[0]] if passage else [],
                "passages": [passage] if passage else [],
            }
            for question, passage in questions.items()
        ]
        return [json.dumps(line, ensure_ascii=False) for line in asked]

    train, dev = lines(dict.fromkeys(off_topic, "")), lines({**answered, "скільки зірок": ""})
    (folder / "train.jsonl").write_text("\n".join(train), "utf-8")
    (folder / "dev.jsonl").write_text("\n".join(dev), "utf-8")


def test_train_writes_weights_beside_the_corpus_and_build_puts_them_into_the_index(
    tmp_path: Path, cli: Cli
) -> None:
    corpus = write_corpus(tmp_path)
    _judged_questions(corpus)
    assert cli("build").code == 0
    before = read_manifest(_current(tmp_path / "index"))
    ran = cli("train")
    assert ran.code == 0, ran.err
    head, _, fitted = ran.out.partition("\n")
    assert head == "7 questions -> corpus/weights.json; `qa-service build` puts them into the index"
    assert json.loads(fitted) == json.loads((corpus / "weights.json").read_text("utf-8"))
    assert "built and published" in cli("build").out
    after = read_manifest(_current(tmp_path / "index"))
    assert after.version != before.version
    old = before.checksums
    changed = {name for name, one in after.checksums.items() if one != old.get(name)}
    assert changed == {"weights.json", "changes.json", "gate.json"}
    assert "is up to date" in cli("build").out and cli("ask", FEE_QUESTION).code == 0


def test_train_takes_the_corpus_that_is_named(tmp_path: Path, cli: Cli) -> None:
    corpus = write_corpus(tmp_path / "elsewhere")
    _judged_questions(corpus)
    assert cli("build", "--corpus", str(corpus)).code == 0
    ran = cli("train", "--corpus", str(corpus))
    assert ran.code == 0 and f"-> {corpus}/weights.json;" in ran.out
    assert (corpus / "weights.json").is_file() and not (tmp_path / "corpus").exists()


def test_train_refuses_an_index_of_another_corpus(tmp_path: Path, cli: Cli) -> None:
    tiny_index(tmp_path)
    other = write_corpus(tmp_path / "elsewhere", {"licence-exchange": EXCHANGE})
    _judged_questions(other)
    ran = cli("train", "--corpus", str(other))
    assert ran.code == 2 and "--corpus" in ran.error and "qa-service build" in ran.error
    assert not (other / "weights.json").exists()


def test_train_says_which_questions_are_missing(tmp_path: Path, cli: Cli) -> None:
    tiny_index(tmp_path)
    _judged_question(tmp_path)
    ran = cli("train")
    assert ran.code == 1 and "the policy needs questions" in ran.error
    assert not (tmp_path / "corpus" / "weights.json").exists()


def test_weights_that_cannot_be_used_are_named_with_what_to_do(tmp_path: Path, cli: Cli) -> None:
    corpus = write_corpus(tmp_path)
    (corpus / "weights.json").write_text("{}", "utf-8")
    ran = cli("build")
    assert ran.code == 1 and "corpus/weights.json:1: " in ran.error
    assert "qa-service train" in ran.error


# Settings


def test_print_settings_prints_every_setting_with_its_value_and_meaning(
    tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("QA_HOST=0.0.0.0\n", "utf-8")
    monkeypatch.setenv("QA_STORE", "exact")
    lines = cli("serve", "--port", "1234", "--workers", "2", "--print-settings").out.splitlines()
    assert all(re.fullmatch(r"QA_[A-Z_]+=.*  # \S.*", line) for line in lines)
    values = dict(line.partition("  # ")[0].split("=", 1) for line in lines)
    assert (
        values["QA_HOST"] == "0.0.0.0"
        and values["QA_STORE"] == "exact"
        and values["QA_MODEL"] == "hashing"
    )
    assert values["QA_PORT"] == "1234" and values["QA_WORKERS"] == "2"


@pytest.mark.parametrize(
    ("key", "value"),
    [("QA_PORT", "abc"), ("QA_STORE", "foo"), ("QA_WORKERS", "0"), ("QA_NOPE", "1")],
)
@pytest.mark.parametrize("command", [("ask", "x"), ("check",), ("serve", "--print-settings")])
def test_a_bad_setting_stops_every_command_with_exit_code_2(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], key: str, value: str
) -> None:
    monkeypatch.setenv(key, value)
    ran = cli(*command)
    assert ran.code == 2 and ran.error.startswith(key)


def test_an_unknown_key_in_env_file_stops_with_exit_code_2(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / ".env").write_text("QA_PROT=1\n", "utf-8")
    ran = cli("check")
    assert ran.code == 2 and ran.error.startswith("QA_PROT in .env is not a setting")


def test_help_names_every_command(cli: Cli) -> None:
    ran = cli("--help")
    assert ran.code == 0
    for command in ("ask", "chat", "build", "serve", "check", "passages", "evaluate", "train"):
        assert command in ran.out and cli(command, "--help").code == 0
