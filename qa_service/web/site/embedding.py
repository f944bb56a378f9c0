"""The two lines that put the search on a site, as chosen in the form of the page `/embed`. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Self

from qa_service.phrases.languages import LANGUAGES

MOST_PLACEHOLDER_CHARS = 100
THEMES = ("auto", "light", "dark")
INTERFACES = tuple(language.code for language in LANGUAGES)


@dataclass(frozen=True, slots=True)
class Embedding:
    """Attributes of `<hsc-search>`; what is as by default is not written."""

    interface: str = "uk"
    theme: str = "auto"
    service: str = ""
    placeholder: str = ""
    is_dialog: bool = False

    @classmethod
    def read(cls, chosen: Mapping[str, str], services: frozenset[str]) -> Self:
        """Of the form's fields; what it does not offer is left out."""
        service = chosen.get("service", "")
        return cls(
            _one_of(INTERFACES, chosen.get("interface", "")),
            _one_of(THEMES, chosen.get("theme", "")),
            service if service in services else "",
            " ".join(chosen.get("placeholder", "").split())[:MOST_PLACEHOLDER_CHARS],
            bool(chosen.get("dialog")),
        )

    @property
    def attributes(self) -> dict[str, str]:
        """Name -> value."""
        given = {
            "lang": self.interface if self.interface != INTERFACES[0] else "",
            "theme": self.theme if self.theme != THEMES[0] else "",
            "data-service": self.service,
            "placeholder": self.placeholder,
        }
        return {name: value for name, value in given.items() if value}

    def lines(self, base: str, fallback: str) -> str:
        """HTML for a page of the site. `base`: the service's address, without a slash at its end.
        `fallback`: what shows until the widget is there.
        """
        given = "".join(f' {name}="{escape(value)}"' for name, value in self.attributes.items())
        shown = " dialog" if self.is_dialog else ""
        return (
            f'<script type="module" src="{escape(base)}/widget.js"></script>\n'
            f"<hsc-search{given}{shown}>{escape(fallback)}</hsc-search>"
        )


def _one_of(values: tuple[str, ...], chosen: str) -> str:
    return chosen if chosen in values else values[0]
