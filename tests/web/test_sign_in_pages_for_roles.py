"""`require_page` and `require`: who may see a page of staff, and what the others are told."""

from pathlib import Path
from typing import Annotated

import pytest
from fastapi import Depends
from support.app import api, client, problem_of, token_of, words

from qa_service.access.keys import Role
from qa_service.web.app import Application
from qa_service.web.dependencies import Caller, require, require_page


def _with_rooms(folder: Path) -> Application:
    """An application with a page and a route of the API for supervisors."""
    app = api(folder)

    @app.get("/room/{name}")
    async def page(caller: Annotated[Caller, Depends(require_page(Role.SUPERVISOR))]) -> str:
        return f"{caller.name} {caller.role}"

    @app.post("/room/{name}")
    async def form(caller: Annotated[Caller, Depends(require_page(Role.SUPERVISOR))]) -> str:
        return "kept"

    @app.get("/v1/room")
    async def route(caller: Annotated[Caller, Depends(require(Role.SUPERVISOR))]) -> str:
        return caller.id

    return app


def test_who_is_not_signed_in_is_sent_to_sign_in_and_comes_back(tmp_path: Path) -> None:
    someone = client(_with_rooms(tmp_path))
    reply = someone.get("/room/один?q=%D1%82%D0%BE&a=b%26c", follow_redirects=False)
    assert reply.status_code == 303 and reply.headers["cache-control"] == "no-store"
    assert reply.headers["location"] == (
        "/sign-in?next=/room/%25D0%25BE%25D0%25B4%25D0%25B8%25D0%25BD"
        "%3Fq%3D%25D1%2582%25D0%25BE%26a%3Db%2526c"
    )


def test_a_form_of_nobody_leads_to_sign_in_without_a_way_back(tmp_path: Path) -> None:
    reply = client(_with_rooms(tmp_path)).post("/room/a", follow_redirects=False)
    assert reply.status_code == 303 and reply.headers["location"] == "/sign-in"


@pytest.mark.parametrize("role", [Role.SITE, Role.OPERATOR, Role.EDITOR])
def test_a_role_that_is_not_enough_gets_a_page_that_names_both(tmp_path: Path, role: Role) -> None:
    someone = client(_with_rooms(tmp_path), headers={"X-API-Key": token_of(tmp_path, role)})
    reply = someone.get("/room/a", headers={"Accept": "text/html"})
    assert reply.status_code == 403 and "Потрібна роль: керівник" in words(reply.text)
    assert reply.headers["content-security-policy"] and reply.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ADMIN])
def test_a_role_that_covers_the_page_is_let_in(tmp_path: Path, role: Role) -> None:
    someone = client(_with_rooms(tmp_path), headers={"X-API-Key": token_of(tmp_path, role)})
    assert someone.get("/room/a").json() == f"a tester as {role} {role}"
    assert someone.get("/v1/room").status_code == 200


def test_the_api_answers_with_problem_details(tmp_path: Path) -> None:
    app = _with_rooms(tmp_path)
    problem_of(client(app).get("/v1/room"), 401)
    editor = client(app, headers={"X-API-Key": token_of(tmp_path, Role.EDITOR)})
    assert "supervisor, not editor" in problem_of(editor.get("/v1/room"), 403)["detail"]
