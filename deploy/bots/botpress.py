"""Botpress: its webhook of messages (https://botpress.com/docs), or an Execute Code card:

const said = { type: "message.new", data: { userId: event.userId,
  conversationId: event.conversationId, message: { id: event.id, payload: event.payload } } }
const { data } = await axios.post(env.ADAPTER_URL, said,
  { headers: { Authorization: `Bearer ${env.ADAPTER_TOKEN}` } })
for (const one of data.messages) await client.createMessage({ ...one, tags: {},
  conversationId: event.conversationId, userId: event.botId, type: one.payload.type })
workflow.handover = data.handover
"""

from signed_webhook import Json, answer, buttons_of, serve, text_of

PREFIX = "qa:"
"""Tells what an option of ours carries from what people write: channels give it back in different
fields.
"""


def event_of(call: Json) -> Json:
    data = call["data"]
    said = data["message"]["payload"]
    event = {"id": data["message"]["id"], "user": data["userId"]}
    carried = [said.get(field) for field in ("value", "payload", "text")]
    pressed = [one for one in carried if isinstance(one, str) and one.startswith(PREFIX)]
    if pressed:
        return event | {"kind": "button", "payload": pressed[0].removeprefix(PREFIX)}
    if isinstance(text := said.get("text"), str) and text:
        return event | {"kind": "text", "text": text}
    return event | {"kind": "other", "attachment": said["type"]}


def response_of(reply: Json) -> Json:
    text, buttons = text_of(reply), buttons_of(reply)
    options = [{"label": label, "value": PREFIX + buttons[label]} for label in buttons]
    payload = {"type": "choice", "options": options} if options else {"type": "text"}
    messages = [{"payload": payload | {"text": text}}] if text else []
    return {"messages": messages, "handover": reply["handover"] and reply["handover"]["reason"]}


if __name__ == "__main__":
    serve(lambda call: response_of(answer(event_of(call))))
