"""Names that stand in addresses: streets, and towns as adjectives. Pure."""

import re

_STREET = re.compile(
    r"(?:вул|просп|бульв|пров|пл|наб|шосе|вулиця|проспект|площа|набережна)\.?\s+([^,\d]+?)"
    r"\s*(?:,|$)|^([^,\d]+?)\s+(?:шосе|проспект|набережна)"
)
_LEAST_STREET = 5
"""Letters of a last word that names a street by itself."""


def streets(address: str, common: frozenset[str]) -> tuple[str, ...]:
    """Names of streets in an address, whole and by the last word: Миколи Грінченка, Грінченка."""
    found = [name for match in _STREET.findall(address) for name in match if name]
    last = [name.split()[-1] for name in found]
    known = [name for name in last if len(name) >= _LEAST_STREET and name.lower() not in common]
    return tuple(dict.fromkeys([*found, *known]))


def adjectives(name: str) -> tuple[str, ...]:
    """`Харків` -> `харківський`, as in «харківське МРЕО»."""
    stem = name.lower().rstrip("аеєиіїоуюяьй")
    if " " in name or "-" in name or not stem:
        return ()
    if name.endswith("ий") and not name.endswith("кий"):
        return (f"{name.lower()[:-1]}йський",)
    if stem.endswith(("ськ", "цьк", "зьк")):
        return (f"{stem}ий",)
    for ends, new in (("с", "с"), ("кцч", "ц"), ("гжз", "з")):
        if stem[-1] in ends:
            return (f"{stem[:-1]}{new}ький",)
    return (f"{stem}ський",)
