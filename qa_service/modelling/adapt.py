"""Domain adaptation of the default encoder on the corpus' own questions: `qa-service train
--encoder`.

Contrastive learning (InfoNCE) on low-rank updates of the upper layers; word embeddings and lower
layers stay, so that the model keeps its languages. Each question learns three things at once, as
the index will use them: which passage answers; which other question asks for the same passage,
among questions for others and questions that nothing answers; and to stand on one side of a plane
with the known questions and on the other with those. A question is trained in the form in which it
is read, some with typing errors in it. Needs the `build` extra.

Hard negatives are taken below the right passage by a margin: many facts of this corpus are close to
each other, and a "negative" that also answers teaches the wrong thing (de Souza P. Moreira et al.,
"NV-Retriever", 2024).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from qa_service.documents import Corpus
from qa_service.errors import ModelError
from qa_service.indexing.texts import lexical_text, passage_texts
from qa_service.modelling.adapter import Factors, blend
from qa_service.modelling.descent import Descent
from qa_service.modelling.distil import Healing, heal
from qa_service.modelling.embedding import Embedder
from qa_service.modelling.low_rank import attach
from qa_service.modelling.typing_errors import mistype
from qa_service.text.normalise import normalise
from qa_service.text.synonyms import Synonyms
from qa_service.text.understand import understand
from qa_service.text.vocabulary import Vocabulary
from qa_service.types import Vectors

if TYPE_CHECKING:
    import torch

Progress = Callable[[str, int, int], None]
"""Called with (stage, done, total)."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """The numbers of one run; the same recipe, corpus and number of threads give the same
    adapter.
    """

    seed: int = 1
    epochs: int = 2
    batch: int = 32
    hard_negatives: int = 16
    """Mined passages a batch, besides the right ones of its questions."""
    off_topic: int = 24
    """Questions a batch that nothing answers."""
    mistyped: float = 0.2
    """Share of the questions that are asked with typing errors."""
    learning_rate: float = 3e-4
    scope_learning_rate: float = 3e-2
    temperature: float = 0.02
    rank: int = 32
    first_layer: int = 2
    healing: Healing = field(default_factory=Healing)
    healed_share: float = 0.1
    """Of the model as it was before the lessons, in the result: what it knows of other subjects."""


@dataclass(frozen=True, slots=True)
class Pair:
    question: str
    row: int
    """Of the passage that answers."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One step: questions, and what each has to choose among; `right_…[i]` is the position of
    question `i`'s right choice.
    """

    questions: list[str]
    passages: list[str]
    right_passages: list[int]
    known: list[str]
    """Another question for each passage of the batch, then `strangers` that nothing answers."""
    right_known: list[int]
    strangers: int


def training_pairs(corpus: Corpus, vocabulary: Vocabulary) -> list[Pair]:
    """Every question known for a passage, as it is read."""
    pairs = []
    for row, passage in enumerate(corpus.passages):
        pairs += [
            Pair(normalise(question), row) for question in (passage.title, *passage.questions)
        ]
        expansions = corpus.expansions.get(passage.id, ())
        pairs += [Pair(understand(question, vocabulary).reading, row) for question in expansions]
    return pairs


def mine(
    questions: Vectors,
    passages: Vectors,
    rows: Sequence[int],
    margin: float = 0.02,
    depth: int = 50,
) -> list[list[int]]:
    """For each question the passages that rank high, yet at least `margin` in cosine below the
    right one.
    """
    mined = []
    for question, right in zip(questions, rows, strict=True):
        scores = passages @ question
        near = np.argsort(-scores, kind="stable")[:depth]
        mined.append(
            [int(row) for row in near if row != right and scores[row] <= scores[right] - margin]
        )
    return mined


def adapt(
    pruned: Embedder, whole: Embedder, corpus: Corpus, recipe: Recipe, progress: Progress
) -> dict[str, Factors]:
    """Train low-rank updates for `pruned`, first on what `whole` says; its own weights are left as
    they are.

    Matrix name -> factors. Raises ModelError where there are too few questions.
    """
    import torch

    torch.manual_seed(recipe.seed)
    generator = np.random.default_rng(recipe.seed)
    vocabulary, synonyms = corpus_vocabulary(corpus), Synonyms(corpus.synonyms)
    pairs, passages = training_pairs(corpus, vocabulary), passage_texts(corpus).texts

    def ask(question: str) -> str:
        typed = mistype(question, generator) if generator.random() < recipe.mistyped else question
        return understand(typed, vocabulary, synonyms).reading

    steps = recipe.epochs * (len(pairs) // recipe.batch)
    if not steps:
        raise ModelError(
            f"too few questions to train with: {len(pairs)}, and a batch is {recipe.batch}"
        )
    updates = attach(pruned.model, recipe.rank, recipe.first_layer)
    factors = [factor for update in updates.values() for factor in update.parameters()]
    questions = [pair.question for pair in pairs]
    everything = [*questions, *corpus.off_topic]
    heal(
        pruned,
        whole,
        factors,
        everything,
        passages,
        ask,
        recipe.healing,
        generator,
        partial(progress, "healing"),
    )
    healed = {name: update.factors() for name, update in updates.items()}
    progress("mining", 0, 1)
    near = mine(
        pruned.encode_questions(questions),
        pruned.encode_passages(passages),
        [pair.row for pair in pairs],
    )
    progress("mining", 1, 1)
    scope = torch.nn.Linear(pruned.model.get_embedding_dimension() or 0, 1)
    descent = Descent(
        [(factors, recipe.learning_rate), (list(scope.parameters()), recipe.scope_learning_rate)],
        steps,
    )
    for step, lesson in enumerate(
        lessons(pairs, passages, near, corpus.off_topic, ask, recipe, generator), 1
    ):
        descent.step(_loss(pruned, scope, lesson, recipe.temperature))
        progress("training", step, steps)
    return blend(
        healed, {name: update.factors() for name, update in updates.items()}, recipe.healed_share
    )


def corpus_vocabulary(corpus: Corpus) -> Vocabulary:
    """The words that an index of this corpus knows."""
    return Vocabulary.of(lexical_text(corpus, passage) for passage in corpus.passages)


def lessons(
    pairs: list[Pair],
    passages: list[str],
    near: list[list[int]],
    off_topic: Sequence[str],
    ask: Callable[[str], str],
    recipe: Recipe,
    generator: np.random.Generator,
) -> Iterator[Lesson]:
    """Every pair once an epoch, but for the remainder of a batch; `ask` says how a question is put
    this time.
    """
    of_row: dict[int, list[str]] = {}
    for pair in pairs:
        of_row.setdefault(pair.row, []).append(pair.question)
    for batch in (
        batch
        for _ in range(recipe.epochs)
        for batch in _batches(len(pairs), recipe.batch, generator)
    ):
        asked = [pairs[number] for number in batch]
        candidates = _candidates(
            [pair.row for pair in asked], [near[number] for number in batch], recipe, generator
        )
        questions = [pair.question for pair in asked]
        rows = list(dict.fromkeys(pair.row for pair in asked))
        others = [_another(of_row[row], questions, generator) for row in rows]
        strangers = generator.permutation(len(off_topic))[: recipe.off_topic]
        yield Lesson(
            questions=[ask(question) for question in questions],
            passages=[passages[row] for row in candidates],
            right_passages=[candidates.index(pair.row) for pair in asked],
            known=others + [ask(off_topic[number]) for number in strangers],
            right_known=[rows.index(pair.row) for pair in asked],
            strangers=len(strangers),
        )


def _another(known: list[str], asked: list[str], generator: np.random.Generator) -> str:
    """A question for the same passage that is not in the batch, where there is one."""
    return str(generator.choice([question for question in known if question not in asked] or known))


def _loss(
    model: Embedder, scope: "torch.nn.Linear", lesson: Lesson, temperature: float
) -> "torch.Tensor":
    import torch

    asked, found, known = (
        model.questions(lesson.questions),
        model.passages(lesson.passages),
        model.questions(lesson.known),
    )
    choose = torch.nn.functional.cross_entropy
    by_passage = choose(asked @ found.T / temperature, torch.tensor(lesson.right_passages))
    by_question = choose(asked @ known.T / temperature, torch.tensor(lesson.right_known))
    strangers = known[len(known) - lesson.strangers :]
    in_scope = torch.cat([torch.ones(len(asked)), torch.zeros(len(strangers))])
    by_scope = torch.nn.functional.binary_cross_entropy_with_logits(
        scope(torch.cat([asked, strangers])).squeeze(-1), in_scope
    )
    return by_passage + by_question + by_scope


def _batches(count: int, size: int, generator: np.random.Generator) -> Iterator[list[int]]:
    """Full batches of all numbers below `count`, in random order; the remainder waits for the next
    epoch.
    """
    order = generator.permutation(count).tolist()
    return (order[start : start + size] for start in range(0, count - size + 1, size))


def _candidates(
    rows: list[int], near: list[list[int]], recipe: Recipe, generator: np.random.Generator
) -> list[int]:
    """The right passages of a batch and some near misses, each once."""
    misses = [int(generator.choice(found)) for found in near if found]
    generator.shuffle(misses)
    return list(dict.fromkeys([*rows, *misses[: recipe.hard_negatives]]))
