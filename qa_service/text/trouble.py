"""Whether a message is angry, wants to complain, reports a crime or danger, or says no more than
«ок», by its words. Pure.
"""

import re
import unicodedata

_COMPLAINS = re.compile(
    r"\b(?:скарг\w*|поскарж\w*|скарж\w*|жалоб\w*|пожал\w*с[ья]|жалу\w*с[ья]|нахам\w*|"
    r"хам(?:ство|ства|ять|ив|или|ло|ка|ське|ський)\w*|груб(?:ив|ил|іян|иян|ощ|ост)\w*|обурен\w*|"
    r"возмущ\w*|безлад|беспредел|жах|ужас|знуща\w*|издева\w*|туп(?:ий|а|і|ая|ой|ые|иця|ица)|"
    r"дурн(?:ий|а|і|ая|ой|ые|я)|гімно|говно|пішли ви|пошли вы|не тямить|ідіот\w*|идиот\w*|"
    r"дебіл\w*|дебил\w*|хабар\w*|взятк\w*|complain\w*|complaint|rude)\b"
)
_DANGER = re.compile(
    r"\b(?:поранен\w*|раненый|раненые|без свідомості|без сознания|помира\w+|вмира\w+|умира\w+|"
    r"(?:хочу|буду) (?:вмерти|померти|умереть)|самогуб\w*|суицид\w*|"
    r"зб(?:ив|ила|или) (?:людин|дитин|пішоход)\w*|сб(?:ил|ила|или) (?:человек|ребенк|пешеход)\w*|"
    r"вбива\w+|убива\w+|горить|горим|пожеж[аі]|стріляють|injured|bleeding|unconscious|suicide)\b"
)
_ACKNOWLEDGED = re.compile(
    r"(?:(?:ок|окей|ok|okay|добре|добро|ясно|зрозуміло|зрозуміла|зрозумів|понятно|понял|поняла|ага|"
    r"угу|так|да|супер|клас|чудово|fine|got it)[\s,.!]*)+"
)
_CRIME = re.compile(
    r"\b(?:вкра(?:ли|в|ла|дено|ден[іиа])|викра(?:ли|в|дено|ден\w+)|украли|украден\w*|угнали|угон\w*|"
    r"пограбува\w+|ограби\w+|stole|stolen|robbed)\b"
)


def complains(text: str) -> bool:
    """`text`: normalised."""
    return _COMPLAINS.search(text) is not None


def in_danger(text: str) -> bool:
    """Whether somebody's life may be in danger. `text`: normalised."""
    return _DANGER.search(text) is not None


def is_acknowledgement(text: str) -> bool:
    """Whether a message only says that it was understood: «ок», «зрозуміло», 👍."""
    said = text.strip().lower()
    has_words = any(map(str.isalnum, said))
    is_sign = not has_words and any(unicodedata.category(one) == "So" for one in said)
    return is_sign or _ACKNOWLEDGED.fullmatch(said) is not None


def reports_crime(text: str) -> bool:
    """`text`: normalised."""
    return _CRIME.search(text) is not None
