"""`qa-service mcp`: an assistant's own process, over stdin and stdout. Test names are the rules."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from mcp.client.client import Client
from support.assistants import NEW, OLD, assisted, call, command, message
from support.commands import Cli, runner
from support.corpus import FEE_QUESTION, tiny_index


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QA_MODEL", "hashing")
    return runner(monkeypatch, capsys)


@dataclass(frozen=True)
class Said:
    """What the process wrote until its input ended."""

    code: int
    out: bytes
    log: bytes


def said(folder: Path, lines: Sequence[bytes], replies: int) -> Said:
    """Send these lines, wait for so many replies, close the input."""
    started = command(tiny_index(folder).index)
    with subprocess.Popen(
        [started.command, *started.args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**(started.env or {}), "QA_LOG_LEVEL": "debug"},
        cwd=folder,
    ) as process:
        assert process.stdin and process.stdout
        process.stdin.write(b"".join(line + b"\n" for line in lines))
        process.stdin.flush()
        out = b"".join(process.stdout.readline() for _ in range(replies))
        rest, log = process.communicate(timeout=60)
        return Said(process.returncode, out + rest, log)


def sent(one: object) -> bytes:
    return json.dumps(one).encode()


@pytest.mark.slow
@pytest.mark.parametrize("era", [NEW, OLD])
def test_an_assistant_that_starts_it_asks_and_reads(tmp_path: Path, era: str) -> None:
    async def use(assistant: Client) -> tuple[str, str, str]:
        answer = await assistant.call_tool("ask", {"question": FEE_QUESTION})
        wrong = await assistant.call_tool("get_passage", {"id": "nope"})
        read = await assistant.read_resource("service://plates-lost")
        first = answer.structured_content["passages"][0]["id"]
        return first, str(wrong.content[0]), str(read.contents[0])

    first, wrong, read = assisted(command(tiny_index(tmp_path).index), use, era)
    assert first == "licence-exchange.fee" and "get_service lists" in wrong
    assert "Дублікат номерного знака коштує 320 гривень" in read


@pytest.mark.slow
def test_nothing_but_messages_is_on_stdout_and_no_question_in_the_log(tmp_path: Path) -> None:
    hello = {"protocolVersion": "2024-11-05", "capabilities": {}}
    hello["clientInfo"] = {"name": "a tester", "version": "1"}
    lines = (
        "єдинаприкмета is no message".encode(),
        b"\xff\xfe",
        sent(message("initialize", **hello)),
        sent({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        sent(call("ask", question="єдинаприкмета " * 100_000)),
        sent(call("ask", question="єдинаприкмета") | {"id": 2}),
    )
    done = said(tmp_path, lines, replies=3)
    replies = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == 0 and sorted(reply["id"] for reply in replies) == [1, 1, 2]
    logged = [json.loads(line) for line in done.log.splitlines()]
    assert logged and "єдинаприкмета" not in done.log.decode()


def test_without_the_extra_one_line_says_what_to_install(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    ran = cli("mcp")
    assert ran.code == 1 and ran.out == ""
    assert ran.error.startswith("serving AI assistants needs an optional part")
    assert "'.[mcp]'" in ran.error
