"""Whether a turn of a talk leaves the procedure that the talk is about. Pure."""

from dataclasses import dataclass

from qa_service.ranking.logistic import LogisticModel

MOVE_FEATURES = (
    "gap", "name_gap", "subject_words", "words", "in_scope", "rank", "refers", "adds",
    "corrects", "word_gap", "named", "returns", "denied",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class MoveEvidence:
    """What is known of a turn that is read without its context.

    gap: how far the best passage of all is above the best of the talk's procedure. name_gap: the
    same of the procedures' names; 0 in a correction, where the bare name of another procedure is
    no detail of this one. subject_words, words: how many words say what is asked about, 6
    at most, and how many there are, 20 at most. in_scope: the probability that the turn alone asks
    for what we answer. rank: log(1 + how many passages stand above the first of the talk's
    procedure). word_gap: the gap by words. named: how many of the turn's words are in the names of
    the procedure found first, where that is another. denied: how many words of what a correction
    leaves are in the names of the talk's procedure.

    1 or 0: refers: a pronoun stands for something said before. adds: a word says that something
    else follows. corrects: the turn says that something else was meant. returns: the procedure
    found first is one that the talk was about before.
    """

    gap: float
    name_gap: float
    subject_words: float
    words: float
    in_scope: float
    rank: float
    refers: float
    adds: float
    corrects: float
    word_gap: float
    named: float
    returns: float
    denied: float


@dataclass(frozen=True, slots=True)
class MoveModel(LogisticModel[MoveEvidence]):
    """That the turn moves to another procedure."""
