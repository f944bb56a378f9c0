"""Whether a message is angry or wants to complain, by its words. Pure."""

import re

_COMPLAINS = re.compile(
    r"\b(?:скарг\w*|поскарж\w*|скарж\w*|жалоб\w*|пожал\w*с[ья]|жалу\w*с[ья]|хам\w{1,6}|нахам\w*|"
    r"груб(?:ив|ил|іян|иян|ощ|ост)\w*|обурен\w*|возмущ\w*|безлад|беспредел|жах|ужас|знуща\w*|"
    r"издева\w*|хабар\w*|взятк\w*|вимага\w+ (?:грош|гроші|хабар)\w*|complain\w*|complaint|rude)\b"
)


def complains(text: str) -> bool:
    """`text`: normalised."""
    return _COMPLAINS.search(text) is not None
