"""Everything of one run, measured: what `python -m bench.peers` prints."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import quote

from tokenizers import Tokenizer

from bench.peers.asking import Plan, ask_in_rounds, judged_in_rounds
from bench.peers.floor import Floor, measure_floor
from bench.peers.measures import Alone, Percentiles, Speed, alone, percentiles, speed
from bench.peers.quality import Qualities, qualities
from bench.peers.systems import Client, Served, System
from bench.speed import resident_mb
from bench.web import prefixes
from qa_service.documents.questions import JudgedQuestion
from qa_service.encoders.onnx import TOKENIZER_FILE, OnnxEncoder

REPEATS = 300
_REPEATED = "скільки коштує поміняти права після заміжжя"


@dataclass(frozen=True, slots=True)
class Measured:
    """Of one system. start_s: from its command to its first answer, median of several starts.
    golden: None where golden was not asked.
    """

    system: System
    speed: Speed
    memory_mb: float
    start_s: float
    dev: Qualities
    golden: Qualities | None


@dataclass(frozen=True, slots=True)
class Run:
    """Ours comes first. encoder: the served encoder alone; repeated, suggestions: of ours, one
    client. questions: how many were timed.
    """

    systems: tuple[Measured, ...]
    encoder: Alone
    repeated: Percentiles
    suggestions: Percentiles
    floor: Floor
    questions: int


@dataclass(frozen=True, slots=True)
class Questions:
    """What is asked: dev is timed and judged, golden judged alone. services: by passage id."""

    dev: Sequence[JudgedQuestion]
    golden: Sequence[JudgedQuestion]
    services: dict[str, str]


def measure(
    systems: Sequence[System], model: Path, questions: Questions, plan: Plan, starts: int
) -> Run:
    """model: the folder of the served encoder."""
    encoder = OnnxEncoder.load(model)
    texts = [question.question for question in questions.dev]
    with ExitStack() as stack:
        served = [_started(stack, system, starts) for system in systems]
        asked, encoded = ask_in_rounds([one for one, _ in served], encoder, texts, plan)
        found = [
            Measured(
                system=one.system,
                speed=speed(asked[one.system.name]),
                memory_mb=resident_mb(one.process),
                start_s=start_s,
                dev=qualities(
                    judged_in_rounds(questions.dev, asked[one.system.name], plan),
                    questions.services,
                ),
                golden=_of_golden(one.system, questions),
            )
            for one, start_s in served
        ]
        repeated, suggested = _repeated(systems[0].connect()), _suggested(systems[0].connect())
    return Run(
        systems=tuple(found),
        encoder=alone(encoded.times, encoded.cpu_s),
        repeated=repeated,
        suggestions=suggested,
        floor=measure_floor(model, median_tokens(model, texts)),
        questions=len(texts),
    )


def _started(stack: ExitStack, system: System, starts: int) -> tuple[Served, float]:
    """Running; and the median seconds of `starts` starts, of which it is the last."""
    took = []
    for _ in range(starts - 1):
        with system.served() as served:
            took.append(served.start_s)
    served = stack.enter_context(system.served())
    print(f"{system.label} is ready", flush=True)
    return served, median([*took, served.start_s])


def _of_golden(system: System, questions: Questions) -> Qualities | None:
    if not questions.golden:
        return None
    client = system.connect()
    judged = [(question, client.ask(question.question)) for question in questions.golden]
    return qualities(judged, questions.services)


def _repeated(client: Client) -> Percentiles:
    path = f"/v1/ask?q={quote(_REPEATED)}"
    client.get(path)
    return percentiles([client.get(path)[0] for _ in range(REPEATS)])


def _suggested(client: Client) -> Percentiles:
    return percentiles([client.get(f"/v1/suggest?q={quote(text)}")[0] for text in prefixes()])


def median_tokens(model: Path, texts: Sequence[str]) -> int:
    tokenizer = Tokenizer.from_file(str(model / TOKENIZER_FILE))
    return int(median(len(tokenizer.encode(text).ids) for text in texts))
