"""What tests of the pages share: a procedure, an answer about it, an engine that gives it, an
application of the pages alone.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from html import unescape

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from fastapi.testclient import TestClient
from starlette.middleware.gzip import GZipMiddleware

from qa_service.errors import JournalError, NotFoundError
from qa_service.suggest import Kind, Suggestion
from qa_service.types import (
    Answer,
    Feedback,
    Group,
    Handoff,
    Passage,
    Query,
    RankedPassage,
    Reason,
    Service,
    Source,
    Status,
    Topic,
    Understood,
)
from qa_service.web.site.opensearch import opensearch_router
from qa_service.web.site.pages import STATIC_FOLDER, pages_router
from qa_service.web.v1.feedback import SaveFeedback
from qa_service.web.widget import widget_router

FEE = Passage(
    id="licence-exchange.fee",
    document="licence-exchange.fee",
    service="licence-exchange",
    service_title="Обмін посвідчення водія",
    topic=Topic.FEE,
    title="Скільки коштує обмін",
    text="Обмін коштує 572 грн. Комісію банку платять окремо.",
    as_of="2025-11",
    status=Status.NEEDS_REVIEW,
    conflict="Раніше називали 515 грн.",
    sources=(Source("Прейскурант", "https://hsc.gov.ua/price"), Source("Постанова № 795")),
    url="/services/licence-exchange#fee",
)
TERM = replace(
    FEE,
    id="licence-exchange.term",
    topic=Topic.TERM,
    title="Скільки триває обмін",
    text="Обмін триває до 5 днів. У черзі чекають окремо.",
    status=Status.VERIFIED,
    conflict=None,
    url="/services/licence-exchange#term",
)
REFUSAL = replace(
    TERM,
    id="licence-exchange.refusal",
    topic=Topic.REFUSAL,
    title="Коли відмовляють в обміні",
    text="Відмовляють за рішенням суду.",
    url="/services/licence-exchange#refusal",
)
EXCHANGE = Service(
    slug="licence-exchange",
    title="Обмін посвідчення водія",
    group=Group.DRIVING_LICENCE,
    audience="фізичні особи",
    reviewed="2026-01-05",
    passages=(FEE, TERM, REFUSAL),
    official_name="Обмін посвідчення водія без складання іспитів",
    registry_id="00509",
    aliases=("поміняти права", "обмін прав"),
    channels=("service-centre", "diia", "driver-cabinet", "post", "cnap"),
)
ANSWER = Answer(
    answer_id="a1",
    question="",
    understood=Understood("uk", ""),
    answerable=True,
    confidence=0.93,
    reason=None,
    passages=(RankedPassage(FEE, 0.9, 0.93, ((13, 20),)), RankedPassage(TERM, 0.5, 0.4)),
    siblings=(TERM, REFUSAL),
    choices=(),
    related=("Чи складають іспити?",),
    handoff=None,
    index_version="v1",
    degraded=(),
    took_ms=1.0,
)
HANDOFF = Handoff("(044) 290-19-88", "hsc.gov.ua")
POPULAR = ("Скільки коштує обмін прав?", "Загубив техпаспорт — що робити?")


class FakeEngine:
    """Gives one answer to every question and remembers what it was asked."""

    def __init__(
        self,
        answer: Answer = ANSWER,
        services: tuple[Service, ...] = (EXCHANGE,),
        popular: tuple[str, ...] = POPULAR,
    ) -> None:
        self.given, self.services, self.popular = answer, services, popular
        self.asked: list[Query] = []

    def answer(self, query: Query) -> Answer:
        self.asked.append(query)
        return replace(self.given, question=query.question)

    def service(self, slug: str) -> Service:
        for service in self.services:
            if service.slug == slug:
                return service
        raise NotFoundError(f"no service {slug!r}")


class FakeJournal:
    """Keeps feedback in memory; once `broken`, keeps nothing and says so."""

    def __init__(self, broken: bool = False) -> None:
        self.kept: list[Feedback] = []
        self.broken = broken

    def save(self, feedback: Feedback) -> None:
        if self.broken:
            raise JournalError("the journal's disk is full")
        if feedback.passage_id not in (None, FEE.id):
            raise NotFoundError(f"no passage {feedback.passage_id!r}")
        self.kept.append(feedback)


def suggest(text: str, limit: int) -> Sequence[Suggestion]:
    """`limit` questions that begin with what was typed."""
    return [Suggestion(f"{text} {number}", Kind.QUESTION) for number in range(limit)]


def site(engine: FakeEngine, save: SaveFeedback | None = None) -> FastAPI:
    """The pages with everything that they refer to."""
    app = FastAPI()
    app.include_router(pages_router(engine, HANDOFF, feedback=save))
    app.include_router(opensearch_router(suggest))
    app.include_router(widget_router())
    app.mount("/static", StaticFiles(directory=STATIC_FOLDER))
    app.add_middleware(GZipMiddleware)
    return app


def client(
    answer: Answer = ANSWER,
    services: tuple[Service, ...] = (EXCHANGE,),
    engine: FakeEngine | None = None,
    journal: FakeJournal | None = None,
) -> TestClient:
    return TestClient(
        site(engine or FakeEngine(answer, services), journal.save if journal else None)
    )


def page(path: str, answer: Answer = ANSWER, services: tuple[Service, ...] = (EXCHANGE,)) -> str:
    response = client(answer, services).get(path)
    assert response.status_code == 200
    return response.text


def unanswered(reason: Reason) -> Answer:
    return replace(
        ANSWER,
        answerable=False,
        reason=reason,
        confidence=0.2,
        handoff=HANDOFF,
        siblings=(),
        related=(),
    )


def with_top(**changes: object) -> Answer:
    passage = replace(FEE, **changes)  # type: ignore[arg-type]
    return replace(ANSWER, passages=(RankedPassage(passage, 0.9, 0.93),))


def words(html: str) -> str:
    """What a person reads: no tags, single spaces."""
    within_a_line = re.sub(r"</?(?:bdi|mark|strong)>", "", html)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", within_a_line)).split())


def article(html: str) -> str:
    found = re.search(r'<article class="answer".*?</article>', html, re.DOTALL)
    assert found
    return found[0]
