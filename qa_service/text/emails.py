"""E-mail addresses, also with words for their signs: «собака», `at`, «крапка». Pure.

A bare `at` counts where a host of mailboxes or a spoken one follows, or a name with digits or signs
goes before, so that `look at hsc.gov.ua` stays.
"""

import re

_SIGN = re.compile(r"[@＠]|[\s(\[{](?:at|эт|ет)[\s)\]}]|собач?ка|равлик")
_WORDS = r"(?:at|эт|ет|собач?ка|равлик)"
_NAME = r"[\w.+%'-]+"
_JOINTS = r"крапка|точка|dot|тире|дефіс|дефис|(?:нижн\w{1,4}\s)?(?:підкреслення|подчеркивание)"
_SPOKEN_NAME = rf"(?<![\w.+%'-])(?:{_NAME}\s(?:{_JOINTS})\s){{0,3}}{_NAME}"
_AT = (
    rf"(?:\s?@\s?|\s?[(\[{{]\s?{_WORDS}\s?[)\]}}]\s?|\s?\b(?:собач?ка|равлик)\b\s?"
    r"|(?<=[a-z\d_])(?:собач?ка|равлик)(?=[a-z\d]))"
)
_END = r"(?:com|net|org|ua|укр)\b"
_DOT = (
    rf"(?:\.|,(?={_END})|\s?\.\s?(?={_END})"
    r"|\s?[(\[{]\s?(?:dot|крапка|точка)\s?[)\]}]\s?|\s(?:крапка|точка|dot)\s)"
)
_HOST = rf"[\w-]+(?:{_DOT}[\w-]+)+"
_MAILBOXES = r"(?:gmail|ukr|i|meta|bigmir|kyivstar|icloud|outlook|hotmail|yahoo|proton\w*)"
_SPOKEN_HOST = r"[\w-]+(?:\s(?:крапка|точка|dot)\s[\w-]+)+"
_EMAIL = re.compile(
    rf"{_SPOKEN_NAME}(?:{_AT}{_HOST}"
    rf"|\s(?:at|эт|ет)\s(?:{_SPOKEN_HOST}|(?={_MAILBOXES}{_DOT}){_HOST}))",
    re.IGNORECASE,
)
_SIGNED_NAME = re.compile(
    rf"(?<![\w.+%'-])(?=[^\s@]{{0,60}}[\d._+-]){_NAME}\s(?:at|эт|ет)\s{_HOST}", re.IGNORECASE
)


def has_sign(text: str) -> bool:
    """Whether `text` holds one of the signs or words of which every address has one."""
    return _SIGN.search(text.lower()) is not None


def replace_emails(token: str, text: str) -> str:
    """Every address, replaced."""
    if not has_sign(text):
        return text
    return _SIGNED_NAME.sub(token, _EMAIL.sub(token, text))
