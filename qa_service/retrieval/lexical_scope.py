"""Whether a question is put in the words of known questions or in those of questions that nothing
answers.

Vectors bring together what means much the same, and so «закордонний паспорт» and «закордонний
техпаспорт»; words tell them apart. The scores are BM25's over all known questions of both kinds
together, so that a piece of a word weighs the same in both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from qa_service.stores import TermIndex
from qa_service.text.tokens import grams


@dataclass(frozen=True, slots=True)
class Wording:
    """`index` holds the known questions, `known` of them, then those that nothing answers; of
    either kind at least one.
    """

    index: TermIndex
    known: int

    @classmethod
    def of(
        cls, known: Sequence[str], off_topic: Sequence[str], term_index: type[TermIndex]
    ) -> Self:
        return cls(term_index.build([grams(text) for text in (*known, *off_topic)]), len(known))

    def leaning(self, question: str) -> float:
        """From -1, only words of questions that nothing answers, to 1, only words of known ones; 0
        for words of neither.
        """
        scores = self.index.scores(grams(question))
        known, off_topic = float(scores[: self.known].max()), float(scores[self.known :].max())
        return (known - off_topic) / (known + off_topic) if known + off_topic else 0.0
