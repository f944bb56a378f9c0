"""Haystack's hybrid retrieval behind FastAPI: embeddings and BM25 in its in-memory store, joined by
reciprocal rank fusion, as its tutorial on hybrid retrieval has it, without the reranker.
"""

from fastapi import FastAPI
from haystack import Document, Pipeline
from haystack.components.joiners import DocumentJoiner
from haystack.components.retrievers.in_memory import (
    InMemoryBM25Retriever,
    InMemoryEmbeddingRetriever,
)
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack.utils import ComponentDevice
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)

from bench.peers.passages import FOLDER, MODEL, PASSAGE, QUERY, read_passages

STORE = FOLDER / "haystack.json"
CPU = ComponentDevice.from_str("cpu")


def build() -> None:
    embedder = SentenceTransformersDocumentEmbedder(
        model=str(MODEL), device=CPU, prefix=PASSAGE, normalize_embeddings=True, progress_bar=False
    )
    documents = [
        Document(content=one.whole, meta={"id": one.id, "title": one.title, "text": one.text})
        for one in read_passages()
    ]
    store = InMemoryDocumentStore()
    store.write_documents(embedder.run(documents)["documents"])
    store.save_to_disk(str(STORE))


def create() -> FastAPI:
    app = FastAPI()
    pipeline = hybrid(InMemoryDocumentStore.load_from_disk(str(STORE)))

    @app.get("/ask")
    def ask(q: str, top_k: int = 5) -> list[dict[str, object]]:
        found = pipeline.run(
            {"embedder": {"text": q}, "by_words": {"query": q}, "joiner": {"top_k": top_k}}
        )
        return [one.meta | {"score": one.score} for one in found["joiner"]["documents"]]

    return app


def hybrid(store: InMemoryDocumentStore) -> Pipeline:
    pipeline = Pipeline()
    pipeline.add_component(
        "embedder",
        SentenceTransformersTextEmbedder(
            model=str(MODEL),
            device=CPU,
            prefix=QUERY,
            normalize_embeddings=True,
            progress_bar=False,
        ),
    )
    pipeline.add_component("by_meaning", InMemoryEmbeddingRetriever(store))
    pipeline.add_component("by_words", InMemoryBM25Retriever(store))
    pipeline.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion"))
    pipeline.connect("embedder.embedding", "by_meaning.query_embedding")
    pipeline.connect("by_meaning", "joiner")
    pipeline.connect("by_words", "joiner")
    return pipeline


if __name__ == "__main__":
    build()
