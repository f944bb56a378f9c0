"""What an editor asks for: the filters in an address, the fields of a form. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import parse_qs, urlencode

from qa_service.errors import RequestError
from qa_service.journal.queue import MOST_ITEMS, State, Wanted
from qa_service.types import Complaint
from qa_service.web.forms import read_fields

QUEUE_PATH, GAPS_PATH = "/queue", "/queue/gaps"
ANY, NEWEST, MOST = "any", "newest", "most"
_MOST_ID, _MOST_ID_DIGITS, _MOST_SLUG_CHARS = 2**63 - 1, 19, 100
_MOST_FIELDS = MOST_ITEMS + 10
MOST_TO_UNDO = 200
"""Items that are named in an address, which is no place for more."""


@dataclass(frozen=True, slots=True)
class View:
    """Which items a page shows, in which order; what it does not know it leaves out."""

    wanted: Wanted
    order: str = MOST
    page: int = 1

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> Self:
        state, complaint = fields.get("state", ""), fields.get("complaint", "")
        wanted = Wanted(
            None if state == ANY else State(state) if state in set(State) else State.OPEN,
            Complaint(complaint) if complaint in set(Complaint) else None,
            fields.get("service", "")[:_MOST_SLUG_CHARS] or None,
        )
        page = fields.get("page", "")
        order = NEWEST if fields.get("order") == NEWEST else MOST
        return cls(wanted, order, max(1, int(page)) if is_id(page) else 1)

    @property
    def is_narrowed(self) -> bool:
        return bool(self.wanted.complaint or self.wanted.service)

    def of_state(self, state: State | None) -> "View":
        return replace(self, wanted=replace(self.wanted, state=state), page=1)

    def on_page(self, number: int) -> "View":
        return replace(self, page=number)

    @property
    def query(self) -> str:
        """The part of the address after `?`, without what goes without saying."""
        fields = {
            "state": ANY if self.wanted.state is None else str(self.wanted.state),
            "complaint": str(self.wanted.complaint or ""),
            "service": self.wanted.service or "",
            "order": self.order,
            "page": str(self.page),
        }
        usual = {"", str(State.OPEN), MOST, "1"}
        return urlencode({name: value for name, value in fields.items() if value not in usual})

    @property
    def url(self) -> str:
        return f"{QUEUE_PATH}?{self.query}" if self.query else QUEUE_PATH


@dataclass(frozen=True, slots=True)
class Handling:
    """Take these items from the state that the page showed to another."""

    ids: tuple[int, ...]
    seen: State
    to: State
    view: View
    anchor: str


def read_handling(content_type: str, body: bytes) -> Handling:
    """Raises RequestError for what no form of ours sends."""
    fields = read_fields(content_type, body, _MOST_FIELDS)
    ids = tuple(map(int, filter(is_id, fields.get("id", ()))))
    seen, to = _only(fields, "seen"), _only(fields, "to")
    if not ids or seen not in set(State) or to not in set(State):
        raise RequestError(f"the form must have id, and seen and to as {', '.join(State)}")
    back = {name: values[0] for name, values in parse_qs(_only(fields, "back")).items()}
    return Handling(ids, State(seen), State(to), View.of(back), _only(fields, "anchor"))


@dataclass(frozen=True, slots=True)
class Done:
    """What was done last, so that a page can say it and take it back.

    count: of the items; where they are too many to be taken back, `ids` has the newest alone.
    """

    ids: tuple[int, ...]
    was: State
    now: State
    count: int

    @property
    def can_undo(self) -> bool:
        return self.count == len(self.ids)

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> Self | None:
        """None where an address tells of nothing."""
        ids = tuple(map(int, filter(is_id, fields.get("done", "").split("."))))
        was, now = fields.get("was", ""), fields.get("now", "")
        if not ids or was not in set(State) or now not in set(State):
            return None
        count = fields.get("count", "")
        return cls(ids, State(was), State(now), int(count) if is_id(count) else len(ids))

    @property
    def query(self) -> str:
        are_too_many = self.count > MOST_TO_UNDO
        ids = [max(self.ids)] if are_too_many else self.ids
        told = {"done": ".".join(map(str, ids)), "was": str(self.was), "now": str(self.now)}
        return urlencode(told | ({"count": str(self.count)} if are_too_many else {}))


def is_id(text: str) -> bool:
    """Whether it may be a row's."""
    is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_ID_DIGITS
    return is_number and int(text) <= _MOST_ID


def _only(fields: Mapping[str, Sequence[str]], name: str) -> str:
    return fields.get(name, ("",))[0]
