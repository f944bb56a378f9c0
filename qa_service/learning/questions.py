"""Votes -> questions for a person to judge. Pure.

What helped names its passage. What did not names none: the person finds the right one, or says that
there is none. Where people disagree, the person decides.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from qa_service.documents.draft_questions import DraftQuestion, id_of, key_of
from qa_service.documents.questions import Style
from qa_service.journal.judged import JudgedVote
from qa_service.text.personal import was_masked
from qa_service.types import Topic

HELPFUL, NOT_HELPFUL = "helpful", "not_helpful"

_STYLES = {"ru": Style.RUSSIAN, "en": Style.ENGLISH}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Questions that are in the corpus already, and such as held personal data."""

    known: int
    personal: int


def draft_questions(
    votes: Iterable[JudgedVote], known: AbstractSet[str]
) -> tuple[list[DraftQuestion], LeftOut]:
    """A draft for each question, those with most votes first. known: keys of the corpus' own."""
    by_key: defaultdict[str, list[JudgedVote]] = defaultdict(list)
    personal: set[str] = set()
    for vote in votes:
        if was_masked(vote.question):
            personal.add(vote.same_as)
        else:
            by_key[key_of(vote.question)].append(vote)
    fresh = [those for key, those in by_key.items() if key and key not in known]
    fresh.sort(key=lambda those: -len(those))
    return [*map(_draft, fresh)], LeftOut(len(by_key) - len(fresh), len(personal))


def _draft(votes: Sequence[JudgedVote]) -> DraftQuestion:
    newest = votes[-1]
    passage = _passage(votes)
    topics = [vote.topic for vote in votes if vote.passage_id == passage and vote.topic]
    return DraftQuestion(
        id=id_of(newest.question),
        question=newest.question,
        style=_STYLES.get(newest.language, Style.COLLOQUIAL),
        services=(passage.partition(".")[0],) if passage else (),
        passages=(passage,) if passage else (),
        topic=Topic(topics[-1]) if passage and topics else None,
        answerable=True if passage else None,
        votes=Counter(map(_said, votes)),
    )


def _passage(votes: Sequence[JudgedVote]) -> str | None:
    """The passage that helped, where all who voted say so of the same."""
    voted = {vote.passage_id for vote in votes}
    return voted.pop() if len(voted) == 1 and all(vote.helpful for vote in votes) else None


def _said(vote: JudgedVote) -> str:
    return HELPFUL if vote.helpful else str(vote.complaint or NOT_HELPFUL)
