"""SentenceTransformer and FAISS behind FastAPI, as in any tutorial.

The model card asks for the prefixes and for normalised vectors.
"""

import faiss
from fastapi import FastAPI
from sentence_transformers import SentenceTransformer

from bench.peers.passages import FOLDER, MODEL, PASSAGE, QUERY, read_passages

INDEX = FOLDER / "faiss.index"


def build() -> None:
    model = SentenceTransformer(str(MODEL), device="cpu")
    texts = [PASSAGE + passage.whole for passage in read_passages()]
    vectors = model.encode(texts, normalize_embeddings=True)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    faiss.write_index(index, str(INDEX))


def create() -> FastAPI:
    app = FastAPI()
    model = SentenceTransformer(str(MODEL), device="cpu")
    index, passages = faiss.read_index(str(INDEX)), read_passages()

    @app.get("/ask")
    def ask(q: str, top_k: int = 5) -> list[dict[str, object]]:
        vector = model.encode([QUERY + q], normalize_embeddings=True)
        scores, rows = index.search(vector, top_k)
        return [
            {
                "id": passages[row].id,
                "title": passages[row].title,
                "text": passages[row].text,
                "score": float(score),
            }
            for score, row in zip(scores[0], rows[0], strict=True)
        ]

    return app


if __name__ == "__main__":
    build()
