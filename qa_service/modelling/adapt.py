"""Domain adaptation of the default encoder on the corpus' own questions: `qa-service train
--encoder`.

Contrastive learning (InfoNCE) on low-rank updates of the upper layers; word embeddings and lower
layers stay, so that the model keeps its languages. Each question learns four things at once, as
the index will use them: which passage answers, by its text; which other question asks for the same
passage, among questions for others and off-topic ones; a linear classifier learns which of all
passages answers, or none; and another to separate in-scope from off-topic questions. A question is
trained in the form in which it is read, some with typing errors. Needs the `models` extra.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Self

import numpy as np

from qa_service.documents import Corpus
from qa_service.documents.dialogues import Dialogue
from qa_service.errors import ModelError
from qa_service.indexing.texts import lexical_texts, passage_texts
from qa_service.modelling.adapter import Factors, attach, blend
from qa_service.modelling.batches import (
    NOTHING,
    Batch,
    BatchSizes,
    Pair,
    batches,
    mine,
    mistype,
    training_pairs,
    wrap,
)
from qa_service.modelling.distil import Distillation, Embedder, Optimiser, distil
from qa_service.modelling.turn_pairs import in_talks, turn_pairs
from qa_service.text.spelling import Vocabulary
from qa_service.text.talks import after_name
from qa_service.text.understand import Synonyms, understand
from qa_service.types import Progress, Vectors

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class Recipe:
    """The numbers of one run; the same ones, corpus and number of threads give the same adapter."""

    seed: int = 1
    epochs: int = 1
    sizes: BatchSizes = field(default_factory=lambda: BatchSizes(32, 16, 24))
    mistyped: float = 0.2
    """Share of the questions that are asked with typing errors."""
    wrapped: float = 0.15
    """Share of the questions that are asked with courtesy around them, none of it taken off."""
    in_talks: float = 0.15
    """Share of the questions that are read after the name of a procedure, as turns of a talk."""
    learning_rate: float = 3e-4
    scope_learning_rate: float = 3e-2
    classes_learning_rate: float = 3e-3
    temperature: float = 0.02
    classes_temperature: float = 0.05
    rank: int = 32
    first_layer: int = 2
    distillation: Distillation = field(default_factory=Distillation)
    distilled_share: float = 0.1
    """Vectors of the distilled model, mixed into the result: what it knows of other subjects."""


def adapt(
    pruned: Embedder,
    whole: Embedder,
    corpus: Corpus,
    dialogues: Sequence[Dialogue],
    recipe: Recipe,
    progress: Progress,
) -> dict[str, Factors]:
    """Matrix name -> low-rank update of `pruned`, distilled from `whole`, then adapted to the
    corpus' questions and the turns of `dialogues`.

    The models' own weights stay. Raises ModelError where there are too few questions.
    """
    import torch

    torch.manual_seed(recipe.seed)
    generator = np.random.default_rng(recipe.seed)
    vocabulary, synonyms = corpus_vocabulary(corpus), Synonyms(corpus.synonyms)
    passages = passage_texts(corpus).texts
    pairs, outside = (
        in_talks(some, corpus, recipe.in_talks, generator)
        for some in _questions(corpus, dialogues, vocabulary)
    )

    def put(question: str) -> str:
        if corpus.wrappers and generator.random() < recipe.wrapped:
            return wrap(question, corpus.wrappers, generator)
        typed = mistype(question, generator) if generator.random() < recipe.mistyped else question
        return understand(typed, vocabulary, synonyms).reading

    def ask(pair: Pair) -> str:
        return after_name(pair.after, put(pair.question))

    steps = recipe.epochs * (len(pairs) // recipe.sizes.questions)
    if not steps:
        few = f"{len(pairs)}, and a batch is {recipe.sizes.questions}"
        raise ModelError(f"too few questions to train with: {few}")
    updates = attach(pruned.model, recipe.rank, recipe.first_layer)
    factors = [factor for update in updates.values() for factor in update.parameters()]
    distil(
        pruned,
        whole,
        factors,
        [pair.question for pair in (*pairs, *outside) if not pair.is_turn],
        passages,
        put,
        recipe.distillation,
        generator,
        partial(progress, "distillation"),
    )
    distilled = {name: update.factors() for name, update in updates.items()}
    progress("mining", 0, 1)
    asked = pruned.encode_questions([after_name(pair.after, pair.question) for pair in pairs])
    near = mine(asked, pruned.encode_passages(passages), [pair.row for pair in pairs])
    progress("mining", 1, 1)
    heads = _Heads.of(pruned.encode_passages(passages))
    drawn = batches(pairs, passages, near, outside, ask, recipe.epochs, recipe.sizes, generator)
    _train(pruned, factors, heads, drawn, recipe, partial(progress, "training"), steps)
    trained = {name: update.factors() for name, update in updates.items()}
    return blend(distilled, trained, recipe.distilled_share)


def _train(
    model: Embedder,
    factors: "Sequence[torch.nn.Parameter]",
    heads: "_Heads",
    drawn: Iterable[Batch],
    recipe: Recipe,
    progress: Callable[[int, int], None],
    steps: int,
) -> None:
    """One step a batch; the updates and the heads learn."""
    groups = [
        (factors, recipe.learning_rate),
        (list(heads.scope.parameters()), recipe.scope_learning_rate),
        (list(heads.classes.parameters()), recipe.classes_learning_rate),
    ]
    optimiser = Optimiser(groups, steps)
    for step, batch in enumerate(drawn, 1):
        optimiser.step(_loss(model, heads, batch, recipe))
        progress(step, steps)


def _questions(
    corpus: Corpus, dialogues: Sequence[Dialogue], vocabulary: Vocabulary
) -> tuple[list[Pair], list[Pair]]:
    """What a passage answers, known questions and turns of talks, and what none does."""
    turns = turn_pairs(corpus, dialogues, vocabulary)
    answered = training_pairs(corpus, vocabulary) + [one for one in turns if one.row != NOTHING]
    outside = [Pair(question, NOTHING) for question in corpus.off_topic]
    return answered, outside + [one for one in turns if one.row == NOTHING]


def corpus_vocabulary(corpus: Corpus) -> Vocabulary:
    """The words that an index of this corpus knows."""
    return Vocabulary.of(lexical_texts(corpus))


@dataclass(frozen=True, slots=True)
class _Heads:
    """What the encoder is trained with and shipped without. classes: one a passage, then none."""

    scope: "torch.nn.Linear"
    classes: "torch.nn.Linear"

    @classmethod
    def of(cls, passages: Vectors) -> Self:
        """Each class begins as its passage, shape (passages, dimension)."""
        import torch

        count, dimension = passages.shape
        heads = cls(torch.nn.Linear(dimension, 1), torch.nn.Linear(dimension, count + 1))
        with torch.no_grad():
            heads.classes.weight.copy_(torch.tensor(np.vstack([passages, 0 * passages[:1]])))
            heads.classes.bias.zero_()
        return heads


def _loss(model: Embedder, heads: _Heads, batch: Batch, recipe: Recipe) -> "torch.Tensor":
    import torch

    asked, known = model.questions(batch.questions), model.questions(batch.known)
    found = model.passages(batch.passages)
    choose = torch.nn.functional.cross_entropy
    by_passage = choose(asked @ found.T / recipe.temperature, torch.tensor(batch.right_passages))
    by_question = choose(asked @ known.T / recipe.temperature, torch.tensor(batch.right_known))
    off_topic = known[len(known) - batch.off_topic_count :]
    both = torch.cat([asked, off_topic])
    none = heads.classes.out_features - 1
    by_class = choose(
        heads.classes(both) / recipe.classes_temperature,
        torch.tensor(batch.rows + [none] * len(off_topic)),
    )
    in_scope = torch.cat([torch.ones(len(asked)), torch.zeros(len(off_topic))])
    judged = heads.scope(both).squeeze(-1)
    by_scope = torch.nn.functional.binary_cross_entropy_with_logits(judged, in_scope)
    return by_passage + by_question + by_class + by_scope
