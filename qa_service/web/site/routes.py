"""Every route of the website, its pages in each language."""

from collections.abc import Mapping

from fastapi import APIRouter
from jinja2 import Environment

from qa_service.phrases.languages import LANGUAGES, UKRAINIAN, Language
from qa_service.service import QuestionService
from qa_service.types import Handoff
from qa_service.web.dependencies import SiteOptions
from qa_service.web.site.about_pages import about_router
from qa_service.web.site.crawlers import crawlers_router
from qa_service.web.site.discovery import opensearch_router
from qa_service.web.site.feedback_page import feedback_page_router
from qa_service.web.site.pages import pages_router
from qa_service.web.site.rendering import page_templates

Templates = Mapping[Language, Environment]


def site_templates(
    service: QuestionService, contact: Handoff, widget_folder: str, options: SiteOptions
) -> Templates:
    """The templates of each language; `widget_folder`: where the scripts of the search box are."""
    return {
        language: page_templates(
            language,
            contact=contact,
            asks_for_feedback=service.takes_feedback,
            widget_folder=widget_folder,
            events=options.events,
            recent_questions=options.recent_questions,
            has_chat=options.has_chat,
        )
        for language in LANGUAGES
    }


def site_router(
    service: QuestionService, templates: Templates, contact: Handoff, options: SiteOptions
) -> APIRouter:
    """The pages, and what browsers and search engines read of them."""
    router = APIRouter(include_in_schema=False)
    for language, of_language in templates.items():
        router.include_router(pages_router(service, of_language, contact, language))
        router.include_router(feedback_page_router(service, of_language, language))
        router.include_router(about_router(service, of_language, contact, options, language))
    router.include_router(opensearch_router(service, templates[UKRAINIAN]))
    router.include_router(crawlers_router(service.live, templates[UKRAINIAN]))
    return router
