"""Documents: files that people edit -> Corpus of passages. `load_corpus` takes a folder of services
or one JSONL file.
"""

from pathlib import Path

from qa_service.types import Corpus


def load_corpus(path: Path) -> Corpus:
    """Read `path`: a folder with `services/*.md` or a `.jsonl` file. Raises CorpusError with file
    and line.
    """
    if path.suffix == ".jsonl":
        from qa_service.documents.jsonl import load_jsonl

        return load_jsonl(path)
    from qa_service.documents.services import load_services

    return load_services(path)
