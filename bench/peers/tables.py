"""A run as the tables of docs/performance.md."""

from collections.abc import Callable, Sequence

from bench.peers.asking import CROWD
from bench.peers.measures import Alone, Ratio, ratio
from bench.peers.quality import Qualities
from bench.peers.run import Measured, Run
from qa_service.evaluation.report import table

Bar = tuple[str, str, float, float, bool]
"""What, its unit, measured, the bar, whether the bar is a least."""

_PEER_BARS = {"faiss": 4.8, "haystack": 10.0}


def speeds(run: Run) -> str:
    head = (
        *("milliseconds", "p50", "p95", "p99", "CPU"),
        *(f"p50 by {CROWD}", "p95", "p99"),
        *("answered/s", "failed", "MB", "start s"),
    )
    rows = [head, *map(_speed_row, run.systems)]
    rows.append(("the served encoder alone", *_alone_cells(run.encoder), *("-",) * 7))
    return table(rows)


def _speed_row(one: Measured) -> tuple[str, ...]:
    crowd = one.speed.crowd
    return (
        one.system.label,
        *_alone_cells(one.speed.alone),
        *(f"{value:.1f}" for value in (crowd.p50, crowd.p95, crowd.p99)),
        f"{one.speed.rate:.0f}",
        f"{one.speed.failed:.1%}",
        f"{one.memory_mb:.0f}",
        f"{one.start_s:.1f}",
    )


def _alone_cells(alone: Alone) -> tuple[str, ...]:
    times = alone.times
    return tuple(f"{value:.1f}" for value in (times.p50, times.p95, times.p99, alone.cpu_ms))


def ratios(run: Run) -> str:
    """Medians over the rounds, with 95 % bounds to either side."""
    ours = run.systems[0].speed
    rows: list[Sequence[str]] = [("median of the rounds (95 % bounds)", "p50", "CPU", "answered/s")]
    for peer in run.systems[1:]:
        slower, fewer = compared(run, peer)
        cpu = ratio(peer.speed.alone.cpu_mss, ours.alone.cpu_mss)
        rows.append((f"{peer.system.label} to this service", *map(str, (slower, cpu, fewer))))
    cpu = ratio(ours.alone.cpu_mss, run.encoder.cpu_mss)
    rows.append(("this service to its encoder alone", str(beside_encoder(run)), str(cpu), "-"))
    return table(rows)


def compared(run: Run, peer: Measured) -> tuple[Ratio, Ratio]:
    """How many times slower a peer is at p50, how many times fewer questions it answers."""
    ours = run.systems[0].speed
    return ratio(peer.speed.alone.p50s, ours.alone.p50s), ratio(ours.rates, peer.speed.rates)


def beside_encoder(run: Run) -> Ratio:
    return ratio(run.systems[0].speed.alone.p50s, run.encoder.p50s)


def bars(run: Run) -> str:
    """What is promised, beside what this run measured."""
    rows = [("bar", "promised", "measured", "")]
    for what, unit, measured, bar, is_least in _bars(run):
        holds = measured >= bar if is_least else measured <= bar
        sign = "at least" if is_least else "at most"
        rows.append(
            (what, f"{sign} {bar:g}{unit}", f"{measured:.1f}{unit}", "" if holds else "missed")
        )
    return table(rows)


def _bars(run: Run) -> list[Bar]:
    ours = run.systems[0]
    alone = ours.speed.alone.times
    found: list[Bar] = [
        ("one client, p50", " ms", alone.p50, 4, False),
        ("one client, p95", " ms", alone.p95, 8, False),
        ("one client, p99", " ms", alone.p99, 15, False),
        ("p50 to the encoder alone", "x", beside_encoder(run).median, 1.5, False),
        (f"answered a second by {CROWD} clients", "", ours.speed.rate, 280, True),
        ("repeated question, p50", " ms", run.repeated.p50, 1, False),
        ("suggestions, p95", " ms", run.suggestions.p95, 5, False),
        ("start to first answer", " s", ours.start_s, 4, False),
        ("memory of the worker", " MB", ours.memory_mb, 350, False),
    ]
    for peer in run.systems[1:]:
        if bar := _PEER_BARS.get(peer.system.name):
            slower, fewer = compared(run, peer)
            found += [
                (f"{peer.system.label}, p50", "x", slower.median, bar, True),
                (f"{peer.system.label}, answered/s", "x", fewer.median, bar, True),
            ]
    return found


def floors(run: Run) -> str:
    floor = run.floor
    encoder, whole = run.encoder.times.p50, run.systems[0].speed.alone.times.p50
    computing = (
        f"{floor.multiply_adds / 1e6:.0f}M multiply-adds ({floor.tokens} tokens) at "
        f"{floor.multiply_adds_a_second / 1e9:.0f}G a second"
    )
    reading = (
        f"{floor.weight_bytes / 1e6:.1f} MB of weights at "
        f"{floor.bytes_a_second / 1e9:.0f} GB a second"
    )
    rows = [
        ("the encoder's floor is the larger of", "ms", "times the floor"),
        (computing, f"{floor.computing_ms:.2f}", ""),
        (reading, f"{floor.reading_ms:.2f}", ""),
        ("the encoder alone, p50", f"{encoder:.2f}", f"{encoder / floor.ms:.1f}"),
        ("a whole question over HTTP, p50", f"{whole:.2f}", f"{whole / floor.ms:.1f}"),
    ]
    return table(rows)


def quality(run: Run, of: Callable[[Measured], Qualities | None]) -> str:
    found = [(one.system.label, got) for one in run.systems if (got := of(one))]
    first = found[0][1]
    head = (
        f"{first.singles.questions} single",
        *("service@1", "answer@1", "answer@3"),
        f"{first.wrapped.questions} wrapped: service@1",
        *("answer@1", "answer@3"),
        f"{first.compounds.messages} compound: all in 3",
        *("all in 5", "first answers"),
    )
    return table([head, *(_quality_row(label, got) for label, got in found)])


def _quality_row(label: str, got: Qualities) -> Sequence[str]:
    shares = (
        *(got.singles.service_at_1, got.singles.answer_at_1, got.singles.answer_at_3),
        *(got.wrapped.service_at_1, got.wrapped.answer_at_1, got.wrapped.answer_at_3),
        *(got.compounds.all_in_3, got.compounds.all_in_5, got.compounds.first_answers),
    )
    return (label, *(f"{share:.3f}" for share in shares))
