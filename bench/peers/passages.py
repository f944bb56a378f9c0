"""What every peer's app shares: where things stand, and the passages as text.

Paths are relative to the root of the checkout. Knows nothing of `qa_service`.
"""

import json
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(".cache/peers")
MODEL = FOLDER / "multilingual-e5-small"
BEIR = FOLDER / "beir"

PASSAGE, QUERY = "passage: ", "query: "
"""E5's prefixes (Wang et al., "Multilingual E5 Text Embeddings", 2024)."""


@dataclass(frozen=True, slots=True)
class Passage:
    id: str
    title: str
    text: str

    @property
    def whole(self) -> str:
        """Title and text, as this service encodes them."""
        return f"{self.title}. {self.text}"


def read_passages() -> list[Passage]:
    """The passages of the served index, in its order."""
    lines = (BEIR / "corpus.jsonl").read_text("utf-8").splitlines()
    return [Passage(one["_id"], one["title"], one["text"]) for one in map(json.loads, lines)]
