"""What the parts about publication share: two small corpora that can be told apart, the commands of
`qa-service`, a service in a process of its own.

Nothing here calls the service's code: what operators type is what is tried.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.service import PORT

MARK = "§ "
"""Before every heading of the second corpus, so that each passage shows whose it is."""

QUESTION = "обмін посвідчення водія"
STAGING = ".staging-*"

_CORPUS = Path(__file__).parents[2] / "corpus"
_SERVICES = ("exam-*.md", "licence-*.md")
_ALONE = {"QA_MODEL": "hashing", "QA_JOURNAL": "off", "QA_RATE_LIMIT": "off"}
_PATIENCE_S = 60.0
_VARYING = ("answer_id", "took_ms", "index_version")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class World:
    """A folder of its own with an index and the two corpora, `plain` and `marked`."""

    folder: Path
    settings: dict[str, str]

    @property
    def index(self) -> Path:
        return self.folder / "index"

    @property
    def current(self) -> str:
        return (self.index / "CURRENT").read_text("utf-8").strip()

    def corpus(self, is_marked: bool) -> Path:
        return self.folder / ("marked" if is_marked else "plain")

    def started(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """A command of `qa-service` in a process group of its own."""
        return subprocess.Popen(
            (sys.executable, "-m", "qa_service", *arguments),
            env=os.environ | self.settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **options,
        )

    def run(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """A command of `qa-service` to its end, within a minute."""
        with self.started(*arguments, **options) as process:
            try:
                out, err = process.communicate(timeout=_PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                out, err = process.communicate()
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def building(self, is_marked: bool, *options: str) -> tuple[str, ...]:
        return ("build", "--corpus", str(self.corpus(is_marked)), *options)

    def build(self, is_marked: bool, *options: str) -> str:
        """Publish a version; returns its name. Raises RuntimeError where that fails."""
        done = self.run(*self.building(is_marked, *options))
        if done.returncode:
            raise RuntimeError(f"a build without any trouble fails: {done.stderr}")
        return self.current

    def answer(self) -> Json | None:
        """The answer of a process that opens the index anew, without what differs each time; None
        where it does not open.
        """
        done = self.run("ask", "--json", "--top-k", "20", QUESTION)
        if done.returncode:
            return None
        answer: Json = json.loads(done.stdout)
        return {key: value for key, value in answer.items() if key not in _VARYING}


@contextmanager
def small_world(**settings: str) -> Iterator[World]:
    """A world of a third of the corpus and the hashing encoder; nothing is built yet."""
    with TemporaryDirectory(prefix="soak-") as name:
        own = {"QA_KEYS": f"{name}/keys.json", "QA_INDEX": f"{name}/index"}
        world = World(Path(name), _ALONE | own | settings)
        for is_marked in (False, True):
            _write_corpus(world.corpus(is_marked), MARK if is_marked else "")
        yield world


def _write_corpus(folder: Path, mark: str) -> None:
    (folder / "services").mkdir(parents=True)
    for file in (*_CORPUS.glob("*.yaml"), _CORPUS / "weights.json"):
        shutil.copy(file, folder)
    for pattern in _SERVICES:
        for file in (_CORPUS / "services").glob(pattern):
            text = re.sub("^## ", f"## {mark}", file.read_text("utf-8"), flags=re.MULTILINE)
            (folder / "services" / file.name).write_text(text, "utf-8")


# A service


@dataclass(frozen=True, slots=True)
class Service:
    """A service in a process of its own."""

    process: subprocess.Popen[bytes]
    log: Path

    def ask(self) -> Json:
        """Raises OSError, HTTPException, ValueError where there is no answer."""
        status, body = _exchange("POST", "/v1/ask", {"question": QUESTION, "top_k": 5})
        if status != HTTPStatus.OK:
            raise ValueError(f"answered with status {status}")
        answer: Json = json.loads(body)
        return answer

    def passage(self, passage_id: str) -> str:
        """Its text. Raises OSError, HTTPException, ValueError, KeyError where there is none."""
        return str(json.loads(_exchange("GET", f"/v1/passages/{passage_id}")[1])["text"])

    def version(self) -> str:
        """That is served now."""
        return str(json.loads(_exchange("GET", "/readyz")[1])["index_version"])

    def count(self, sample: str) -> float:
        """The value of a sample in `/metrics`, by its whole name with labels."""
        lines = _exchange("GET", "/metrics")[1].decode().splitlines()
        found = [float(line.rpartition(" ")[2]) for line in lines if line.startswith(sample + " ")]
        return sum(found)

    def events(self, event: str) -> int:
        """How many lines of the log report `event`."""
        lines = self.log.read_text("utf-8").rpartition("\n")[0].splitlines()  # whole ones
        return sum(json.loads(line)["event"] == event for line in lines if line.startswith("{"))

    def memory_kb(self) -> int:
        """Resident, in kilobytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0])


@contextmanager
def service_over(world: World, **settings: str) -> Iterator[Service]:
    """Ready when entered, stopped when left. Raises RuntimeError where it does not start."""
    log = world.folder / "service.log"
    environment = os.environ | world.settings | settings
    command = (sys.executable, "-m", "qa_service", "serve", "--port", str(PORT))
    with log.open("wb") as file:
        process = subprocess.Popen(command, stderr=file, env=environment)
    service = Service(process, log)
    try:
        if not within(_PATIENCE_S, lambda: _is_ready(service)):
            raise RuntimeError(f"the service does not start: {log.read_text('utf-8')[-500:]}")
        yield service
    finally:
        process.terminate()
        process.wait(_PATIENCE_S)


def within(seconds: float, happened: Callable[[], bool], every_s: float = 0.02) -> bool:
    """Whether something comes true in time."""
    deadline = time.monotonic() + seconds
    while not (done := happened()) and time.monotonic() < deadline:
        time.sleep(every_s)
    return done


def _is_ready(service: Service) -> bool:
    if service.process.poll() is not None:
        raise RuntimeError(f"the service ended: {service.log.read_text('utf-8')[-500:]}")
    try:
        return _exchange("GET", "/readyz")[0] == HTTPStatus.OK
    except (OSError, HTTPException):
        return False


def _exchange(method: str, path: str, body: Json | None = None) -> tuple[int, bytes]:
    """Status and body. Raises OSError, HTTPException."""
    connection = HTTPConnection("127.0.0.1", PORT, timeout=30)
    try:
        content = json.dumps(body) if body else None
        connection.request(method, path, content, {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
