"""Rasa: an action server (https://rasa.com/docs/reference/integrations/action-server/).

In `endpoints.yml`: `action_endpoint: {url: "http://127.0.0.1:5055/webhook"}`. In the domain: the
action `action_ask`, the intent `press` with the entity `payload`, the text slot `handover`; both
the fallback and `press` lead to `action_ask`. The slot says why a person should take over.
"""

import json
from uuid import uuid4

from signed_webhook import Json, answer, buttons_of, serve, text_of


def event_of(call: Json) -> Json:
    said = call["tracker"]["latest_message"]
    pressed = [one["value"] for one in said.get("entities", []) if one["entity"] == "payload"]
    done = {"kind": "button", "payload": pressed[0]} if pressed else _written(said)
    return {"id": said.get("message_id") or uuid4().hex, "user": call["sender_id"], **done}


def _written(said: Json) -> Json:
    return {"kind": "text", "text": said["text"]} if said.get("text") else {"kind": "other"}


def response_of(reply: Json) -> Json:
    buttons = [
        {"title": label, "payload": f"/press{json.dumps({'payload': payload})}"}
        for label, payload in buttons_of(reply).items()
    ]
    reason = reply["handover"] and reply["handover"]["reason"]
    slot = {"event": "slot", "timestamp": None, "name": "handover", "value": reason}
    text = text_of(reply)
    return {"events": [slot], "responses": [{"text": text, "buttons": buttons}] if text else []}


if __name__ == "__main__":
    serve(lambda call: response_of(answer(event_of(call))))
