"""Swap the served version under load, over HTTP: no request may fail, no answer mix two versions.

`python -m bench.swaps` asks 100 questions a second while two versions take turns twenty times. The
second is the published one with every passage marked, so that an answer shows what it is made of.
"""

import json
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http import HTTPStatus
from http.client import HTTPConnection
from itertools import cycle
from threading import Thread

import uvicorn

from bench.service import PORT
from qa_service.bootstrap import engine_over, load_encoder, open_snapshot, web_dependencies
from qa_service.documents.questions import load_questions
from qa_service.live import Serving
from qa_service.settings import Settings, load_settings
from qa_service.web.app import create_app

HOST = "127.0.0.1"
SWAPS, SECONDS, RATE, CLIENTS = 20, 20, 100, 8
MARK = "§ "


def main() -> None:
    settings = load_settings(rate_limit="off", journal="off")
    questions = [
        question.question
        for question in load_questions(settings.corpus / "questions" / "dev.jsonl")
    ]
    deps = web_dependencies(settings)
    live, versions = deps.service.live, (deps.service.live.current, marked(settings))
    config = uvicorn.Config(create_app(deps), HOST, PORT, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    running = Thread(target=server.run, daemon=True)
    running.start()
    while not server.started and running.is_alive():
        time.sleep(0.05)
    asked = [questions[number % len(questions)] for number in range(SECONDS * RATE)]
    share = len(asked) // CLIENTS
    with ThreadPoolExecutor(CLIENTS) as clients:
        asking = [
            clients.submit(ask_all, asked[start : start + share])
            for start in range(0, len(asked), share)
        ]
        turns = cycle(reversed(versions))
        for _ in range(SWAPS):
            time.sleep(SECONDS / (SWAPS + 1))
            live.swap(next(turns))
        outcomes = sum((future.result() for future in asking), Counter[str]())
    server.should_exit = True
    print(f"{SWAPS} swaps under {RATE} questions a second: {dict(outcomes)}")
    sys.exit(bool(outcomes["failed"] or outcomes["mixed"]))


def marked(settings: Settings) -> Serving:
    """Another version, whose passages say so."""
    encoder = load_encoder(settings)
    snapshot = open_snapshot(settings, encoder)
    passages = tuple(replace(one, text=MARK + one.text) for one in snapshot.passages)
    manifest = replace(snapshot.manifest, version=MARK)
    other = replace(snapshot, passages=passages, manifest=manifest)
    return Serving.of(engine_over(other, encoder, settings), settings.cached_answers)


def ask_all(questions: list[str]) -> Counter[str]:
    """Ask at an even pace and count answers by version, failures and mixtures."""
    connection, counts = HTTPConnection(HOST, PORT), Counter[str]()
    started = time.perf_counter()
    for number, question in enumerate(questions):
        time.sleep(max(0.0, started + number * CLIENTS / RATE - time.perf_counter()))
        body = json.dumps({"question": question})
        connection.request("POST", "/v1/ask", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        answer = json.loads(response.read())
        counts[outcome(answer) if response.status == HTTPStatus.OK else "failed"] += 1
    return counts


def outcome(answer: dict[str, object]) -> str:
    passages = answer["passages"]
    assert isinstance(passages, list)
    is_marked = {passage["text"].startswith(MARK) for passage in passages}
    of_second = answer["index_version"] == MARK
    return "mixed" if is_marked - {of_second} else "second version" if of_second else "first"


if __name__ == "__main__":
    main()
