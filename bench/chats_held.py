"""How well chats go, held as people hold them: by the bot's core, with its buttons.

`python -m bench.chats_held` holds the judged chats of corpus/questions/dialogues-chat.jsonl. Where
the bot asks back and what is right stands on a button, the person presses it and goes on; where it
does not, they go on without. Bars: follow-ups about the right procedure 0.95, the answer among the
first three 0.92; of what nothing answers at most 0.03 answered.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from qa_service.bootstrap import handoff, load_service
from qa_service.channels import Act, Inbound, Reply, Sources
from qa_service.channels.conversation import Conversation
from qa_service.channels.payloads import Payload, Press, of_passage, of_service
from qa_service.channels.talks import Talk
from qa_service.documents.dialogues import Dialogue, DialogueTurn, TurnKind, load_dialogues
from qa_service.settings import load_settings
from qa_service.types import Channel, Query

CHATS = "dialogues-chat.jsonl"
SITE = "https://site"
_TOP_K = 5
_OFFERED = (Press.PASSAGE, Press.SERVICE)


@dataclass
class Chat:
    """One person's chat."""

    core: Conversation
    talk: Talk = field(default_factory=lambda: Talk("bench"))

    def does(self, act: Act, text: str) -> Reply:
        reply, after = self.core.reply(Inbound("bench", "", "", act, text), self.talk)
        self.talk = after or Talk("bench")
        return reply


@dataclass(frozen=True)
class Graded:
    """A turn: its kind, and what of it was right. service, among_three: of what was found, best
    first. read: whether the answer was shown or stood on a button. answered: whether a passage was
    shown. in_right_talk: whether the talk was about a right procedure when it was asked.
    """

    kind: TurnKind
    service: bool
    among_three: bool
    read: bool
    answered: bool
    in_right_talk: bool


def held(core: Conversation, dialogue: Dialogue) -> Iterator[Graded]:
    """Each turn that the author did not choose among choices of their own."""
    chat = Chat(core)
    for turn in dialogue.turns:
        if turn.offered:
            continue  # of another bot's choices
        query = Query(turn.text, _TOP_K, Channel.CHATBOT, context=chat.talk.context)
        found = [one.passage for one in core.service.ask(query).passages]
        reply = chat.does(Act.TEXT, turn.text)
        shown = {page_of(block) for block in reply.blocks if isinstance(block, Sources)}
        offered = [one.payload for one in reply.buttons if _is_offered(one.payload)]
        right = pressed(turn, offered)
        yield Graded(
            turn.kind,
            service=bool(found) and found[0].service in turn.services,
            among_three=bool({one.id for one in found[:3]} & turn.passages),
            read=bool(shown & turn.passages or right),
            answered=bool(shown),
            in_right_talk=query.context.service in turn.services,
        )
        if right and not shown & turn.passages:
            chat.does(Act.BUTTON, right)


def pressed(turn: DialogueTurn, offered: list[str]) -> str | None:
    """The button of what is right: of the talk's own procedure first, a passage before a choice."""
    places = {slug: place for place, slug in enumerate(turn.services)}
    passages = sorted(turn.passages, key=lambda one: places.get(one.partition(".")[0], len(places)))
    right = [*map(of_passage, passages), *map(of_service, turn.services)]
    return next((one for one in right if one in offered), None)


def page_of(block: Sources) -> str:
    """The id of the passage that a source's page is of."""
    return block.page.rpartition("/")[2].replace("#", ".")


def _is_offered(payload: str) -> bool:
    read = Payload.read(payload)
    return read is not None and read.press in _OFFERED


def main() -> None:
    settings = load_settings()
    service = load_service(settings)
    core = Conversation(service, handoff(settings), settings.contact_hours, SITE)
    dialogues = load_dialogues(settings.corpus / "questions" / CHATS)
    found = [one for dialogue in dialogues for one in held(core, dialogue)]
    print(f"{len(dialogues)} chats")
    print("turns        number  service@1  answer@3  read   answered")
    for kind in TurnKind:
        if turns := [one for one in found if one.kind is kind]:
            rights = [(one.service, one.among_three, one.read, one.answered) for one in turns]
            shares = [sum(column) / len(turns) for column in zip(*rights, strict=True)]
            print(f"{kind:<12} {len(turns):6}     ", "     ".join(f"{one:.3f}" for one in shares))
    for where, is_right in (("a right", True), ("a wrong", False)):
        turns = [
            one for one in found if one.kind is TurnKind.FOLLOW_UP and one.in_right_talk is is_right
        ]
        share = sum(one.service for one in turns) / max(1, len(turns))
        print(f"follow-ups where the talk was about {where} procedure: {share:.3f} of {len(turns)}")


if __name__ == "__main__":
    main()
