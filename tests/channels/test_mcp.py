"""AI assistants: what they may call and read. Each test name is the rule."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from mcp.client.client import Client
from mcp_types import INVALID_PARAMS, METHOD_NOT_FOUND, ListToolsResult, Tool
from support.app import client, served
from support.assistants import (
    NEW,
    OLD,
    assisted,
    call,
    message,
    over_answer,
    over_engine,
    over_service,
    over_services,
    post,
    result,
    tool_error,
    with_centres,
)
from support.corpus import FEE_QUESTION
from support.fakes import ANSWER, EXCHANGE, FakeEngine, fake_service, fake_serving
from support.personal_doors import log_lines

from qa_service.errors import OverloadedError
from qa_service.types import Answer, Query, Source
from qa_service.web.app import Application
from qa_service.web.v1.assistants.tools import INSTRUCTIONS, MOST_CENTRES, TOOLS

NAMES = ["ask", "list_services", "get_service", "get_passage", "find_centre"]
VARYING = {"answer_id": "", "took_ms": 0}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Application:
    return with_centres(tmp_path_factory.mktemp("assistants"))


@pytest.fixture
def asking(app: Application) -> Iterator[TestClient]:
    with client(app) as someone:
        yield someone


# Assistants of both eras, over a real server


@pytest.mark.parametrize("era", [NEW, OLD])
def test_an_assistant_of_either_era_asks_and_reads(app: Application, era: str) -> None:
    async def use(assistant: Client) -> tuple[ListToolsResult, bool, str, str]:
        tools = await assistant.list_tools()
        answer = await assistant.call_tool("ask", {"question": FEE_QUESTION})
        listed = await assistant.list_resources()
        read = await assistant.read_resource(listed.resources[0].uri)
        return tools, answer.is_error, answer.structured_content["passages"][0]["id"], str(read)

    with served(app) as port:
        tools, failed, first, read = assisted(f"http://127.0.0.1:{port}/mcp", use, era)
    assert [tool.name for tool in tools.tools] == NAMES
    assert not failed and first == "licence-exchange.fee" and "Практичний іспит" in read


def test_an_assistant_is_told_to_quote_with_source_and_date_and_to_make_nothing_up(
    asking: TestClient,
) -> None:
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}}
    hello["clientInfo"] = {"name": "a tester", "version": "1"}
    said = post(asking, message("initialize", **hello)).json()["result"]
    assert said["instructions"] == INSTRUCTIONS and said["protocolVersion"] == "2025-06-18"
    for rule in ("official", "source", "as_of", "unknown", "Never make up", "`context`"):
        assert rule in INSTRUCTIONS


# What is listed


def listed(asking: TestClient) -> list[Tool]:
    tools = post(asking, message("tools/list")).json()["result"]
    return ListToolsResult.model_validate(tools).tools


def test_every_tool_only_reads_and_says_what_it_takes_and_gives(asking: TestClient) -> None:
    for tool, ours in zip(listed(asking), TOOLS, strict=True):
        hints = tool.annotations
        assert hints and hints.read_only_hint and hints.idempotent_hint
        assert hints.open_world_hint is False and hints.destructive_hint is False
        assert tool.description and tool.title and tool.input_schema["type"] == "object"
        assert tool.output_schema
        assert tool.output_schema["required"] == list(ours.answers.model_fields)


# Tools say what the API says


def test_an_answer_is_that_of_the_api_to_a_chatbot(asking: TestClient) -> None:
    said = result(asking, "ask", question=FEE_QUESTION)
    asked = {"question": FEE_QUESTION, "channel": "chatbot"}
    answered = asking.post("/v1/ask", json=asked).json()
    assert said["structuredContent"] | VARYING == answered | VARYING
    assert json.loads(said["content"][0]["text"]) == said["structuredContent"]


def answer_with(*sources: Source) -> Answer:
    first = ANSWER.passages[0]
    passage = replace(first.passage, sources=sources)
    return replace(ANSWER, passages=(replace(first, passage=passage),))


def test_sources_are_links_each_page_once_in_their_order() -> None:
    sources = (
        Source("Прейскурант", "https://hsc.gov.ua/price", place="рядок 1", read="2026-10"),
        Source("Постанова № 340"),
        Source("Не сторінка", "javascript:alert(1)"),
        Source("Закон", "https://zakon.rada.gov.ua/laws/show/3353-12"),
        Source("Прейскурант ще раз", "https://hsc.gov.ua/price"),
    )
    with over_answer(answer_with(*sources)) as asking:
        links = result(asking, "ask", question="x")["content"][1:]
    assert [(link["type"], link["uri"], link["name"]) for link in links] == [
        ("resource_link", "https://hsc.gov.ua/price", "Прейскурант"),
        ("resource_link", "https://zakon.rada.gov.ua/laws/show/3353-12", "Закон"),
    ]
    assert links[0]["description"] == "media; рядок 1; read 2026-10"


def test_what_is_not_answered_has_no_sources_and_says_whom_to_call(asking: TestClient) -> None:
    said = result(asking, "ask", question="zzz qqq")
    answer = said["structuredContent"]
    assert answer["certainty"] == "none" and answer["handoff"]["phone"] == "(044) 290-19-88"
    assert [content["type"] for content in said["content"]] == ["text"] and not said["isError"]


@pytest.mark.parametrize("form", [dict, json.dumps], ids=["object", "text of an object"])
def test_the_context_that_is_sent_back_goes_on(
    asking: TestClient, form: Callable[[dict[str, object]], object]
) -> None:
    context: dict[str, object] = {"choices": ["licence-exchange", "plates-lost"]}
    said = result(asking, "ask", question="друге", context=form(context))["structuredContent"]
    alone = result(asking, "ask", question="друге")["structuredContent"]
    assert said["context"]["service"] == "plates-lost" != alone["context"]["service"]


def test_a_question_can_be_kept_to_one_service(asking: TestClient) -> None:
    said = result(asking, "ask", question="скільки коштує", service="plates-lost")
    passages = said["structuredContent"]["passages"]
    assert passages and {passage["service"] for passage in passages} == {"plates-lost"}


@pytest.mark.parametrize("lang", ["uk", "en"])
def test_what_we_say_ourselves_is_said_in_the_language_that_is_wanted(
    asking: TestClient, lang: str
) -> None:
    asked = {"question": "дякую", "lang": lang}
    reply = result(asking, "ask", **asked)["structuredContent"]["reply"]
    assert reply and reply == asking.post("/v1/ask", json=asked).json()["reply"]
    assert reply.isascii() == (lang == "en")


@pytest.mark.parametrize("group", [None, "plates"])
def test_services_are_listed_as_the_api_lists_them(asking: TestClient, group: str | None) -> None:
    asked = {"group": group} if group else {}
    said = result(asking, "list_services", **asked)["structuredContent"]
    assert said == asking.get("/v1/services", params=asked).json()
    assert said["total"] == (1 if group else 3)


def test_a_service_and_a_passage_are_those_of_the_api_with_their_sources(
    asking: TestClient,
) -> None:
    for tool, arguments, path in (
        ("get_service", {"slug": "licence-exchange"}, "/v1/services/licence-exchange"),
        ("get_passage", {"id": "licence-exchange.fee"}, "/v1/passages/licence-exchange.fee"),
    ):
        said = result(asking, tool, **arguments)
        assert said["structuredContent"] == asking.get(path).json()
        assert [link["uri"] for link in said["content"][1:]] == ["https://hsc.gov.ua/price"]


def test_the_nearest_centres_of_a_place_are_found(asking: TestClient) -> None:
    said = result(asking, "find_centre", place="Одеська область")
    path = f"/v1/centres?q=Одеська область&limit={MOST_CENTRES}"
    assert said["structuredContent"] == asking.get(path).json()
    assert len(said["structuredContent"]["centres"]) == MOST_CENTRES
    assert said["content"][1:], "their sources"


def test_a_place_that_nobody_knows_is_no_error(asking: TestClient) -> None:
    said = result(asking, "find_centre", place="Варшава")
    assert said["structuredContent"]["place"] is None and not said["isError"]
    assert said["content"][1:] == []


# Resources


def test_a_procedure_is_read_as_markdown_with_the_source_and_date_of_each_passage(
    asking: TestClient,
) -> None:
    listed = post(asking, message("resources/list")).json()["result"]["resources"]
    assert [one["uri"] for one in listed] == [
        "service://exam-practical",
        "service://licence-exchange",
        "service://plates-lost",
    ]
    assert listed[1]["title"] == "Обмін посвідчення водія"
    read = post(asking, message("resources/read", uri=listed[1]["uri"])).json()["result"]
    [content] = read["contents"]
    assert content["mimeType"] == "text/markdown"
    assert content["text"].startswith("# Обмін посвідчення водія\n")
    assert content["text"].count("\n## ") == 4
    for said in (
        "- Для кого: фізичні особи",
        "Обмін посвідчення водія коштує 572 гривні.",
        "Джерела розходяться: Раніше називали 515 гривень.",
        "Станом на листопад 2025",
        "- [Прейскурант](https://hsc.gov.ua/price) (офіційно)",
        "- Постанова № 340 (ЗМІ)",
    ):
        assert said in content["text"]


def test_lists_stay_lists_in_markdown() -> None:
    passage = replace(
        EXCHANGE.passages[0],
        text="Порядок такий: спершу запишіться; потім прийдіть. Усе.",
        items=("спершу запишіться", "потім прийдіть"),
        numbered=True,
        doubt="Не всюди так.",
    )
    with over_services(replace(EXCHANGE, passages=(passage,))) as asking:
        read = post(asking, message("resources/read", uri="service://licence-exchange"))
    text = read.json()["result"]["contents"][0]["text"]
    assert "Порядок такий:\n\n1. спершу запишіться\n2. потім прийдіть\n\nУсе." in text
    assert "Звірте перед візитом: Не всюди так." in text


def test_a_new_version_of_the_index_is_listed_and_read_at_once() -> None:
    service = fake_service(fake_serving(services=()))
    with over_service(service) as asking:
        before = post(asking, message("resources/list")).json()["result"]["resources"]
        service.live.swap(fake_serving(services=(EXCHANGE,)))
        after = post(asking, message("resources/list")).json()["result"]["resources"]
    assert (len(before), len(after)) == (0, 1)


def test_resources_are_said_by_one_template(asking: TestClient) -> None:
    said = post(asking, message("resources/templates/list")).json()["result"]
    assert [one["uriTemplate"] for one in said["resourceTemplates"]] == ["service://{slug}"]


@pytest.mark.parametrize(
    "uri", ["service://nope", "service://", "licence-exchange", "file:///etc/passwd", ""]
)
def test_other_resources_are_not_there(asking: TestClient, uri: str) -> None:
    error = post(asking, message("resources/read", uri=uri)).json()["error"]
    assert error["code"] == INVALID_PARAMS and "resources/list" in error["message"]


# Bad input


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("ask", {}, "question: Field required. tools/list shows what ask takes"),
        ("ask", {"question": 5}, "question: Input should be a valid string"),
        ("ask", {"question": "x", "servise": "y"}, "servise: Extra inputs are not permitted"),
        ("ask", {"question": "x", "lang": "fr"}, "lang: Input should be 'uk' or 'en'"),
        ("ask", {"question": "x", "context": "{"}, "context: Input should be a valid"),
        ("ask", {"question": "x", "context": "[" * 9_999}, "context: Input should be a valid"),
        ("ask", {"question": "я" * 10_001}, "question: String should have at most 10000 char"),
        ("ask", {"question": "x", "service": "nope"}, "no service 'nope'; list_services lists"),
        ("ask", {"question": "x", "service": "ні\n" * 99}, "there is no service 'ні\\nні"),
        ("list_services", {"group": "nope"}, "group: Input should be 'driving-licence',"),
        ("get_service", {"slug": "nope"}, "there is no service 'nope'; list_services lists them"),
        ("get_passage", {"id": "nope"}, "there is no passage 'nope'; get_service lists"),
        ("find_centre", {"place": None}, "place: Input should be a valid string"),
    ],
)
def test_wrong_arguments_are_an_error_of_the_tool_that_says_what_to_do(
    asking: TestClient, tool: str, arguments: dict[str, object], told: str
) -> None:
    said = tool_error(asking, tool, **arguments)
    assert told in said and len(said) <= 500


def test_a_question_over_the_limit_is_answered_with_the_reason(asking: TestClient) -> None:
    answer = result(asking, "ask", question="я" * 1_001)["structuredContent"]
    assert answer["reason"] == "too_long" and answer["certainty"] == "none"


def test_a_tool_that_is_not_there_is_an_error_that_names_those_that_are(
    asking: TestClient,
) -> None:
    error = post(asking, call("drop_tables")).json()["error"]
    assert error["code"] == INVALID_PARAMS and "get_passage, find_centre" in error["message"]


@pytest.mark.parametrize("method", ["prompts/list", "subscriptions/listen", "tools/burn"])
def test_what_is_not_served_is_said_to_be_unknown(asking: TestClient, method: str) -> None:
    assert post(asking, message(method)).json()["error"]["code"] == METHOD_NOT_FOUND


def test_where_nothing_can_be_searched_the_tool_says_when_to_ask_again() -> None:
    class Overloaded(FakeEngine):
        def answer(self, query: Query) -> Answer:
            raise OverloadedError("nothing can be searched now; ask again in 5 s", 5)

    with over_engine(Overloaded()) as asking:
        assert tool_error(asking, "ask", question="x").endswith("ask again in 5 s")


def test_a_failure_of_ours_is_logged_without_the_question_and_told_without_its_cause() -> None:
    class Failing(FakeEngine):
        def answer(self, query: Query) -> Answer:
            raise ZeroDivisionError("secret cause")

    with log_lines() as lines, over_engine(Failing()) as asking:
        told = tool_error(asking, "ask", question="єдинаприкмета")
    assert told == "an unexpected error; it was logged. Ask again later"
    assert "a tool failed" in lines.getvalue() and "єдинаприкмета" not in lines.getvalue()


def test_no_word_of_a_question_gets_into_logs_or_metrics(asking: TestClient) -> None:
    mark = "єдинаприкмета"
    with log_lines() as lines:
        for sent in (
            call("ask", question=mark),
            call("ask", question=mark, service=mark),
            call("find_centre", place=mark),
            call(mark, question=mark),
            message(mark, question=mark),
            message("resources/read", uri=f"service://{mark}"),
            message("notifications/cancelled", requestId=mark, reason=mark),
            {"method": mark},
        ):
            post(asking, sent)
    assert '"route": "/mcp"' in lines.getvalue() and mark not in lines.getvalue()
    assert mark not in asking.get("/metrics").text
