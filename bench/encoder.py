"""What 8 bits save and cost the encoder: its time, the cosine to float32, and how often the nearest
known question is the same.

`python -m bench.encoder` takes some three minutes. Times are
ratios within one run.
"""

import os
import tempfile
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

from bench.speed import timed
from qa_service.documents.questions import load_questions
from qa_service.encoders.onnx import OnnxEncoder
from qa_service.modelling.e5_small import weights_of
from qa_service.modelling.export import export
from qa_service.modelling.quantise import Quantise, blocks, quantise, word_embeddings
from qa_service.modelling.ranges import read_ranges
from qa_service.modelling.served_models import DEFAULT
from qa_service.settings import load_settings
from qa_service.text.normalise import normalise
from qa_service.types import Rows, Vectors

WAYS: dict[str, Quantise] = {
    "float32": lambda graph: graph,
    "blocks of 128 everywhere": lambda graph: word_embeddings(blocks(graph)),
    "served": partial(quantise, ranges=read_ranges(DEFAULT.ranges)),
}
ASKED, KNOWN, TIMED = 300, 2_000, 200


def main() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    asked, known = questions("dev", ASKED), questions("train", KNOWN)
    encoders = built()
    times = timed_in_turn(encoders, asked[:TIMED])
    original, stock = (
        encoders["float32"].encode_queries(asked),
        encoders["float32"].encode_queries(known),
    )
    print(f"{'graph':<26}{'ms':>7}{'ratio':>7}{'mean cosine':>13}{'least':>8}{'same nearest':>14}")
    for name, encoder in encoders.items():
        vectors = encoder.encode_queries(asked)
        cosines = (vectors * original).sum(axis=1)
        same = float(np.mean(nearest(vectors, stock) == nearest(original, stock)))
        ratio = times[name] / times["float32"]
        print(
            f"{name:<26}{times[name]:>7.2f}{ratio:>7.2f}{cosines.mean():>13.5f}{cosines.min():>8.4f}{same:>14.3f}"
        )


def questions(split: str, count: int) -> list[str]:
    """Evenly out of a file, as they are encoded."""
    found = load_questions(load_settings().corpus / "questions" / f"{split}.jsonl")
    return [
        normalise(found[row].question) for row in np.linspace(0, len(found) - 1, count, dtype=int)
    ]


def built() -> dict[str, OnnxEncoder]:
    encoders = {}
    with tempfile.TemporaryDirectory() as folder:
        weights = weights_of(DEFAULT, Path(folder))
        for name, way in WAYS.items():
            export(weights, name, DEFAULT.prefixes, Path(folder) / name, way)
            encoders[name] = OnnxEncoder.load(Path(folder) / name)
    return encoders


def timed_in_turn(encoders: dict[str, OnnxEncoder], texts: list[str]) -> dict[str, float]:
    """Median milliseconds a text; the encoders take turns, so that a noisy moment falls on all."""
    times: dict[str, list[float]] = {name: [] for name in encoders}
    for text in texts:
        for name, encoder in encoders.items():
            times[name] += timed(encoder.encode_queries, [[text]])
    return {name: median(found) for name, found in times.items()}


def nearest(vectors: Vectors, stock: Vectors) -> Rows:
    return np.asarray((vectors @ stock.T).argmax(axis=1))


if __name__ == "__main__":
    main()
