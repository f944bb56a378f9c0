"""Services and passages by name, of our corpus and of one that only names services."""

from dataclasses import replace
from pathlib import Path

import pytest
from support.app import tiny_engine
from support.corpus import PASSAGES, SERVICES, make_passage

from qa_service.catalogue import Catalogue
from qa_service.errors import NotFoundError
from qa_service.indexing.snapshot import Snapshot
from qa_service.types import Passage


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return tiny_engine(tmp_path_factory.mktemp("catalogue")).snapshot


@pytest.fixture
def catalogue(snapshot: Snapshot) -> Catalogue:
    return Catalogue(snapshot)


def _of_documents(snapshot: Snapshot, *passages: Passage) -> Catalogue:
    """Of a corpus that is not ours."""
    return Catalogue(replace(snapshot, services=(), passages=passages))


def test_services_come_in_their_order_and_are_found_by_their_slugs(catalogue: Catalogue) -> None:
    slugs = [service.slug for service in catalogue.services]
    assert slugs == ["exam-practical", "licence-exchange", "plates-lost"] == sorted(SERVICES)
    for service in catalogue.services:
        assert catalogue.service(service.slug) is catalogue.find(service.slug) is service
        assert catalogue.title(service.slug) == service.title


def test_a_passage_is_found_by_its_id_and_is_one_of_its_service(catalogue: Catalogue) -> None:
    for passage_id in PASSAGES:
        passage = catalogue.passage(passage_id)
        assert passage.id == passage_id
        assert passage in catalogue.service(passage.service).passages


def test_the_engine_has_the_catalogue_of_its_version(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    assert engine.catalogue.services == engine.snapshot.services
    assert engine.catalogue.passage("plates-lost.fee") in engine.snapshot.passages


@pytest.mark.parametrize("slug", ["fee", "", "Licence-exchange", "licence-exchange ", "../x"])
def test_an_unknown_service_is_not_found_and_the_message_says_where_services_are_listed(
    catalogue: Catalogue, slug: str
) -> None:
    for look_up in (catalogue.service, catalogue.check_service):
        with pytest.raises(NotFoundError) as caught:
            look_up(slug)
        assert str(caught.value) == f"there is no service {slug!r}; GET /v1/services lists them"
    assert catalogue.find(slug) is None


def test_an_unknown_passage_is_not_found_and_the_message_says_where_passages_are_listed(
    catalogue: Catalogue,
) -> None:
    with pytest.raises(NotFoundError) as caught:
        catalogue.passage("fee")
    assert str(caught.value) == (
        "there is no passage 'fee'; GET /v1/services/{slug} lists a service's"
    )


@pytest.mark.parametrize("name", ["x" * 10_000, "перше\nдруге\x00", "\ud800"])
def test_whatever_is_asked_for_the_message_is_one_short_line(
    catalogue: Catalogue, name: str
) -> None:
    for look_up in (catalogue.service, catalogue.check_service, catalogue.passage):
        with pytest.raises(NotFoundError) as caught:
            look_up(name)
        message = str(caught.value)
        assert message.isprintable() and len(message) < 200


def test_no_service_is_none_and_has_no_title(catalogue: Catalogue) -> None:
    assert catalogue.find(None) is None is catalogue.find("")
    assert catalogue.title("") == ""


def test_popular_questions_are_those_of_the_version(snapshot: Snapshot) -> None:
    popular = ("Скільки коштує обмін?",)
    assert Catalogue(replace(snapshot, popular=popular)).popular == popular


def test_a_service_that_only_passages_name_may_be_asked_about_and_has_no_page(
    snapshot: Snapshot,
) -> None:
    catalogue = _of_documents(
        snapshot, make_passage("oak.fee", "Дуб."), make_passage(".note", "Ліс.", service="")
    )
    catalogue.check_service("oak")
    assert catalogue.services == ()
    assert catalogue.find("oak") is None and catalogue.title("oak") == "oak"
    for slug in ("", "licence-exchange"):
        with pytest.raises(NotFoundError):
            catalogue.check_service(slug)
    with pytest.raises(NotFoundError, match="no service 'oak'"):
        catalogue.service("oak")
