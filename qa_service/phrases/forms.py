"""Values in words: counts, probabilities, what an HTTP status means, in the language of a page."""

from qa_service import phrases
from qa_service.phrases import CHANNELS, FAILED, PROBLEMS, REFUSED, TOPICS, Advice
from qa_service.phrases.languages import UKRAINIAN, Language
from qa_service.types import CentreAnswer, Passage, Service, Status

_HIGH_CONFIDENCE, _MEDIUM_CONFIDENCE = 0.8, 0.5


def problem_advice(
    status: int, retry_after: str | None = None, language: Language = UKRAINIAN
) -> Advice:
    """What a page says of an HTTP status of 400 or more; `retry_after` in seconds, if known."""
    if status != 429:
        return PROBLEMS.get(status, FAILED if status >= 500 else REFUSED)
    seconds = language.count(int(retry_after or 0), "секунду", "секунди", "секунд")
    text = phrases.TOO_MANY.text if retry_after else phrases.TOO_MANY_FOR_NOW
    return Advice(phrases.TOO_MANY.title, language.say(text).format(seconds=seconds))


def caveat(passage: Passage, language: Language = UKRAINIAN) -> str:
    """What to bear in mind of a passage whose sources disagree or leave something open."""
    if passage.status is not Status.NEEDS_REVIEW:
        return language.say(phrases.DOUBT)
    said = language.say(phrases.CAVEATS.get(passage.topic, phrases.CAVEAT))
    return f"{said} ({language.date(passage.as_of)})." if passage.as_of else f"{said}."


def confidence_words(confidence: float, language: Language = UKRAINIAN) -> str:
    """A probability in words that tell of finding, not of the fact: figures such as 0.93 promise an
    exactness that people misread, and "confident" sounds as if a price were beyond doubt.
    """
    high, medium, low = phrases.FITS
    if confidence >= _HIGH_CONFIDENCE:
        return language.say(high)
    return language.say(medium if confidence >= _MEDIUM_CONFIDENCE else low)


def services_count(count: int, language: Language = UKRAINIAN) -> str:
    """1 послуга, 2 послуги, 5 послуг, 11 послуг, 21 послуга."""
    return language.count(count, "послуга", "послуги", "послуг")


def centres_title(answer: CentreAnswer, language: Language = UKRAINIAN) -> str:
    """What stands above the centres that were found."""
    if answer.place is None:
        return language.say(phrases.CENTRES_TITLE)
    said = phrases.CENTRES_OF if answer.is_there else phrases.NO_CENTRE_THERE
    return language.say(said).format(place=answer.place)


def nothing_found(answer: CentreAnswer, language: Language = UKRAINIAN) -> str:
    """What is said where a search for centres finds none."""
    if answer.place is None:
        return language.say(phrases.NO_SUCH_PLACE)
    return language.say(phrases.NO_CENTRE_AROUND).format(place=answer.place)


def asked_back(answer: CentreAnswer, language: Language = UKRAINIAN) -> str | None:
    """What to say to a question about a centre that finds none; None for any other."""
    if not answer.needs_place:
        return None
    return nothing_found(answer, language) if answer.place else language.say(phrases.ASK_TOWN)


def unclear_count(count: int, language: Language = UKRAINIAN) -> str:
    """1 розділ потребує, 2 розділи потребують, 5 розділів потребують … уточнення."""
    forms = ("розділ потребує", "розділи потребують", "розділів потребують")
    return language.count(count, *(f"{form} уточнення" for form in forms))


def service_description(service: Service, language: Language = UKRAINIAN) -> str:
    """What the page of a service tells, by its topics, in a sentence for search engines."""
    said = (language.say(TOPICS[passage.topic]).lower() for passage in service.passages)
    end = language.say(phrases.WITH_SOURCES)
    return f"{service.title}: {', '.join(dict.fromkeys(said))}. {end}"


def channel_words(channels: tuple[str, ...], language: Language = UKRAINIAN) -> str:
    """The places that provide a service; one that is unknown here keeps its own name."""
    return ", ".join(language.say(CHANNELS.get(channel, channel)) for channel in channels)
