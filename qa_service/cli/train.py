"""`qa-service train`: judged questions -> weights."""

import json
from pathlib import Path
from typing import Annotated

import typer

from qa_service.cli.options import CorpusOption, IndexOption, progress_bar
from qa_service.errors import SettingsError
from qa_service.settings import Settings, load_settings


def train(
    encoder: Annotated[
        bool, typer.Option("--encoder", help="Adapt the default model to the corpus instead")
    ] = False,
    further: Annotated[
        bool, typer.Option("--further", help="With --encoder: go on from the adapter that is there")
    ] = False,
    questions: Annotated[
        list[Path] | None, typer.Option(help="Judged questions: JSONL; never the golden ones")
    ] = None,
    corpus: CorpusOption = None,
    index: IndexOption = None,
) -> None:
    """Fit the weights of ranking and policy on judged questions and write them beside the corpus,
    or adapt the default model to the corpus' questions.
    """
    from qa_service.documents import load_corpus

    settings = load_settings(index=index, corpus=corpus)
    if settings.corpus.suffix == ".jsonl":
        raise SettingsError("training needs a corpus folder: a .jsonl file has no questions")
    if encoder and questions:
        raise typer.BadParameter("--encoder takes its questions from the corpus, not --questions")
    if further and not encoder:
        raise typer.BadParameter("--further goes with --encoder")
    found = load_corpus(settings.corpus)
    if encoder:
        from qa_service.documents.dialogues import dialogues_for_encoder
        from qa_service.modelling.served_models import train_adapter

        with progress_bar() as progress:
            talks = dialogues_for_encoder(settings.corpus)
            path = train_adapter(found, talks, settings.model_cache, progress, further=further)
        print(
            f"adapter written to {path}; `qa-service build` merges it, then run `qa-service train` "
            "to fit the weights anew"
        )
        return
    print(_fit(settings, found.fingerprint, questions))


def _fit(settings: Settings, corpus_fingerprint: str, questions: list[Path] | None) -> str:
    from qa_service.bootstrap import load_serving
    from qa_service.documents import weights_file
    from qa_service.documents.dialogues import dialogues_for_weights
    from qa_service.documents.place_questions import PLACES_FILE, load_place_questions
    from qa_service.documents.questions import load_follow_ups, load_questions
    from qa_service.modelling.fit_ranking import fit_ranking
    from qa_service.ranking.weights import save_weights

    engine = load_serving(settings).engine
    if engine.snapshot.manifest.corpus_fingerprint != corpus_fingerprint:
        raise SettingsError(
            f"the index in {settings.index} was not built from {settings.corpus}: name its corpus "
            "with --corpus, or run `qa-service build`"
        )
    folder = settings.corpus / "questions"
    paths = questions or [folder / "dev.jsonl"]
    judged = [question for path in paths for question in load_questions(path)]
    follow_ups = load_follow_ups(folder / "follow_ups.jsonl")
    places = load_place_questions(settings.corpus / PLACES_FILE)
    dialogues = dialogues_for_weights(settings.corpus)
    fitted = fit_ranking(engine, judged, follow_ups, places, dialogues, settings.retrieval_depth)
    path = weights_file(settings.corpus)
    save_weights(fitted, path)
    written = f"{len(judged)} questions -> {path}; `qa-service build` puts them into the index"
    return f"{written}\n{json.dumps(fitted, indent=2)}"
