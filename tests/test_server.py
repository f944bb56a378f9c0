"""`qa-service serve` as a process of its own: stopped without noise, the same with several
workers.
"""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from threading import Event
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample
from support.corpus import FEE_QUESTION, ROOT, tiny_index
from support.waiting import MOST_S, until

from qa_service.journal.sql import SqlJournal

COMMAND = (sys.executable, "-m", "qa_service")

# Plain questions, none of them a sample question of the corpus, with every service that answers
# them.
PLAIN_QUESTIONS: Mapping[str, set[str]] = {
    "Скільки коштує обміняти водійське посвідчення?": {"licence-exchange", "licence-cost"},
    "Що робити, якщо я загубив водійські права?": {"licence-lost"},
    "Як замінити права після зміни прізвища?": {"licence-name-change"},
    "Як отримати міжнародне посвідчення водія?": {"licence-international"},
    "Як обміняти іноземні права на українські?": {"licence-foreign-exchange"},
    "Як відкрити нову категорію в посвідченні?": {"licence-new-category", "licence-categories"},
    "Де складати практичний іспит з водіння?": {"exam-practical"},
    "Скільки питань у теоретичному іспиті?": {"exam-theory"},
    "Через скільки днів можна перескласти іспит?": {"exam-retake", "exam-practical", "exam-theory"},
    "Як оскаржити результат іспиту з водіння?": {"exam-appeal"},
    "Загубив свідоцтво про реєстрацію автомобіля, як відновити?": {"certificate-lost"},
    "Як зареєструвати новий автомобіль з автосалону?": {"vehicle-new"},
    "Як зняти машину з обліку?": {"vehicle-deregistration"},
    "Як зареєструвати авто, ввезене з-за кордону?": {"vehicle-import"},
    "Як оформити автомобіль у спадщину?": {"vehicle-gift-inheritance"},
    "Вкрали номерний знак, що робити?": {"plates-lost"},
    "Чи можна замовити індивідуальний номерний знак?": {"plates-custom", "plates-choice"},
    "Як отримати транзитні номери?": {"plates-transit"},
    "Як отримати довідку про несудимість?": {"criminal-record"},
    "Як записатися в електронну чергу до сервісного центру?": {"e-queue"},
}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _environment(**settings: str) -> dict[str, str]:
    bare = {key: value for key, value in os.environ.items() if not key.startswith("QA_")}
    return bare | settings


class Served:
    """A running server that is ready: its process and its address."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process, self.port, self._log = process, port, log
        until(self._is_ready)

    def get(self, path: str) -> Any:
        return json.loads(self.text(path))

    def text(self, path: str, port: int | None = None) -> str:
        with urlopen(f"http://127.0.0.1:{port or self.port}{path}", timeout=MOST_S) as response:
            text: str = response.read().decode()
        return text

    def ask(self, question: str) -> Any:
        return self.post("/v1/ask", {"question": question})

    def post(self, path: str, body: Mapping[str, object]) -> Any:
        content, headers = json.dumps(body).encode(), {"Content-Type": "application/json"}
        request = Request(f"http://127.0.0.1:{self.port}{path}", content, headers)
        with urlopen(request, timeout=MOST_S) as response:
            return json.load(response)

    def count(self, metric: str, port: int | None = None) -> float:
        """The sum over all labels, as one response to /metrics says it."""
        return sum(sample.value for sample in self._samples(metric, port))

    def labels(self, metric: str, name: str) -> set[str]:
        """The values of a label that there are now."""
        return {sample.labels[name] for sample in self._samples(metric)}

    def _samples(self, metric: str, port: int | None = None) -> list[Sample]:
        families = text_string_to_metric_families(self.text("/metrics", port))
        return [one for family in families for one in family.samples if one.name == metric]

    def readiness(self) -> int:
        try:
            self.get("/readyz")
        except HTTPError as error:
            return error.code
        return 200

    def stop(self, by: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Exit code and everything that was said on stderr."""
        self.process.send_signal(by)
        return self.process.wait(timeout=MOST_S), self._log.read_text("utf-8")

    def _is_ready(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"the server stopped: {self._log.read_text('utf-8')}")
        try:
            self.get("/readyz")
        except (HTTPError, URLError, ConnectionError):
            return False
        return True


@contextmanager
def _serve(folder: Path, *options: str, **settings: str) -> Iterator[Served]:
    """It logs into a file: a pipe that nobody empties is full after some 300 requests, and the
    server then waits for ever.
    """
    port = _free_port()
    path = folder / f"server-{port}.log"
    with path.open("wb") as log:
        process = subprocess.Popen(
            [*COMMAND, "serve", "--port", str(port), *options],
            cwd=folder,
            env=_environment(**settings),
            stdout=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield Served(process, port, path)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _run(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env=_environment(**settings),
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.slow
def test_a_server_gets_ready_answers_and_logs_json_lines(tmp_path: Path) -> None:
    tiny_index(tmp_path)
    with _serve(tmp_path, QA_MODEL="hashing") as served:
        assert served.get("/readyz")["status"] == "ready"
        assert served.ask(FEE_QUESTION)["passages"][0]["id"] == "licence-exchange.fee"
        _, said = served.stop()
    lines = [json.loads(line) for line in said.splitlines()]
    assert [
        line
        for line in lines
        if line["event"] == "request" and line["route"] == "/v1/ask" and line["status"] == 200
    ]


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_told_to_stop_ends_with_0_and_no_traceback(
    tmp_path: Path, by: signal.Signals, workers: str
) -> None:
    tiny_index(tmp_path)
    with _serve(tmp_path, "--workers", workers, QA_MODEL="hashing") as served:
        code, said = served.stop(by)
    assert "Traceback" not in said
    assert code == 0


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_whoever_looks_at_readiness_loses_no_request_of_a_server_that_is_told_to_stop(
    tmp_path: Path, workers: str
) -> None:
    """Askers go on until it says that it is not ready, as a balancer has them do."""
    tiny_index(tmp_path)
    is_ready, told = Event(), Event()
    is_ready.set()

    def ask(served: Served) -> list[str]:
        later = []
        while is_ready.is_set():
            answer = served.ask(FEE_QUESTION)
            if told.is_set():
                later.append(answer["passages"][0]["id"])
        return later

    settings = {"QA_MODEL": "hashing", "QA_RATE_LIMIT": "off"}
    with (
        _serve(tmp_path, "--workers", workers, **settings) as served,
        ThreadPoolExecutor(2) as pool,
    ):
        asking = [pool.submit(ask, served) for _ in range(2)]
        until(lambda: served.ask(FEE_QUESTION))
        served.process.send_signal(signal.SIGTERM)
        told.set()
        until(lambda: served.readiness() == 503)
        is_ready.clear()
        found = [answer for one in asking for answer in one.result()]
        code, said = served.stop()
    assert set(found) <= {"licence-exchange.fee"}
    assert code == 0 and "Traceback" not in said


@pytest.mark.slow
def test_every_worker_takes_what_the_options_say(tmp_path: Path) -> None:
    """Settings given as options reach the workers as if they stood in the environment."""
    tiny_index(tmp_path / "elsewhere")
    index = str(tmp_path / "elsewhere" / "index")
    with _serve(tmp_path, "--workers", "2", "--index", index, QA_MODEL="hashing") as served:
        assert {served.ask(FEE_QUESTION)["passages"][0]["id"] for _ in range(10)} == {
            "licence-exchange.fee"
        }


@pytest.mark.slow
def test_workers_read_env_file_and_environment(tmp_path: Path) -> None:
    tiny_index(tmp_path)
    (tmp_path / ".env").write_text("QA_MODEL=hashing\nQA_CONTACT_PHONE=101\n", "utf-8")
    with _serve(tmp_path, QA_WORKERS="2") as served:
        assert served.ask("")["handoff"]["phone"] == "101"


@pytest.mark.slow
def test_the_metrics_of_all_workers_add_up_whichever_is_asked(tmp_path: Path) -> None:
    tiny_index(tmp_path)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with _serve(tmp_path, "--workers", "2", QA_MODEL="hashing", TMPDIR=str(temporary)) as served:
        until(lambda: len(list(temporary.glob("qa_service-metrics-*/counter_*.db"))) == 2)
        for number in range(20):
            served.ask(f"{FEE_QUESTION} {number}")
        assert [served.count("qa_answers_total") for _ in range(10)] == [20] * 10
        assert served.count("qa_answer_seconds_count") == 20
        code, _ = served.stop()
    assert code == 0 and list(temporary.glob("qa_service-metrics-*")) == []


@pytest.mark.slow
def test_what_a_worker_that_died_said_of_itself_goes_and_what_it_counted_stays(
    tmp_path: Path,
) -> None:
    tiny_index(tmp_path)
    built = "qa_index_built_timestamp_seconds"
    with _serve(tmp_path, "--workers", "2", QA_MODEL="hashing") as served:
        until(lambda: served.count("qa_workers_ready") == 2)
        for number in range(20):
            served.ask(f"{FEE_QUESTION} {number}")
        before = served.labels(built, "pid")
        os.kill(int(min(before)), signal.SIGKILL)
        until(lambda: min(before) not in served.labels(built, "pid"))
        until(lambda: served.count("qa_workers_ready") == 2)
        assert len(served.labels(built, "pid")) == served.count("qa_workers") == 2
        assert served.count("qa_memory_limit_bytes") > served.count("qa_memory_bytes") > 0
        assert served.count("qa_answers_total") == 20


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_metrics_may_have_a_port_of_their_own_and_then_have_none_but_that(
    tmp_path: Path, workers: str
) -> None:
    tiny_index(tmp_path)
    port = str(_free_port())
    settings = {"QA_MODEL": "hashing", "QA_METRICS_PORT": port}
    with _serve(tmp_path, "--workers", workers, **settings) as served:
        for number in range(10):
            served.ask(f"{FEE_QUESTION} {number}")
        assert [served.count("qa_answers_total", int(port)) for _ in range(3)] == [10] * 3
        with pytest.raises(HTTPError, match="404"):
            served.text("/metrics")
        assert served.stop()[0] == 0


@pytest.mark.slow
def test_a_port_of_metrics_in_use_is_one_line_that_names_the_setting(tmp_path: Path) -> None:
    tiny_index(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        settings = {"QA_MODEL": "hashing", "QA_METRICS_PORT": port}
        ran = _run(tmp_path, "serve", "--port", str(_free_port()), **settings)
    assert ran.returncode == 2
    assert ran.stderr == (
        f"qa-service: cannot listen on 127.0.0.1:{port}: Address already in use; choose another "
        "with QA_METRICS_PORT\n"
    )


@pytest.mark.slow
@pytest.mark.parametrize("secret", ["", "a secret of all workers, long enough"])
def test_every_worker_takes_feedback_on_the_answers_of_the_others(
    tmp_path: Path, secret: str
) -> None:
    tiny_index(tmp_path)
    settings = {"QA_MODEL": "hashing"} | ({"QA_SESSION_SECRET": secret} if secret else {})
    with _serve(tmp_path, "--workers", "2", **settings) as served:
        ids = [served.ask(FEE_QUESTION)["answer_id"] for _ in range(20)]
        sent = [{"answer_id": answer_id, "helpful": True} for answer_id in ids]
        taken = [served.post("/v1/feedback", feedback) for feedback in sent]
        code, _ = served.stop()
    assert taken == [{"status": "accepted"}] * 20 and code == 0
    with closing(SqlJournal.open(f"sqlite:///{tmp_path}/journal.sqlite")) as journal:
        assert {entry.feedback.answer_id for entry in journal.votes(100)} == set(ids)


@pytest.mark.slow
def test_a_port_in_use_is_one_line_that_names_it_and_the_way_out(tmp_path: Path) -> None:
    tiny_index(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ran = _run(tmp_path, "serve", "--port", port, QA_MODEL="hashing")
    assert ran.returncode == 2
    (line,) = ran.stderr.splitlines()
    assert line == (
        f"qa-service: cannot listen on 127.0.0.1:{port}: Address already in use; choose "
        "another with --host or --port (QA_HOST, QA_PORT)"
    )


@pytest.mark.slow
def test_metrics_on_the_port_of_all_others_by_name_are_one_line(tmp_path: Path) -> None:
    port = str(_free_port())
    ran = _run(tmp_path, "serve", "--port", port, QA_METRICS_PORT=port)
    assert ran.stderr == "qa-service: QA_METRICS_PORT must be another port than QA_PORT\n"
    assert ran.returncode == 2


@pytest.mark.slow
def test_an_address_that_is_not_ours_is_one_line(tmp_path: Path) -> None:
    tiny_index(tmp_path)
    for host in ("192.0.2.1", "no.such.host.invalid"):
        ran = _run(
            tmp_path, "serve", "--host", host, "--port", str(_free_port()), QA_MODEL="hashing"
        )
        (line,) = ran.stderr.splitlines()
        assert ran.returncode == 2 and line.startswith(f"qa-service: cannot listen on {host}")


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_without_an_index_a_server_does_not_start(tmp_path: Path, workers: str) -> None:
    ran = _run(
        tmp_path, "serve", "--port", str(_free_port()), "--workers", workers, QA_MODEL="hashing"
    )
    (line,) = ran.stderr.splitlines()
    assert ran.returncode == 1 and line.startswith("qa-service: there is no index in index yet")


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("QA_RATE_LIMIT", "abc"),
        ("QA_CORS_ORIGINS", "hsc"),
        ("QA_RATE_LIMIT_STORE", "foo://x"),
        ("QA_JOURNAL", "oracle://x/y"),
    ],
)
def test_a_bad_setting_ends_the_start_with_one_line_however_many_workers(
    tmp_path: Path, key: str, value: str, workers: str
) -> None:
    tiny_index(tmp_path)
    settings = {"QA_MODEL": "hashing", key: value}
    ran = _run(tmp_path, "serve", "--port", str(_free_port()), "--workers", workers, **settings)
    (line,) = ran.stderr.splitlines()
    assert ran.returncode == 2 and line.startswith(f"qa-service: {key}")


@pytest.mark.slow
def test_a_journal_that_cannot_be_opened_is_said_and_the_server_starts(tmp_path: Path) -> None:
    tiny_index(tmp_path)
    (tmp_path / "file").write_text("")
    with _serve(
        tmp_path, QA_MODEL="hashing", QA_JOURNAL=f"sqlite:///{tmp_path}/file/journal.sqlite"
    ) as served:
        _, said = served.stop()
    errors = [line for line in map(json.loads, said.splitlines()) if line["level"] == "error"]
    assert [line["event"] for line in errors] == [
        "the journal cannot be written now, answers are not affected"
    ]
    assert str(tmp_path / "file") in errors[0]["cause"]


# With the real model and index


def _serve_real(model_folder: Path, real_index: Path) -> AbstractContextManager[Served]:
    settings = {
        "QA_INDEX": str(real_index),
        "QA_MODEL_CACHE": str(model_folder.parent),
        "QA_CORPUS": str(ROOT / "corpus"),
        "QA_JOURNAL": "off",
        "QA_ANSWER_DEADLINE_MS": "60000",
    }
    return _serve(real_index, **settings)


@pytest.mark.model
@pytest.mark.slow
def test_plain_questions_find_their_service(model_folder: Path, real_index: Path) -> None:
    with _serve_real(model_folder, real_index) as served:
        known = {service["slug"] for service in served.get("/v1/services")["services"]}
        assert set().union(*PLAIN_QUESTIONS.values()) <= known
        answers = {question: served.ask(question) for question in PLAIN_QUESTIONS}
        _, said = served.stop()
    wrong = {
        question: answers[question]["passages"][0]["id"]
        for question, right in PLAIN_QUESTIONS.items()
        if answers[question]["passages"][0]["service"] not in right
    }
    assert len(answers) == 20 and len(wrong) <= 2, wrong
    assert "Traceback" not in said


@pytest.mark.model
@pytest.mark.slow
def test_the_search_box_answers_with_the_real_model(model_folder: Path, real_index: Path) -> None:
    with _serve_real(model_folder, real_index) as served:
        answer = served.get(f"/v1/ask?q={quote('Загубив техпаспорт, що робити?')}")
    assert answer["answerable"] and answer["passages"][0]["service"] == "certificate-lost"
