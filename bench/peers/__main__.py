"""This service beside peers: `python -m bench.peers`, some ten minutes on a quiet machine.

    python -m bench.peers            # everything; writes its blocks and plot of docs/performance.md
    python -m bench.peers --quick    # a look: fewer questions and rounds, writes nothing
    python -m bench.peers --golden   # quality on golden too: look at it rarely

Every system is one process of one thread on the first core, behind uvicorn, and returns five
passages with their texts; the clients have the last core. All run at once, and are asked in turn:
in each round one client asks each system a part of dev's questions, then eight clients ask as fast
as they are answered. Peers use multilingual-e5-small as published; this service its own adaptation.
`BENCH_PORT` names the first of four ports.
"""

import json
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path

from bench.peers import tables
from bench.peers.asking import Plan
from bench.peers.passages import FOLDER
from bench.peers.preparing import INSTALLED, PYTHON, prepare
from bench.peers.quality import is_asked
from bench.peers.run import Questions, Run, measure
from bench.peers.systems import CLIENTS, SERVERS, System, ours, peers
from bench.report import write
from bench.speed import processor
from qa_service.bootstrap import open_snapshot
from qa_service.documents.questions import load_questions
from qa_service.modelling.served_models import DEFAULT
from qa_service.models import load_encoder
from qa_service.settings import Settings, load_settings

DOCUMENT = Path("docs/performance.md")
PLOT = Path("docs/images/peers.svg")
FIGURES = FOLDER / "figures.json"

FULL, QUICK = Plan(rounds=15, crowd_seconds=3), Plan(rounds=5, crowd_seconds=1)
STARTS = 3
QUICK_SHARE = 6
"""One question of so many."""


def main() -> None:
    parser = ArgumentParser(description="This service beside peers: speed, memory, start, quality")
    parser.add_argument("--quick", action="store_true", help="a look; writes nothing")
    parser.add_argument("--golden", action="store_true", help="quality on golden too")
    options = parser.parse_args()
    settings = load_settings()
    systems = [ours(), *installed_peers()]
    prepare(settings, [system.app for system in systems if system.app])
    run = measure(
        systems,
        DEFAULT.folder(settings.model_cache),
        questions(settings, options.quick, options.golden),
        QUICK if options.quick else FULL,
        1 if options.quick else STARTS,
    )
    blocks = {"peers": report(run), "peers dev": tables.quality(run, lambda one: one.dev)}
    if options.golden:
        blocks["peers golden"] = tables.quality(run, lambda one: one.golden)
    print("\n" + "\n\n".join(blocks.values()))
    if options.quick or len(systems) == 1:
        print(f"\n{DOCUMENT} is left as it was: this was not the whole measurement")
        return
    for name, text in blocks.items():
        write(name, text, DOCUMENT)
    draw(run)


def installed_peers() -> list[System]:
    if INSTALLED.exists():
        return peers()
    print("Skipping all peers: run scripts/install-peers, and see what it says", file=sys.stderr)
    return []


def questions(settings: Settings, quick: bool, golden: bool) -> Questions:
    folder = settings.corpus / "questions"
    dev = [one for one in load_questions(folder / "dev.jsonl") if is_asked(one)]
    judged = load_questions(folder / "golden.jsonl") if golden else []
    passages = open_snapshot(settings, load_encoder(settings)).passages
    return Questions(
        dev=dev[::QUICK_SHARE] if quick else dev,
        golden=[one for one in judged if is_asked(one)],
        services={passage.id: passage.service for passage in passages},
    )


def report(run: Run) -> str:
    machine = (
        f"{processor()}, core {SERVERS[0]} for the servers, {CLIENTS[0]} for the clients; "
        f"{run.questions} questions, {run.floor.tokens} tokens in the median"
    )
    found = (tables.speeds(run), tables.ratios(run), tables.bars(run), tables.floors(run))
    return "\n\n".join([machine, *found])


def draw(run: Run) -> None:
    drawn = [
        {
            "label": one.system.label,
            "p50": one.speed.alone.times.p50,
            "p99": one.speed.alone.times.p99,
            "rate": one.speed.rate,
            "quality": [
                one.dev.singles.answer_at_1,
                one.dev.wrapped.answer_at_1,
                one.dev.compounds.all_in_5,
            ],
        }
        for one in run.systems
    ]
    FIGURES.write_text(json.dumps(drawn), "utf-8")
    subprocess.run([PYTHON, "-m", "bench.peers.plots", FIGURES, PLOT], check=True)
    print(PLOT)


if __name__ == "__main__":
    main()
