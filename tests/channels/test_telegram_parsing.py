"""What the bot makes of an update of Telegram."""

import json
from typing import Any

import pytest
from support.platforms.deliveries import Delivery
from support.platforms.telegram import BOT_ID, TOKEN
from support.platforms.telegram import Telegram as Platform
from support.platforms.telegram_citizen import ATTACHMENTS, GROUP, Citizen
from support.platforms.telegram_messages import Sent

from qa_service.channels import Act, Inbound
from qa_service.channels.telegram import Telegram
from qa_service.errors import RequestError

TELEGRAM = Telegram(TOKEN, "secret", "https://api.telegram.org")
SPOKEN = Sent(41, GROUP, "Вітаємо", "Вітаємо", (), (), False)


def read(update: Delivery) -> Inbound | None:
    [*found] = TELEGRAM.parse(update.body)
    assert len(found) <= 1
    return found[0] if found else None


def acts(update: Delivery) -> tuple[Act, str] | None:
    found = read(update)
    return (found.act, found.text) if found else None


def citizen(**changes: Any) -> Citizen:
    return Citizen(Platform(), **changes)


def changed(update: Delivery, **changes: Any) -> Delivery:
    """With other parts of its message; None leaves a part out."""
    whole = json.loads(update.body)
    whole["message"] = {k: v for k, v in (whole["message"] | changes).items() if v is not None}
    return update.with_body(json.dumps(whole).encode())


def test_a_message_is_of_its_writer_and_answered_in_its_chat() -> None:
    olena = citizen(language="en-GB")
    update = olena.writes("Скільки коштує обмін?")
    assert read(update) == Inbound(
        "telegram",
        update.id,
        str(olena.id),
        Act.TEXT,
        "Скільки коштує обмін?",
        "en",
        chat=str(olena.id),
    )


def test_an_edited_message_is_a_message() -> None:
    olena = citizen()
    assert acts(olena.edits(olena.writes("обмін"), "обмін прав")) == (Act.TEXT, "обмін прав")


def test_a_place_that_moves_is_no_new_message() -> None:
    olena = citizen()
    moved = json.loads(olena.sends("location").body)
    moved["edited_message"] = moved.pop("message")
    assert TELEGRAM.parse(json.dumps(moved).encode()) == []


@pytest.mark.parametrize("kind", ATTACHMENTS)
def test_what_is_no_text_is_something_else(kind: str) -> None:
    assert acts(citizen().sends(kind)) == (Act.OTHER, "")


def test_of_a_photo_not_even_the_caption_is_read() -> None:
    assert acts(citizen().sends("photo", "скільки коштує обмін?")) == (Act.OTHER, "")


def test_an_album_is_one_thing_however_many_photos_it_has() -> None:
    olena = citizen()
    photos = [changed(olena.sends("photo"), media_group_id="137") for _ in range(3)]
    assert len({found.id for photo in photos if (found := read(photo))}) == 1


def test_what_happens_to_the_chat_itself_is_nothing() -> None:
    for part in ("pinned_message", "message_auto_delete_timer_changed", "write_access_allowed"):
        assert read(changed(citizen().writes("x"), text=None, **{part: {}})) is None


def test_a_command_is_read_without_the_name_of_the_bot() -> None:
    assert acts(citizen().writes("/start@hsc_mvs_bot fb")) == (Act.TEXT, "/start fb")


def test_a_press_is_answered_by_its_id_where_the_button_stands() -> None:
    olena = citizen()
    olena.platform.chats.perform("sendmessage", _with_button(olena.id))
    update = olena.presses(olena.reads[0].buttons[0])
    query = json.loads(update.body)["callback_query"]["id"]
    expected = Inbound(
        "telegram",
        update.id,
        str(olena.id),
        Act.BUTTON,
        "f.abc.fee",
        "uk",
        chat=str(olena.id),
        event=query,
    )
    assert read(update) == expected


def _with_button(chat: int) -> dict[str, str]:
    keys = [[{"text": "Ціна", "callback_data": "f.abc.fee"}]]
    markup = json.dumps({"inline_keyboard": keys})
    return {"chat_id": str(chat), "text": "x", "reply_markup": markup}


def test_an_inline_query_has_an_id_and_no_chat() -> None:
    update = citizen().asks_inline("обмін прав")
    found = read(update)
    assert found and found.event == json.loads(update.body)["inline_query"]["id"]
    assert (found.act, found.text, found.chat) == (Act.INLINE, "обмін прав", "")


def test_only_who_blocks_the_bot_has_left() -> None:
    olena = citizen()
    assert acts(olena.blocks()) == (Act.LEFT, "")
    assert read(olena.unblocks()) is None


def test_a_bot_that_is_thrown_out_of_a_group_says_nothing_of_who_did_it() -> None:
    update = json.loads(citizen().blocks().body)
    update["my_chat_member"]["chat"] = {"id": GROUP, "type": "supergroup"}
    assert TELEGRAM.parse(json.dumps(update).encode()) == []


# Groups


def test_people_who_talk_to_each_other_are_left_alone() -> None:
    assert read(citizen().writes_in_group("хтось міняв права?")) is None
    assert read(changed(citizen().writes_in_group("x"), text=None, sticker={})) is None


def test_in_a_group_the_bot_is_mentioned_and_its_name_is_no_part_of_the_question() -> None:
    assert acts(citizen().writes_in_group("скільки коштує?", addressed=True)) == (
        Act.TEXT,
        "скільки коштує?",
    )


def test_places_of_mentions_count_utf16_units() -> None:
    update = citizen().writes_in_group("x")
    mention = {"type": "mention", "offset": 9, "length": 12}
    text = "🚗🚗 Гей, @hsc_mvs_bot! скільки?"
    asked = changed(update, text=text, entities=[mention | {"offset": text.index("@") + 2}])
    assert acts(asked) == (Act.TEXT, "🚗🚗 Гей, ! скільки?")


@pytest.mark.parametrize("name", ["@olena_k", "@bot_fan"])
def test_a_mention_of_a_person_does_not_speak_to_the_bot(name: str) -> None:
    entity = {"type": "mention", "offset": 0, "length": len(name)}
    update = citizen().writes_in_group("x")
    assert read(changed(update, text=f"{name} бачив?", entities=[entity])) is None


def test_a_reply_to_the_bot_speaks_to_it_and_one_to_another_does_not() -> None:
    olena = citizen()
    to_bot = olena.replies_in_group(SPOKEN, "а документи?")
    assert acts(to_bot) == (Act.TEXT, "а документи?")
    other = {"message_id": 40, "from": {"id": BOT_ID + 1, "is_bot": True}}
    assert read(changed(to_bot, reply_to_message=other)) is None


def test_a_person_in_a_group_is_another_than_in_private() -> None:
    olena = citizen()
    alone, among = read(olena.writes("x")), read(olena.writes_in_group("x", addressed=True))
    assert alone and among and alone.person != among.person
    assert among.chat.startswith(f"{GROUP}/")


def test_channels_other_bots_and_what_was_looked_up_here_are_not_answered() -> None:
    olena = citizen()
    assert read(olena.writes_in_channel("@hsc_mvs_bot новини")) is None
    bot = {"id": 7, "is_bot": True}
    assert read(changed(olena.writes("x"), **{"from": bot})) is None
    assert read(changed(olena.writes("x"), via_bot={"id": BOT_ID, "is_bot": True})) is None
    channel = {"id": -100, "type": "channel"}
    spoken = olena.writes_in_group("x", addressed=True)
    assert read(changed(spoken, sender_chat=channel)) is None


# Bad input


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"{}",
        b'{"update_id": "1"}',
        b'{"message": {"text": "x"}}',
        b"[" * 100_000,
        b'{"update_id": ' + b"9" * 5_000 + b"}",
    ],
)
def test_bytes_that_telegram_does_not_send_are_said_to_be_such(body: bytes) -> None:
    with pytest.raises(RequestError):
        TELEGRAM.parse(body)


@pytest.mark.parametrize(
    "kind",
    ["message", "edited_message", "callback_query", "inline_query", "my_chat_member", "telepathy"],
)
@pytest.mark.parametrize(
    "content",
    [
        None,
        {},
        [],
        "x",
        {"from": None, "chat": None, "text": None},
        {"from": {"id": "1"}, "chat": {"id": 1, "type": "private"}, "text": "x", "message_id": 1},
        {"from": {"id": 1}, "chat": {"id": "1", "type": "private"}, "text": "x", "message_id": 1},
        {"from": {"id": 1}, "chat": {"id": 1, "type": "secret"}, "text": "x", "message_id": 1},
        {"from": {"id": 1}, "chat": {"id": 1, "type": "private"}, "text": 3, "message_id": 1},
        {"id": "1", "from": {"id": 1}, "data": "x", "message": None},
        {"id": "1", "from": {"id": 1}, "data": "x", "message": {"chat": {"id": 1}}},
        {"id": 1, "from": {}, "query": 3},
    ],
)
def test_updates_with_missing_or_strange_parts_are_nothing(kind: str, content: Any) -> None:
    assert TELEGRAM.parse(json.dumps({"update_id": 1, kind: content}).encode()) == []


@pytest.mark.parametrize(
    "entities",
    [
        {},
        [None, 3, {}],
        [{"type": "mention", "offset": -5, "length": 10**9}],
        [{"type": "mention", "offset": 1, "length": 1}, {"type": "mention", "offset": "0"}],
        [{"type": "bot_command", "offset": 10**20, "length": 10**20}],
    ],
)
def test_strange_entities_leave_the_text_as_it_is(entities: Any) -> None:
    update = changed(citizen().writes("🚗 скільки?"), entities=entities)
    assert acts(update) == (Act.TEXT, "🚗 скільки?")


def test_halves_of_characters_are_replaced() -> None:
    olena = citizen()
    for update in (olena.writes("half x"), olena.asks_inline("half x")):
        cut = update.with_body(update.body.replace(b"half", b"\\ud83d\\u0000"))
        assert [one.text for one in TELEGRAM.parse(cut.body)] == ["?\x00 x"]


def test_emoji_and_huge_texts_are_texts() -> None:
    assert acts(citizen().writes("🚗👍🏽")) == (Act.TEXT, "🚗👍🏽")
    assert acts(citizen().writes("а" * 100_000)) == (Act.TEXT, "а" * 100_000)
