"""Values in words, in Ukrainian: dates, counts, probabilities, what an HTTP status means. Pure."""

from qa_service import phrases
from qa_service.phrases import CHANNELS, FAILED, PROBLEMS, REFUSED, TOPICS, Advice
from qa_service.types import CentreAnswer, Passage, Service, Status


def problem_advice(status: int, retry_after: str | None = None) -> Advice:
    """What a page says of an HTTP status of 400 or more; `retry_after` in seconds, if known."""
    if status == 429:
        when = (
            f"через {_counted(int(retry_after), 'секунду', 'секунди', 'секунд')}"
            if retry_after
            else "трохи згодом"
        )
        return Advice(
            "Забагато запитань поспіль",
            f"Оновіть сторінку {when}: запитання лишилося в полі пошуку.",
        )
    return PROBLEMS.get(status, FAILED if status >= 500 else REFUSED)


_HIGH_CONFIDENCE, _MEDIUM_CONFIDENCE = 0.8, 0.5

_MONTHS = (
    ("січень", "січня"),
    ("лютий", "лютого"),
    ("березень", "березня"),
    ("квітень", "квітня"),
    ("травень", "травня"),
    ("червень", "червня"),
    ("липень", "липня"),
    ("серпень", "серпня"),
    ("вересень", "вересня"),
    ("жовтень", "жовтня"),
    ("листопад", "листопада"),
    ("грудень", "грудня"),
)


def date_words(as_of: str) -> str:
    """`2025-11-03` -> 3 листопада 2025, `2025-11` -> листопад 2025; other text stays."""
    match as_of.split("-"):
        case [year] if year.isdecimal():
            return f"{year} рік"
        case [year, month] if names := _month(month):
            return f"{names[0]} {year}"
        case [year, month, day] if day.isdecimal() and (names := _month(month)):
            return f"{int(day)} {names[1]} {year}"
    return as_of


def _month(number: str) -> tuple[str, str] | None:
    """Nominative and genitive names of month `01`-`12`."""
    return _MONTHS[int(number) - 1] if number.isdecimal() and 1 <= int(number) <= 12 else None


def caveat(passage: Passage) -> str:
    """What to bear in mind of a passage whose sources disagree or leave something open."""
    if passage.status is not Status.NEEDS_REVIEW:
        return phrases.DOUBT
    said = phrases.CAVEATS.get(passage.topic, phrases.CAVEAT)
    return f"{said} ({date_words(passage.as_of)})." if passage.as_of else f"{said}."


def confidence_words(confidence: float) -> str:
    """A probability in words that tell of finding, not of the fact: figures such as 0.93 promise an
    exactness that people misread, and "confident" sounds as if a price were beyond doubt.
    """
    if confidence >= _HIGH_CONFIDENCE:
        return "відповідає запитанню"
    return "схоже на ваше запитання" if confidence >= _MEDIUM_CONFIDENCE else "може не підійти"


def services_count(count: int) -> str:
    """1 послуга, 2 послуги, 5 послуг, 11 послуг, 21 послуга."""
    return _counted(count, "послуга", "послуги", "послуг")


def centres_title(answer: CentreAnswer) -> str:
    """What stands above the centres that were found."""
    if answer.place is None:
        return phrases.CENTRES_TITLE
    if not answer.is_there:
        return phrases.NO_CENTRE_THERE.format(place=answer.place)
    return phrases.CENTRES_OF.format(place=answer.place)


def nothing_found(answer: CentreAnswer) -> str:
    """What is said where a search for centres finds none."""
    if answer.place is None:
        return phrases.NO_SUCH_PLACE
    return phrases.NO_CENTRE_AROUND.format(place=answer.place)


def asked_back(answer: CentreAnswer) -> str | None:
    """What to say to a question about a centre that finds none; None for any other."""
    if answer.found or not answer.asks_where:
        return None
    return nothing_found(answer) if answer.place else phrases.ASK_TOWN


def unclear_count(count: int) -> str:
    """1 розділ потребує, 2 розділи потребують, 5 розділів потребують … уточнення."""
    return (
        _counted(count, "розділ потребує", "розділи потребують", "розділів потребують")
        + " уточнення"
    )


def _counted(count: int, one: str, few: str, many: str) -> str:
    if count % 10 == 1 and count % 100 != 11:
        return f"{count} {one}"
    return f"{count} {few if count % 10 in (2, 3, 4) and count % 100 not in (12, 13, 14) else many}"


def service_description(service: Service) -> str:
    """What the page of a service tells, by its topics, in a sentence for search engines."""
    topics = dict.fromkeys(TOPICS[passage.topic].lower() for passage in service.passages)
    return f"{service.title}: {', '.join(topics)}. З джерелами й датою."


def channel_words(channels: tuple[str, ...]) -> str:
    """The places that provide a service; one that is unknown here keeps its own name."""
    return ", ".join(CHANNELS.get(channel, channel) for channel in channels)
