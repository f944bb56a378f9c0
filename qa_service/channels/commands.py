"""What a person may write instead of a question: `/stop`, «стоп», `/lang`. Pure."""

from collections.abc import Mapping

from qa_service.channels import Act, Inbound

_ACTS: Mapping[Act, tuple[str, ...]] = {
    Act.START: ("/start", "/help", "start", "почати", "старт"),
    Act.STOP: ("/stop", "stop", "стоп", "відписатися", "отписаться"),
    Act.DELETE: ("/delete", "/forget"),
    Act.LANGUAGE: ("/lang", "/language"),
}
_SAID = {said: act for act, all_said in _ACTS.items() for said in all_said}


def act_in(inbound: Inbound) -> Act:
    """What a person does, commands that they write among it."""
    return (inbound.act is Act.TEXT and act_of(inbound.text)) or inbound.act


def act_of(text: str) -> Act | None:
    """What a command does; None for any other text. A command may have something after it."""
    words = text.lower().split()
    if not words:
        return None
    is_command = words[0].startswith("/")
    return _SAID.get(words[0]) if is_command or len(words) == 1 else None
