"""Parts of versions in memory that versions share where they were read from the same files.

An editor's change leaves most files of a version as they were: they need not be read beside the
questions once more, nor held twice while two versions are.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from qa_service.indexing.manifest import Manifest
from qa_service.stores import Share

_Part = TypeVar("_Part")


class SharedParts:
    """Parts by the checksums of their files; one lives while a version uses it. Of one thread."""

    def __init__(self) -> None:
        self._parts: WeakValueDictionary[tuple[object, ...], Any] = WeakValueDictionary()

    def of(self, manifest: Manifest) -> Share:
        """What shares the parts of a version whose files were verified."""
        return partial(self._part, manifest)

    def _part(self, manifest: Manifest, name: str, load: Callable[[], _Part]) -> _Part:
        files = manifest.checksums.items()
        key = (name, *(one for one in files if name in (one[0], one[0].partition("/")[0])))
        part: _Part | None = self._parts.get(key)
        if part is None:
            part = self._parts[key] = load()
        return part
