"""Lexical scope check: does a question share more words with known questions or with off-topic
ones?

Vectors bring together what means much the same, and so «закордонний паспорт» and «закордонний
техпаспорт»; words tell them apart. The scores are BM25's over the known questions of both kinds
together, so that a piece of a word weighs the same in both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from qa_service.stores import TermIndex
from qa_service.text.tokens import grams


@dataclass(frozen=True, slots=True)
class LexicalScope:
    """`index` holds the in-scope questions, `in_scope` of them, then the off-topic ones; at least
    one of either kind.
    """

    index: TermIndex
    in_scope: int

    @classmethod
    def of(
        cls, in_scope: Sequence[str], off_topic: Sequence[str], term_index: type[TermIndex]
    ) -> Self:
        texts = [grams(text) for text in (*in_scope, *off_topic)]
        return cls(term_index.build(texts), len(in_scope))

    def margin(self, terms: Sequence[str]) -> float:
        """From -1, only words of off-topic questions, to 1, only words of in-scope ones; 0 for
        words of neither. `terms`: the question's grams.
        """
        scores = self.index.scores(terms)
        inside, outside = float(scores[: self.in_scope].max()), float(scores[self.in_scope :].max())
        return (inside - outside) / (inside + outside) if inside + outside else 0.0
