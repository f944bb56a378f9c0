"""The form «Чи це допомогло?», read and checked. Pure.

`back`, the address of the answer, must be the search page's, so that no form leads to another site.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from qa_service.errors import RequestError
from qa_service.journal import MAX_COMMENT_CHARS, Feedback
from qa_service.phrases.languages import LANGUAGES
from qa_service.types import Complaint
from qa_service.web import forms
from qa_service.web.dependencies import MOST_PASSAGE_ID_CHARS, PLAIN_ID
from qa_service.web.pages import START_PAGE

_MAX_FIELDS = 20
_ANSWER_ID = re.compile(PLAIN_ID)
_ANSWERS = tuple(f"{language.prefix}{START_PAGE}?" for language in LANGUAGES)
_HELPFUL = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class FeedbackForm:
    feedback: Feedback
    back: str

    @property
    def is_of_answer(self) -> bool:
        """Whether `back` is the address of an answer."""
        return self.back.startswith(_ANSWERS)

    @property
    def is_too_long(self) -> bool:
        return len(self.feedback.comment or "") > MAX_COMMENT_CHARS


def read_form(content_type: str, body: bytes) -> FeedbackForm:
    """Raises RequestError for what no form of ours sends."""
    fields = forms.read_form(content_type, body, _MAX_FIELDS)
    answer_id, helpful = fields.get("answer_id", ""), fields.get("helpful", "")
    if not _ANSWER_ID.fullmatch(answer_id) or helpful not in _HELPFUL:
        raise RequestError("the form must have answer_id, and helpful as yes or no")
    complaint = fields.get("complaint", "")
    feedback = Feedback(
        answer_id,
        _HELPFUL[helpful],
        _passage_id(fields),
        _comment(fields),
        Complaint(complaint) if complaint in set(Complaint) else None,
    )
    return FeedbackForm(feedback, back_path(fields.get("back", "")))


def back_path(path: str) -> str:
    """`path` where it is the search page's, else the start page."""
    return path if path.startswith(_ANSWERS) else START_PAGE


def _passage_id(fields: Mapping[str, str]) -> str | None:
    passage_id = fields.get("passage_id", "")
    return passage_id if 0 < len(passage_id) <= MOST_PASSAGE_ID_CHARS else None


def _comment(fields: Mapping[str, str]) -> str | None:
    return fields.get("comment", "").replace("\r\n", "\n").strip() or None
