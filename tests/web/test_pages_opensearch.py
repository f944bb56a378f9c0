"""The search box in a browser's address bar. Each test name is the rule."""

from xml.etree import ElementTree

import pytest
from support.app import page
from support.app import site_client as client

NAMESPACE = "{http://a9.com/-/spec/opensearch/1.1/}"


def description(base: str = "http://testserver") -> ElementTree.Element:
    response = client().get("/opensearch.xml", headers={"Host": base.removeprefix("http://")})
    assert response.status_code == 200 and response.headers["content-type"].startswith(
        "application/opensearchdescription+xml"
    )
    return ElementTree.fromstring(response.text)


def test_every_page_names_the_description() -> None:
    for path in ("/", "/?q=обмін", "/services", "/services/licence-exchange"):
        assert '<link rel="search" type="application/opensearchdescription+xml"' in page(path)


def test_the_description_names_the_site_within_the_lengths_of_the_standard() -> None:
    root = description()
    assert root.tag == f"{NAMESPACE}OpenSearchDescription"
    short, long = root.findtext(f"{NAMESPACE}ShortName"), root.findtext(f"{NAMESPACE}Description")
    assert short and len(short) <= 16 and long and len(long) <= 1024


@pytest.mark.parametrize("base", ["http://testserver", "http://a.test:8443"])
def test_its_addresses_are_absolute_on_the_host_that_was_asked(base: str) -> None:
    templates = {
        url.attrib["type"]: url.attrib["template"]
        for url in description(base).iter(f"{NAMESPACE}Url")
    }
    assert templates == {
        "text/html": f"{base}/?q={{searchTerms}}",
        "application/x-suggestions+json": f"{base}/opensearch-suggest?q={{searchTerms}}",
        "application/opensearchdescription+xml": f"{base}/opensearch.xml",
    }


def test_the_name_of_the_host_cannot_break_the_description() -> None:
    response = client().get("/opensearch.xml", headers={"Host": 'x"/><evil/>&'})
    assert ElementTree.fromstring(response.text).find(".//evil") is None


def test_suggestions_are_a_pair_of_what_was_typed_and_texts() -> None:
    response = client().get("/opensearch-suggest", params={"q": "обмін"})
    assert response.headers["content-type"].startswith("application/x-suggestions+json")
    assert response.json() == ["обмін", [f"обмін {number}" for number in range(8)]]
    assert response.headers["x-content-type-options"] == "nosniff"


def test_nothing_typed_is_answered_too() -> None:
    assert client().get("/opensearch-suggest").json()[0] == ""
