"""What one client may cost that stays within its rate limit and sends the dearest it can.

The time of the processor for one request, times the requests that the limit allows: this does not
depend on what else the machine does.
"""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from urllib.parse import quote

from bench.overload import distinct_questions
from bench.soak.findings import Finding
from bench.soak.target import attacked
from bench.soak.wire import Reply, get, post

REQUESTS, A_MINUTE, MOST_PERCENT = 40, 600, 20
_NO_LIMIT = 10_000_000
_CYRILLIC = "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя"
_MIXED = _CYRILLIC + "abcdefghijklmnopqrstuvwxyzαβγδεζηθабвאבגד日本語ءآأ"
_LATIN = "abcdefghijklmnopqrstuvwxyz;'[],.`"
_RANDOM = random.Random(7)
_NUMBERS = count()


def run() -> Iterator[Finding]:
    asked = distinct_questions()
    kinds: tuple[tuple[str, int, Callable[[], Reply]], ...] = (
        ("ordinary questions", 1, lambda: _ask(next(asked))),
        ("990 × U+FDFA", 1, lambda: _ask("\ufdfa" * 990 + f"{next(_NUMBERS)}")),
        ("1,000 letters of gibberish", 1, lambda: _ask(_gibberish(_CYRILLIC, 8))),
        ("1,000 letters, one word", 1, lambda: _ask(_gibberish(_CYRILLIC, 1_000))),
        ("1,000 letters, words of three", 1, lambda: _ask(_gibberish(_CYRILLIC, 3))),
        ("1,000 letters of mixed alphabets", 1, lambda: _ask(_gibberish(_MIXED, 7))),
        ("1,000 letters on the wrong layout", 1, lambda: _ask(_gibberish(_LATIN, 8))),
        ("ten questions in one message", 1, lambda: _ask(_several(asked, 10))),
        ("questions up to 1,000 letters", 1, lambda: _ask(_several(asked, 30)[:1_000])),
        ("batches of 20 × 1,000 letters", 20, _batch),
        ("pages for 1,000 letters", 1, lambda: get(f"/?q={quote(_gibberish(_CYRILLIC, 8))}")),
        ("suggestions for 1,000 letters", 1, _suggest),
        ("210 kB of unknown keys", 1, _unknown_keys),
    )
    with attacked(QA_RATE_LIMIT=f"{_NO_LIMIT}/hour") as target:
        for name, times, send in kinds:
            cpu, left = target.cpu_seconds(), _left(get("/v1/services"))
            replies = [send() for _ in range(REQUESTS // times)]
            each = (target.cpu_seconds() - cpu) / len(replies)
            units = (left - _left(get("/v1/services")) - 1) / len(replies)
            statuses = Counter(reply.status for reply in replies)
            share = 100 * each * A_MINUTE / 60 / units
            yield Finding(
                f"{name}, {units:.0f} units each, {A_MINUTE} units a minute",
                f"≤ {MOST_PERCENT} % of a core",
                f"{share:.0f} %: {1000 * each:.0f} ms each, statuses {dict(statuses)}",
                share <= MOST_PERCENT,
            )


def _left(reply: Reply) -> int:
    """Units that the limit leaves: requests count by what they cost."""
    return int(reply.head.partition(b"ratelimit-remaining: ")[2].split()[0])


def _ask(question: str) -> Reply:
    return post("/v1/ask", {"question": question})


def _gibberish(letters: str, length: int) -> str:
    """1,000 letters in words of this length."""
    words = ("".join(_RANDOM.choices(letters, k=length)) for _ in range(1_000 // length + 1))
    return " ".join(words)[:1_000]


def _several(asked: Iterator[str], number: int) -> str:
    return "? ".join(next(asked).rstrip("?") for _ in range(number))[:1_000]


def _batch() -> Reply:
    return post("/v1/ask/batch", {"questions": [_gibberish(_CYRILLIC, 8) for _ in range(20)]})


def _suggest() -> Reply:
    return get(f"/v1/suggest?q={quote(_gibberish(_CYRILLIC, 8))}")


def _unknown_keys() -> Reply:
    keys = {f"k{number}": 1 for number in range(19_000)}
    return post("/v1/ask", json.dumps(keys).encode())
