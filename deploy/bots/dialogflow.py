"""Dialogflow ES: a fulfilment (https://cloud.google.com/dialogflow/es/docs/fulfillment-webhook).

Enable the webhook in the default fallback intent and in the intent for greetings, with the header
`Authorization: Bearer <ADAPTER_TOKEN>`. A pressed quick reply comes back as its label, so what it
stands for is kept in a context of the session.
"""

from signed_webhook import Json, answer, buttons_of, serve, text_of

CONTEXT, LIFESPAN, MOST_LABEL = "qa-buttons", 5, 20
"""The context holds for so many turns; a quick reply shows so many characters on some channels."""


def event_of(call: Json) -> Json:
    asked, session = call["queryResult"], call["session"]
    event: Json = {"id": call["responseId"], "user": session.rpartition("/")[2]}
    event["language"] = asked.get("languageCode")
    kept = [
        one["parameters"]["payloads"]
        for one in asked.get("outputContexts", [])
        if one["name"].endswith(f"/{CONTEXT}")
    ]
    if kept and (payload := kept[0].get(asked["queryText"])):
        return event | {"kind": "button", "payload": payload}
    return event | {"kind": "text", "text": asked["queryText"]}


def response_of(reply: Json, session: str) -> Json:
    text = text_of(reply)
    payloads = {
        _shown(number, label): payload
        for number, (label, payload) in enumerate(buttons_of(reply).items(), 1)
    }
    messages: list[Json] = [{"text": {"text": [text]}}]
    if payloads:
        messages.append({"quickReplies": {"quickReplies": list(payloads)}})
    kept = {
        "name": f"{session}/contexts/{CONTEXT}",
        "lifespanCount": LIFESPAN if payloads else 0,
        "parameters": {"payloads": payloads},
    }
    return {
        "fulfillmentText": text,
        "fulfillmentMessages": messages,
        "outputContexts": [kept],
        "payload": {"handover": reply["handover"] and reply["handover"]["reason"]},
    }


def _shown(number: int, label: str) -> str:
    """Numbered where it would be cut, so that two of one beginning are told apart; choices have the
    same numbers in the text.
    """
    return label if len(label) <= MOST_LABEL else f"{number}. {label}"[:MOST_LABEL]


if __name__ == "__main__":
    serve(lambda call: response_of(answer(event_of(call)), call["session"]))
