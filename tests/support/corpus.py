"""Small corpora and their indexes: services as texts on disk and as values, built with the hashing
encoder in the folder that a test gives. No network and no model.
"""

import atexit
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from qa_service.bootstrap import build
from qa_service.documents import Corpus
from qa_service.documents.services import inspect_corpus
from qa_service.files import checksum
from qa_service.indexing.manifest import read_manifest, with_version, write_manifest
from qa_service.ranking.weights import DEFAULT_WEIGHTS_FILE
from qa_service.settings import Settings
from qa_service.types import Group, Passage, Service, Source, Topic

ROOT = Path(__file__).resolve().parents[2]
WEIGHTS: dict[str, Any] = json.loads(DEFAULT_WEIGHTS_FILE.read_text("utf-8"))

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
    patient = {"answer_deadline_ms": 60_000}  # a busy machine leaves nothing out of an answer
    values = {**inside, **patient, "journal": "off", "model": "hashing", "rate_limit": "off"}
    return Settings(_env_file=None, **values | changes)  # type: ignore[arg-type, call-arg]


def tiny_index(folder: Path, **changes: object) -> Settings:
    """The corpus and its index in `folder`: copies of what was built once, for building takes most
    of a fast test's time.
    """
    shutil.copytree(_built_once(), folder, dirs_exist_ok=True)
    return tiny_settings(folder, **changes)


@cache
def our_corpus() -> Corpus:
    """The corpus of the repository, read once a process."""
    corpus, problems = inspect_corpus(ROOT / "corpus")
    assert [str(problem) for problem in problems] == []
    return corpus


@cache
def _built_once() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="tiny-world-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    write_corpus(folder)
    build(tiny_settings(folder))
    return folder


LAW = Source("Закон про дорожній рух", "https://zakon.rada.gov.ua/laws/show/3353-12")


def make_passage(passage_id: str, text: str, *questions: str, **changes: Any) -> Passage:
    """A passage of the service and topic that `passage_id` names, e.g. `plates.fee`."""
    service, _, topic = passage_id.partition(".")
    passage = Passage(
        id=passage_id,
        document=passage_id,
        service=service,
        service_title=f"Послуга {service}",
        topic=Topic(topic),
        title=f"{topic} у послузі {service}",
        text=text,
        as_of="2025-11",
        sources=(LAW,),
        questions=questions,
        url=f"/services/{service}#{topic}",
    )
    return replace(passage, **changes)


def make_service(slug: str, *passages: Passage, **changes: Any) -> Service:
    service = Service(
        slug=slug,
        title=f"Послуга {slug}",
        group=Group.DRIVING_LICENCE,
        audience="фізичні особи",
        reviewed="2026-11-24",
        passages=passages,
        aliases=(f"як люди кажуть про {slug}",),
        channels=("service-centre",),
        sources=(LAW,),
    )
    return replace(service, **changes)


def make_corpus(*services: Service, fingerprint: str = "corpus-1") -> Corpus:
    passages = tuple(passage for service in services for passage in service.passages)
    return Corpus(passages, services, fingerprint)


def two_services(
    fee: str = "Обмін посвідчення водія коштує 1044 грн.", fingerprint: str = "corpus-1"
) -> Corpus:
    """Licence exchange (fee, term) and plates (fee, where, documents)."""
    return make_corpus(
        make_service(
            "licence",
            make_passage("licence.fee", fee, "Скільки коштує поміняти права?", "ціна обміну прав"),
            make_passage(
                "licence.term", "Посвідчення видають у день звернення.", "Як довго чекати на права?"
            ),
        ),
        make_service(
            "plates",
            make_passage(
                "plates.fee", "Комплект номерних знаків коштує 650 грн.", "Скільки коштують номери?"
            ),
            make_passage(
                "plates.where",
                "Номерні знаки видає будь-який сервісний центр.",
                "Де отримати номери?",
            ),
            make_passage(
                "plates.documents",
                "Потрібні паспорт і свідоцтво про реєстрацію.",
                "Що взяти з собою за номерами?",
            ),
        ),
        fingerprint=fingerprint,
    )


def with_file(folder: Path, name: str, content: bytes | None) -> Path:
    """The version with another content of one file, or without it, and a manifest that agrees;
    returns its folder.
    """
    manifest = read_manifest(folder)
    checksums = {path: checksum for path, checksum in manifest.checksums.items() if path != name}
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)
        checksums[name] = checksum(folder / name)
    changed = with_version(replace(manifest, checksums=checksums), "20261125T000000000000Z")
    moved = folder.rename(folder.parent / changed.version)
    write_manifest(moved, changed)
    return moved
