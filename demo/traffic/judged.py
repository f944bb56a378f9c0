"""Answers as the questions are judged, without the engine: in no time, and the same for ever."""

from zlib import crc32

from demo.traffic.talks import Answering, Given, World
from qa_service.text.understand import detect_language
from qa_service.types import NO_CONTEXT, Certainty, Context, Query, Reason, Topic

INDEX_VERSION = "judged"
_SURE, _UNSURE = 86, 93  # percent; of the rest nothing is found


def judged(world: World) -> Answering:
    """A stand-in for the engine over the same world. No theme and no chatter has an answer."""
    passages = {one.question: (one.passage, one.topic) for one in world.procedures.questions}
    reasons = {
        question: Reason.NOT_COVERED for theme in world.themes for question in theme.questions
    }
    reasons |= dict.fromkeys(world.chatter.small_talk, Reason.SMALL_TALK)
    reasons |= dict.fromkeys(world.chatter.off_topic, Reason.OFF_TOPIC)
    reasons |= dict.fromkeys(world.chatter.live_data, Reason.LIVE_DATA)

    def answering(query: Query) -> Given:
        if reason := reasons.get(query.question):
            return _none(query, reason)
        if query.context.service:
            topic = query.context.topic or Topic.FEE
            return _found(query, f"{query.context.service}.{topic}", topic, Certainty.SURE)
        passage = passages.get(query.question)
        chance = crc32(query.question.encode()) % 100
        if passage is None or chance >= _UNSURE:
            return _none(query, Reason.LOW_CONFIDENCE)
        certainty = Certainty.SURE if chance < _SURE else Certainty.UNSURE
        return _found(query, *passage, certainty)

    return answering


def _none(query: Query, reason: Reason) -> Given:
    language = detect_language(query.question)
    return Given(
        language, Certainty.NONE, reason, 0.05, None, None, None, (), (), INDEX_VERSION, NO_CONTEXT
    )


def _found(query: Query, passage: str, topic: str | None, certainty: Certainty) -> Given:
    service = passage.partition(".")[0]
    return Given(
        detect_language(query.question),
        certainty,
        None,
        0.95 if certainty is Certainty.SURE else 0.5,
        service,
        topic,
        passage,
        (passage,),
        (),
        INDEX_VERSION,
        Context(service, Topic(topic) if topic else None),
    )
