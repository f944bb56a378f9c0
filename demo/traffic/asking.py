"""Asks a running service over HTTP, as channels do."""

import json
import time
from dataclasses import asdict
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from demo.traffic.talks import Answering, Asked, Given
from qa_service.types import Certainty, Context, Query, Reason, Topic

_TOO_MANY, _BUSY = 429, 503


class Client:
    """Waits as long as the service says where it is busy. key: of an operator, or empty."""

    def __init__(self, address: str, key: str = "") -> None:
        self._address = address.rstrip("/")
        self._headers = {"Content-Type": "application/json"} | ({"X-API-Key": key} if key else {})

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Raises HTTPError for whatever waiting does not mend."""
        data = json.dumps(body).encode()
        request = Request(self._address + path, data, self._headers)  # noqa: S310 - as told
        while True:
            try:
                with urlopen(request) as response:  # noqa: S310
                    return json.loads(response.read() or b"null")
            except HTTPError as error:
                with error:
                    if error.code not in {_TOO_MANY, _BUSY}:
                        raise
                    time.sleep(float(error.headers.get("Retry-After", 1)))

    def answering(self) -> Answering:
        return lambda query: _given(self.post("/v1/ask", _body(query)))

    def tell(self, one: Asked) -> None:
        """Send what was done with an answer and what was said of it."""
        for _, use in one.uses:
            self.post("/v1/events", {"answer_id": one.answer_id, "event": str(use)})
        if vote := one.vote:
            said = {"helpful": vote.helpful, "complaint": vote.complaint, "comment": vote.comment}
            self.post("/v1/feedback", {"answer_id": one.answer_id, **said})


def _body(query: Query) -> dict[str, Any]:
    context = asdict(query.context) | {"v": 1}
    return {
        "question": query.question,
        "channel": str(query.channel),
        "conversation": query.conversation,
        "context": context,
    }


def _given(answer: dict[str, Any]) -> Given:
    best = answer["passages"][0] if answer["passages"] else {}
    context = answer["context"] or {}
    return Given(
        answer["understood"]["language"],
        Certainty(answer["certainty"]),
        answer["reason"] and Reason(answer["reason"]),
        answer["confidence"],
        best.get("service"),
        best.get("topic"),
        best.get("id"),
        tuple(passage["id"] for passage in answer["passages"]),
        (),
        answer["index_version"],
        Context(
            context.get("service"),
            context.get("topic") and Topic(context["topic"]),
            tuple(context.get("recent", ())),
            tuple(context.get("choices", ())),
        ),
        answer["answer_id"],
    )
