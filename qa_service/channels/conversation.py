"""What the bot says to what a person did. Stateless: a talk goes in and comes out. Thread-safe."""

from dataclasses import dataclass, replace
from itertools import chain
from typing import assert_never

from qa_service.channels import (
    NO_REPLY,
    Act,
    Button,
    Handover,
    HandoverReason,
    Inbound,
    Reply,
    Text,
)
from qa_service.channels import showing as show
from qa_service.channels.answering import Answering, Said
from qa_service.channels.commands import act_in, argument_of, refused
from qa_service.channels.payloads import Payload, Press, of_passage
from qa_service.channels.showing import reply_in
from qa_service.channels.talks import Talk
from qa_service.dialogue.choosing import place_of, points_at_one
from qa_service.dialogue.turns import ASKING
from qa_service.phrases import TOPICS, chat
from qa_service.phrases.languages import ENGLISH, LANGUAGES, UKRAINIAN
from qa_service.text.asking import has_subject
from qa_service.text.normalise import normalise
from qa_service.text.personal import beginning
from qa_service.types import NO_CONTEXT, Channel, Filters, Query, Topic

MOST_BEYOND = 4_096
"""Characters of a message that are read beyond the longest question, as they may tell of anger or
danger. Whatever a platform lets through, no more is read; who wrote more is told so by `asked`.
"""


@dataclass(frozen=True, slots=True)
class Conversation(Answering):
    """All that a person may do in a chat."""

    def reply(self, inbound: Inbound, talk: Talk) -> Said:
        """Raises OverloadedError where nothing can be answered now."""
        inbound = replace(inbound, text=self._beginning(inbound.text))
        act = act_in(inbound)
        match act:
            case Act.TEXT:
                return self._written(inbound.text, talk)
            case Act.BUTTON:
                return self._pressed(inbound.text, talk)
            case Act.INLINE:
                return self.looked_up(inbound.text, talk)
            case Act.START:
                return self._started(inbound, talk)
            case Act.LANGUAGE:
                return self._language(argument_of(inbound.text), talk)
            case Act.PERSON:
                return self.person(talk, HandoverReason.WISH)
            case Act.OTHER:
                return self._said(chat.TEXT_ONLY, talk)
            case Act.STOP | Act.DELETE:
                said = chat.STOPPED if act is Act.STOP else chat.DELETED
                return self._said(said, talk, has_buttons=False)[0], None
            case Act.LEFT:
                return NO_REPLY, None
        assert_never(act)

    def failed(self, talk: Talk) -> Reply:
        """What is said where nothing could be answered: the phone, never an error."""
        return self._only_phone(chat.FAILED, talk)

    def closed(self, talk: Talk) -> Reply:
        """What is said where the channel is switched off."""
        return self._only_phone(chat.CLOSED, talk)

    def too_fast(self, talk: Talk) -> Reply:
        return self._said(chat.TOO_FAST, talk, has_buttons=False)[0]

    def _beginning(self, text: str) -> str:
        return beginning(text, self.service.live.current.answers.max_question_chars + MOST_BEYOND)

    def _started(self, inbound: Inbound, talk: Talk) -> Said:
        """Who answers here, how to reach a person, what is kept."""
        if talk.language is None and inbound.language == ENGLISH.code:
            talk = replace(talk, language=ENGLISH.code)
        frame = self.frame(talk)
        page = frame.url("/privacy")
        privacy = frame.say(chat.PRIVACY if page else chat.PRIVACY_WITHOUT_PAGE, url=page)
        said = [frame.say(chat.GREETING), frame.say(chat.HOW_TO_ASK), privacy]
        popular = show.popular_buttons(self.service.live.current.catalogue.popular)
        buttons = [*popular, show.operator_button(frame)]
        return reply_in(frame, list(map(Text, said)), buttons), talk

    def _written(self, text: str, talk: Talk) -> Said:
        """A question; or which of what was offered is meant, or that none of it is."""
        said = normalise(text)
        place = place_of(said, len(talk.offered))
        if place is not None:
            return self._pressed(talk.offered[place], talk)
        if points_at_one(said) and (payload := self._described(text, talk)):
            return self._pressed(payload, talk)
        instead = refused(said)
        if instead is None:
            return self.asked(text, talk)
        talk = talk.about_something_else()
        return self.asked(instead, talk) if instead else self._said(chat.NOT_MEANT, talk)

    def _described(self, text: str, talk: Talk) -> str | None:
        """Which of the passages that were offered a person describes: «те, що про машину».

        A search among their procedures tells; what it finds need not be the very passage.
        """
        services = self.service.live.current.catalogue.services
        every = {of_passage(one.id): one for found in services for one in found.passages}
        offered = {payload: every[payload] for payload in talk.offered if payload in every}
        if not offered:
            return None
        among = Filters(frozenset(one.service for one in offered.values()))
        answer = self.service.ask(Query(text, 1, Channel.CHATBOT, among, draft=True))
        found = {
            one for ranked in answer.passages for one in (ranked.passage.id, ranked.passage.service)
        }
        named = (payload for payload, one in offered.items() if one.id in found)
        alike = (payload for payload, one in offered.items() if one.service in found)
        return next(chain(named, alike), None)

    def _pressed(self, written: str, talk: Talk) -> Said:
        payload = Payload.read(written)
        if payload is None:
            return self._said(chat.OLD_BUTTON, talk)
        match payload.press:
            case Press.OPERATOR:
                return self.person(talk, HandoverReason.WISH)
            case Press.OTHER_QUESTION:
                return self._said(chat.NEW_QUESTION, talk.about_something_else())
            case Press.LANGUAGE:
                return self._language(payload.detail, talk)
        return self._pressed_fact(payload, talk) or self._said(chat.OLD_BUTTON, talk)

    def _pressed_fact(self, payload: Payload, talk: Talk) -> Said | None:
        """None for a button whose procedure or question is not there any more."""
        catalogue = self.service.live.current.catalogue
        slugs = [service.slug for service in catalogue.services]
        match payload.press:
            case Press.POPULAR:
                if question := payload.named(catalogue.popular):
                    return self.asked(question, replace(talk, context=NO_CONTEXT))
            case Press.PASSAGE:
                ids = [one.id for found in catalogue.services for one in found.passages]
                if passage_id := payload.named(ids):
                    passage = catalogue.passage(passage_id)
                    return self._fact(passage.title, passage.service, passage.topic, talk)
            case Press.FACT if payload.topic and (slug := payload.named(slugs)):
                asked = ASKING.get(payload.topic, TOPICS[payload.topic])
                return self._fact(asked, slug, payload.topic, talk)
            case Press.SERVICE if slug := payload.named(slugs):
                return self._chosen(slug, talk)
        return None

    def _fact(self, asked: str, slug: str, topic: Topic, talk: Talk) -> Said | None:
        """A fact of a procedure: the passage of that title or the best one, others as buttons."""
        answer = self._ask(asked, talk, Filters(frozenset({slug}), frozenset({topic})))
        found = [ranked.passage for ranked in answer.passages]
        found.sort(key=lambda passage: passage.title != asked)
        if not found:
            return None
        return self._told(found[:1], answer, talk, found[1 : show.MOST_GUESSES])

    def _chosen(self, slug: str, talk: Talk) -> Said | None:
        """What was asked, of the procedure that was meant; the fact alone if no more was said."""
        topic = talk.context.topic or Topic.STEPS
        asked = talk.asked or ASKING.get(topic, "")
        topics = frozenset({topic}) if not has_subject(asked) else frozenset[Topic]()
        answer = self._ask(asked, talk, Filters(frozenset({slug}), topics))
        if not answer.passages:
            answer = self._ask(asked, talk, Filters(frozenset({slug})))
        found = [ranked.passage for ranked in answer.passages]
        return self._told(found[:1], answer, talk) if found else None

    def _language(self, code: str, talk: Talk) -> Said:
        """Take the language that was chosen, or ask for one."""
        if code in {one.code for one in LANGUAGES}:
            return self._said(chat.LANGUAGE_CHOSEN, replace(talk, language=code))
        frame = self.frame(talk)
        names = {UKRAINIAN.code: chat.UKRAINIAN, ENGLISH.code: chat.ENGLISH}
        buttons = [
            Button(name, str(Payload(Press.LANGUAGE, detail=one))) for one, name in names.items()
        ]
        return reply_in(frame, [Text(frame.say(chat.LANGUAGE))], buttons), talk

    def _said(self, said: str, talk: Talk, has_buttons: bool = True) -> Said:
        frame = self.frame(talk)
        buttons = show.last_buttons(frame) if has_buttons else ()
        return reply_in(frame, [Text(frame.say(said))], buttons), talk

    def _only_phone(self, said: str, talk: Talk) -> Reply:
        frame, handover = self.frame(talk), Handover(HandoverReason.FAILURE)
        return reply_in(frame, [Text(frame.say(said)), *frame.person()], (), handover)
