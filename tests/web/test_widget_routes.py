"""The routes of the widget. Each test name is the rule."""

import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from support.app import problem_of

from qa_service.web.problems import install_problem_handlers
from qa_service.web.widget import widget_folder_url, widget_router

ENTRY, MODULE = "/widget.js", f"{widget_folder_url()}/element.js"


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    app.include_router(widget_router())
    install_problem_handlers(app)
    return TestClient(app)


def test_the_entry_imports_modules_by_relative_addresses_that_exist(client: TestClient) -> None:
    imported = re.findall(
        r'^import "\.(/widget/\w+/\w+\.js)";$', client.get(ENTRY).text, re.MULTILINE
    )
    assert imported[0] == MODULE
    assert {client.get(path).status_code for path in imported} == {200}


def test_every_module_that_a_module_imports_is_served(client: TestClient) -> None:
    for path in re.findall(r"/widget/\S+\.js", client.get(ENTRY).text):
        for name in re.findall(r'from "\./(\w+\.js)"', client.get(path).text):
            assert client.get(f"{widget_folder_url()}/{name}").status_code == 200


@pytest.mark.parametrize("path", [ENTRY, MODULE])
def test_scripts_may_be_loaded_by_any_site_and_are_taken_for_nothing_but_scripts(
    client: TestClient, path: str
) -> None:
    headers = client.get(path).headers
    assert headers["content-type"].startswith("text/javascript")
    assert headers["access-control-allow-origin"] == "*"
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert headers["x-content-type-options"] == "nosniff"


def test_the_entry_is_asked_for_again_soon_and_modules_are_kept_for_good(
    client: TestClient,
) -> None:
    assert client.get(ENTRY).headers["cache-control"] == "public, max-age=300"
    assert client.get(MODULE).headers["cache-control"] == "public, max-age=31536000, immutable"


def test_the_address_of_an_earlier_version_leads_to_todays_modules_but_not_for_good(
    client: TestClient,
) -> None:
    earlier = client.get("/widget/0123456789/element.js")
    assert earlier.text == client.get(MODULE).text
    assert earlier.headers["cache-control"] == "public, max-age=300"


@pytest.mark.parametrize("name", ["nothing", "..%2f..%2fpage", "%00"])
def test_no_other_file_is_served(client: TestClient, name: str) -> None:
    problem_of(client.get(f"{widget_folder_url()}/{name}.js"), 404)


def test_the_widget_is_no_part_of_the_described_api(client: TestClient) -> None:
    assert client.get("/openapi.json").json()["paths"] == {}
