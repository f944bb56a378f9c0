"""People on Messenger: a real server of the service, and one that stands in for Meta's."""

import json
import logging
from pathlib import Path

import pytest
from support.app import client, count
from support.corpus import FEE_QUESTION as QUESTION
from support.messenger_world import NO_DELIVERIES, ODD, World, messenger_world
from support.platforms.faults import BAD_GATEWAY, CUT, HTML, MALFORMED, Fault
from support.platforms.messenger import INBOX_ID, SIGNATURE
from support.platforms.messenger_checks import Button
from support.platforms.messenger_citizen import ATTACHMENTS, Citizen
from support.waiting import until

from qa_service.phrases import chat

PHONE = "(044) 290-19-88"
OPERATOR = Button("postback", chat.OPERATOR, "p")
PRICE = "572"
BUSY = Fault(400, b'{"error": {"message": "Try later", "type": "OAuthException", "code": 613}}')


# The webhook


def test_meta_gets_its_challenge_back_as_plain_text(tmp_path: Path) -> None:
    with messenger_world(tmp_path) as world:
        assert world.page.verifies(world.ask)
        known = f"hub.mode=subscribe&hub.verify_token={world.page.verify_token}"
        reply = client(world.app).get(f"/channels/messenger?{known}&hub.challenge=<b>7</b>")
        assert reply.text == "<b>7</b>"
        assert reply.headers["content-type"] == "text/plain; charset=utf-8"


def test_nobody_else_gets_a_challenge_back(tmp_path: Path) -> None:
    right = "hub.verify_token=hsc-verify"
    asked = [
        "",
        "hub.mode=subscribe",
        "hub.mode=subscribe&hub.verify_token=",
        "hub.mode=subscribe&hub.verify_token=hsc-verif",
        "hub.mode=subscribe&hub.verify_token=%D1%97",
        f"hub.mode=unsubscribe&{right}",
        right,
    ]
    with messenger_world(tmp_path) as world:
        acks = [world.ask(f"{query}&hub.challenge=4711") for query in asked]
        assert {ack.status for ack in acks} == {403}
        assert [ack.body for ack in acks if b"4711" in ack.body] == []


def test_what_meta_did_not_sign_is_refused_and_answered_by_nobody(tmp_path: Path) -> None:
    with messenger_world(tmp_path) as world:
        citizen = world.citizen()
        genuine = citizen.writes(QUESTION)
        forged = [
            genuine.with_header(SIGNATURE, None),
            genuine.with_header(SIGNATURE, ""),
            genuine.with_header(SIGNATURE, "sha256=" + "0" * 64),
            genuine.with_header(SIGNATURE, "sha256=é"),
            genuine.with_header(SIGNATURE, (genuine.header(SIGNATURE) or "")[len("sha256=") :]),
            genuine.with_body(genuine.body.replace(b"messaging", b"Messaging")),
            citizen.sends_rubbish().with_header(SIGNATURE, None),
        ]
        assert {ack.status for ack in world.deliver(*forged)} == {403}
        assert count(world.app, "qa_chat_refused_total", channel="messenger") == len(forged)
        world.replied(citizen, genuine)
        assert world.worked_off == 1


# Conversations


def test_a_question_is_answered_with_its_source_and_what_else_can_be_asked(tmp_path: Path) -> None:
    with messenger_world(tmp_path) as world:
        citizen = world.citizen()
        said = world.replied(citizen, citizen.writes(QUESTION))
        assert PRICE in said and "Джерело: Прейскурант, станом на листопад 2025" in said
        last = citizen.reads[-1]
        links = {button.title: button.url for button in last.content.buttons}
        assert links[chat.SOURCE_LINK] == "https://hsc.gov.ua/price"
        assert [message.kind for message in citizen.reads] == ["RESPONSE"] * len(citizen.reads)
        facts = {button.title: button for button in last.content.quick_replies}
        assert {"Документи", chat.OTHER_QUESTION, chat.OPERATOR} <= facts.keys()
        assert "паспорт" in world.replied(citizen, citizen.presses(facts["Документи"]))


def test_whoever_starts_is_told_who_answers_and_may_press_a_popular_question(
    tmp_path: Path,
) -> None:
    with messenger_world(tmp_path) as world:
        citizen = world.citizen()
        assert chat.GREETING in world.replied(citizen, citizen.starts())
        assert chat.OPERATOR in [one.title for one in citizen.reads[0].content.quick_replies]


@pytest.mark.parametrize("in_one_entry", [False, True])
def test_every_event_of_a_batch_is_answered_once(tmp_path: Path, in_one_entry: bool) -> None:
    with messenger_world(tmp_path) as world:
        people = [world.citizen() for _ in range(3)]
        events = [one.writes(QUESTION) for one in people]
        silent = [people[0].read(), people[1].does_something_new()]
        batch = world.page.batch([*events, *silent], in_one_entry)
        world.deliver(batch)
        until(lambda: all(one.reads for one in people))
        world.deliver(batch, *events)
        until(lambda: world.worked_off == len(people))
        answers = [
            message.content.text for message in world.page.sent if PRICE in message.content.text
        ]
        assert len(answers) == len(people)


def test_an_edited_message_is_answered_anew(tmp_path: Path) -> None:
    with messenger_world(tmp_path) as world:
        citizen = world.citizen()
        old = citizen.writes("прив")
        world.replied(citizen, old)
        assert PRICE in world.replied(citizen, citizen.edits(old, QUESTION))


def test_the_same_button_can_be_pressed_again(tmp_path: Path) -> None:
    """Also where its press is told under the id of the message that it stands in."""
    with messenger_world(tmp_path) as world:
        citizen = world.citizen()
        press = json.loads(citizen.presses(OPERATOR).body)
        again = json.loads(citizen.presses(OPERATOR).body)
        mid = press["entry"][0]["messaging"][0]["postback"]["mid"]
        again["entry"][0]["messaging"][0]["postback"]["mid"] = mid
        world.page.owners.clear()
        assert PHONE in world.replied(citizen, world.page.signed(press, "press"))
        world.page.owners.clear()
        assert PHONE in world.replied(citizen, world.page.signed(again, "again"))


def test_what_is_no_text_is_answered_with_a_wish_for_text(tmp_path: Path) -> None:
    with messenger_world(tmp_path) as world:
        citizen = world.citizen()
        said = {kind: world.replied(citizen, citizen.sends(kind)) for kind in ATTACHMENTS}
        assert said == dict.fromkeys(ATTACHMENTS, chat.TEXT_ONLY)


def test_what_only_tells_something_is_answered_with_nothing(tmp_path: Path) -> None:
    with messenger_world(tmp_path) as world:
        citizen = world.citizen()
        world.replied(citizen, citizen.writes(QUESTION))
        sent = citizen.reads[0]
        news = [citizen.echo(sent), citizen.got([sent]), citizen.read(), citizen.reacts(sent)]
        news += [citizen.hears_operator("Добрий день"), citizen.does_something_new()]
        assert {ack.status for ack in world.deliver(*news)} == {200}
        world.replied(citizen, citizen.writes("дякую"))
        assert world.worked_off == 2


# A person takes over


def _passed(world: World, citizen: Citizen) -> None:
    """The bot gave the thread away."""
    world.replied(citizen, citizen.writes("яка погода на Марсі"))
    world.replied(citizen, citizen.presses(OPERATOR))
    assert len(world.page.passed) == 1


def test_whoever_wants_a_person_gets_one_with_what_was_asked(tmp_path: Path) -> None:
    with messenger_world(tmp_path) as world:
        citizen = world.citizen()
        _passed(world, citizen)
        passed = world.page.passed[0]
        assert (passed.person, passed.to_app) == (citizen.id, INBOX_ID)
        assert "яка погода на Марсі" in passed.metadata
        last = citizen.reads[-1].content
        assert PHONE in last.text or PHONE in citizen.reads[-2].content.text
        assert chat.PASSED in last.text and last.quick_replies == ()


def test_what_was_asked_is_masked_for_the_inbox(tmp_path: Path) -> None:
    with messenger_world(tmp_path) as world:
        citizen = world.citizen()
        world.replied(citizen, citizen.writes(f"{QUESTION} мій телефон 067 123 45 67"))
        world.replied(citizen, citizen.presses(OPERATOR))
        assert "123" not in world.page.passed[0].metadata


def test_the_bot_is_silent_while_a_person_has_the_thread_and_answers_once_it_is_back(
    tmp_path: Path,
) -> None:
    with messenger_world(tmp_path) as world:
        citizen = world.citizen()
        _passed(world, citizen)
        said, done = len(citizen.reads), world.worked_off
        world.deliver(citizen.writes("ви тут?"), citizen.sends("photo"), citizen.starts())
        world.deliver(citizen.hears_operator("Так, слухаю"), citizen.presses(OPERATOR))
        world.deliver(citizen.is_handed_back())
        assert len(citizen.reads) == said and world.page.refused == []
        assert PRICE in world.replied(citizen, citizen.writes(QUESTION))
        assert world.worked_off == done + 1


def test_a_person_who_takes_the_thread_silences_the_bot(tmp_path: Path) -> None:
    with messenger_world(tmp_path) as world:
        citizen = world.citizen()
        world.replied(citizen, citizen.writes(QUESTION))
        said, done = len(citizen.reads), world.worked_off
        world.deliver(citizen.is_taken_over(), citizen.writes(QUESTION))
        world.deliver(citizen.is_handed_back())
        assert PRICE in world.replied(citizen, citizen.writes(QUESTION))
        assert world.worked_off == done + 1 and len(citizen.reads) > said


def test_a_button_pressed_while_a_person_has_the_thread_is_answered_with_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Meta tells whose button it is of the press, whoever has the thread."""
    with messenger_world(tmp_path) as world:
        citizen = world.citizen()
        press = citizen.presses(Button("postback", chat.OTHER_QUESTION, "o"))
        citizen.is_taken_over()
        assert world.replied(citizen, press) == ""
        assert [error.subcode for error in world.page.refused] == [2018300]
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []


def test_where_the_thread_cannot_be_passed_the_person_still_has_the_phone_and_the_log_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with messenger_world(tmp_path) as world:
        world.page.fail(10, "pass_thread_control")
        citizen = world.citizen()
        assert PHONE in world.replied(citizen, citizen.presses(OPERATOR))
        assert world.page.passed == []
        assert PRICE in world.replied(citizen, citizen.writes(QUESTION))
    errors = [one for one in caplog.records if one.levelno >= logging.ERROR]
    assert [one.getMessage() for one in errors] == ["a reply was refused"]


def test_a_thread_is_passed_once_meta_takes_it(tmp_path: Path) -> None:
    with messenger_world(tmp_path) as world:
        world.page.faults.add("pass_thread_control", BAD_GATEWAY)
        citizen = world.citizen()
        assert PHONE in world.replied(citizen, citizen.presses(OPERATOR))
        assert len(world.page.passed) == 1


def test_where_the_channel_is_off_the_phone_is_given_and_the_thread_stays(tmp_path: Path) -> None:
    """Its words ask people to try again, which a person's thread would leave unanswered."""
    with messenger_world(tmp_path, channels_off="messenger") as world:
        citizen = world.citizen()
        for _ in range(2):
            said = world.replied(citizen, citizen.writes(QUESTION))
            assert PHONE in said and PRICE not in said
        assert world.page.passed == []


# Meta fails, or refuses


def test_each_reply_arrives_once_meta_takes_messages_again(tmp_path: Path) -> None:
    faults = [BAD_GATEWAY, CUT, MALFORMED, Fault(503), Fault(429, b"<html>", HTML), BUSY]
    with messenger_world(tmp_path) as world:
        for fault in faults:
            world.page.faults.add("messages", fault)
        people = [world.citizen() for _ in faults]
        world.deliver(*(one.writes(QUESTION) for one in people))
        until(lambda: all(PRICE in _read(one) for one in people))


def test_nobody_is_written_to_after_24_hours_and_no_tag_is_tried(tmp_path: Path) -> None:
    with messenger_world(tmp_path) as world:
        citizen, now = world.citizen(), world.page.clock()
        late = citizen.writes(QUESTION)
        world.page.clock = lambda: now + 25 * 3600
        assert world.replied(citizen, late) == ""
        assert [error.subcode for error in world.page.refused] == [2018278]
        assert PRICE in world.replied(citizen, citizen.writes(QUESTION))


def test_whoever_blocked_the_page_does_not_hold_up_others(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with messenger_world(tmp_path) as world:
        gone, other = world.citizen(), world.citizen()
        gone.blocks()
        assert world.replied(gone, gone.writes(QUESTION)) == ""
        assert PRICE in world.replied(other, other.writes(QUESTION))
        assert count(world.app, "qa_chat_calls_total", channel="messenger", fate="gone") == 1
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []


def test_a_revoked_token_is_said_in_the_log_without_token_or_person(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with messenger_world(tmp_path) as world:
        world.page.page_token = "another"
        citizen = world.citizen()
        world.replied(citizen, citizen.writes(QUESTION))
    errors = [one for one in caplog.records if one.levelno >= logging.ERROR]
    assert [one.getMessage() for one in errors] == ["a chat platform takes no replies"]
    logged = " ".join(str(one.__dict__) for one in caplog.records)
    assert "code 190" in logged
    assert "EAAJZA0testpagetoken" not in logged and citizen.id not in logged
    assert QUESTION not in logged


# Bad input


def test_odd_deliveries_are_taken_and_answered_with_nothing(tmp_path: Path) -> None:
    with messenger_world(tmp_path) as world:
        citizen = world.citizen()
        odd = [world.page.signed(payload, "odd") for payload in ODD]
        odd += [world.page.signed_bytes(body, "odd") for body in NO_DELIVERIES]
        assert {ack.status for ack in world.deliver(*odd)} == {200}
        world.replied(citizen, citizen.writes(QUESTION))
        assert world.worked_off == 1 and {one.to for one in world.page.sent} == {citizen.id}


def test_odd_texts_get_a_reply(tmp_path: Path) -> None:
    texts = [
        "",
        " \n\t ",
        "😀" * 40,
        "а" * 9_000,
        f"{QUESTION} {'права ' * 1_500}",
        "\x00 \u202e\u200b",
        "\ud800 обмін",
        "<b>*обмін*</b> & {phone} %s",
        "' OR 1=1 --",
    ]
    with messenger_world(tmp_path) as world:
        citizen = world.citizen()
        assert [text for text in texts if not world.replied(citizen, citizen.writes(text))] == []
        assert world.page.refused == []


def _read(citizen: Citizen) -> str:
    return "\n\n".join(message.content.text for message in citizen.reads)
