"""Two running services side by side: the ratio of their times, round by round, over HTTP.

    taskset -c 0 qa-service serve --port 8101   # in a checkout of the version before
    taskset -c 0 qa-service serve --port 8102   # here; both with QA_RATE_LIMIT=off QA_JOURNAL=off
    python -m bench.versus http://127.0.0.1:8101 http://127.0.0.1:8102

Each round asks both the same dev questions, which neither has in memory, one service after the
other; which goes first alternates. Machines are shared and noisy, so only the ratio counts. Its
95 % upper bound is by bootstrap over the rounds.
"""

import json
import os
import sys
from collections.abc import Sequence
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from time import perf_counter
from urllib.parse import urlsplit

import numpy as np

from bench.service import read
from qa_service.documents.questions import load_questions

QUESTIONS = Path("corpus/questions/dev.jsonl")
ROUNDS, PER_ROUND = 24, 50
MARKS = "абвгдежзиклмнопрстуфхцчш"
"""A letter a round, so that no cache holds its questions."""
RESAMPLES = 10_000


def main(urls: Sequence[str]) -> None:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    services = [HTTPConnection(urlsplit(url).netloc) for url in urls]
    questions = [question.question for question in load_questions(QUESTIONS)]
    for service in services:
        timed(service, questions[-PER_ROUND:], "")
    p50s = np.empty((ROUNDS, 2))
    for number in range(ROUNDS):
        start = number * PER_ROUND % (len(questions) - PER_ROUND)
        for place in (0, 1) if number % 2 else (1, 0):
            asked = questions[start : start + PER_ROUND]
            p50s[number, place] = median(timed(services[place], asked, MARKS[number]))
    ratios = p50s[:, 1] / p50s[:, 0]
    samples = np.random.default_rng(1).choice(ratios, (RESAMPLES, ROUNDS))
    upper = np.percentile(np.median(samples, axis=1), 95)
    before, after = np.median(p50s, axis=0)
    print(f"p50 {before:.2f} ms and {after:.2f} ms, medians of {ROUNDS} rounds")
    print(f"ratio {np.median(ratios):.3f}, 95 % upper bound {upper:.3f}")


def timed(service: HTTPConnection, questions: Sequence[str], mark: str) -> list[float]:
    """Milliseconds of each question; `mark` makes it one that no cache holds."""
    times = []
    for question in questions:
        body = json.dumps({"question": f"{question} {mark}"})
        started = perf_counter()
        service.request("POST", "/v1/ask", body, {"Content-Type": "application/json"})
        read(service)
        times.append((perf_counter() - started) * 1000)
    return times


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1:])
