"""The catalogue of one version: services and passages by name. Immutable."""

from qa_service.errors import NotFoundError
from qa_service.indexing.snapshot import Snapshot
from qa_service.types import Passage, Service

_QUOTED_CHARS = 80


class Catalogue:
    """`services` is empty for a corpus that is not ours, whose passages may still name services."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.services = snapshot.services
        self.popular = snapshot.popular
        self._services = {service.slug: service for service in snapshot.services}
        self._passages = {passage.id: passage for passage in snapshot.passages}
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

    def check_service(self, slug: str) -> None:
        """Raises NotFoundError for one that neither the services nor the passages name."""
        if not slug or slug not in self._slugs:
            raise _no_service(slug)

    def title(self, slug: str) -> str:
        """What to call a service; one without a page of its own is called by its slug."""
        found = self._services.get(slug)
        return found.title if found else slug


def _no_service(slug: str) -> NotFoundError:
    return NotFoundError(
        f"there is no service {slug[:_QUOTED_CHARS]!r}; GET /v1/services lists them"
    )
