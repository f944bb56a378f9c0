"""A tiny world for tests: a corpus of three services on disk, an index of it by the hashing
encoder, an engine, a client.

Everything is built in the folder that a test gives, with no network and no model.
"""

import atexit
import json
import shutil
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Any, Protocol

import uvicorn
from fastapi.testclient import TestClient
from starlette.types import ASGIApp

from qa_service.bootstrap import build, load_engine
from qa_service.engine import QAEngine
from qa_service.server import application
from qa_service.settings import Settings

EXCHANGE = """---
slug: licence-exchange
title: Обмін посвідчення водія
official_name: Обмін посвідчення водія без складання іспитів
registry_id: "00509"
group: driving-licence
audience: фізичні особи
channels: [service-centre, diia]
reviewed: 2026-01-05
aliases: [поміняти права, обмін прав]
sources:
  - id: price-list
    title: Прейскурант
    url: https://hsc.gov.ua/price
  - id: resolution-340
    title: Постанова № 340
---

## Скільки коштує обмін посвідчення водія {#fee topic=fee}

Обмін посвідчення водія коштує 572 гривні. Комісію банку платять окремо. Сплатити можна карткою на місці.

```yaml
as_of: 2025-11
sources: [price-list, resolution-340]
status: needs-review
evidence: medium
conflict: Раніше називали 515 гривень.
questions:
  - яка ціна обміну прав
  - скільки заплатити за нові права
```

## Які документи потрібні для обміну {#documents topic=documents}

Потрібні паспорт, податковий номер, старе посвідчення і медична довідка.

```yaml
as_of: 2025-10-03
sources: [resolution-340]
questions: [що взяти з собою для обміну прав]
```

## Скільки триває обмін {#term topic=term}

Нове посвідчення видають у день звернення.

```yaml
as_of: "2025"
sources: [resolution-340]
questions: [за скільки днів зроблять нові права]
```

## Скільки коштує термінова доставка {#fee-post topic=fee}

Доставка Укрпоштою входить до ціни послуги.

```yaml
as_of: 2025-11
sources: [price-list]
questions: [чи платна доставка прав поштою]
```
"""  # noqa: E501

PLATES = """---
slug: plates-lost
title: Втрата номерних знаків
group: plates
audience: власники транспорту
channels: [service-centre]
reviewed: 2026-01-05
aliases: [загубив номера]
sources:
  - id: order-174
    title: Наказ № 174
---

## Що робити, якщо загублено номерний знак {#steps topic=steps}

Зверніться до поліції, а тоді до сервісного центру по дублікат.

```yaml
as_of: 2025-09
sources: [order-174]
questions: [вкрали номерний знак з машини]
```

## Вартість дубліката номерного знака {#fee topic=fee}

Дублікат номерного знака коштує 320 гривень.

```yaml
as_of: 2025-09
sources: [order-174]
questions: [ціна нового номера на авто]
```
"""

EXAM = """---
slug: exam-practical
title: Практичний іспит
group: exams-and-training
audience: кандидати у водії
channels: [service-centre, driver-cabinet]
reviewed: 2026-01-05
aliases: [здати на права]
sources:
  - id: rules
    title: Порядок проведення іспитів
---

## Де складають практичний іспит {#where topic=where}

Практичний іспит приймають у територіальному сервісному центрі за вибором кандидата.

```yaml
as_of: 2025-08
sources: [rules]
questions: [куди йти на практичний іспит]
```

## Скільки спроб дають на іспит {#exam topic=exam}

Іспит можна перескласти через десять днів, кількість спроб не обмежена.

```yaml
as_of: 2025-08
sources: [rules]
questions: [через скільки днів перескласти іспит]
```
"""

SERVICES: Mapping[str, str] = {
    "licence-exchange": EXCHANGE,
    "plates-lost": PLATES,
    "exam-practical": EXAM,
}
PASSAGES = (
    "exam-practical.exam",
    "exam-practical.where",
    "licence-exchange.documents",
    "licence-exchange.fee",
    "licence-exchange.fee-post",
    "licence-exchange.term",
    "plates-lost.fee",
    "plates-lost.steps",
)
FEE_QUESTION = "Скільки коштує обмін посвідчення водія?"
"""Word for word the heading of `licence-exchange.fee`, so that every encoder finds it first."""


def write_corpus(folder: Path, services: Mapping[str, str] = SERVICES) -> Path:
    """`folder/corpus` with a file a service; returns it."""
    corpus = folder / "corpus"
    (corpus / "services").mkdir(parents=True)
    for slug, text in services.items():
        (corpus / "services" / f"{slug}.md").write_text(text, "utf-8")
    return corpus


def tiny_settings(folder: Path, **changes: object) -> Settings:
    """Settings of a world in `folder` that no environment and no `.env` reaches."""
    inside = {"corpus": folder / "corpus", "index": folder / "index", "keys": folder / "keys.json"}
    values = {**inside, "journal": "off", "model": "hashing", "rate_limit": "off"} | changes
    return Settings(_env_file=None, **values)  # type: ignore[arg-type, call-arg]


def tiny_index(folder: Path, **changes: object) -> Settings:
    """The corpus and its index in `folder`: copies of what was built once, for building takes most
    of a fast test's time.
    """
    shutil.copytree(_built_once(), folder, dirs_exist_ok=True)
    return tiny_settings(folder, **changes)


@cache
def _built_once() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="tiny-world-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    write_corpus(folder)
    build(tiny_settings(folder))
    return folder


def tiny_engine(folder: Path, **changes: object) -> QAEngine:
    return load_engine(tiny_index(folder, **changes))


def engine_that_knows_off_topic(folder: Path, *questions: str) -> QAEngine:
    """An engine over the tiny corpus and these questions, which nothing in it answers."""
    settings = tiny_index(folder)
    file = settings.corpus / "questions" / "train.jsonl"
    file.parent.mkdir()
    lines = [
        {"question": question, "style": "colloquial", "passages": [], "answerable": False}
        for question in questions
    ]
    file.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), "utf-8")
    build(settings)
    return load_engine(settings)


def tiny_client(folder: Path, **changes: object) -> TestClient:
    """A client of the whole application; an error of the server comes back as a response, as it
    does to people.
    """
    return TestClient(application(tiny_index(folder, **changes)), raise_server_exceptions=False)


class Reply(Protocol):
    """What tests read of a response, whichever client library it comes from."""

    @property
    def status_code(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def text(self) -> str: ...
    def json(self) -> Any: ...


def problem_of(response: Reply, status: int) -> dict[str, Any]:
    """The body of an error response, once it is seen to be problem details (RFC 9457) of this
    status without a traceback.
    """
    assert response.status_code == status, response.text[:500]
    assert response.headers["content-type"] == "application/problem+json"
    assert "Traceback" not in response.text and ".py" not in response.text
    body: dict[str, Any] = response.json()
    assert set(body) - {"errors"} == {"type", "title", "status", "detail"}
    assert (
        body["type"] == "about:blank"
        and body["status"] == status
        and body["title"]
        and "\n" not in body["detail"]
    )
    return body


@contextmanager
def served(app: ASGIApp) -> Iterator[int]:
    """The port of a real HTTP server around `app`, in a thread and set up as `qa-service serve`
    does.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(
            uvicorn.Config(app, log_config=None, access_log=False, server_header=False)
        )
        thread = Thread(target=server.run, args=([listening],))
        thread.start()
        deadline = monotonic() + 10
        while not server.started and monotonic() < deadline:
            sleep(0.005)
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(10)
