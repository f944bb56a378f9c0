"""The scripts and styles of a room, as browsers get them: under a hash of them all, so that caches
keep them for good and no page mixes two versions.
"""

import hashlib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from fastapi import Response
from rjsmin import jsmin

from qa_service.errors import NotFoundError

FOR_GOOD, SHORT = "public, max-age=31536000, immutable", "public, max-age=300"
_VERSION_CHARS = 10
_TYPES = {".js": "text/javascript", ".css": "text/css"}


class StaticFolder:
    """The `.js` and `.css` files in `folder`, scripts without comments and spaces, served below the
    path `address`.
    """

    def __init__(self, folder: Path, address: str) -> None:
        self._folder, self._address = folder, address

    @cached_property
    def contents(self) -> dict[str, bytes]:
        """By file name, in alphabetical order."""
        return dict(self._read())

    @cached_property
    def version(self) -> str:
        digest = hashlib.sha256()
        for name, content in self.contents.items():
            digest.update(f"{name}\n{len(content)}\n".encode() + content)
        return digest.hexdigest()[:_VERSION_CHARS]

    def url(self, name: str) -> str:
        return f"{self._address}/{self.version}/{name}"

    def served(self, version: str, name: str) -> Response:
        """A page that still holds the address of an earlier version gets today's files, all of
        them, but not for good. Raises NotFoundError.
        """
        if name not in self.contents:
            raise NotFoundError("there is no such file")
        kept = FOR_GOOD if version == self.version else SHORT
        media_type = _TYPES[Path(name).suffix]
        headers = {"Cache-Control": kept, "X-Content-Type-Options": "nosniff"}
        return Response(self.contents[name], headers=headers, media_type=media_type)

    def _read(self) -> Iterator[tuple[str, bytes]]:
        for path in sorted(self._folder.iterdir()):
            if path.suffix in _TYPES:
                content = path.read_bytes()
                yield path.name, jsmin(content) if path.suffix == ".js" else content
