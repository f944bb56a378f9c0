"""Token ids of Unigram models, which SentencePiece makes, are those of the `tokenizers` library."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram

from qa_service.encoders.tokenizing import load_tokenizer

SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]
PIECES = [
    *((name, 0.0) for name in SPECIAL),
    ("▁", -3.0),
    ("▁обмін", -7.0),
    ("▁прав", -6.0),
    *((letter, -9.0 - place / 7) for place, letter in enumerate("абвимнопр")),
    ("ва", -8.5),
]
TEXTS = st.text("абвимнопр▁ x\t\x00№🚗", max_size=24)


def a_tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(Unigram(PIECES, SPECIAL.index("<unk>")))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.add_special_tokens(SPECIAL)
    return tokenizer


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("unigram") / "tokenizer.json"
    a_tokenizer().save(str(path))
    return path


@given(text=TEXTS)
def test_ids_are_those_of_the_tokenizers_library(file: Path, text: str) -> None:
    assert load_tokenizer(file, 512)(text) == a_tokenizer().encode(text).ids


@pytest.mark.parametrize("most", [2, 3, 5, 9])
def test_a_long_text_is_cut_and_keeps_its_special_tokens(file: Path, most: int) -> None:
    whole = a_tokenizer()
    whole.enable_truncation(most)
    text = "обмін прав " * 20
    assert load_tokenizer(file, most)(text) == whole.encode(text).ids


def test_the_name_of_a_special_token_in_a_text_stays_a_word(file: Path) -> None:
    assert 2 not in load_tokenizer(file, 512)("обмін </s> прав")[:-1]


def test_a_unigram_model_never_becomes_a_tokenizer_of_the_heavy_library(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked for the normaliser only, with the few pieces before the unknown one."""
    sizes: list[int] = []
    from_str = Tokenizer.from_str

    class Watched:
        @staticmethod
        def from_str(content: str) -> Tokenizer:
            sizes.append(len(json.loads(content)["model"]["vocab"]))
            return from_str(content)

    monkeypatch.setattr("qa_service.encoders.tokenizing.Tokenizer", Watched)
    load_tokenizer(file, 512)
    assert sizes == [len(SPECIAL)]


def without_a_first_space(values: dict[str, Any]) -> None:
    values["pre_tokenizer"]["prepend_scheme"] = "never"


def without_template(values: dict[str, Any]) -> None:
    values["post_processor"] = None


@pytest.mark.parametrize("change", [without_a_first_space, without_template])
def test_what_sentencepiece_cannot_do_alike_is_left_to_the_library(
    file: Path, tmp_path: Path, change: Any
) -> None:
    values = json.loads(file.read_text("utf-8"))
    change(values)
    other = tmp_path / "tokenizer.json"
    other.write_text(json.dumps(values), "utf-8")
    text = "обмін прав"
    assert load_tokenizer(other, 512)(text) == Tokenizer.from_file(str(other)).encode(text).ids
