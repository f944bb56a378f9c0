"""The default model's pieces -> its tokenizer, as XLM-RoBERTa splits texts: Unigram after NFKC,
`<s>` and `</s>` around.
"""

from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram

from qa_service.modelling.e5_file import Weights

BEGIN, PADDING, END, UNKNOWN = SPECIAL_PIECES = ("<s>", "<pad>", "</s>", "<unk>")
"""The first pieces of the vocabulary, in this order."""


def to_tokenizer(weights: Weights) -> Tokenizer:
    """Cuts what is longer than the model reads; does not pad."""
    tokenizer = Tokenizer(Unigram(weights.pieces, weights.unknown_piece))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    around = [(piece, SPECIAL_PIECES.index(piece)) for piece in (BEGIN, END)]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{BEGIN} $A {END}", pair=f"{BEGIN} $A {END} $B {END}", special_tokens=around
    )
    tokenizer.add_special_tokens([*SPECIAL_PIECES])
    tokenizer.enable_truncation(weights.max_tokens)
    return tokenizer
