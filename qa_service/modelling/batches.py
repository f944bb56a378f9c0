"""Batches to train the encoder on: question and passage pairs, mined negatives, typos. Pure.

Hard negatives score below the right passage by a margin: many facts of this corpus are close to
each other, and a "negative" that also answers teaches the wrong thing (de Souza P. Moreira et al.,
"NV-Retriever", 2024). An encoder trained on mistyped questions reads them better, and well-spelt
ones no worse (Zhuang & Zuccon, "Dealing with Typos for BERT-based Passage Retrieval and Ranking",
EMNLP 2021).
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from qa_service.documents import Corpus
from qa_service.documents.questions import WRAPPED
from qa_service.indexing.texts import bare
from qa_service.text.normalise import normalise
from qa_service.text.spelling import Vocabulary
from qa_service.text.understand import understand
from qa_service.types import Vectors

_ROWS_OF_KEYS = ("йцукенгшщзхї", "фівапролджє", "ячсмитьбю", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_BESIDE = {
    key: row[max(place - 1, 0) : place] + row[place + 1 : place + 2]
    for row in _ROWS_OF_KEYS
    for place, key in enumerate(row)
}
_SHORTEST = 4
_SHARE = 0.3
"""Of a question's words of at least four letters."""


NOTHING = -1
"""The row of a question that no passage answers."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A question, and the row of the passage that answers it.

    after: the name of the procedure that a talk was about before it, if it is asked in one.
    is_turn: it was asked in a talk, and may mean nothing without.
    """

    question: str
    row: int
    after: str = ""
    is_turn: bool = False


@dataclass(frozen=True, slots=True)
class BatchSizes:
    """Of one batch: questions, mined passages besides the right ones, off-topic questions."""

    questions: int
    hard_negatives: int
    off_topic: int


@dataclass(frozen=True, slots=True)
class Batch:
    """One step: questions, and the candidates of each.

    rows: of the passage that answers each question, among all. right_passages, right_known: the
    position of each question's right candidate. known: another question for each passage of the
    batch, then `off_topic_count` off-topic ones.
    """

    questions: list[str]
    rows: list[int]
    passages: list[str]
    right_passages: list[int]
    known: list[str]
    right_known: list[int]
    off_topic_count: int


def training_pairs(corpus: Corpus, vocabulary: Vocabulary) -> list[Pair]:
    """Every question known for a passage, as it is read."""
    pairs = []
    for row, passage in enumerate(corpus.passages):
        asked = (passage.title, *passage.questions)
        pairs += [Pair(question, row) for question in bare(asked)]
        expansions = corpus.expansions.get(passage.id, ())
        pairs += [Pair(understand(question, vocabulary).reading, row) for question in expansions]
    return pairs


def latest(pairs: Sequence[Pair], most: int | None) -> list[Pair]:
    """All turns of talks, and the last `most` other questions of each passage; all without it."""
    if most is None:
        return list(pairs)
    taken: Counter[int] = Counter()
    kept = []
    for pair in reversed(pairs):
        taken[pair.row] += not pair.is_turn
        if pair.is_turn or taken[pair.row] <= most:
            kept.append(pair)
    return kept[::-1]


def mine(
    questions: Vectors,
    passages: Vectors,
    rows: Sequence[int],
    margin: float = 0.02,
    depth: int = 50,
) -> list[list[int]]:
    """For each question, passages that rank high, yet `margin` in cosine below the right one."""
    mined = []
    for question, right in zip(questions, rows, strict=True):
        scores = passages @ question
        near = np.argsort(-scores, kind="stable")[:depth]
        is_below = scores[near] <= scores[right] - margin
        mined.append([row for row in near[is_below].tolist() if row != right])
    return mined


def batches(
    pairs: list[Pair],
    passages: list[str],
    near: list[list[int]],
    off_topic: Sequence[Pair],
    ask: Callable[[Pair], str],
    epochs: int,
    sizes: BatchSizes,
    generator: np.random.Generator,
) -> Iterator[Batch]:
    """Every pair once an epoch, less the last partial batch; `ask` varies a question's form."""
    of_row: dict[int, list[str]] = {}
    for pair in pairs:
        if not pair.is_turn:
            of_row.setdefault(pair.row, []).append(pair.question)
    for _ in range(epochs):
        for numbers in _full_batches(len(pairs), sizes.questions, generator):
            asked = [pairs[number] for number in numbers]
            mined = [near[number] for number in numbers]
            right = [pair.row for pair in asked]
            candidates = _candidates(right, mined, sizes.hard_negatives, generator)
            questions, rows = [pair.question for pair in asked], list(dict.fromkeys(right))
            others = [_another(of_row[row], questions, generator) for row in rows]
            drawn = generator.permutation(len(off_topic))[: sizes.off_topic]
            yield Batch(
                questions=[ask(pair) for pair in asked],
                rows=right,
                passages=[passages[row] for row in candidates],
                right_passages=[candidates.index(row) for row in right],
                known=others + [ask(off_topic[number]) for number in drawn],
                right_known=[rows.index(row) for row in right],
                off_topic_count=len(drawn),
            )


def mistype(question: str, generator: np.random.Generator) -> str:
    """The question with an error in some of its longer words, at least one; first letters stay."""
    words = question.split(" ")
    longer = [number for number, word in enumerate(words) if len(word) >= _SHORTEST]
    for number in generator.permutation(longer)[: max(1, round(_SHARE * len(longer)))]:
        words[number] = _with_error(words[number], generator)
    return " ".join(words)


def wrap(question: str, wrappers: Sequence[str], generator: np.random.Generator) -> str:
    """The question with courtesy around it, normalised."""
    wrapper = wrappers[int(generator.integers(len(wrappers)))]
    return normalise(wrapper.replace(WRAPPED, question))


def _with_error(word: str, generator: np.random.Generator) -> str:
    """A letter left out, doubled, swapped with the next, or hit beside."""
    place = int(generator.integers(1, len(word)))
    before, letter, after = word[:place], word[place], word[place + 1 :]
    beside = [before + key + after for key in _BESIDE.get(letter, "")]
    swapped = before + after[:1] + letter + after[1:]
    ways = [before + after, before + 2 * letter + after, swapped, *beside]
    return str(generator.choice([way for way in ways if way != word]))


def _full_batches(count: int, size: int, generator: np.random.Generator) -> Iterator[list[int]]:
    """Full batches of all numbers below `count`, in random order, less the last partial one."""
    order = generator.permutation(count).tolist()
    return (order[start : start + size] for start in range(0, count - size + 1, size))


def _candidates(
    rows: list[int], near: list[list[int]], most: int, generator: np.random.Generator
) -> list[int]:
    """The right passages of a batch and at most `most` near misses, each once."""
    misses = [int(generator.choice(found)) for found in near if found]
    generator.shuffle(misses)
    return list(dict.fromkeys([*rows, *misses[:most]]))


def _another(known: list[str], asked: list[str], generator: np.random.Generator) -> str:
    """A question for the same passage that is not in the batch, where there is one."""
    others = [question for question in known if question not in asked]
    return str(generator.choice(others or known))
