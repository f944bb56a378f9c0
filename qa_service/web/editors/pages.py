"""The pages of the queue as HTML."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

from fastapi.responses import HTMLResponse

from qa_service.drafts import file_of
from qa_service.errors import JournalError
from qa_service.journal.gaps import LEAST_CONVERSATIONS, KeptGap
from qa_service.journal.queue import Item, State
from qa_service.live import Serving
from qa_service.phrases import editors
from qa_service.phrases.languages import UKRAINIAN
from qa_service.types import Complaint
from qa_service.web.dependencies import Caller
from qa_service.web.editors.asked import GAPS_PATH, MOST, NEWEST, QUEUE_PATH, View
from qa_service.web.editors.showing import Changed, groups
from qa_service.web.staff import rendered, staff_templates, static_url

QUEUE_STATIC = f"{QUEUE_PATH}/static"
QUEUE_STATIC_FOLDER = Path(__file__).parent / "static"
_GROUPS_A_PAGE, _ITEMS_A_GROUP = 20, 4


class Pages:
    def __init__(self) -> None:
        self._templates = staff_templates(
            Path(__file__).parent / "templates",
            said=editors,
            file_of=file_of,
            State=State,
            MOST_SHOWN=_ITEMS_A_GROUP,
            Changed=Changed,
            queue_static=static_url(QUEUE_STATIC_FOLDER, QUEUE_STATIC),
            GAPS_PATH=GAPS_PATH,
            QUEUE_PATH=QUEUE_PATH,
        )
        self._templates.filters |= {
            "day": _day,
            "moment": _moment,
            "month": UKRAINIAN.date,
            "version_day": _version_day,
        }

    def queue(
        self,
        caller: Caller,
        serving: Serving,
        view: View,
        *,
        items: Sequence[Item],
        total: int,
        counts: Mapping[State, int],
        gaps: Sequence[KeptGap],
        earlier: Item | None,
        done: int,
    ) -> HTMLResponse:
        found = groups(items, gaps, serving, view.order)
        pages = max(1, -(-len(found) // _GROUPS_A_PAGE))
        view = view.on_page(min(view.page, pages))
        start = (view.page - 1) * _GROUPS_A_PAGE
        services = sorted((service.title, service.slug) for service in serving.catalogue.services)
        return rendered(
            self._templates,
            "queue.html",
            caller,
            title=editors.TITLE,
            here=QUEUE_PATH,
            view=view,
            groups=found[start : start + _GROUPS_A_PAGE],
            pages=pages,
            shown=len(items),
            total=total,
            counts=counts,
            gaps_count=len(gaps),
            earlier=earlier,
            done=done,
            services=services,
            complaints=[(one, editors.COMPLAINTS[one]) for one in Complaint],
            orders=[(one, editors.ORDERS[one]) for one in (NEWEST, MOST)],
        )

    def gaps(
        self,
        caller: Caller,
        serving: Serving,
        gaps: Sequence[KeptGap],
        found_at: datetime | None,
        counts: Mapping[State, int],
    ) -> HTMLResponse:
        return rendered(
            self._templates,
            "gaps.html",
            caller,
            title=editors.GAPS,
            here=QUEUE_PATH,
            gaps=gaps,
            gaps_count=len(gaps),
            found_at=found_at,
            counts=counts,
            catalogue=serving.catalogue,
            least=LEAST_CONVERSATIONS,
        )

    def trouble(self, caller: Caller, error: JournalError | None = None) -> HTMLResponse:
        """A page that says why there is no queue; error: None where no journal is kept."""
        return rendered(
            self._templates,
            "trouble.html",
            caller,
            title=editors.BROKEN_TITLE if error else editors.OFF_TITLE,
            here=QUEUE_PATH,
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            error=str(error) if error else None,
        )


def _day(moment: datetime) -> str:
    return f"{moment:%d.%m.%Y}"


def _moment(moment: datetime) -> str:
    return f"{moment:%d.%m.%Y, %H:%M} UTC"


def _version_day(version: str) -> str:
    """`20261127T083039149159Z-3e13fd633c30` -> `27.11.2026`; another version's name as it is."""
    try:
        return _day(datetime.strptime(version[:8], "%Y%m%d"))
    except ValueError:
        return version
