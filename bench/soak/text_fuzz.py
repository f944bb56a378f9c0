"""Made-up texts through every rule about texts and through the whole engine: no error but those
that are documented, what is promised holds, and the work grows as the text does.
"""

import itertools
import json
import math
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.soak.findings import Finding
from bench.soak.made_up import texts
from bench.soak.publication import small_world
from bench.soak.text_growth import growth
from qa_service.bootstrap import load_serving
from qa_service.engine import QAEngine
from qa_service.errors import RequestError
from qa_service.settings import Settings
from qa_service.text.courtesy import without_courtesy
from qa_service.text.layout import letter_by_letter, skeleton, to_russian, to_ukrainian
from qa_service.text.normalise import normalise, well_formed
from qa_service.text.parts import MAX_PARTS, parts_of
from qa_service.text.personal import has_personal_data, mask, rule_1_hidden
from qa_service.text.places import PlaceNames
from qa_service.text.sentences import chunks, sentences
from qa_service.text.tokens import grams, stems, words
from qa_service.text.understand import understand
from qa_service.types import Channel, Query
from qa_service.web.v1.schemas import AnswerOut

TEXTS = 100_000

_TRAIN = Path(__file__).parents[2] / "corpus" / "questions" / "train.jsonl"
_QUESTIONS = 20_000
_O = re.compile("[OОoо]")

Rule = Callable[[str], bool]
"""Whether what is promised holds for a text; raises what the code raises."""


@dataclass
class Score:
    """What came of one rule. example: the shortest text found that breaks it."""

    tried: int = 0
    broken: int = 0
    example: str = ""
    said: str = ""


def run(count: int = TEXTS) -> Iterator[Finding]:
    with small_world() as world:
        world.build(is_marked=False)
        settings = Settings(_env_file=None, index=world.index, model="hashing")  # type: ignore[call-arg]
        engine = load_serving(settings).engine
    rules = promises(engine)
    for name, score in _tried(rules, texts(count, _real_questions())).items():
        yield Finding(
            f"{name}, {score.tried} made-up texts",
            "0 broken",
            f"{score.broken}" + (f" {score.said}, e.g. {score.example!a}" if score.broken else ""),
            not score.broken,
        )
    yield from growth(engine)


def _real_questions() -> list[str]:
    with _TRAIN.open(encoding="utf-8") as file:
        lines = itertools.islice(file, 0, None, 3)
        return [json.loads(line)["question"] for line in itertools.islice(lines, _QUESTIONS)]


def _tried(rules: dict[str, Rule], made: Iterator[str]) -> dict[str, Score]:
    scores = {name: Score() for name in rules}
    for text in made:
        for name, rule in rules.items():
            score = scores[name]
            score.tried += 1
            if said := fault(rule, text):
                score.broken += 1
                if not score.example or len(text) < len(score.example):
                    score.example, score.said = _shrunk(rule, text), said
    return scores


def fault(rule: Rule, text: str) -> str:
    """What a rule does with a text that it must not; empty where there is nothing."""
    try:
        return "" if rule(text) else "does not hold"
    except Exception as error:  # any is a finding
        return repr(error)[:200]


def _shrunk(rule: Rule, text: str) -> str:
    """As little of `text` as still breaks the rule."""
    size = len(text) // 2
    while size:
        start = 0
        while start < len(text):
            shorter = text[:start] + text[start + size :]
            if fault(rule, shorter):
                text = shorter
            else:
                start += size
        size //= 2
    return text


def promises(engine: QAEngine) -> dict[str, Rule]:
    """By what each promises."""
    vocabulary, synonyms = engine.snapshot.vocabulary, engine.snapshot.synonyms
    towns = PlaceNames([[place.name] for place in engine.snapshot.centres.places])
    known = frozenset(vocabulary.counts)

    def spelling(text: str) -> bool:
        read = _without_marks(normalise(text))
        once = vocabulary.corrected(read)
        return vocabulary.corrected(once) == once and len(words(once)) == len(words(read))

    def places(text: str) -> bool:
        found = towns.find(text, known)
        ends = [0, *(mention.end for mention in found)]
        return all(end <= one.start < one.end for end, one in zip(ends, found, strict=False))

    def understanding(text: str) -> bool:
        read, typed = (
            understand(text, vocabulary, synonyms),
            understand(text, vocabulary, as_typed=True),
        )
        return {read.language, typed.language} <= {"uk", "ru", "en"} and not typed.corrections

    return {
        "normalising twice is normalising once": lambda text: (
            normalise(normalise(text)) == normalise(text)
        ),
        "words, pieces, stems, sentences and chunks": _cuts,
        "courtesy taken off leaves nothing new": _courtesy,
        "parts are one to four, of the message's words": _parts,
        "layouts and transliteration": _layouts,
        "masking adds no digit": _masking_adds_nothing,
        "masking leaves nothing that it masks": lambda text: not has_personal_data(mask(text)),
        "spelling corrected twice is corrected once, word for word": spelling,
        "places stand in order and apart": places,
        "understanding names a language, and changes nothing as typed": understanding,
        "the engine answers, or refuses as documented": lambda text: _answers(engine, text),
    }


def _cuts(text: str) -> bool:
    spans, parts = sentences(text), chunks(text)
    in_order = all(start < end for start, end in spans)
    grams(text)
    return in_order and len(stems(text)) == len(words(text)) and all(parts)


def _without_marks(text: str) -> str:
    """Normalised text without the marks that fit no letter: beside another one they would."""
    return normalise("".join(sign for sign in text if not unicodedata.combining(sign)))


def _courtesy(text: str) -> bool:
    read = _without_marks(normalise(text))
    return set(words(without_courtesy(read))) <= set(words(read))


def _parts(text: str) -> bool:
    read = without_courtesy(normalise(text))
    parts = parts_of(read)
    return 1 <= len(parts) <= MAX_PARTS and all(
        set(words(one)) <= set(words(read)) for one in parts
    )


def _layouts(text: str) -> bool:
    read = normalise(text)
    skeleton(read)
    letter_by_letter(read)
    return len(to_ukrainian(read)) == len(to_russian(read)) == len(read)


def _masking_adds_nothing(text: str) -> bool:
    """The digits that are left stand in the text in this order; a letter О may be a zero."""
    left = iter(filter(str.isdigit, _O.sub("0", rule_1_hidden(text))))
    return all(digit in left for digit in filter(str.isdigit, mask(text)))


def _answers(engine: QAEngine, text: str) -> bool:
    asked = well_formed(text)  # as every door makes it
    query = Query(asked, top_k=1 + len(text) % 20, channel=list(Channel)[len(text) % len(Channel)])
    try:
        answer = engine.answer(query)
    except RequestError:
        return False  # nothing is wrong with such a request
    AnswerOut.of(answer).model_dump_json()
    spans = [
        0 <= start < end <= len(ranked.passage.text)
        for ranked in answer.passages
        for start, end in ranked.highlights
    ]
    sure = [answer.confidence, *(ranked.confidence for ranked in answer.passages)]
    return all(spans) and all(math.isfinite(one) and 0 <= one <= 1 for one in sure)
