"""What the journal adds to an answer: `python -m bench.journal`.

Each question is answered by a service without a journal and by one that keeps it in SQLite, in turn
and in an order that changes. Both answer from the cache, so that it is not lost in the time of the
search. Times are the processor's of the thread that answers, since machines are shared.
"""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from time import sleep, thread_time

from qa_service.bootstrap import load_serving
from qa_service.documents.questions import DEV_FILE, load_questions
from qa_service.journal import NullJournal
from qa_service.journals import open_journal
from qa_service.live import Live
from qa_service.monitoring.metrics import Metrics
from qa_service.service import QuestionService
from qa_service.settings import load_settings
from qa_service.types import Query

QUESTIONS, BETWEEN_S = 1_000, 0.002
BAR_MS = 0.2


def main() -> None:
    settings = load_settings(cached_answers=10_000)
    asked = load_questions(settings.corpus / DEV_FILE)[:QUESTIONS]
    queries = [Query(one.question, conversation="bench") for one in asked]
    with tempfile.TemporaryDirectory() as folder:
        keeping = load_settings(journal=f"sqlite:///{Path(folder) / 'journal.sqlite'}")
        live, metrics = Live(load_serving(settings)), Metrics()
        without = QuestionService(live, NullJournal(), metrics)
        with_it = QuestionService(live, open_journal(keeping, metrics), metrics)
        for query in queries:
            without.ask(query)
        _report(queries, without.ask, with_it.ask)
        with_it.close()


def _report(
    queries: Sequence[Query], without: Callable[[Query], object], with_it: Callable[[Query], object]
) -> None:
    times: dict[str, list[float]] = {"without": [], "with": []}
    for number, query in enumerate(queries):
        pair = [("without", without), ("with", with_it)]
        for name, ask in pair if number % 2 else reversed(pair):
            began = thread_time()
            ask(query)
            times[name].append((thread_time() - began) * 1000)
        sleep(BETWEEN_S)
    for name, values in times.items():
        print(f"{name:8}", *(f"p{p} {_percentile(values, p):.3f} ms" for p in (50, 95, 99)))
    added_ms = _percentile(times["with"], 95) - _percentile(times["without"], 95)
    print(f"{'ok ' if added_ms <= BAR_MS else 'NOT'} at p95 {added_ms:+.3f} ms, bar {BAR_MS} ms")


def _percentile(values: Sequence[float], percent: int) -> float:
    return sorted(values)[int((len(values) - 1) * percent / 100)]


if __name__ == "__main__":
    main()
