"""A question -> the reply, with the talk after it. Thread-safe."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from qa_service.channels import Block, Button, Handover, HandoverReason, Reply, Text
from qa_service.channels import showing as show
from qa_service.channels.showing import Frame, reply_in
from qa_service.channels.talks import Talk
from qa_service.phrases import chat
from qa_service.phrases import talk as talk_phrases
from qa_service.phrases.languages import language_for
from qa_service.service import QuestionService
from qa_service.text.asking import named_topic, refers
from qa_service.text.normalise import normalise
from qa_service.text.personal import beginning, mask
from qa_service.text.small_talk import small_talk
from qa_service.text.trouble import complains, in_danger, is_acknowledgement, reports_crime
from qa_service.types import (
    NO_FILTERS,
    Answer,
    Certainty,
    Channel,
    Filters,
    Handoff,
    Passage,
    Query,
    Reason,
    SmallTalk,
    Topic,
)

MOST_ABSTENTIONS = 2
"""So many in a row, and a person is offered."""

_MOST_ASKED_CHARS, _TOP_K, _MOST_INLINE = 300, 5, 5
_NO_QUESTION = (Reason.EMPTY, Reason.TOO_LONG, Reason.PERSONAL_DATA_ONLY)

Said = tuple[Reply, Talk | None]
"""What is said, and the talk after it; None where it is forgotten."""


@dataclass(frozen=True, slots=True)
class Answering:
    """hours: of the contact centre, empty where they are not known. site: address of our own pages,
    empty where it is not known.
    """

    service: QuestionService
    contact: Handoff
    hours: str = ""
    site: str = ""

    def frame(self, talk: Talk, understood: str | None = None) -> Frame:
        """In the chosen language, else in English for a question in English."""
        language = language_for(talk.language or understood)
        return Frame(language, self.contact, self.hours, self.site)

    def asked(self, text: str, talk: Talk) -> Said:
        most = self.service.live.current.answers.max_question_chars
        answer, said = self._ask(beginning(text, most), talk), normalise(text)
        is_question = answer.reason not in (Reason.SMALL_TALK, *_NO_QUESTION)
        if is_question and not complains(said):
            talk = replace(talk, asked=mask(text)[:_MOST_ASKED_CHARS])
        offered = () if is_question else talk.offered  # thanks between lose nothing
        talk = replace(talk, context=answer.context, offered=offered)
        reply, after = self._answered(text, said, answer, talk)
        if not reply.handover:
            reply, after = self._in_trouble(said, reply, after)
        after = replace(after, reason=answer.reason)
        if len(text) > most:
            cut = Text(self.frame(talk).say(chat.CUT, chars=most))
            reply = replace(reply, blocks=(cut, *reply.blocks))
        return reply, after

    def looked_up(self, text: str, talk: Talk) -> Said:
        """What may answer, to be sent into another chat; nothing is kept of it."""
        answer = self.service.ask(Query(text, _MOST_INLINE, Channel.CHATBOT, draft=True))
        frame = self.frame(talk, answer.understood.language)
        found = answer.passages if answer.answerable else ()
        blocks = [block for one in found for block in show.passage_blocks(one.passage, frame)]
        return reply_in(frame, blocks), talk

    def person(
        self,
        talk: Talk,
        reason: HandoverReason,
        said: Sequence[Block] = (),
        buttons: Sequence[Button] = (),
    ) -> tuple[Reply, Talk]:
        """Where a person answers, with what was asked; `said`, `buttons`: before that."""
        frame, handover = self.frame(talk), Handover(reason, talk.asked)
        blocks = [*said, *frame.person(talk.asked)]
        pressed = [*buttons, show.other_button(frame)]
        return reply_in(frame, blocks, pressed, handover), talk.with_person()

    def _in_trouble(self, said: str, reply: Reply, talk: Talk) -> tuple[Reply, Talk]:
        """Whoever is in danger or was robbed hears whom to call first; whoever is angry hears of a
        person besides.
        """
        frame = self.frame(talk)
        if in_danger(said):
            danger = Text(frame.say(talk_phrases.SMALL_TALK[SmallTalk.EMERGENCY]))
            return replace(reply, blocks=(danger, *reply.blocks)), talk
        person = frame.person()
        blocks = (*(one for one in reply.blocks if one not in person), *person)
        if complains(said):
            handover = Handover(HandoverReason.COMPLAINT, talk.asked)
            return replace(reply, blocks=blocks, handover=handover), talk.with_person()
        if reports_crime(said):
            police = Text(frame.say(chat.POLICE))
            return replace(reply, blocks=(police, *blocks)), talk
        return reply, talk

    def _answered(self, text: str, said: str, answer: Answer, talk: Talk) -> tuple[Reply, Talk]:
        """said: the text, normalised."""
        frame = self.frame(talk, answer.understood.language)
        if answer.reason is Reason.SMALL_TALK:
            return self._small_talk(said, answer, talk, frame)
        if answer.certainty is Certainty.SURE:
            return self._told(None, answer, talk)
        asks_where_to_look = talk.reason is Reason.LIVE_DATA and (
            answer.choices or _asks_where(said)
        )
        if answer.reason is Reason.LIVE_DATA or asks_where_to_look:
            return self._elsewhere(answer, talk, frame)
        if answer.reason in _NO_QUESTION:
            is_sign = answer.reason is Reason.EMPTY and is_acknowledgement(text)
            told = frame.say(chat.ALL_RIGHT) if is_sign else show.advice_text(answer, frame)
            return reply_in(frame, [Text(told)], show.last_buttons(frame)), talk
        return self._asked_back(answer, talk, frame)

    def _elsewhere(self, answer: Answer, talk: Talk, frame: Frame) -> tuple[Reply, Talk]:
        """Where it can be seen what only a register or a person knows."""
        talk = replace(talk, misses=talk.misses + 1)
        blocks = [Text(frame.say(talk_phrases.LIVE_DATA)), *frame.person()]
        buttons = [*show.action_buttons(answer, frame), *show.last_buttons(frame)]
        if talk.misses < MOST_ABSTENTIONS:
            return reply_in(frame, blocks, buttons), talk
        handover = Handover(HandoverReason.NO_ANSWER, talk.asked)
        return reply_in(frame, blocks, buttons, handover), talk.with_person()

    def _small_talk(
        self, said: str, answer: Answer, talk: Talk, frame: Frame
    ) -> tuple[Reply, Talk]:
        told = answer.reply or frame.say(chat.ALL_RIGHT)
        if complains(said):
            told = frame.say(chat.SORRY)
        elif is_acknowledgement(said):
            told = frame.say(chat.ALL_RIGHT)
        elif (kind := small_talk(said)) is SmallTalk.PERSON:
            return self.person(talk, HandoverReason.WISH)
        elif kind is SmallTalk.EMERGENCY:
            return self.person(talk, HandoverReason.EMERGENCY, [Text(told)])
        return reply_in(frame, [Text(told)], show.last_buttons(frame)), talk

    def _asked_back(self, answer: Answer, talk: Talk, frame: Frame) -> tuple[Reply, Talk]:
        """No sure answer: choices or guesses to press, and after two in a row a person."""
        said, buttons = show.advice_text(answer, frame), list[Button]()
        if answer.choices:
            buttons = show.choice_buttons(answer.choices)
        elif answer.answerable or answer.reason is Reason.LOW_CONFIDENCE:
            buttons = show.passage_buttons(show.guesses(answer))
            said = frame.say(chat.PERHAPS) if buttons else said
        talk = replace(talk, offered=tuple(one.payload for one in buttons))
        is_miss = not (answer.choices or answer.answerable)
        talk = replace(talk, misses=talk.misses + 1 if is_miss else 0)
        blocks = list(show.choice_blocks([one.label for one in buttons], said))
        if is_miss and talk.misses >= MOST_ABSTENTIONS:
            blocks.append(Text(frame.say(chat.ABSTAINED)))
            if answer.reason is Reason.OFF_TOPIC:  # no person of ours knows it either
                blocks += frame.person()
                return reply_in(frame, blocks, show.last_buttons(frame)), talk
            return self.person(talk, HandoverReason.NO_ANSWER, blocks, buttons)
        return reply_in(frame, blocks, [*buttons, *show.last_buttons(frame)]), talk

    def _told(
        self,
        passages: Sequence[Passage] | None,
        answer: Answer,
        talk: Talk,
        others: Sequence[Passage] = (),
    ) -> tuple[Reply, Talk]:
        """An answer with the procedure's other facts below it; `passages`: what of it to show, None
        for what it is sure of. others: further passages to offer.
        """
        frame = self.frame(talk, answer.understood.language)
        if passages is None:
            blocks = list(show.answer_blocks(answer, frame))
            told = [ranked.passage for ranked in answer.passages[: max(len(answer.parts), 1)]]
        else:
            blocks = [block for one in passages for block in show.passage_blocks(one, frame)]
            told = list(passages)
        service = self.service.live.current.catalogue.find(told[-1].service)
        facts = show.fact_buttons(service, [*told, *others], frame)
        offered = show.passage_buttons(others)
        more = [*offered, *facts, *show.action_buttons(answer, frame)]
        payloads = tuple(one.payload for one in offered)
        after = replace(talk, context=answer.context, misses=0, reason=None, offered=payloads)
        return reply_in(frame, blocks, [*more, *show.last_buttons(frame)]), after

    def _ask(self, text: str, talk: Talk, filters: Filters = NO_FILTERS) -> Answer:
        query = Query(
            text,
            _TOP_K,
            Channel.CHATBOT,
            filters,
            talk.context,
            lang=talk.language,
            conversation=talk.chat or None,
        )
        return self.service.ask(query)


def _asks_where(said: str) -> bool:
    """Whether normalised text asks where that is which was spoken of: «а де саме це видно?»."""
    return named_topic(said) is Topic.WHERE and refers(said)
