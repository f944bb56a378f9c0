"""The editors' queue: complaints, gaps and drafts, for those who write the texts. Plain pages and
forms, without a script.
"""

from qa_service.web.editors.pages import QUEUE_STATIC, QUEUE_STATIC_FOLDER
from qa_service.web.editors.routes import editors_router

__all__ = ["QUEUE_STATIC", "QUEUE_STATIC_FOLDER", "editors_router"]
