"""The catalogue of one version: services, passages and centres by name. Immutable."""

from qa_service import phrases
from qa_service.centres import CentreDirectory
from qa_service.errors import NotFoundError
from qa_service.indexing.snapshot import Snapshot
from qa_service.text.normalise import normalise
from qa_service.types import Centre, Centres, Context, Passage, Service, Topic

_QUOTED_CHARS = 80

CENTRES_PAGE = "/centres#"
CENTRES_SERVICE = "centre-locations-hours"
"""The service that a centre's passage belongs to."""


class Catalogue:
    """`services` is empty for a corpus that is not ours, whose passages may still name services."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.services = snapshot.services
        self.popular = snapshot.popular
        self._services = {service.slug: service for service in snapshot.services}
        self.directory = CentreDirectory(
            snapshot.centres, snapshot.passages, snapshot.vocabulary.counts
        )
        self._centres = {
            centre.number: centre_passage(centre, snapshot.centres, self.title(CENTRES_SERVICE))
            for centre in snapshot.centres.centres
        }
        known = (*snapshot.passages, *self._centres.values())
        self._passages = {passage.id: passage for passage in known}
        self._slugs = {passage.service for passage in snapshot.passages} | self._services.keys()

    def service(self, slug: str) -> Service:
        """Raises NotFoundError."""
        if slug not in self._services:
            raise _no_service(slug)
        return self._services[slug]

    def find(self, slug: str | None) -> Service | None:
        """The service, or None where there is none of that name."""
        return self._services.get(slug or "")

    def passage(self, passage_id: str) -> Passage:
        """Raises NotFoundError."""
        if passage_id not in self._passages:
            raise NotFoundError(
                f"there is no passage {passage_id[:_QUOTED_CHARS]!r}; "
                "GET /v1/services/{slug} lists a service's"
            )
        return self._passages[passage_id]

    def passage_of(self, centre: Centre) -> Passage:
        """What is said of a service centre."""
        return self._centres[centre.number]

    def check_service(self, slug: str) -> None:
        """Raises NotFoundError for one that neither the services nor the passages name."""
        if not slug or slug not in self._slugs:
            raise _no_service(slug)

    def known_context(self, context: Context) -> Context:
        """The context without services that are not there, any more or at all."""
        return Context(
            context.service if context.service in self._slugs else None,
            context.topic,
            tuple(slug for slug in context.recent if slug in self._slugs),
            tuple(slug for slug in context.choices if slug in self._slugs),
        )

    def names(self, slug: str) -> tuple[str, ...]:
        """The title and aliases of a service, normalised."""
        found = self._services.get(slug)
        return tuple(map(normalise, (found.title, *found.aliases))) if found else ()

    def title(self, slug: str) -> str:
        """What to call a service; one without a page of its own is called by its slug."""
        found = self._services.get(slug)
        return found.title if found else slug


def _no_service(slug: str) -> NotFoundError:
    return NotFoundError(
        f"there is no service {slug[:_QUOTED_CHARS]!r}; GET /v1/services lists them"
    )


def is_centre(passage: Passage) -> bool:
    """Whether a passage is a service centre's."""
    return (passage.url or "").startswith(CENTRES_PAGE)


def centre_passage(centre: Centre, centres: Centres, service_title: str) -> Passage:
    """The passage of a centre, in sentences of `phrases`; its own hours and phone if known."""
    own, network = centre.hours, centres.network_hours_source
    hours = phrases.CENTRE_HOURS if own else phrases.CENTRE_NETWORK_HOURS
    said = [
        phrases.CENTRE_ADDRESS.format(
            number=centre.number, city=centre.city, address=centre.address
        ),
        hours.format(hours=own or centres.network_hours),
        phrases.CENTRE_PHONE.format(phone=centre.phone)
        if centre.phone
        else phrases.CENTRE_NO_PHONE,
        *([centre.note] if centre.note else []),
    ]
    doubt = [centre.doubt] if centre.doubt else []
    return Passage(
        id=f"{CENTRES_SERVICE}.{centre.number}",
        document=f"{CENTRES_SERVICE}.{centre.number}",
        service=CENTRES_SERVICE,
        service_title=service_title,
        topic=Topic.WHERE,
        title=phrases.CENTRE_TITLE.format(number=centre.number, city=centre.city),
        text=" ".join(said),
        as_of=centre.as_of,
        evidence=centre.evidence,
        doubt=" ".join([*doubt, phrases.CENTRE_DOUBT]),
        sources=(*centre.sources, *([network] if network and not own else [])),
        url=f"{CENTRES_PAGE}{centre.number}",
    )
