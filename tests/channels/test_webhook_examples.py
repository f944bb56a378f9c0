"""Each example of a bot platform is a process of its own between that platform and our service."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx2
import pytest
from support.app import over, served
from support.corpus import FEE_QUESTION, ROOT, tiny_index
from support.platforms.generic import Citizen, Generic
from support.waiting import until

from qa_service.phrases import chat

SECRET, TOKEN = "whsec-0f1e2d3c4b5a69788796a5b4c3d2e1f0", "what-the-platform-sends"
PHONE = "(044) 290-19-88"
Json = dict[str, Any]


@dataclass(frozen=True)
class Example:
    """says: a person's words, as the platform posts them. reads, labels: what its answer shows.
    presses: what is posted once the button of that label is pressed, by the answer before.
    """

    name: str
    says: Callable[[Citizen, str], Json]
    reads: Callable[[Json], str]
    labels: Callable[[Json], list[str]]
    presses: Callable[[Citizen, str, Json], Json]
    handover: Callable[[Json], str | None]


def body_of(delivery: Any) -> Json:
    body: Json = json.loads(delivery.body)
    return body


def rasa_presses(citizen: Citizen, label: str, answer: Json) -> Json:
    """Rasa reads the payload itself: `/intent{"entity": "value"}`."""
    buttons = answer["responses"][0]["buttons"]
    payload = next(one["payload"] for one in buttons if one["title"] == label)
    intent, _, entities = payload[1:].partition("{")
    posted = body_of(citizen.asks_through_rasa(payload))
    found = json.loads("{" + entities).items()
    posted["tracker"]["latest_message"] |= {
        "intent": {"name": intent, "confidence": 1.0},
        "entities": [{"entity": name, "value": value} for name, value in found],
    }
    return posted


def dialogflow_presses(citizen: Citizen, label: str, answer: Json) -> Json:
    """Dialogflow gives back the label as it was shown, and the contexts."""
    posted = body_of(citizen.asks_through_dialogflow(label))
    posted["queryResult"]["outputContexts"] = answer["outputContexts"]
    return posted


def botpress_presses(citizen: Citizen, label: str, answer: Json) -> Json:
    options = answer["messages"][0]["payload"]["options"]
    value = next(one["value"] for one in options if one["label"] == label)
    posted = body_of(citizen.asks_through_botpress(label))
    posted["data"]["message"]["payload"] |= {"type": "quick_reply", "payload": value}
    return posted


EXAMPLES = (
    Example(
        "rasa",
        lambda citizen, text: body_of(citizen.asks_through_rasa(text)),
        lambda answer: str(answer["responses"][0]["text"]),
        lambda answer: [one["title"] for one in answer["responses"][0]["buttons"]],
        rasa_presses,
        lambda answer: answer["events"][0]["value"],
    ),
    Example(
        "dialogflow",
        lambda citizen, text: body_of(citizen.asks_through_dialogflow(text)),
        lambda answer: str(answer["fulfillmentText"]),
        lambda answer: answer["fulfillmentMessages"][1]["quickReplies"]["quickReplies"],
        dialogflow_presses,
        lambda answer: answer["payload"]["handover"],
    ),
    Example(
        "botpress",
        lambda citizen, text: body_of(citizen.asks_through_botpress(text)),
        lambda answer: str(answer["messages"][0]["payload"]["text"]),
        lambda answer: [one["label"] for one in answer["messages"][0]["payload"]["options"]],
        botpress_presses,
        lambda answer: answer["handover"],
    ),
)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@contextmanager
def adapter(name: str, service_port: int, secret: str = SECRET) -> Iterator[str]:
    """The address of the example, once it listens."""
    port = free_port()
    environment = os.environ | {
        "QA_WEBHOOK_URL": f"http://127.0.0.1:{service_port}/channels/webhook",
        "QA_WEBHOOK_SECRET": secret,
        "ADAPTER_TOKEN": TOKEN,
        "ADAPTER_PORT": str(port),
    }
    script = ROOT / "deploy" / "bots" / f"{name}.py"
    process = subprocess.Popen([sys.executable, script], env=environment)
    try:
        until(lambda: process.poll() is None and is_open(port))
        yield f"http://127.0.0.1:{port}/webhook"
    finally:
        process.terminate()
        process.wait(10)


def is_open(port: int) -> bool:
    with socket.socket() as trying:
        return trying.connect_ex(("127.0.0.1", port)) == 0


def post(address: str, content: bytes, token: str = TOKEN) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return httpx2.post(address, content=content, headers=headers, trust_env=False, timeout=30)


def answered(address: str, posted: Json) -> Json:
    response = post(address, json.dumps(posted).encode())
    assert response.status_code == 200
    answer: Json = response.json()
    return answer


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_a_person_is_answered_through_the_platform(tmp_path: Path, example: Example) -> None:
    citizen = Citizen(Generic(secret=SECRET))
    with (
        served(over(tiny_index(tmp_path, webhook_secret=SECRET))) as port,
        adapter(example.name, port) as address,
    ):
        first = answered(address, example.says(citizen, FEE_QUESTION))
        assert "572 гривні" in example.reads(first) and example.handover(first) is None
        assert "Документи" in example.labels(first)
        second = answered(address, example.presses(citizen, "Документи", first))
        assert "паспорт" in example.reads(second)
        third = answered(address, example.presses(citizen, chat.OPERATOR, second))
        assert PHONE in example.reads(third) and example.handover(third) == "wish"


def test_titles_of_one_beginning_are_told_apart_by_dialogflow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A quick reply shows 20 characters."""
    monkeypatch.syspath_prepend(ROOT / "deploy" / "bots")
    dialogflow, session = import_module("dialogflow"), "projects/p/agent/sessions/s"
    titles = ["Обмін посвідчення водія через втрату", "Обмін посвідчення водія на нове", "Ціна"]
    buttons = [{"label": one, "payload": f"p.{n}", "url": None} for n, one in enumerate(titles)]
    reply = {"text": "Ви про це?", "buttons": buttons, "handover": None}
    answer = dialogflow.response_of(reply, session)
    labels = answer["fulfillmentMessages"][1]["quickReplies"]["quickReplies"]
    assert labels == ["1. Обмін посвідчення", "2. Обмін посвідчення", "Ціна"]
    for n, label in enumerate(labels):
        pressed = {"queryText": label, "outputContexts": answer["outputContexts"]}
        event = dialogflow.event_of({"queryResult": pressed, "session": session, "responseId": "1"})
        assert (event["kind"], event["payload"]) == ("button", f"p.{n}")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_a_person_gets_the_phone_where_the_service_gives_no_reply(example: Example) -> None:
    citizen = Citizen(Generic(secret=SECRET))
    with adapter(example.name, free_port()) as address:
        answer = answered(address, example.says(citizen, FEE_QUESTION))
        assert PHONE in example.reads(answer) and example.handover(answer) == "failure"


def test_a_wrong_secret_is_no_reply_either(tmp_path: Path) -> None:
    example, citizen = EXAMPLES[0], Citizen(Generic(secret=SECRET))
    with (
        served(over(tiny_index(tmp_path, webhook_secret=SECRET))) as port,
        adapter(example.name, port, secret="wrong") as address,
    ):
        answer = answered(address, example.says(citizen, FEE_QUESTION))
        assert PHONE in example.reads(answer)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_strangers_and_rubbish_are_refused(example: Example) -> None:
    with adapter(example.name, free_port()) as address:
        right = json.dumps(example.says(Citizen(Generic(secret=SECRET)), "привіт")).encode()
        assert post(address, right, token="another").status_code == 401
        for rubbish in (b"", b"{", b"[]", b"{}", b"null", b"[" * 100_000, right[:-9]):
            assert post(address, rubbish).status_code == 400


def test_what_is_no_text_is_asked_for_in_words(tmp_path: Path) -> None:
    posted = body_of(Citizen(Generic(secret=SECRET)).asks_through_botpress(""))
    posted["data"]["message"]["payload"] = {"type": "image", "url": "https://files.test/1"}
    with (
        served(over(tiny_index(tmp_path, webhook_secret=SECRET))) as port,
        adapter("botpress", port) as address,
    ):
        assert EXAMPLES[2].reads(answered(address, posted)) == chat.TEXT_ONLY
