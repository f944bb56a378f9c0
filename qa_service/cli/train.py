"""`qa-service train`: judged questions -> weights."""

import json
from pathlib import Path
from typing import Annotated

import typer

from qa_service.cli.options import IndexOption, progress_bar
from qa_service.settings import load_settings


def train(
    encoder: Annotated[
        bool, typer.Option("--encoder", help="Adapt the default model to the corpus instead")
    ] = False,
    questions: Annotated[
        list[Path] | None, typer.Option(help="Judged questions: JSONL; never the golden ones")
    ] = None,
    index: IndexOption = None,
) -> None:
    """Fit the weights of ranking and confidence on judged questions, or adapt the encoder to the
    corpus' questions.
    """
    from qa_service.bootstrap import load_engine, train_adapter
    from qa_service.documents.questions import load_questions
    from qa_service.modelling.fit_ranking import fit_ranking
    from qa_service.ranking.weights import write_weights

    settings = load_settings(index=index)
    if encoder:
        with progress_bar() as progress:
            path = train_adapter(settings, progress)
        print(
            f"adapter written to {path}; `qa-service build` merges it, then run `qa-service train` "
            "to fit the weights anew"
        )
        return
    folder = settings.corpus / "questions"
    judged = [
        question
        for path in questions or [folder / "dev.jsonl"]
        for question in load_questions(path)
    ]
    fitted = fit_ranking(load_engine(settings), judged, settings.retrieval_depth)
    print(f"{len(judged)} questions -> {write_weights(fitted)}")
    print(json.dumps(fitted, indent=2))
