"""Measuring a loaded engine. Each test name is the rule."""

import json
from pathlib import Path

from tiny import tiny_engine

from qa_service.evaluation.run import measure_answers
from qa_service.types import Channel


def _silent(stage: str, done: int, total: int) -> None:
    """Nobody watches."""


def test_a_turn_of_a_conversation_is_asked_in_its_conversation(tmp_path: Path) -> None:
    turn = {
        "question": "а яка вартість?",
        "style": "conversation",
        "topic": "fee",
        "answerable": True,
    }
    contexts = ("plates-lost", "licence-exchange")
    lines = [
        turn | {"context": slug, "services": [slug], "passages": [f"{slug}.fee"]}
        for slug in contexts
    ]
    questions = tmp_path / "questions.jsonl"
    questions.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), "utf-8")
    report = json.loads(
        measure_answers(
            tiny_engine(tmp_path / "world"), questions, Channel.SITE, _silent, as_json=True
        )
    )
    assert report["total"]["service_at_1"] == 1.0
