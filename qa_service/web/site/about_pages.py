"""The pages `/privacy`, for people, and `/embed`, for the developers of other sites."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment

from qa_service.phrases import Advice, embedding, privacy
from qa_service.phrases.languages import UKRAINIAN, Language
from qa_service.service import QuestionService
from qa_service.types import Handoff
from qa_service.web.dependencies import SiteOptions
from qa_service.web.pages import PRIVATE, Head, rendered
from qa_service.web.site.embedding import MOST_PLACEHOLDER_CHARS, Embedding
from qa_service.web.site.rendering import site_of


def about_router(
    service: QuestionService,
    templates: Environment,
    contact: Handoff,
    options: SiteOptions,
    language: Language = UKRAINIAN,
) -> APIRouter:
    """Routes `/privacy` and `/embed` after the language's prefix."""
    router = APIRouter(
        prefix=language.prefix, include_in_schema=False, default_response_class=HTMLResponse
    )

    def privacy_page(request: Request) -> HTMLResponse:
        head = Head(privacy.TITLE, privacy.DESCRIPTION, "/privacy", site_of(request))
        told = _told(service.takes_feedback, options, language)
        return rendered(templates, "privacy.html", head, lead=privacy.LEAD, paragraphs=told)

    def embed_page(request: Request) -> HTMLResponse:
        services = service.live.current.catalogue.services
        slugs = frozenset(one.slug for one in services)
        chosen = Embedding.read(request.query_params, slugs)
        query = request.url.query
        path = f"/embed?{query}" if query else "/embed"
        head = Head(embedding.TITLE, embedding.DESCRIPTION, path)
        fallback = f"{contact.phone}, {contact.site}"
        return rendered(
            templates,
            "embed.html",
            head,
            cache=PRIVATE,
            lead=embedding.LEAD,
            origins=embedding.ORIGINS,
            chat_title=embedding.CHAT_TITLE,
            chat_lead=embedding.CHAT_LEAD,
            chat_link=embedding.CHAT_LINK,
            chosen=chosen,
            services=services,
            lines=chosen.lines(site_of(request), fallback),
            fallback=fallback,
            most_placeholder_chars=MOST_PLACEHOLDER_CHARS,
        )

    router.add_api_route("/privacy", privacy_page, methods=["GET"])
    router.add_api_route("/embed", embed_page, methods=["GET"])
    return router


def _told(has_journal: bool, options: SiteOptions, language: Language) -> list[Advice]:
    """What holds for a service that is set up so."""
    return [
        privacy.QUESTION,
        privacy.PERSONAL,
        *([_of_journal(options.journal_days, language), privacy.FEEDBACK] if has_journal else []),
        *([privacy.EVENTS] if options.events else []),
        *([privacy.RECENT] if options.recent_questions else []),
        *([privacy.CHAT] if options.has_chat else []),
        *([privacy.CHATS] if options.has_messengers else []),
        privacy.ADDRESS,
    ]


def _of_journal(days: int, language: Language) -> Advice:
    told = privacy.JOURNAL if days else privacy.JOURNAL_WITHOUT_END
    return Advice(
        told.title, language.say(told.text).format(days=language.count(days, *privacy.DAYS))
    )
