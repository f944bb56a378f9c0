"""An answer -> what a chat shows of it, and which buttons stand below. Pure.

Only a sure answer is shown as one. A weaker one is a question back: «Ви про це?» with buttons.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from qa_service.catalogue import CENTRES_SERVICE, is_centre
from qa_service.channels import (
    Block,
    Button,
    Caveat,
    Choices,
    Figure,
    Handover,
    Items,
    Reply,
    Sources,
    Text,
    Title,
)
from qa_service.channels.payloads import Payload, Press, of_passage, of_question, of_service
from qa_service.phrases import chat, forms
from qa_service.phrases.languages import Language
from qa_service.ranking.present import parts_shown
from qa_service.text.lists import laid_out
from qa_service.types import Answer, Choice, Handoff, Passage, Reason, Service

MOST_FACTS, MOST_ACTIONS, MOST_GUESSES, MOST_CENTRES, MOST_POPULAR = 4, 2, 3, 3, 4
_OWN, _STATED = "/", (".", "!")


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around answers: the language of our own words, whom to call and when, the address
    of our own pages without a slash at its end, empty where it is not known.
    """

    language: Language
    contact: Handoff
    hours: str
    site: str

    def say(self, text: str, **values: object) -> str:
        said = self.language.say(text)
        return said.format(**values) if values else said

    def url(self, path: str | None) -> str:
        """Of a page of ours or of another site; empty where it is not known."""
        if path and path.startswith(_OWN):
            return f"{self.site}{self.language.prefix}{path}" if self.site else ""
        return path if path and path.startswith(("https://", "http://")) else ""

    def person(self, asked: str = "") -> tuple[Block, ...]:
        """Where a person answers, and when; what they were asked, to say it again."""
        said = [self.say(chat.HANDOVER, phone=self.contact.phone)]
        if self.hours:
            said.append(self.say(chat.HOURS, hours=self.hours))
        lines = [" ".join(said), self.say(chat.SITE, site=self.contact.site)]
        if asked:
            lines.append(self.say(chat.ASKED, asked=asked))
        return tuple(map(Text, lines))


# Passages


def passage_blocks(passage: Passage, frame: Frame) -> Iterator[Block]:
    """A passage with its title, its figure first, its lists as lists, its source and date."""
    yield Title(passage.title)
    if passage.figure:
        yield Figure(passage.figure.text)
    yield from text_blocks(passage)
    if passage.conflict:
        yield Caveat(f"{forms.caveat(passage, frame.language)} {passage.conflict}")
    elif passage.doubt:
        yield Caveat(passage.doubt)
    elif passage.is_stale(date.today()):
        yield Caveat(forms.caveat(passage, frame.language))
    yield sources_block(passage, frame)


def text_blocks(passage: Passage) -> Iterator[Text | Items]:
    """A passage's text: the sentences around its lists, and the lists."""
    for is_list, spans in laid_out(passage.text, passage.items):
        texts = tuple(passage.text[start:end] for start, end in spans)
        yield Items(texts, passage.numbered) if is_list else Text(texts[0].strip())


def sources_block(passage: Passage, frame: Frame) -> Sources:
    best = passage.sources[0] if passage.sources else None
    return Sources(
        title=best.title if best else "",
        url=frame.url(best.url) if best else "",
        as_of=frame.language.date(passage.as_of) if passage.as_of else "",
        page=frame.url(passage.url),
    )


# Answers


def answer_blocks(answer: Answer, frame: Frame) -> Iterator[Block]:
    """A sure answer: of each part in the order asked, or the best passage; centres as a list."""
    parts = parts_shown(answer)
    if answer.centres.is_answer:
        yield from centre_blocks(answer, frame)
    elif not parts:
        yield from passage_blocks(answer.passages[0].passage, frame)
    for part in parts:
        if part.ranked:
            yield from passage_blocks(part.ranked.passage, frame)
        elif asked := [one.strip(" ?") for one in part.asked if one[-1:] not in _STATED]:
            yield Text(frame.say(chat.NO_ANSWER_TO_PART, asked="; ".join(asked)))


def centre_blocks(answer: Answer, frame: Frame) -> Iterator[Block]:
    """The nearest centres, one source for all of them; before them what else answers."""
    found = [ranked.passage for ranked in answer.passages if is_centre(ranked.passage)]
    if answer.passages and not is_centre(answer.passages[0].passage):
        yield from passage_blocks(answer.passages[0].passage, frame)
    if found:
        yield Title(forms.centres_title(answer.centres, frame.language))
        yield Items(tuple(passage.text for passage in found[:MOST_CENTRES]))
        if found[0].doubt:
            yield Caveat(found[0].doubt)
        yield sources_block(found[0], frame)


def action_buttons(answer: Answer, frame: Frame) -> Iterator[Button]:
    """What can be done next, at official addresses."""
    named = ((action.title, frame.url(action.url)) for action in answer.actions)
    for title, url in islice(((title, url) for title, url in named if url), MOST_ACTIONS):
        yield Button(title, url=url)


def fact_buttons(
    service: Service | None, told: Iterable[Passage], frame: Frame
) -> Iterator[Button]:
    """The other facts of a procedure, in the order in which people ask for them; of centres none:
    theirs are those of the network.
    """
    if service is None or service.slug == CENTRES_SERVICE:
        return
    known = {passage.topic for passage in told if passage.service == service.slug}
    there = {passage.topic for passage in service.passages} - known
    offered = [topic for topic in chat.FACTS if topic in there]
    for topic in offered[:MOST_FACTS]:
        yield Button(frame.say(chat.FACTS[topic]), of_service(service.slug, topic))


def choice_blocks(titles: Sequence[str], said: str) -> tuple[Block, ...]:
    """A question back; without anything to choose just what is said."""
    return (Text(said), Choices(tuple(titles))) if titles else (Text(said),)


def choice_buttons(choices: Sequence[Choice]) -> list[Button]:
    return [Button(one.title, of_service(one.service)) for one in choices]


def guesses(answer: Answer) -> list[Passage]:
    """What may be meant: the best passages, one of each procedure first, then their other facts."""
    passages = [ranked.passage for ranked in answer.passages]
    first_of = {passage.service: passage for passage in reversed(passages)}
    firsts = [passage for passage in passages if first_of[passage.service] is passage]
    return [*firsts, *(one for one in passages if one not in firsts)][:MOST_GUESSES]


def passage_buttons(found: Sequence[Passage]) -> list[Button]:
    return [Button(one.title, of_passage(one.id)) for one in found]


def popular_buttons(questions: Sequence[str]) -> list[Button]:
    return [Button(one, of_question(one)) for one in questions[:MOST_POPULAR]]


def last_buttons(frame: Frame) -> tuple[Button, ...]:
    """Below every answer: another question, and a person."""
    return other_button(frame), operator_button(frame)


def other_button(frame: Frame) -> Button:
    return Button(frame.say(chat.OTHER_QUESTION), str(Payload(Press.OTHER_QUESTION)))


def operator_button(frame: Frame) -> Button:
    return Button(frame.say(chat.OPERATOR), str(Payload(Press.OPERATOR)))


def advice_text(answer: Answer, frame: Frame) -> str:
    """Why there is no answer, in a sentence or two."""
    return answer.reply or frame.say(chat.REASONS[answer.reason or Reason.LOW_CONFIDENCE])


def reply_in(
    frame: Frame,
    blocks: Sequence[Block],
    buttons: Sequence[Button] = (),
    handover: Handover | None = None,
) -> Reply:
    return Reply(tuple(blocks), tuple(buttons), handover, frame.language.code)
