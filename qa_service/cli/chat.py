"""`qa-service chat`: a conversation in the terminal, or many as JSON lines for a program."""

import json
import sys
from dataclasses import dataclass, field
from typing import Annotated

import typer

from qa_service.cli.ask import format_answer
from qa_service.cli.options import IndexOption
from qa_service.errors import OverloadedError, RequestError
from qa_service.service import QuestionService
from qa_service.settings import load_settings
from qa_service.text.normalise import well_formed
from qa_service.types import NO_CONTEXT, Answer, Channel, Context, Query


@dataclass(frozen=True, slots=True)
class Conversations:
    """What each chat is about: the context of its last answer."""

    service: QuestionService
    about: dict[str, Context] = field(default_factory=dict)

    def say(self, chat: str, text: str) -> Answer:
        context = self.about.get(chat, NO_CONTEXT)
        answer = self.service.ask(Query(text, channel=Channel.CHATBOT, context=context))
        self.about[chat] = answer.context
        return answer


def chat(
    as_lines: Annotated[
        bool,
        typer.Option(
            "--jsonl", help='Read lines {"chat", "text"}, write lines {"chat", "reply", "answer"}'
        ),
    ] = False,
    index: IndexOption = None,
) -> None:
    """Hold a conversation: what is asked next may be about the procedure of the last answer."""
    from qa_service.bootstrap import load_service

    conversations = Conversations(load_service(load_settings(index=index)))
    if as_lines:
        for number, line in enumerate(sys.stdin, 1):
            if line.strip():
                print(_reply_to(conversations, number, line), flush=True)
        return
    while text := _read():
        print(format_answer(conversations.say("", text)), end="\n\n")


def _read() -> str:
    """What is typed next; empty at the end of the input and for an empty line."""
    try:
        return input("> " if sys.stdin.isatty() else "").strip()
    except EOFError:
        return ""


def _reply_to(conversations: Conversations, number: int, line: str) -> str:
    """One line of JSON. What is wrong with a line is its reply: other chats go on."""
    from qa_service.web.v1.schemas import AnswerOut

    chat = None
    try:
        chat, text = _said(number, line)
        answer = conversations.say(str(chat), text)
    except (RequestError, OverloadedError) as error:
        return json.dumps({"chat": chat, "reply": None, "answer": None, "error": str(error)})
    shown = AnswerOut.of(answer).model_dump(mode="json", by_alias=True)
    reply = {"chat": chat, "reply": format_answer(answer), "answer": shown}
    return json.dumps(reply, ensure_ascii=False)


def _said(number: int, line: str) -> tuple[str | int, str]:
    """The chat, by name or number, and what it says. Raises RequestError."""
    try:
        match json.loads(line):
            case {"chat": int(chat), "text": str(text)}:
                return chat, text
            case {"chat": str(chat), "text": str(text)}:
                return well_formed(chat), text
    except (ValueError, RecursionError):
        pass
    raise RequestError(f'line {number} must be {{"chat": "name", "text": "question"}}')
