"""Whether a message is angry, wants to complain or reports a crime, by its words. Pure."""

import re

_COMPLAINS = re.compile(
    r"\b(?:скарг\w*|поскарж\w*|скарж\w*|жалоб\w*|пожал\w*с[ья]|жалу\w*с[ья]|нахам\w*|"
    r"хам(?:ство|ства|ять|ив|или|ло|ка|ське|ський)\w*|груб(?:ив|ил|іян|иян|ощ|ост)\w*|обурен\w*|"
    r"возмущ\w*|безлад|беспредел|жах|ужас|знуща\w*|издева\w*|туп(?:ий|а|і|ая|ой|ые|иця|ица)|"
    r"ідіот\w*|идиот\w*|дебіл\w*|дебил\w*|хабар\w*|взятк\w*|complain\w*|complaint|rude)\b"
)
_CRIME = re.compile(
    r"\b(?:вкра(?:ли|в|ла|дено|ден[іиа])|викра(?:ли|в|дено|ден\w+)|украли|украден\w*|угнали|угон\w*|"
    r"пограбува\w+|ограби\w+|stole|stolen|robbed)\b"
)


def complains(text: str) -> bool:
    """`text`: normalised."""
    return _COMPLAINS.search(text) is not None


def reports_crime(text: str) -> bool:
    """`text`: normalised."""
    return _CRIME.search(text) is not None
