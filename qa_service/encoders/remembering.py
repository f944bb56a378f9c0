"""Keeps the vectors of the latest questions: the same words come again in another channel, in a
talk, and after a new version of the texts, whose encoder is the same.
"""

import secrets
from collections.abc import Sequence
from hashlib import blake2b
from threading import Lock

import numpy as np
from cachetools import LRUCache

from qa_service.encoders import Encoder
from qa_service.types import Vectors

_DIGEST_BYTES = 16


class RememberingEncoder:
    """An encoder that encodes a question once while it is among the latest `questions`.

    A question is known by a digest under a key of this process, so that what people wrote is not
    kept. Passages are encoded each time.
    """

    def __init__(self, encoder: Encoder, questions: int) -> None:
        self._encoder = encoder
        self.name, self.fingerprint = encoder.name, encoder.fingerprint
        self.dimension = encoder.dimension
        self._vectors: LRUCache[bytes, Vectors] = LRUCache(questions)
        self._key, self._lock = secrets.token_bytes(_DIGEST_BYTES), Lock()

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return np.array([self._vector(text) for text in texts], np.float32).reshape(
            len(texts), self.dimension
        )

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._encoder.encode_passages(texts)

    def _vector(self, text: str) -> Vectors:
        content = text.encode("utf-8", "surrogatepass")
        digest = blake2b(content, digest_size=_DIGEST_BYTES, key=self._key).digest()
        with self._lock:
            known = self._vectors.get(digest)
        if known is None:
            known = self._encoder.encode_queries([text])[0]
            with self._lock:
                self._vectors[digest] = known
        return known
