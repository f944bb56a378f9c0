"""The pages of the queue as HTML."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

from fastapi.responses import HTMLResponse

from qa_service.catalogue import Catalogue
from qa_service.drafts import file_of
from qa_service.errors import JournalError
from qa_service.journal.gaps import LEAST_CONVERSATIONS, GapState, KeptGap
from qa_service.journal.queue import Item, State
from qa_service.journal.reports import KYIV
from qa_service.live import Serving
from qa_service.phrases import editors
from qa_service.phrases.languages import UKRAINIAN, alphabetical
from qa_service.types import Complaint
from qa_service.web.dependencies import Caller
from qa_service.web.editors.asked import GAPS_PATH, MOST, NEWEST, QUEUE_PATH, Done, View
from qa_service.web.editors.gaps import WantedGaps, show_gap
from qa_service.web.editors.showing import Changed, groups, places
from qa_service.web.staff import rendered, staff_templates, static_url

QUEUE_STATIC = f"{QUEUE_PATH}/static"
QUEUE_STATIC_FOLDER = Path(__file__).parent / "static"
_NEAREST_CHARS = 300
_GROUPS_A_PAGE, _GAPS_A_PAGE, _ITEMS_A_GROUP = 20, 20, 4


class Pages:
    def __init__(self) -> None:
        self._templates = staff_templates(
            Path(__file__).parent / "templates",
            said=editors,
            file_of=file_of,
            State=State,
            MOST_SHOWN=_ITEMS_A_GROUP,
            MOST_NEAREST=_NEAREST_CHARS,
            Changed=Changed,
            queue_static=static_url(QUEUE_STATIC_FOLDER, QUEUE_STATIC),
            GAPS_PATH=GAPS_PATH,
            QUEUE_PATH=QUEUE_PATH,
        )
        self._templates.filters |= {
            "day": _day,
            "moment": _moment,
            "month": UKRAINIAN.date,
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
        services: Mapping[str, int],
        earlier: Item | None,
        done: Done | None,
        done_first: Item | None,
    ) -> HTMLResponse:
        found = groups(items, gaps, serving, view.order)
        pages = max(1, -(-len(found) // _GROUPS_A_PAGE))
        view = view.on_page(min(view.page, pages))
        start = (view.page - 1) * _GROUPS_A_PAGE
        shown = found[start : start + _GROUPS_A_PAGE]
        return rendered(
            self._templates,
            "queue.html",
            caller,
            title=editors.TITLE,
            here=QUEUE_PATH,
            view=view,
            groups=shown,
            places=places(shown),
            pages=pages,
            shown=len(items),
            total=total,
            counts=counts,
            gaps_count=len(gaps),
            earlier=earlier,
            done=done,
            done_first=done_first,
            services=_named(services, view.wanted.service, serving.catalogue),
            complaints=[(one, editors.COMPLAINTS[one]) for one in Complaint],
            orders=[(one, editors.ORDERS[one]) for one in (MOST, NEWEST)],
        )

    def gaps(
        self,
        caller: Caller,
        serving: Serving,
        gaps: Mapping[GapState, Sequence[KeptGap]],
        found_at: datetime | None,
        counts: Mapping[State, int],
        wanted: WantedGaps,
    ) -> HTMLResponse:
        """A page of them; those that nobody will write about on the last one."""
        found = [show_gap(one, serving.catalogue) for one in gaps[GapState.OPEN]]
        pages = max(1, -(-len(found) // _GAPS_A_PAGE))
        page = wanted.page_of([one.kept.id for one in found], _GAPS_A_PAGE)
        start = (page - 1) * _GAPS_A_PAGE
        return rendered(
            self._templates,
            "gaps.html",
            caller,
            title=editors.GAPS,
            here=QUEUE_PATH,
            gaps=found[start : start + _GAPS_A_PAGE],
            gaps_count=len(found),
            page=page,
            pages=pages,
            dismissed=gaps[GapState.DISMISSED],
            undo=next((one for one in gaps[GapState.DISMISSED] if one.id == wanted.undo), None),
            found_at=found_at,
            counts=counts,
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


def _named(
    counts: Mapping[str, int], wanted: str | None, catalogue: Catalogue
) -> list[tuple[str, str, int]]:
    """(title, slug, items) of the services that have any, and of the one that is wanted."""
    slugs = counts.keys() | ({wanted} if wanted else set())
    found = [(catalogue.title(slug), slug, counts.get(slug, 0)) for slug in slugs]
    return sorted(found, key=lambda one: alphabetical(one[0]))


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(KYIV):%d.%m.%Y}"


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(KYIV):%d.%m.%Y, %H:%M}"
