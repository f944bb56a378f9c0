"""What goes with an answer: its best sentence, the procedure's other facts, related questions."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from sys import intern

from qa_service.text.lists import Span, item_spans
from qa_service.text.sentences import sentences
from qa_service.text.tokens import stems
from qa_service.types import Answer, Certainty, Passage, RankedPassage, Reason, Service

SIBLINGS, RELATED = 6, 4
_MOST_MARKED = 0.5
"""Of a text; marking more of it tells nobody where to look."""

Spans = tuple[Span, ...]
SentenceTerms = Callable[[str], Sequence[tuple[Span, frozenset[str]]]]


def sentence_terms(text: str) -> tuple[tuple[Span, frozenset[str]], ...]:
    """Each sentence of a text with its terms, of which texts have many in common."""
    return tuple(
        (span, frozenset(map(intern, stems(text[slice(*span)])))) for span in sentences(text)
    )


def highlight(
    passage: Passage, question_terms: Sequence[str], terms_of: SentenceTerms = sentence_terms
) -> Spans:
    """What answers: the passage's figure where its text writes it in digits, else a sentence. A
    list stands out by itself.
    """
    best = figure_in(passage) or best_sentence(passage.text, question_terms, terms_of)
    listed = item_spans(passage.text, passage.items)
    return tuple(
        (start, end)
        for start, end in best
        if not any(start < last and first < end for first, last in listed)
    )


def figure_in(passage: Passage) -> Spans:
    """Where the passage's figure stands first: «572 грн», «10-15 днів»; () where nowhere."""
    if passage.figure is None:
        return ()
    amount = r"\s*[-–]\s*".join(map(_loosely, passage.figure.amounts))
    said = rf"(?<![\d,]){amount}\s*{_loosely(passage.figure.unit)}(?!\w)"
    found = re.search(said, passage.text)
    return (found.span(),) if found else ()


def _loosely(words: str) -> str:
    """A pattern of the words with any space, or none, between them."""
    return r"\s*".join(map(re.escape, words.split()))


def best_sentence(
    text: str, question_terms: Sequence[str], terms_of: SentenceTerms = sentence_terms
) -> Spans:
    """The sentence that shares most terms with the question; none where no sentence shares a term
    or that sentence is most of the text.

    Ties go to the earlier sentence. `terms_of`: as `sentence_terms`, which may remember texts.
    """
    told = terms_of(text)
    if len(told) < 2:
        return ()
    (start, end), terms = max(told, key=lambda one: len(one[1].intersection(question_terms)))
    is_short = end - start <= _MOST_MARKED * len(text)
    return ((start, end),) if is_short and terms.intersection(question_terms) else ()


def siblings(service: Service | None, shown: Sequence[Passage]) -> tuple[Passage, ...]:
    """Other facts of the best passage's procedure, a topic each, in the order of its file."""
    if service is None or not shown:
        return ()
    ids = {passage.id for passage in shown}
    by_topic: dict[str, Passage] = {}
    for passage in service.passages:
        if passage.id not in ids and passage.topic != shown[0].topic:
            by_topic.setdefault(passage.topic, passage)
    return tuple(by_topic.values())[:SIBLINGS]


def related(following: Iterable[Passage]) -> tuple[str, ...]:
    """Sample questions of the passages that come after those shown."""
    return tuple(
        islice((passage.questions[0] for passage in following if passage.questions), RELATED)
    )


@dataclass(frozen=True, slots=True)
class PartShown:
    """Parts of a message that one passage answers, or one that has no answer: then `ranked` is
    None and `reason` says why. is_sure: whether it surely answers one of them.
    """

    asked: tuple[str, ...]
    ranked: RankedPassage | None
    is_sure: bool = False
    reason: Reason | None = None


def parts_shown(answer: Answer) -> list[PartShown]:
    """In the order asked; none where the message asks one thing or nothing answers it."""
    if len(answer.parts) < 2 or not answer.answerable:
        return []
    passages = {ranked.passage.id: ranked for ranked in answer.passages}
    shown: dict[str, PartShown] = {}
    for number, part in enumerate(answer.parts):
        ranked = passages.get(part.passage_id or "")
        key = ranked.passage.id if ranked else str(number)
        before = shown.get(key)
        asked = (*before.asked, part.asked) if before else (part.asked,)
        is_sure = part.certainty is Certainty.SURE or (before is not None and before.is_sure)
        reason = None if ranked else part.reason or Reason.LOW_CONFIDENCE
        shown[key] = PartShown(asked, ranked, is_sure, reason)
    return list(shown.values())
