"""What the peers start from, made once and kept in `.cache/peers`: the passages of the served
index, multilingual-e5-small as published, an index each.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.peers.passages import BEIR, FOLDER, MODEL
from qa_service.bootstrap import open_snapshot
from qa_service.evaluation.beir import export_beir
from qa_service.modelling import silenced
from qa_service.modelling.e5_file import decode
from qa_service.modelling.e5_small import download
from qa_service.modelling.original import to_sentence_transformer
from qa_service.models import load_encoder
from qa_service.settings import Settings

PYTHON = FOLDER / "venv" / "bin" / "python"
INSTALLED = FOLDER / "venv" / ".installed"
"""Written by `scripts/install-peers` when all is there."""

SURROUNDINGS = {
    **dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"),
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
}
"""Of every process that is measured: one thread, no network."""

_BUILT = "built-from"


def prepare(settings: Settings, apps: list[str]) -> None:
    """Make what is missing or out of date; ends the program where an app cannot build its index."""
    _write_passages(settings)
    if not MODEL.is_dir():
        print("Writing multilingual-e5-small as a SentenceTransformer", flush=True)
        _write_model()
    for app in apps:
        _build(app)


def _write_passages(settings: Settings) -> None:
    passages = open_snapshot(settings, load_encoder(settings)).passages
    shutil.rmtree(BEIR, ignore_errors=True)
    export_beir(passages, {}, BEIR)


def _write_model() -> None:
    """All twelve layers and the whole vocabulary, in float32, from the weights that this service's
    model is made of.
    """
    with tempfile.TemporaryDirectory(dir=FOLDER) as workdir, silenced():
        model = to_sentence_transformer(decode(download(Path(workdir))))
        model.save(f"{workdir}/model")
        Path(f"{workdir}/model").rename(MODEL)


def _build(app: str) -> None:
    """Unless it was built from the same passages by the same code."""
    sources = (BEIR / "corpus.jsonl", Path(__file__).with_name(f"{app}.py"))
    made_of = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    known = FOLDER / f"{app}.{_BUILT}"
    if known.is_file() and known.read_text() == made_of:
        return
    print(f"Building the index of {app}", flush=True)
    done = subprocess.run(
        [PYTHON, "-m", f"bench.peers.{app}"],
        env=os.environ | SURROUNDINGS,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{app} cannot build its index: {done.stderr.strip().splitlines()[-1:]}")
    known.write_text(made_of)
