"""What tests of the API share: an application over the tiny index with surroundings of the test's
own, and its metrics.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from tiny import tiny_index

from qa_service.access.keys import KeyRing, Role
from qa_service.bootstrap import load_engine
from qa_service.journal import Journal
from qa_service.settings import Settings
from qa_service.surroundings import surroundings
from qa_service.web.app import Application, create_app


def api(
    folder: Path, kept_in: Journal | None = None, keys: KeyRing | None = None, **changes: object
) -> Application:
    """`changes` are settings; the journal `kept_in` and `keys` replace what the settings name."""
    return over(tiny_index(folder, **changes), kept_in, keys)


def over(
    settings: Settings, kept_in: Journal | None = None, keys: KeyRing | None = None
) -> Application:
    """An application over what was built with `settings`."""
    around = surroundings(settings)
    return create_app(
        load_engine(settings),
        replace(around, journal=kept_in or around.journal, keys=keys or around.keys),
    )


def client(
    app: Application, address: str = "192.0.2.1", headers: Mapping[str, str] | None = None
) -> TestClient:
    """Somebody at `address`; an error of the server comes back as a response, as it does to
    people.
    """
    return TestClient(
        app, raise_server_exceptions=False, client=(address, 50_000), headers=dict(headers or {})
    )


def token_of(folder: Path, role: Role) -> str:
    """The token of a new key in the file that the settings of `folder` name."""
    folder.mkdir(exist_ok=True)
    return KeyRing(folder / "keys.json").create(role, f"a tester as {role}")[1]


def count(app: Application, metric: str, **labels: str) -> float:
    families = text_string_to_metric_families(client(app).get("/metrics").text)
    samples = (sample for family in families for sample in family.samples)
    return sum(
        sample.value
        for sample in samples
        if sample.name == metric and labels.items() <= sample.labels.items()
    )
