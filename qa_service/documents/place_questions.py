"""Questions about service centres from places, `questions/places*.jsonl`."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from qa_service.documents.jsonl import Text, load_json_lines

PLACES_FILE = Path("questions") / "places.jsonl"


class PlaceQuestion(BaseModel):
    """A question from a place; `numbers`: the centres of which any is a right first answer."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    question: Text
    kind: Literal["town", "region", "number", "street", "no_centre", "no_place", "other_question"]
    numbers: frozenset[str] = frozenset()


def load_place_questions(path: Path) -> list[PlaceQuestion]:
    """Questions about centres; none without a file. Raises CorpusError."""
    return load_json_lines(path, PlaceQuestion) if path.is_file() else []
