"""Requests that Schemathesis (MIT) makes up from the API's description, and the responses judged by
it.

Operations are also called one after another, with what an answer before gave.
"""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.service import PORT
from bench.soak.findings import Finding
from bench.soak.publication import service_over, small_world

TOOL = Path(__file__).parents[2] / ".cache" / "schemathesis" / "bin" / "schemathesis"
EXAMPLES = 1_000
"""Made-up requests of each operation, in each phase."""

_LIMIT_S = 3_600
_SERVER_ERROR = "ServerError"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What Schemathesis says of a service.

    failures: what is wrong, with its operations. printed: the same with the requests to repeat.
    """

    operations: int
    tested: int
    requests: int
    server_errors: int
    failures: tuple[str, ...]
    printed: str


def run(examples: int = EXAMPLES) -> Iterator[Finding]:
    if not TOOL.is_file():
        yield Finding("made-up requests", "0 failures", "run scripts/install-schemathesis", False)
        return
    with small_world(QA_LOG_LEVEL="warning") as world:
        world.build(is_marked=False)
        token = world.run("keys", "create", "--role", "admin", "--name", "soak").stdout.strip()
        with service_over(world, QA_JOURNAL=f"sqlite:///{world.folder}/journal.sqlite"):
            said = judged(f"http://127.0.0.1:{PORT}", token, examples)
    asked = f"{said.requests} made-up requests, {said.tested} of {said.operations} operations"
    yield Finding(
        f"{asked}: answers with 5xx",
        "0",
        f"{said.server_errors}",
        said.tested == said.operations and not said.server_errors,
    )
    yield Finding(
        "violations of the description",
        "0",
        "; ".join((f"{len(said.failures)}", *said.failures)),
        not said.failures,
    )


def judged(url: str, token: str, examples: int, seed: int = 1) -> Judgement:
    """Try the service at `url`, with a key of every right. Raises RuntimeError where the tool
    fails.
    """
    with TemporaryDirectory(prefix="schemathesis-") as folder:
        report = Path(folder) / "report.json"
        options = {
            "--max-examples": str(examples),
            "--seed": str(seed),
            "--header": f"X-API-Key: {token}",
            "--report": "json",
            "--report-json-path": str(report),
        }
        command = [str(TOOL), "run", f"{url}/openapi.json", "--continue-on-failure"]
        command += [word for option in options.items() for word in option]
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=_LIMIT_S, check=False
        )
        if not report.is_file():
            raise RuntimeError(f"Schemathesis fails: {done.stdout[-500:]}{done.stderr[-500:]}")
        return _read(report, done.stdout)


def _read(report: Path, printed: str) -> Judgement:
    said = json.loads(report.read_text("utf-8"))
    failures, errors = said["failures"], said["errors"]
    found = [f"{one['title']}: {', '.join(one['operations'])}" for one in failures]
    return Judgement(
        said["operations"]["total"],
        said["operations"]["tested"],
        said["test_cases"]["generated"],
        sum(one["count"] for one in failures if one["type"] == _SERVER_ERROR),
        (*found, *(f"not tried: {one}" for one in errors)),
        printed,
    )
