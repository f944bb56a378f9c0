"""Messenger's bytes: https://developers.facebook.com/docs/messenger-platform. Pure.

While a person has a thread, what people write there comes as `standby`, which is not read: it is
not for the bot. When they give it back, the next message is answered as usual.
"""

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus

from qa_service.channels import Act, Call, Fate, HandoverReason, Inbound, Outcome, Reply
from qa_service.channels.messenger_rendering import messages
from qa_service.channels.payloads import Payload, Press
from qa_service.channels.reading import json_of
from qa_service.errors import ChannelError, RequestError
from qa_service.phrases import chat
from qa_service.phrases.languages import ENGLISH, UKRAINIAN, Language
from qa_service.text.normalise import well_formed

GRAPH = "v25.0"
SIGNATURE = "x-hub-signature-256"
GET_STARTED = "GET_STARTED"

INBOX_APP = "263902037430900"
"""The inbox of a Facebook page, where people answer:
https://developers.facebook.com/docs/messenger-platform/handover-protocol/pass-thread-control
"""

FIELDS = ("messages", "messaging_postbacks", "message_edits", "messaging_handovers")
"""What is delivered. Without `standby`: what people write to a person is none of the bot's
business.
"""

MOST_METADATA = 1_000
_LOCALES = {"default": UKRAINIAN, "en_US": ENGLISH, "en_GB": ENGLISH}

_LATER = {1, 2, 4, 17, 32, 341, 613, 1200, 80006}
_REVOKED = {102, 190}
_GONE = {551}
_GONE_SUBCODES = {
    *(2018001, 1545041, 2018108),  # no such person, not available, takes no messages from the page
    *(2018278, 2018065),  # their last message is more than 24 hours old
    2018300,  # another app has the thread: a person answers there
}
"""Codes of https://developers.facebook.com/docs/messenger-platform/error-codes and
https://developers.facebook.com/docs/graph-api/guides/error-handling.
"""


class Messenger:
    """Of one Facebook page. page_token: of the page. app_secret: of the app, which signs
    deliveries. verify_token: what Meta repeats when the webhook's address is entered there. url: of
    the Graph API's server.
    """

    name = "messenger"

    def __init__(self, page_token: str, app_secret: str, verify_token: str, url: str) -> None:
        self._page_token, self._app_secret = page_token, app_secret
        self._verify_token, self._url = verify_token, url.rstrip("/")

    # What Messenger delivers

    def is_genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        signed = f"sha256={_hmac(self._app_secret, body)}"
        return hmac.compare_digest(headers.get(SIGNATURE, "").encode(), signed.encode())

    def is_meta(self, mode: str, verify_token: str) -> bool:
        """Whether it is Meta who asks for the webhook's challenge."""
        given, known = verify_token.encode(), self._verify_token.encode()
        return hmac.compare_digest(given, known) and mode == "subscribe"

    def parse(self, body: bytes) -> Sequence[Inbound]:
        delivered = json_of(body)
        if not isinstance(delivered, dict):
            raise RequestError("this is no delivery of Messenger")
        found = (self._inbound(event) for event in _events(delivered))
        return [inbound for inbound in found if inbound]

    def _inbound(self, event: object) -> Inbound | None:
        match event:
            case {"message": {"is_echo": True}}:
                return None
            case {"sender": {"id": str(person)}, **happened} if did := _did(happened):
                delivery, act, text = did
                person = well_formed(person)
                return Inbound(
                    self.name, well_formed(delivery), person, act, well_formed(text), chat=person
                )
        return None

    # What is sent

    def calls(self, to: Inbound, reply: Reply) -> Sequence[Call]:
        """Messages, and where a person should take over the thread is passed. Not where the service
        failed, which asks people to try again.
        """
        recipient, handover = {"id": to.chat}, reply.handover
        is_passed = handover is not None and handover.reason is not HandoverReason.FAILURE
        calls = [
            self._call(
                "messages",
                {"recipient": recipient, "messaging_type": "RESPONSE", "message": message},
            )
            for message in messages(reply, is_passed)
        ]
        if handover and is_passed:
            metadata = f"{handover.reason}: {handover.asked}"[:MOST_METADATA]
            passed = {"recipient": recipient, "target_app_id": INBOX_APP, "metadata": metadata}
            calls.append(self._call("pass_thread_control", passed))
        return calls

    def outcome(self, status: int, body: bytes) -> Outcome:
        match json_of(body):
            case {"error": {"code": int(code), **more}}:
                subcode = more.get("error_subcode")
                cause = f"code {code}" + (f", subcode {subcode}" if subcode else "")
                return Outcome(_fate(status, code, subcode), cause=cause)
            case dict() if status < HTTPStatus.BAD_REQUEST:
                return Outcome(Fate.SENT)
        return Outcome(Fate.LATER, cause=f"HTTP {status}")

    # How it is set up

    def check_call(self) -> Call:
        url = f"{self._url}/{GRAPH}/me?fields=id,name&appsecret_proof={self._proof}"
        return Call(url, headers=self._headers, method="GET")

    def checked(self, status: int, body: bytes, own_url: str = "") -> str:
        """Meta does not tell the page where its app delivers."""
        match json_of(body):
            case {"id": str(page), "name": str(name)}:
                return f"answers for the page «{name}» ({page})"
        outcome = self.outcome(status, body)
        if outcome.fate is Fate.REVOKED:
            raise ChannelError(
                "Meta does not know QA_MESSENGER_PAGE_TOKEN (any more): make a new token of the "
                "page in the app's dashboard"
            )
        raise ChannelError(
            f"Meta says nothing of the page ({outcome.cause}): QA_MESSENGER_PAGE_TOKEN must be of "
            "a page with the permission pages_messaging, QA_MESSENGER_APP_SECRET of the same app"
        )

    def webhook_calls(self, url: str) -> Sequence[Call]:
        """What the page delivers, and what people see before they write. The address itself is
        entered in Meta's dashboard.
        """
        profile = {
            "get_started": {"payload": GET_STARTED},
            "greeting": [
                {"locale": locale, "text": language.say(chat.WELCOME_SCREEN)}
                for locale, language in _LOCALES.items()
            ],
            "persistent_menu": [
                {"locale": locale, "composer_input_disabled": False, "call_to_actions": menu}
                for locale, menu in ((key, _menu(value)) for key, value in _LOCALES.items())
            ],
        }
        return [
            self._call("subscribed_apps", {"subscribed_fields": ",".join(FIELDS)}),
            self._call("messenger_profile", profile),
        ]

    def _call(self, edge: str, body: Mapping[str, object]) -> Call:
        proven = {**body, "appsecret_proof": self._proof}
        return Call(f"{self._url}/{GRAPH}/me/{edge}", proven, self._headers)

    @property
    def _headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self._page_token}"}

    @property
    def _proof(self) -> str:
        """https://developers.facebook.com/docs/graph-api/guides/secure-requests: a token alone is
        then of no use to whoever finds it.
        """
        return _hmac(self._app_secret, self._page_token.encode())


def _events(delivered: Mapping[str, object]) -> Iterator[object]:
    """What people did in threads that the bot has: every event of every entry."""
    match delivered:
        case {"object": "page", "entry": [*entries]}:
            for entry in entries:
                match entry:
                    case {"messaging": [*events]}:
                        yield from events


def _did(happened: Mapping[object, object]) -> tuple[str, Act, str] | None:
    """The id, what was done, and its text; None for what asks for no reply."""
    match happened:
        case {"message": {"mid": str(mid), "quick_reply": {"payload": str(payload)}}}:
            return mid, Act.BUTTON, payload
        case {"message": {"mid": str(mid), "text": str(text)}}:
            return mid, Act.TEXT, text
        case {"message": {"mid": str(mid)}}:
            return mid, Act.OTHER, ""
        case {"postback": {"payload": str(payload), **more}, "timestamp": int(at)}:
            act = Act.START if payload == GET_STARTED else Act.BUTTON
            # the same button may be pressed twice, also one of the menu, which is in no message
            return f"{more.get('mid', '')}.{at}.{payload}", act, payload
        case {"message_edit": {"mid": str(mid), "text": str(text), **more}}:
            return f"{mid}.{more.get('num_edit')}", Act.TEXT, text
    return None


def _fate(status: int, code: int, subcode: object) -> Fate:
    if code in _REVOKED:
        return Fate.REVOKED
    if code in _GONE or subcode in _GONE_SUBCODES:
        return Fate.GONE
    is_busy = code in _LATER or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return Fate.LATER if is_busy else Fate.REFUSED


def _menu(language: Language) -> list[Mapping[str, str]]:
    """Always there, beside the field to write in."""
    pressed = {
        chat.OTHER_QUESTION: Press.OTHER_QUESTION,
        chat.OPERATOR: Press.OPERATOR,
        chat.LANGUAGE_MENU: Press.LANGUAGE,
    }
    return [
        {"type": "postback", "title": language.say(label), "payload": str(Payload(press))}
        for label, press in pressed.items()
    ]


def _hmac(key: str, content: bytes) -> str:
    return hmac.digest(key.encode(), content, hashlib.sha256).hex()
