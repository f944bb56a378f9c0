"""Browsers of staff: clients that send what a browser would, and sign in by key."""

from collections.abc import Mapping
from pathlib import Path

from fastapi.testclient import TestClient

from qa_service.access.keys import KeyRing, Role
from qa_service.web.app import Application
from support.app import client

OWN = {"Origin": "http://testserver", "Accept": "text/html"}
SECURE = {"Origin": "https://testserver", "Accept": "text/html"}


def browser(
    app: Application, *, https: bool = False, headers: Mapping[str, str] | None = None
) -> TestClient:
    """A browser on our own pages, which follows no redirect and keeps cookies."""
    found = client(app, headers={**(SECURE if https else OWN), **(headers or {})})
    found.base_url = "https://testserver" if https else "http://testserver"
    found.follow_redirects = False
    return found


def signed_in(app: Application, folder: Path, role: Role, name: str = "Олена") -> TestClient:
    """The browser of somebody who signed in with a new key of this role, before the application
    looked at the file of keys: it does so once a second.
    """
    _, token = KeyRing(folder / "keys.json").create(role, name)
    found = browser(app)
    reply = found.post("/sign-in", data={"key": token})
    assert reply.status_code == 303, reply.text
    return found
