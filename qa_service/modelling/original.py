"""The default model as a SentenceTransformer: what is trained, and what the served graph is held
equal to. Needs the `models` extra (PyTorch); building and serving never import this module.
"""

import tempfile
from typing import TYPE_CHECKING

from qa_service.modelling import silenced
from qa_service.modelling.e5_file import Weights
from qa_service.modelling.tokenizer import BEGIN, END, PADDING, UNKNOWN, to_tokenizer

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from transformers import PreTrainedTokenizerFast

_ATTENTION = {"attn_implementation": "eager"}
"""Texts are short: a step of training takes a fifth less than with PyTorch's fused attention."""


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
        transformer = Transformer(
            folder, max_seq_length=weights.max_tokens, model_kwargs=_ATTENTION
        )
    pooling = Pooling(weights.hidden, pooling_mode="mean")
    return SentenceTransformer(modules=[transformer, pooling, Normalize()], device="cpu")


def _tokenizer(weights: Weights) -> "PreTrainedTokenizerFast":
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=to_tokenizer(weights),
        model_max_length=weights.max_tokens,
        bos_token=BEGIN,
        eos_token=END,
        sep_token=END,
        cls_token=BEGIN,
        unk_token=UNKNOWN,
        pad_token=PADDING,
    )
