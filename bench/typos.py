"""What typing errors cost: dev as it is and with an error in a third of its longer words, in the
chatbot's channel.

`python -m bench.typos` prints the measures of both. It takes half a minute.
"""

from dataclasses import replace

import numpy as np

from qa_service.bootstrap import load_serving
from qa_service.documents.questions import load_questions
from qa_service.evaluation.report import format_ablation
from qa_service.evaluation.run import measure
from qa_service.modelling.batches import mistype
from qa_service.settings import load_settings
from qa_service.types import Channel, no_progress

SEED = 99  # no training had it


def main() -> None:
    settings = load_settings()
    engine, generator = load_serving(settings).engine, np.random.default_rng(SEED)
    questions = load_questions(settings.corpus / "questions" / "dev.jsonl")
    alone = [question for question in questions if question.context is None]
    mistyped = [
        replace(question, question=mistype(question.question, generator)) for question in alone
    ]
    kinds = {"as they are": alone, "mistyped": mistyped}
    print(
        format_ablation(
            {
                name: measure(engine, kind, Channel.CHATBOT, name, no_progress).total
                for name, kind in kinds.items()
            }
        )
    )


if __name__ == "__main__":
    main()
