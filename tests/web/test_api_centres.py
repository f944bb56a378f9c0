"""Service centres in the API and on the pages."""

import pytest
from support.app import client as client_of
from support.app import over
from support.corpus import ROOT, tiny_settings, write_corpus

from qa_service.bootstrap import build
from qa_service.web.app import Application


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Application:
    """The tiny corpus with our directory of centres."""
    folder = tmp_path_factory.mktemp("centres")
    corpus = write_corpus(folder)
    for name in ("centres.yaml", "places.yaml"):
        (corpus / name).write_bytes((ROOT / "corpus" / name).read_bytes())
    settings = tiny_settings(folder)
    build(settings)
    return over(settings)


def test_the_centres_of_a_town_are_listed_with_a_map(app: Application) -> None:
    body = client_of(app).get("/v1/centres?q=полтава").json()
    assert (body["place"], body["is_there"], body["total"]) == ("Полтава", True, 1)
    [centre] = body["centres"]
    assert centre["number"] == "5341" and centre["phone"] is None and centre["hours"] is None
    assert centre["map_url"].startswith("https://www.openstreetmap.org/search?query=")
    assert body["network_hours_as_of"] == "2025-12"


def test_without_a_place_all_centres_are_listed_up_to_the_limit(app: Application) -> None:
    body = client_of(app).get("/v1/centres?limit=5").json()
    assert (len(body["centres"]), body["total"]) == (5, 144)


def test_a_place_that_nobody_knows_has_none(app: Application) -> None:
    body = client_of(app).get("/v1/centres?q=Варшава").json()
    assert (body["centres"], body["place"], body["total"]) == ([], None, 0)


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "q=" + "x" * 201])
def test_a_wrong_search_is_refused(app: Application, query: str) -> None:
    assert client_of(app).get(f"/v1/centres?{query}").status_code == 422


def test_a_question_about_a_town_is_answered_with_its_centre(app: Application) -> None:
    body = client_of(app).post("/v1/ask", json={"question": "адреса тсц у Полтаві"}).json()
    assert body["answerable"] and body["passages"][0]["id"] == "centre-locations-hours.5341"
    assert body["passages"][0]["url"] == "/centres#5341"
    assert [centre["number"] for centre in body["centres"]] == ["5341"]
    assert body["reply"] is None
    passage = client_of(app).get("/v1/passages/centre-locations-hours.5341").json()
    assert "Розсошенці" in passage["text"] and "перевірте" in passage["doubt"].lower()


def test_other_passages_keep_their_own_confidence_and_rank_below(app: Application) -> None:
    body = client_of(app).post("/v1/ask", json={"question": "адреса тсц у Полтаві"}).json()
    first, *others = body["passages"]
    assert first["confidence"] == body["confidence"] and others
    assert all(one["confidence"] < body["confidence"] / 2 for one in others)
    scores = [one["score"] for one in body["passages"]]
    assert scores == sorted(scores, reverse=True)


def test_an_answer_has_ten_centres_at_most_and_a_search_all(app: Application) -> None:
    answer = client_of(app).post("/v1/ask", json={"question": "тсц Одеська область"}).json()
    assert len(answer["centres"]) == 10
    found = client_of(app).get("/v1/centres?q=Одеська область&limit=11").json()
    assert (len(found["centres"]), found["total"]) == (11, 12)


def test_a_region_without_centres_is_said(app: Application) -> None:
    asked = {"question": "де тсц у Сімферополі"}
    body = client_of(app).post("/v1/ask", json=asked).json()
    assert body["centres"] == [] and body["reply"].startswith("Сімферополь: у довіднику немає")
    page = client_of(app).get("/centres?q=Сімферополь").text
    assert "Сімферополь: у довіднику немає" in page and "Такого міста" not in page


def test_a_question_without_a_place_is_asked_back(app: Application) -> None:
    body = client_of(app).post("/v1/ask", json={"question": "де найближчий сервісний центр"}).json()
    assert body["centres"] == [] and "місті" in body["reply"]


def test_filters_keep_the_centres_out(app: Application) -> None:
    asked = {"question": "адреса тсц у Полтаві", "filters": {"service": ["plates-lost"]}}
    body = client_of(app).post("/v1/ask", json=asked).json()
    assert all(passage["service"] == "plates-lost" for passage in body["passages"])


def test_the_page_lists_regions_and_finds_a_town(app: Application) -> None:
    every = client_of(app).get("/centres").text
    assert every.count('<li id="') == 144 and "Волинська область" in every
    assert 'rel="canonical"' in every
    found = client_of(app).get("/centres?q=Ірпінь").text
    assert "Ірпінь: свого сервісного центру в довіднику немає" in found
    assert "geo:0,0?q=" in found and 'name="robots" content="noindex"' in found
    assert "в довіднику немає" in client_of(app).get("/centres?q=Атлантида").text


def test_a_search_for_nothing_lists_all_and_a_long_one_is_refused(app: Application) -> None:
    blank = client_of(app).get("/centres?q=%20%20")
    assert blank.text.count('<li id="') == 144 and "довіднику немає" not in blank.text
    long = client_of(app).get("/centres?q=" + "kyiv+" * 41)
    assert long.status_code == 400 and "Запит задовгий" in long.text
    assert client_of(app).get("/centres?q=" + "x" * 200).status_code == 200


def test_what_was_searched_for_is_kept_by_no_shared_cache(app: Application) -> None:
    for path in ("/centres", "/v1/centres"):
        public = client_of(app).get(path).headers["cache-control"]
        private = client_of(app).get(f"{path}?q=Полтава").headers["cache-control"]
        assert public.startswith("public") and private.startswith("private")


def test_the_page_of_an_answer_shows_the_centres_or_asks_for_the_town(app: Application) -> None:
    assert "Сервісні центри: Полтава" in client_of(app).get("/?q=адреса тсц у Полтаві").text
    assert "У якому місті" in client_of(app).get("/?q=де найближчий сервісний центр").text


def test_what_is_noted_and_doubted_of_a_centre_is_said(app: Application) -> None:
    [noted] = client_of(app).get("/v1/centres?q=3246").json()["centres"]
    assert "Толстого" in noted["note"] and noted["evidence"] == "medium"
    assert noted["note"] in client_of(app).get("/centres?q=3246").text
    every = client_of(app).get("/v1/centres").json()["centres"]
    assert [one["doubt"] for one in every if one["evidence"] == "low"]
    assert all(one["doubt"] for one in every if one["evidence"] == "low")


def test_the_page_of_an_answer_shows_each_centre_once(app: Application) -> None:
    html = client_of(app).get("/?q=адреси тсц у Києві").text
    first = "№ 8041"
    main = html[html.index('<main id="main"') :]
    assert main.count(first) == 2  # the heading and its sentence
    assert main.count("№ 8042") == 1 and "Уся процедура" not in main
    assert main.count("openstreetmap") == 3 and 'href="/centres"' in main


def test_what_was_typed_is_escaped(app: Application) -> None:
    assert "<script>alert" not in client_of(app).get("/centres?q=<script>alert(1)</script>").text
