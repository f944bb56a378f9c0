"""Domain adaptation of the default encoder on the corpus' own questions: `qa-service train --encoder`.

Contrastive learning (InfoNCE) with the other passages of the batch and mined near misses as negatives, on low-rank updates of
the upper layers; word embeddings and lower layers stay, so that the model keeps its languages. A question is trained
in the form in which it is read, as it will be asked. Needs the `build` extra.

Hard negatives are taken below the right passage by a margin: many facts of this corpus are close to each other, and a
"negative" that also answers teaches the wrong thing (de Souza P. Moreira et al., "NV-Retriever", 2024).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qa_service.encoders.adapter import Factors
from qa_service.indexing.build import lexical_text, passage_texts
from qa_service.text.normalise import normalise
from qa_service.text.understand import understand
from qa_service.text.vocabulary import Vocabulary
from qa_service.types import Corpus, Vectors

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

Progress = Callable[[str, int, int], None]
"""Called with (stage, done, total)."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """The numbers of one run; the same recipe, corpus and number of threads give the same adapter."""

    seed: int = 1
    epochs: int = 2
    batch: int = 32
    hard_negatives: int = 16
    """Mined passages a batch, besides the right ones of its questions."""
    learning_rate: float = 3e-4
    temperature: float = 0.02
    rank: int = 16
    first_layer: int = 4
    question_tokens: int = 64
    passage_tokens: int = 96


@dataclass(frozen=True, slots=True)
class Pair:
    question: str
    row: int
    """Of the passage that answers."""


def training_pairs(corpus: Corpus) -> list[Pair]:
    """Every question known for a passage, as it is read."""
    vocabulary = Vocabulary.of(lexical_text(corpus, passage) for passage in corpus.passages)
    pairs = []
    for row, passage in enumerate(corpus.passages):
        pairs += [Pair(normalise(question), row) for question in (passage.title, *passage.questions)]
        expansions = corpus.expansions.get(passage.id, ())
        pairs += [Pair(understand(question, vocabulary).reading, row) for question in expansions]
    return pairs


def mine(questions: Vectors, passages: Vectors, rows: Sequence[int], margin: float = 0.02, depth: int = 50) -> list[list[int]]:
    """For each question the passages that rank high, yet at least `margin` in cosine below the right one."""
    mined = []
    for question, right in zip(questions, rows, strict=True):
        scores = passages @ question
        near = np.argsort(-scores, kind="stable")[:depth]
        mined.append([int(row) for row in near if row != right and scores[row] <= scores[right] - margin])
    return mined


def adapt(
    model: "SentenceTransformer", prefixes: tuple[str, str], corpus: Corpus, recipe: Recipe, progress: Progress
) -> dict[str, Factors]:
    """Train low-rank updates for `model`; its own weights are left as they are. Matrix name -> factors."""
    import torch

    torch.manual_seed(recipe.seed)
    generator = np.random.default_rng(recipe.seed)
    pairs, passages = training_pairs(corpus), [prefixes[1] + text for text in passage_texts(corpus).texts]
    questions = [prefixes[0] + pair.question for pair in pairs]
    progress("mining", 0, 1)
    near = mine(_encode(model, questions), _encode(model, passages), [pair.row for pair in pairs])
    progress("mining", 1, 1)

    updates = _attach(model, recipe)
    steps = recipe.epochs * (len(pairs) // recipe.batch)
    optimizer = torch.optim.AdamW([factor for update in updates.values() for factor in update.parameters()])
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, recipe.learning_rate, total_steps=steps + 1, pct_start=0.1)
    batches = (batch for _ in range(recipe.epochs) for batch in _batches(len(pairs), recipe.batch, generator))
    for step, batch in enumerate(batches, 1):
        candidates = _candidates([pairs[number].row for number in batch], [near[number] for number in batch], recipe, generator)
        asked = _embed(model, [questions[number] for number in batch], recipe.question_tokens)
        found = _embed(model, [passages[row] for row in candidates], recipe.passage_tokens)
        targets = torch.tensor([candidates.index(pairs[number].row) for number in batch])
        loss = torch.nn.functional.cross_entropy(asked @ found.T / recipe.temperature, targets)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        progress("training", step, steps)
    return {name: update.factors() for name, update in updates.items()}


def _batches(count: int, size: int, generator: np.random.Generator) -> Iterator[list[int]]:
    """Full batches of all numbers below `count`, in random order; the remainder waits for the next epoch."""
    order = generator.permutation(count).tolist()
    return (order[start : start + size] for start in range(0, count - size + 1, size))


def _candidates(rows: list[int], near: list[list[int]], recipe: Recipe, generator: np.random.Generator) -> list[int]:
    """The right passages of a batch and some near misses, each once."""
    misses = [int(generator.choice(found)) for found in near if found]
    generator.shuffle(misses)
    return list(dict.fromkeys([*rows, *misses[: recipe.hard_negatives]]))


def _encode(model: "SentenceTransformer", texts: list[str]) -> Vectors:
    return np.asarray(model.encode(texts, normalize_embeddings=True, show_progress_bar=False, batch_size=64), np.float32)


def _embed(model: "SentenceTransformer", texts: list[str], max_tokens: int) -> "torch.Tensor":
    import torch

    features = model.tokenizer(texts, padding=True, truncation=True, max_length=max_tokens, return_tensors="pt")
    with torch.autocast("cpu", dtype=torch.bfloat16):
        vectors = model(dict(features))["sentence_embedding"]
    return torch.nn.functional.normalize(vectors.float(), dim=-1)


class LowRank:
    """A trainable update of one matrix, added to its module's output; zero at first."""

    def __init__(self, module: "torch.nn.Linear", rank: int) -> None:
        import torch

        self._down = torch.nn.Linear(module.in_features, rank, bias=False)
        self._up = torch.nn.Linear(rank, module.out_features, bias=False)
        torch.nn.init.zeros_(self._up.weight)
        module.register_forward_hook(lambda module, inputs, output: output + self._up(self._down(inputs[0])))

    def parameters(self) -> "list[torch.nn.Parameter]":
        return [*self._down.parameters(), *self._up.parameters()]

    def factors(self) -> Factors:
        return self._down.weight.detach().numpy(), self._up.weight.detach().numpy()


def _attach(model: "SentenceTransformer", recipe: Recipe) -> dict[str, LowRank]:
    """Put a trainable update beside every matrix of the upper layers, and freeze everything else."""
    import torch

    model.requires_grad_(False)
    bert: torch.nn.Module = model[0].auto_model  # type: ignore[assignment]
    return {
        f"{name}.weight": LowRank(module, recipe.rank)
        for name, module in bert.named_modules()
        if isinstance(module, torch.nn.Linear) and _layer_of(name) >= recipe.first_layer
    }


def _layer_of(name: str) -> int:
    """`encoder.layer.7.output.dense` -> 7; -1 outside the layers."""
    parts = name.split(".")
    return int(parts[2]) if parts[:2] == ["encoder", "layer"] else -1
