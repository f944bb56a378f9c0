"""What an assistant may call: five tools over a `QuestionService`, none of which changes anything.
A tool is the model of its arguments; its docstring is what the assistant reads of it.
"""

import json
from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from qa_service.catalogue import Catalogue
from qa_service.errors import NotFoundError
from qa_service.service import QuestionService
from qa_service.text.normalise import well_formed
from qa_service.types import (
    NO_CONTEXT,
    Answer,
    CentreAnswer,
    Centres,
    Channel,
    Filters,
    Group,
    Passage,
    Query,
    Source,
)
from qa_service.web.v1.corpus_schemas import (
    CentresOut,
    PassageOut,
    ServiceOut,
    ServicesOut,
    ServiceSummaryOut,
)
from qa_service.web.v1.requests import ContextIn
from qa_service.web.v1.schemas import EXAMPLE_QUESTION, AnswerOut

INSTRUCTIONS = """\
Answers about the service centres of the Ministry of Internal Affairs of Ukraine: driving licences,
exams, vehicle registration, number plates, certificates. They are passages of official procedures;
nothing is written by a model.

- The texts are official and in Ukrainian. Quote them or translate them faithfully, and name with
  each its source (title and url) and `as_of`, the date at which it was true.
- `certainty` says how far to go. `sure`: the first passage answers. `unsure`: ask which of the
  passages is meant, state none as the answer. `none`: say that the answer is unknown, give `reply`
  where there is one, and the phone and site of `handoff`.
- Never make up or work out figures, fees, terms, addresses or phones: each has to stand in a
  passage or a centre.
- Where `conflict`, `doubt` or `stale` is set, say so beside the fact.
- Send the last answer's `context` back with the next question of the same conversation.
- Leave out names, phones and numbers of documents: no answer depends on them.
"""

MOST_CHARS, MOST_CENTRES = 10_000, 10
_QUOTED_CHARS = 80


def _object(value: object) -> object:
    """Some assistants send an object as the text of its JSON."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return value


Word = Annotated[str, Field(max_length=MOST_CHARS), AfterValidator(well_formed)]
SentBack = Annotated[ContextIn | None, BeforeValidator(_object)]
Slug = Annotated[Word, Field(examples=["licence-exchange"])]


@dataclass(frozen=True, slots=True)
class Found:
    """said: the API's JSON. sources: where its facts stand."""

    said: BaseModel
    sources: tuple[Source, ...] = ()


class Tool(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: ClassVar[str]
    title: ClassVar[str]
    answers: ClassVar[type[BaseModel]]

    @property
    def asked(self) -> str:
        """The question to be searched, whose cost is the client's; empty where there is none."""
        return ""

    @abstractmethod
    def found(self, service: QuestionService) -> Found:
        """Raises RequestError, OverloadedError."""


class Ask(Tool):
    """Answer a question with passages of official procedures: their text, sources and date.

    Ask in the person's own words, one or several things at once, in Ukrainian where you can; other
    languages and typing mistakes are understood less well.
    """

    name, title, answers = "ask", "Ask about a procedure", AnswerOut

    question: Word = Field(description="The person's question", examples=[EXAMPLE_QUESTION])
    context: SentBack = Field(
        None, description="`context` of the last answer of this conversation, as it was"
    )
    service: Slug | None = Field(
        None, description="Slug of the one procedure to search in, where it is known"
    )
    lang: Literal["uk", "en"] | None = Field(
        None, description="Language of `reply`; texts of procedures are Ukrainian in each"
    )

    @property
    def asked(self) -> str:
        return self.question

    def found(self, service: QuestionService) -> Found:
        serving = service.live.current
        if self.service is not None:
            _check_service(serving.catalogue, self.service)
        answer = service.ask(self._query(), serving)
        return Found(AnswerOut.of(answer), _sources_of(answer))

    def _query(self) -> Query:
        return Query(
            question=self.question,
            channel=Channel.CHATBOT,
            filters=Filters(frozenset({self.service} if self.service is not None else ())),
            context=self.context.to_context() if self.context else NO_CONTEXT,
            lang=self.lang,
        )


class ListServices(Tool):
    """List the procedures by title and slug, of one group or all."""

    name, title, answers = "list_services", "List procedures", ServicesOut

    group: Group | None = Field(None, description="One section of the catalogue")

    def found(self, service: QuestionService) -> Found:
        serving = service.live.current
        of_group = [
            ServiceSummaryOut.of(one)
            for one in serving.catalogue.services
            if self.group in (None, one.group)
        ]
        said = ServicesOut(services=of_group, total=len(of_group), index_version=serving.version)
        return Found(said)


class GetService(Tool):
    """Read one procedure whole: all its passages, with sources and dates."""

    name, title, answers = "get_service", "Read a procedure", ServiceOut

    slug: Slug = Field(description="Its slug: list_services lists them, answers name them")

    def found(self, service: QuestionService) -> Found:
        procedure = service.live.current.catalogue.find(self.slug)
        if procedure is None:
            raise _no_service(self.slug)
        return Found(ServiceOut.of(procedure), procedure.sources)


class GetPassage(Tool):
    """Read one passage, with its sources and date."""

    name, title, answers = "get_passage", "Read a passage", PassageOut

    id: Word = Field(
        description="Its id: answers and get_service name it", examples=["licence-exchange.fee"]
    )

    def found(self, service: QuestionService) -> Found:
        passage = _passage(service.live.current.catalogue, self.id)
        return Found(PassageOut.read(passage), passage.sources)


class FindCentre(Tool):
    """Find service centres by town, region, number or street: address, hours, phone.

    The nearest come first. `place` is what was understood, null where nothing was; `is_there` says
    whether that place itself has a centre.
    """

    name, title, answers = "find_centre", "Find a service centre", CentresOut

    place: Word = Field(description="In Ukrainian where you can", examples=["Біла Церква"])

    def found(self, service: QuestionService) -> Found:
        serving = service.live.current
        directory = serving.catalogue.directory
        answer = directory.search(self.place)
        said = CentresOut.of(answer, directory.centres, serving.version, MOST_CENTRES)
        return Found(said, _sources_of_centres(answer, directory.centres))


TOOLS: tuple[type[Tool], ...] = (Ask, ListServices, GetService, GetPassage, FindCentre)


def _check_service(catalogue: Catalogue, slug: str) -> None:
    try:
        catalogue.check_service(slug)
    except NotFoundError:
        raise _no_service(slug) from None


def _no_service(slug: str) -> NotFoundError:
    return NotFoundError(f"there is no service {slug[:_QUOTED_CHARS]!r}; list_services lists them")


def _passage(catalogue: Catalogue, passage_id: str) -> Passage:
    try:
        return catalogue.passage(passage_id)
    except NotFoundError:
        named = repr(passage_id[:_QUOTED_CHARS])
        raise NotFoundError(
            f"there is no passage {named}; get_service lists those of a service"
        ) from None


def _sources_of(answer: Answer) -> tuple[Source, ...]:
    """Of what may be shown: nothing is quoted where there is no answer."""
    shown = answer.passages if answer.answerable else ()
    return tuple(source for ranked in shown for source in ranked.passage.sources)


def _sources_of_centres(answer: CentreAnswer, centres: Centres) -> tuple[Source, ...]:
    found = [one.centre for one in answer.found[:MOST_CENTRES]]
    hours = centres.network_hours_source
    own = [source for centre in found for source in centre.sources]
    return (*own, *([hours] if hours and found else []))
