"""txtai's hybrid index behind FastAPI: embeddings and BM25, its own default weights, texts in its
SQLite database.

A plain `def` route, as txtai's own API has it: FastAPI runs several at once in threads, and txtai
leaves locking to its caller, so that some of them may fail.
"""

from fastapi import FastAPI
from txtai import Embeddings

from bench.peers.passages import FOLDER, MODEL, PASSAGE, QUERY, read_passages

INDEX = FOLDER / "txtai"


def build() -> None:
    embeddings = Embeddings(
        path=str(MODEL),
        instructions={"query": QUERY, "data": PASSAGE},
        hybrid=True,
        content=True,
        gpu=False,
    )
    embeddings.index({"id": one.id, "text": one.whole} for one in read_passages())
    embeddings.save(str(INDEX))


def create() -> FastAPI:
    app = FastAPI()
    embeddings = Embeddings()
    embeddings.load(str(INDEX))

    @app.get("/ask")
    def ask(q: str, top_k: int = 5) -> list[dict[str, object]]:
        found: list[dict[str, object]] = embeddings.search(q, top_k)
        return found

    return app


if __name__ == "__main__":
    build()
