"""What a person may write instead of a question: `/stop`, «стоп», `/lang en`, «оператор», «не те».
Pure.
"""

import re
from collections.abc import Mapping

from qa_service.channels import Act, Inbound

_ACTS: Mapping[Act, tuple[str, ...]] = {
    Act.START: ("/start", "/help", "start", "почати", "старт"),
    Act.STOP: ("/stop", "stop", "стоп", "відписатися", "отписаться"),
    Act.DELETE: ("/delete", "/forget"),
    Act.LANGUAGE: ("/lang", "/language"),
    Act.PERSON: ("/operator", "operator", "оператор", "людина", "человек", "human"),
}
_SAID = {said: act for act, all_said in _ACTS.items() for said in all_said}
_REFUSED = re.compile(
    r"(?:(?:ні|нє|нет|no|дякую|спасибі|але|но|та|це|это|[,.!])\s*)*"
    r"(?:не те|не то|не це|не про те|не про це|не об этом|інше|другое|я про інше|я о другом|wrong)"
    r"(?:[,.!]\s*(?P<rest>.*))?[.!]*|(?:ні|нє|нет|no)[.!]*"
)


def act_in(inbound: Inbound) -> Act:
    """What a person does, commands that they write among it."""
    return (inbound.act is Act.TEXT and act_of(inbound.text)) or inbound.act


def act_of(text: str) -> Act | None:
    """What a command does; None for any other text. A command may have something after it; one
    that nobody knows asks what there is.
    """
    words = text.lower().rstrip(".!").split()
    if not words:
        return None
    if words[0].startswith("/"):
        return _SAID.get(words[0], Act.START)
    return _SAID.get(words[0]) if len(words) == 1 else None


def argument_of(text: str) -> str:
    """What stands after a command: `en` of `/lang en`; the text itself where it is none."""
    return text.partition(" ")[2].strip().lower() if text.startswith("/") else text


def refused(text: str) -> str | None:
    """What is asked instead by whoever says that an answer was not meant, which may be nothing;
    None for any other text. `text`: normalised.
    """
    found = _REFUSED.fullmatch(text.strip())
    return (found["rest"] or "") if found else None
