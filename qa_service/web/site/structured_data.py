"""What pages tell search engines in the vocabulary of schema.org, as values for JSON-LD. Pure;
addresses are absolute.

The template writes the values with `tojson`, which escapes `<`, `>` and `&`, so that no text ends
the script element.
"""

from typing import Any

from qa_service import phrases
from qa_service.types import Handoff, Passage, Service

Data = dict[str, Any]

_CONTEXT = "https://schema.org"
_LANGUAGE = "uk"


def website(base: str) -> Data:
    """The site and its search box; `base` ends in a slash."""
    return {
        "@context": _CONTEXT,
        "@type": "WebSite",
        "@id": f"{base}#website",
        "url": base,
        "name": phrases.SITE_NAME,
        "inLanguage": _LANGUAGE,
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": f"{base}?q={{search_term_string}}"},
            "query-input": "required name=search_term_string",
        },
    }


def procedure(service: Service, url: str, contact: Handoff, site: str | None) -> Data:
    """A service of the state, and its page of questions and answers at `url`. `site` is the contact
    centre's address.
    """
    return {
        "@context": _CONTEXT,
        "@graph": [_government_service(service, url, contact, site), _questions(service, url)],
    }


def _government_service(service: Service, url: str, contact: Handoff, site: str | None) -> Data:
    operator = {"@type": "GovernmentOrganization", "name": phrases.OPERATOR_NAME}
    described: Data = {
        "@type": "GovernmentService",
        "@id": f"{url}#service",
        "name": service.title,
        "url": url,
        "audience": {"@type": "Audience", "audienceType": service.audience},
        "areaServed": {"@type": "Country", "name": phrases.COUNTRY_NAME},
        "serviceOperator": operator | ({"url": site} if site else {}),
        "availableChannel": [
            {
                "@type": "ServiceChannel",
                "name": phrases.channel_words((channel,)),
                "serviceUrl": url,
                "servicePhone": {"@type": "ContactPoint", "telephone": contact.phone},
            }
            for channel in service.channels
        ],
    }
    names = [name for name in (service.official_name, *service.aliases) if name]
    if names:
        described["alternateName"] = names
    if service.registry_id:
        described["identifier"] = service.registry_id
    return described


def _questions(service: Service, url: str) -> Data:
    return {
        "@type": "FAQPage",
        "@id": url,
        "url": url,
        "name": service.title,
        "inLanguage": _LANGUAGE,
        "dateModified": service.reviewed,
        "about": {"@id": f"{url}#service"},
        "mainEntity": [_question(passage, url) for passage in service.passages],
    }


def _question(passage: Passage, url: str) -> Data:
    answer = {"@type": "Answer", "text": passage.text, "url": f"{url}#{passage.anchor}"}
    return {"@type": "Question", "name": passage.title, "acceptedAnswer": answer}
