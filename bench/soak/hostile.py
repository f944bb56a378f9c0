"""Requests that no honest client sends, each on a connection of its own."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.soak import hostile_requests as sent
from bench.soak.findings import Finding
from bench.soak.target import attacked
from bench.soak.wire import Reply, exchange, get

ALLOWED_5XX = (501, 505)
PATIENCE_S = 12.0
_LEAKS = (b"Traceback", b'.py"', b"root:x:", bytes(Path.cwd()), b"site-packages")


def run() -> Iterator[Finding]:
    with TemporaryDirectory() as folder, attacked(QA_JOURNAL=f"sqlite:///{folder}/a.db") as target:
        for kind, requests in (
            (
                "smuggling: two lengths, length and chunks, spaces in names",
                sent.smuggling(),
            ),
            ("chunks that are none", sent.chunks()),
            (
                "JSON: nested, huge numbers, wrong types, not UTF-8, NUL",
                sent.json_bodies(),
            ),
            ("bodies: compressed, forms, none, endless types", sent.bodies()),
            (
                "targets: traversal, absolute, authority, control characters",
                sent.targets(),
            ),
            ("methods and versions", sent.methods()),
            ("headers: forged keys, hosts, addresses, injection", sent.headers()),
            ("ids of answers, passages and services that were never given", sent.ids()),
        ):
            yield _finding(kind, requests)
        yield _pipelined()
        answer, faults = get("/v1/ask?q=x"), target.tracebacks()
        yield Finding("a question afterwards", "200", str(answer.status), answer.status == 200)
        yield Finding("tracebacks in the log", "0", str(faults), not faults)


def _finding(kind: str, requests: list[bytes]) -> Finding:
    wrong: list[str] = []
    for request in requests:
        reply = exchange(request, PATIENCE_S)
        if fault := _fault(reply):
            wrong.append(f"{fault}: {request[:60]!r}")
    measured = f"{len(requests)} sent, {len(wrong)} wrong" + "".join(f"; {one}" for one in wrong)
    return Finding(kind, "no 5xx but 501, 505; no hang, leak, second answer", measured, not wrong)


def _fault(reply: Reply) -> str:
    if reply.status >= 500 and reply.status not in ALLOWED_5XX:
        return str(reply.status)
    if reply.ending == "silent":
        return "hangs"
    if reply.raw.count(b"HTTP/1.1 ") > 1:
        return "answered twice"
    found = next((leak for leak in _LEAKS if leak in reply.raw), None)
    if found:
        return f"says {found.decode()}"
    return "injected" if b"\r\ninjected:" in reply.head else ""


def _pipelined() -> Finding:
    """Each request of a connection gets its answer, in order."""
    paths = [b"/healthz", b"/nowhere", b"/v1/ask?q=x"] * 20
    kept = b"".join(b"GET %s HTTP/1.1\r\nHost: qa.test\r\n\r\n" % path for path in paths)
    reply = exchange(
        kept + b"GET /healthz HTTP/1.1\r\nHost: qa.test\r\nConnection: close\r\n\r\n", PATIENCE_S
    )
    statuses = [int(part[:3]) for part in reply.raw.split(b"HTTP/1.1 ")[1:]]
    expected = [200, 404, 200] * 20 + [200]
    right = statuses == expected
    return Finding(
        f"{len(expected)} pipelined requests",
        "each answered, in order",
        f"{len(statuses)} answers, {'in' if right else 'not in'} order",
        right,
    )
