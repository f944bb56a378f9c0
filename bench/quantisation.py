"""What 8 bits cost: the whole service with the served model and with the SentenceTransformer it was
made from, on dev.

`python -m bench.quantisation` prints the measures of both and the difference in answer@5. It takes
some five minutes.
"""

import tempfile
from pathlib import Path

from qa_service.bootstrap import VECTOR_STORES, engine_over, load_serving
from qa_service.documents import load_corpus, weights_file
from qa_service.documents.questions import load_questions
from qa_service.encoders.sentence_transformer import SentenceTransformerEncoder
from qa_service.engine import QAEngine
from qa_service.evaluation.answers import AnswerMeasures
from qa_service.evaluation.report import format_ablation
from qa_service.evaluation.run import measure
from qa_service.indexing.build import build_index
from qa_service.indexing.snapshot import load_snapshot
from qa_service.indexing.versions import current_folder
from qa_service.modelling.e5_small import weights_of
from qa_service.modelling.original import to_sentence_transformer
from qa_service.modelling.served_models import DEFAULT
from qa_service.ranking.weights import load_weights
from qa_service.settings import Settings, load_settings
from qa_service.stores.bm25 import Bm25Index
from qa_service.types import Channel, no_progress


def main() -> None:
    settings = load_settings()
    served = on_dev(load_serving(settings).engine, settings)
    with tempfile.TemporaryDirectory() as folder:
        original = on_dev(original_engine(settings, Path(folder)), settings)
    print(format_ablation({"float32": original, "8 bits": served}))
    assert original.answer_at_5 is not None and served.answer_at_5 is not None
    print(f"\nlost in answer@5: {100 * (original.answer_at_5 - served.answer_at_5):.2f} points")


def original_engine(settings: Settings, folder: Path) -> QAEngine:
    """The service over an index of the same corpus in float32."""
    model = to_sentence_transformer(weights_of(DEFAULT, folder))
    encoder = SentenceTransformerEncoder(model, "float32", DEFAULT.prefixes)
    store, index = VECTOR_STORES[settings.store], folder / "index"
    weights = load_weights(weights_file(settings.corpus))
    build_index(load_corpus(settings.corpus), encoder, index, store, Bm25Index, weights)
    return engine_over(load_snapshot(current_folder(index), store, Bm25Index), encoder, settings)


def on_dev(engine: QAEngine, settings: Settings) -> AnswerMeasures:
    questions = load_questions(settings.corpus / "questions" / "dev.jsonl")
    return measure(engine, questions, Channel.SITE, "questions", no_progress).total


if __name__ == "__main__":
    main()
