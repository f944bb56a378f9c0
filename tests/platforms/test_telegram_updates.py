"""The simulated Telegram delivers updates as Telegram does, and fails on demand."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient
from support.platforms.deliveries import in_process
from support.platforms.faults import CUT, MALFORMED, hanging
from support.platforms.listening import ListeningBot
from support.platforms.telegram import SECRET_HEADER, TOKEN, Telegram, Webhook, kind_of
from support.platforms.telegram_citizen import ATTACHMENTS, GROUP, Citizen
from support.waiting import until

HOOK = "https://bot.example/hook"


def called(platform: Telegram, method: str, token: str = TOKEN, **given: Any) -> tuple[int, Any]:
    response = TestClient(platform.app).post(f"/bot{token}/{method}", json=given)
    return response.status_code, response.json()


def refusal(platform: Telegram, method: str, **given: Any) -> str:
    status, body = called(platform, method, **given)
    assert body["ok"] is False and body["error_code"] == status
    return f"{status} {body['description']}"


def heard_by(bot: ListeningBot) -> Telegram:
    platform = Telegram(reach=lambda _: in_process(TestClient(bot.app), "/hook"))
    platform.webhook = Webhook(HOOK, "s3cret")
    return platform


def test_updates_come_with_the_secret_until_they_are_accepted() -> None:
    bot = ListeningBot(statuses=[500, 503])
    platform = heard_by(bot)
    citizen = Citizen(platform)
    first, second = citizen.writes("Привіт"), citizen.starts("fb")
    acks = [platform.deliver(first), platform.deliver(second)]
    assert [ack and ack.status for ack in acks] == [200, 200]
    assert bot.heard == [first.body] * 3 + [second.body] and int(second.id) > int(first.id)
    assert {headers[SECRET_HEADER.lower()] for headers in bot.headers} == {"s3cret"}
    assert b"\\u041f" in first.body and b"bot_command" in second.body


def test_a_method_in_the_answer_to_the_webhook_is_performed() -> None:
    say = {"method": "sendMessage", "chat_id": 5_000_001, "text": "Вітаємо"}
    platform = heard_by(ListeningBot(says=json.dumps(say).encode()))
    citizen = Citizen(platform)
    platform.deliver(citizen.starts())
    assert [message.text for message in citizen.reads] == ["Вітаємо"]


def test_updates_that_were_not_wanted_stay_away() -> None:
    bot = ListeningBot()
    platform = heard_by(bot)
    platform.webhook = Webhook(HOOK, kinds=frozenset({"message"}))
    assert platform.deliver(Citizen(platform).writes_in_channel("x")) is None and bot.heard == []


def test_polling_confirms_by_offset_and_excludes_the_webhook() -> None:
    platform = Telegram()
    citizen = Citizen(platform)
    for text in ("раз", "два"):
        platform.deliver(citizen.writes(text))
    _, both = called(platform, "getUpdates")
    first, second = (update["update_id"] for update in both["result"])
    assert called(platform, "getUpdates", offset=second)[1]["result"] == both["result"][1:]
    assert called(platform, "getWebhookInfo")[1]["result"]["pending_update_count"] == 1
    assert called(platform, "getUpdates", offset=second + 1)[1]["result"] == [] and first < second
    called(platform, "setWebhook", url=HOOK)
    assert refusal(platform, "getUpdates").startswith("409 Conflict: can't use getUpdates")


def test_a_poll_waits_for_an_update_and_gives_way_to_the_next_poll() -> None:
    platform = Telegram()
    with platform.served() as address, ThreadPoolExecutor() as pool:
        url = f"{address}/bot{TOKEN}/getUpdates?timeout=20"
        early = pool.submit(httpx2.get, url, timeout=30)
        until(lambda: len(platform.calls) == 1)
        late = pool.submit(httpx2.get, url, timeout=30)
        assert early.result().status_code == 409
        platform.deliver(Citizen(platform).writes("Привіт"))
        assert late.result().json()["result"][0]["message"]["text"] == "Привіт"


def test_the_server_can_hang_cut_its_answer_or_lose_it() -> None:
    citizen = Citizen(Telegram())
    for fault in (hanging(5, done=True), CUT, MALFORMED):
        citizen.platform.faults.add("sendMessage", fault)
    with citizen.platform.served() as address:
        url = f"{address}/bot{TOKEN}/sendMessage"
        given: dict[str, Any] = {"chat_id": citizen.id, "text": "x"}
        with pytest.raises(httpx2.ReadTimeout):
            httpx2.post(url, json=given, timeout=0.2)
        until(lambda: len(citizen.reads) == 1)  # it took effect although nobody heard
        with pytest.raises(httpx2.RemoteProtocolError):
            httpx2.post(url, json=given)
        with pytest.raises(ValueError):
            httpx2.post(url, json=given).json()
        assert httpx2.post(url, data=given).json()["ok"] and len(citizen.reads) == 2


def test_everything_people_send_has_the_shape_of_telegram() -> None:
    citizen = Citizen(Telegram())
    for kind in ATTACHMENTS:
        assert kind in json.loads(citizen.sends(kind).body)["message"]
    written = citizen.writes("Обмін прав")
    edited = json.loads(citizen.edits(written, "Обмін прав за кордоном").body)["edited_message"]
    assert edited["message_id"] == json.loads(written.body)["message"]["message_id"]
    aside = json.loads(citizen.writes_in_group("хтось міняв права?").body)["message"]
    spoken = json.loads(citizen.writes_in_group("скільки?", addressed=True).body)["message"]
    assert "entities" not in aside and aside["chat"]["id"] == spoken["chat"]["id"] == GROUP
    assert spoken["text"].startswith("@hsc_mvs_bot ")
    assert kind_of(citizen.does_something_new()) == "telepathic_query"
    with pytest.raises(ValueError):
        json.loads(citizen.sends_rubbish().body)
