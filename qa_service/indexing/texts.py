"""Corpus -> the texts that each leg of an index is made of. Pure."""

from dataclasses import dataclass

from qa_service.documents import Corpus
from qa_service.retrieval import OFF_TOPIC, PASSAGES, QUESTIONS, SERVICES
from qa_service.text.courtesy import without_courtesy
from qa_service.text.normalise import normalise
from qa_service.types import Passage


@dataclass(frozen=True, slots=True)
class LegTexts:
    """What one vector leg encodes; `owners[i]` are the passages' rows that text `i` belongs to."""

    leg: str
    texts: list[str]
    owners: list[list[int]]


def leg_texts(corpus: Corpus) -> dict[str, LegTexts]:
    """By leg; one without texts is left out."""
    every = (passage_texts, question_texts, service_texts, off_topic_texts)
    return {texts.leg: texts for texts in (of(corpus) for of in every) if texts.texts}


def passage_texts(corpus: Corpus) -> LegTexts:
    """Title and text of each passage, in their own case, which E5 ranks a little better."""
    texts = [
        f"{passage.title}. {passage.text}" if passage.title else passage.text
        for passage in corpus.passages
    ]
    return LegTexts(PASSAGES, texts, [[row] for row in range(len(texts))])


def question_texts(corpus: Corpus) -> LegTexts:
    """Each passage's known questions: its heading, sample questions and expansions."""
    texts: dict[str, list[int]] = {}
    for row, passage in enumerate(corpus.passages):
        for question in known_questions(corpus, passage):
            if question:
                owners = texts.setdefault(bare(question), [])
                owners += [row] if row not in owners else []
    return LegTexts(QUESTIONS, list(texts), list(texts.values()))


def service_texts(corpus: Corpus) -> LegTexts:
    """The names of each service; a name stands for all passages of its service."""
    rows: dict[str, list[int]] = {}
    for row, passage in enumerate(corpus.passages):
        rows.setdefault(passage.service, []).append(row)
    names = [
        (normalise(name), rows[service.slug])
        for service in corpus.services
        for name in (service.title, *service.aliases)
        if service.slug in rows
    ]
    return LegTexts(SERVICES, [name for name, _ in names], [owners for _, owners in names])


def off_topic_texts(corpus: Corpus) -> LegTexts:
    """Questions out of scope; owned by no passage."""
    return LegTexts(
        OFF_TOPIC,
        [bare(question) for question in corpus.off_topic],
        [[] for _ in corpus.off_topic],
    )


def bare(question: str) -> str:
    """A known question as it is read: without courtesy, unless it holds nothing else."""
    text = normalise(question)
    return without_courtesy(text) or text


def lexical_text(corpus: Corpus, passage: Passage) -> str:
    """What BM25 sees of a passage: its words and those of its questions."""
    title, *questions = known_questions(corpus, passage)
    return " ".join((title, passage.text, *questions))


def known_questions(corpus: Corpus, passage: Passage) -> tuple[str, ...]:
    """The heading, the sample questions, the expansions; the heading may be empty."""
    return (passage.title, *passage.questions, *corpus.expansions.get(passage.id, ()))
