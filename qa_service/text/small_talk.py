"""What a message that asks nothing is, by its words, so that it gets a fitting reply. Pure."""

import re

from qa_service.text.trouble import in_danger
from qa_service.types import SmallTalk


def _before(first: str, second: str) -> str:
    """A word of `first`, anywhere after it one of `second`. Only the first word is gone on from:
    going on from each takes time by the square of a text that repeats it.
    """
    return rf"^(?>.*?\b(?:{first})\b).*\b(?:{second})\b"


_KINDS = (
    (
        SmallTalk.EMERGENCY,
        r"\b(?:аварі\w*|дтп|кров|побили|б'ють|рятуйте|швидку|скорую|авари\w+|пожар|accident|crash|"
        r"emergency|attacked)\b",
    ),
    (
        SmallTalk.PERSON,
        _before(
            r"дай(?:те)?|покли\w+|позов\w+|хочу|треба|надо|потріб\w+|нуж\w+|з'?єдна\w*|соедин\w*",
            r"оператор\w*|людин(?:у|ою)|живу|живого|человек(?:а|ом|у)|консультант\w*",
        ),
    ),
    (
        SmallTalk.BOT,
        r"\b(?:ро)?бот (?:чи|или)\b|\b(?:чи|или) (?:ро)?бот\b|"
        r"\b(?:ro)?bot or\b|\bor (?:a )?(?:ro)?bot\b",
    ),
    (
        SmallTalk.PERSON,
        r"\b(?:оператор\w*|людин\w+|живого|живої|живий|живу|челове\w+|консультант\w*|спеціаліст\w*|"
        r"менеджер\w*|працівник\w*|дзвін\w*|передзвон\w*|перезвон\w*|зв'?яж\w*|з'?єдна\w*|соедин\w*|"
        r"переключ\w*|перемкн\w*|human|person|agent|someone real|call me)\b",
    ),
    (
        SmallTalk.BOT,
        _before(
            "ти|ты|ви|вы|you",
            "бот|робот|програма|людина|хто|кто|вмієш|умеешь|можеш|можете|звати|зовут|bot|robot|real|do|"
            "name",
        )
        + r"|\bхто ти\b|\bкто ты\b|\bти хто\b|\bбот\b",
    ),
    (
        SmallTalk.THANKS,
        r"\b(?:дяк\w*|спас[иі]б\w*|благодар\w*|вдячн\w*|thank\w*|thx|спс|d[iy]aku\w*)\b",
    ),
    (
        SmallTalk.FAREWELL,
        r"\b(?:до побачення|до зустрічі|на все добре|всього найкращого|до свидания|бувай\w*|"
        r"goodbye|bye|добраніч)\b",
    ),
    (
        SmallTalk.GREETING,
        r"\b(?:прив[іе]т\w*|добр\w+ (?:д|в|р)\w+|добр(?:идень|ивечір)|вітаю|здраст\w*|здравств\w*|"
        r"hello|hi|hey|алло|ало|слава україні|pryvit|dobryi den)\b",
    ),
)
_RULES = tuple((kind, re.compile(pattern)) for kind, pattern in _KINDS)


def small_talk(text: str) -> SmallTalk:
    """The first kind of which normalised text has a word; `OTHER` where it has none."""
    if in_danger(text):
        return SmallTalk.EMERGENCY
    return next((kind for kind, rule in _RULES if rule.search(text)), SmallTalk.OTHER)
