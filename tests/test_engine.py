"""The engine through what it answers, on a tiny corpus with the hashing encoder."""

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.app import engine_that_knows_off_topic, tiny_engine
from support.corpus import (
    FEE_QUESTION,
    PASSAGES,
    WEIGHTS,
    make_corpus,
    make_passage,
    make_service,
    tiny_settings,
    write_corpus,
)

from qa_service import presenting
from qa_service.bootstrap import build, engine_over, load_serving
from qa_service.documents import Corpus, weights_file
from qa_service.documents.yaml_files import SYNONYMS_FILE
from qa_service.encoders.hashing import HashingEncoder
from qa_service.engine import QAEngine
from qa_service.errors import NotFoundError, RequestError
from qa_service.evaluation.run import search
from qa_service.indexing.build import build_index
from qa_service.indexing.snapshot import load_snapshot
from qa_service.indexing.versions import current_folder
from qa_service.ranking.features import Features
from qa_service.ranking.present import sentence_terms
from qa_service.ranking.weights import parse_weights
from qa_service.retrieval import CLASSIFIER, CONTEXT, LEXICAL, NEAREST, VECTOR_LEGS
from qa_service.stores.bm25 import Bm25Index
from qa_service.stores.exact import ExactStore
from qa_service.text.lists import Span
from qa_service.text.normalise import normalise
from qa_service.types import (
    NO_FILTERS,
    Answer,
    Channel,
    Choice,
    Context,
    Correction,
    Filters,
    Hits,
    Query,
    Reason,
    Topic,
)

LEGS = (*VECTOR_LEGS, LEXICAL, CLASSIFIER)
BY_TEXT, BY_QUESTION, BY_NAME = VECTOR_LEGS
QUESTIONS = (
    FEE_QUESTION,
    "обмін прав",
    "загубив номера",
    "яка ціна",
    "де іспит",
    "zzz qqq",
    "погода на завтра у Львові",
    "j,vsy ghfd",
    "obmin prav",
    "?!",
    "",
)
READING = "скільки коштує обмін посвідчення водія?"
WEATHER = "яка погода на завтра"


def _answers(engine: QAEngine, top_k: int = 3) -> Iterator[Answer]:
    for question, channel in product(QUESTIONS, Channel):
        yield engine.answer(Query(question, top_k=top_k, channel=channel))


def _ids(answer: Answer) -> list[str]:
    return [ranked.passage.id for ranked in answer.passages]


def _found(engine: QAEngine, hits: Hits) -> list[str]:
    return [engine.snapshot.passages[row].id for row in hits.rows]


def _features(
    engine: QAEngine,
    question: str,
    filters: Filters = NO_FILTERS,
    context_service: str | None = None,
) -> Features:
    understood = engine.snapshot.understand(question)
    retrieved = engine.retrieve(understood, filters, context_service)
    return engine.features(retrieved, engine.rank(retrieved, understood.language))


def _jsonl_engine(
    folder: Path, *documents: dict[str, str], weights: Mapping[str, Any] = WEIGHTS
) -> QAEngine:
    corpus = folder / "corpus.jsonl"
    corpus.write_text(
        "\n".join(json.dumps(document, ensure_ascii=False) for document in documents), "utf-8"
    )
    weights_file(corpus).write_text(json.dumps(weights), "utf-8")
    settings = tiny_settings(folder, corpus=corpus)
    build(settings)
    return load_serving(settings).engine


def _engine_over(folder: Path, corpus: Corpus) -> QAEngine:
    """Over a corpus given as values."""
    build_index(corpus, HashingEncoder(), folder / "index", ExactStore, Bm25Index, WEIGHTS)
    snapshot = load_snapshot(current_folder(folder / "index"), ExactStore, Bm25Index)
    return engine_over(snapshot, HashingEncoder(), tiny_settings(folder))


# Ranking


def test_the_heading_of_a_passage_finds_it_first_and_answers(tmp_path: Path) -> None:
    answer = tiny_engine(tmp_path).answer(Query(FEE_QUESTION))
    assert _ids(answer)[0] == "licence-exchange.fee"
    assert answer.answerable and answer.reason is None and answer.question == FEE_QUESTION


@pytest.mark.parametrize("top_k", [1, 3, 8, 20])
def test_top_k_cuts_one_and_the_same_ranking(tmp_path: Path, top_k: int) -> None:
    engine = tiny_engine(tmp_path)
    whole = _ids(engine.answer(Query(FEE_QUESTION, top_k=20)))
    assert sorted(whole) == sorted(PASSAGES)
    assert _ids(engine.answer(Query(FEE_QUESTION, top_k=top_k))) == whole[:top_k]


@pytest.mark.parametrize("top_k", [0, -1, 21])
def test_top_k_out_of_range_is_the_callers_error(tmp_path: Path, top_k: int) -> None:
    with pytest.raises(RequestError, match=f"top_k must be 1 to 20, not {top_k}"):
        tiny_engine(tmp_path).answer(Query("x", top_k=top_k))


def test_scores_and_confidences_never_rise_along_the_ranking(tmp_path: Path) -> None:
    for answer in _answers(tiny_engine(tmp_path), top_k=8):
        for above, below in pairwise(answer.passages):
            assert above.score >= below.score and above.confidence >= below.confidence
        assert (
            all(0 <= ranked.confidence <= 1 for ranked in answer.passages)
            and 0 <= answer.confidence <= 1
        )


def test_the_same_question_gets_the_same_answer_without_an_id_from_any_thread(
    tmp_path: Path,
) -> None:
    """Ids are the service's to give: an answer may be given again."""
    engine = tiny_engine(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: engine.answer(Query(FEE_QUESTION)), range(64)))
    assert {answer.answer_id for answer in answers} == {""}
    assert len({(answer.passages, answer.siblings, answer.related) for answer in answers}) == 1


# Filters and context


def test_a_service_filter_keeps_only_its_passages_and_finds_all_of_them(tmp_path: Path) -> None:
    answer = tiny_engine(tmp_path).answer(
        Query(FEE_QUESTION, top_k=20, filters=Filters(frozenset({"plates-lost"})))
    )
    assert sorted(_ids(answer)) == ["plates-lost.fee", "plates-lost.steps"]


def test_a_topic_filter_keeps_only_its_passages(tmp_path: Path) -> None:
    answer = tiny_engine(tmp_path).answer(
        Query("іспит", top_k=20, filters=Filters(topics=frozenset({Topic.FEE})))
    )
    assert sorted(_ids(answer)) == [
        "licence-exchange.fee",
        "licence-exchange.fee-post",
        "plates-lost.fee",
    ]


def test_filters_of_both_kinds_hold_together_and_several_of_a_kind_add_up(tmp_path: Path) -> None:
    filters = Filters(
        frozenset({"plates-lost", "exam-practical"}), frozenset({Topic.FEE, Topic.EXAM})
    )
    answer = tiny_engine(tmp_path).answer(Query("ціна", top_k=20, filters=filters))
    assert sorted(_ids(answer)) == ["exam-practical.exam", "plates-lost.fee"]


def test_filters_that_exclude_each_other_leave_no_match_and_a_handoff(tmp_path: Path) -> None:
    filters = Filters(frozenset({"plates-lost"}), frozenset({Topic.EXAM}))
    answer = tiny_engine(tmp_path).answer(Query(FEE_QUESTION, filters=filters))
    assert answer.passages == () and answer.reason is Reason.NO_MATCH and answer.handoff


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        (Filters(frozenset({"licence"})), ["licence.fee", "licence.term"]),
        (Filters(topics=frozenset({Topic.TERM})), ["licence.term", "plates.term"]),
        (Filters(frozenset({"plates"}), frozenset({Topic.FEE})), ["plates.fee"]),
    ],
)
def test_a_question_known_of_several_passages_brings_none_that_the_filters_leave_out(
    tmp_path: Path, filters: Filters, kept: list[str]
) -> None:
    services = [
        make_service(
            slug,
            *(make_passage(f"{slug}.{topic}", f"{slug} {topic}.", "Що?") for topic in topics),
        )
        for slug, topics in {"licence": ("fee", "term"), "plates": ("fee", "term")}.items()
    ]
    engine = _engine_over(tmp_path, make_corpus(*services))
    assert len(engine.answer(Query("Що?", top_k=20)).passages) == 4
    assert sorted(_ids(engine.answer(Query("Що?", top_k=20, filters=filters)))) == kept


def test_of_many_passages_a_filter_finds_the_one_that_fits_worst(tmp_path: Path) -> None:
    """It need not be among the candidates of the unfiltered question."""
    passages = [
        make_passage("many.fee", "Ціна обміну.", id=f"many.fee-{number}") for number in range(40)
    ]
    few = make_service("few", make_passage("few.note", "Зовсім інше."))
    engine = _engine_over(tmp_path, make_corpus(make_service("many", *passages), few))
    understood = engine.snapshot.understand("Ціна обміну")
    alone = engine.retrieve(understood, Filters(frozenset({"few"})), depth=10)
    assert {leg: _found(engine, hits) for leg, hits in alone.hits.items()} == {
        BY_TEXT: ["few.note"],
        BY_QUESTION: ["few.note"],
        BY_NAME: ["few.note"],
        LEXICAL: [],
        CLASSIFIER: ["few.note"],
    }


def test_an_unknown_service_is_the_callers_error_that_says_where_services_are_listed(
    tmp_path: Path,
) -> None:
    query = Query("x", filters=Filters(frozenset({"nope"})))
    with pytest.raises(NotFoundError, match=r"no service 'nope'; GET /v1/services lists them"):
        tiny_engine(tmp_path).answer(query)


def test_services_of_a_context_that_are_gone_are_ignored(tmp_path: Path) -> None:
    gone = Context("nope", Topic.FEE, ("gone", "plates-lost"), ("nope",))
    answer = tiny_engine(tmp_path).answer(Query(FEE_QUESTION, context=gone))
    known = {service for service in (answer.context.service, *answer.context.recent) if service}
    assert answer.answerable and known <= {"licence-exchange", "plates-lost"}


@pytest.mark.parametrize("service", ["plates-lost", "licence-exchange", "exam-practical"])
def test_a_follow_up_is_answered_about_the_service_of_the_conversation(
    tmp_path: Path, service: str
) -> None:
    engine = engine_that_knows_off_topic(tmp_path, WEATHER)
    answer = engine.answer(Query("а яка вартість?", context=Context(service)))
    assert answer.answerable and answer.passages[0].passage.service == service


def test_a_conversation_does_not_make_an_off_topic_question_its_own(tmp_path: Path) -> None:
    engine = engine_that_knows_off_topic(tmp_path, WEATHER)
    answer = engine.answer(
        Query("яка погода на завтра у Львові", context=Context("licence-exchange"))
    )
    assert answer.reason is Reason.OFF_TOPIC


def test_a_new_subject_drops_the_service_of_the_conversation(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    asked = Query("Що робити, якщо загублено номерний знак?", context=Context("exam-practical"))
    assert _ids(engine.answer(asked))[0] == "plates-lost.steps"


def test_a_filter_outweighs_choices_that_a_question_could_name(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    offered = Context(choices=("plates-lost", "licence-exchange"))
    filters = Filters(services=frozenset({"licence-exchange"}))
    answer = engine.answer(Query("перше", filters=filters, context=offered))
    assert {ranked.passage.service for ranked in answer.passages} <= {"licence-exchange"}


def test_a_filter_of_topics_holds_for_a_choice(tmp_path: Path) -> None:
    offered = Context(topic=Topic.FEE, choices=("plates-lost", "licence-exchange"))
    filters = Filters(topics=frozenset({Topic.TERM, Topic.DOCUMENTS}))
    answer = tiny_engine(tmp_path).answer(Query("друге", filters=filters, context=offered))
    found = {(one.passage.service, one.passage.topic) for one in answer.passages}
    assert found == {("licence-exchange", Topic.TERM), ("licence-exchange", Topic.DOCUMENTS)}


def test_a_filter_outweighs_the_context(tmp_path: Path) -> None:
    filters = Filters(frozenset({"plates-lost"}))
    answer = tiny_engine(tmp_path).answer(
        Query("яка вартість", filters=filters, context=Context("exam-practical"))
    )
    assert {ranked.passage.service for ranked in answer.passages} == {"plates-lost"}


# Legs


def test_every_leg_says_what_it_found(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    retrieved = engine.retrieve(engine.snapshot.understand(READING))
    hits = retrieved.hits
    assert hits.keys() == set(LEGS) and retrieved.failed == ()
    for leg, found in hits.items():
        assert _found(engine, found)[0] == "licence-exchange.fee", leg
        assert len(found.rows) == len(found.scores) == len(set(found.rows.tolist()))
        assert (found.scores[:-1] >= found.scores[1:]).all()


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_a_leg_brings_as_many_candidates_as_are_asked_for(tmp_path: Path, depth: int) -> None:
    engine = tiny_engine(tmp_path)
    understood = engine.snapshot.understand(READING)
    for filters in (NO_FILTERS, Filters(topics=frozenset({Topic.FEE, Topic.TERM, Topic.STEPS}))):
        hits = engine.retrieve(understood, filters, depth=depth).hits
        assert len(hits[BY_TEXT].rows) == depth and len(hits[LEXICAL].rows) <= depth
        assert len(engine.rank(engine.retrieve(understood, filters), "uk", depth).rows) == depth


def _lexical_part(engine: QAEngine, question: str, language: str) -> list[float]:
    """What words add to the score of each candidate."""
    retrieved = engine.retrieve(engine.snapshot.understand(question))
    ranking = engine.rank(retrieved, language)
    parts = ranking.contributions[np.argsort(ranking.rows), ranking.legs.index(LEXICAL)]
    return [float(part) for part in parts]


@pytest.mark.parametrize(
    ("question", "language"),
    [
        (READING, "uk"),
        ("exchange fee обмін", "en"),
        ("fee (вартість обміну)", "uk"),
        ("сколько стоит обмен", "ru"),
    ],
)
def test_words_count_less_where_most_letters_of_a_question_are_latin(
    tmp_path: Path, question: str, language: str
) -> None:
    engine = tiny_engine(tmp_path)
    answer = engine.answer(Query(question, top_k=20))
    retrieved = engine.retrieve(engine.snapshot.understand(question))
    assert answer.understood.language == language
    assert [ranked.score for ranked in answer.passages] == (
        engine.rank(retrieved, language).scores.tolist()
    )
    share = 0.5 if language == "en" else 1.0
    assert engine.snapshot.weights.english_lexical == 0.5
    assert _lexical_part(engine, question, language) == pytest.approx(
        [share * part for part in _lexical_part(engine, question, "uk")]
    )
    assert any(_lexical_part(engine, question, language))


def test_a_term_of_the_dictionary_does_not_make_an_english_question_ukrainian(
    tmp_path: Path,
) -> None:
    corpus = write_corpus(tmp_path)
    entry = "- say: [licence]\n  means: обмін посвідчення водія\n"
    (corpus / SYNONYMS_FILE).write_text(entry, "utf-8")
    settings = tiny_settings(tmp_path)
    build(settings)
    engine = load_serving(settings).engine
    answer = engine.answer(Query("licence", top_k=20))
    assert answer.understood.reading == "licence (обмін посвідчення водія)"
    assert answer.understood.corrections == (
        Correction("synonym", "licence", "обмін посвідчення водія"),
    )
    retrieved = engine.retrieve(engine.snapshot.understand("licence"))
    english, ukrainian = (engine.rank(retrieved, language) for language in ("en", "uk"))
    assert [ranked.score for ranked in answer.passages] == english.scores.tolist()
    assert english.scores.tolist() != ukrainian.scores.tolist()


def test_the_service_of_the_conversation_is_a_leg_of_its_passages(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    understood = engine.snapshot.understand("а яка вартість?")
    context = engine.retrieve(understood, context_service="plates-lost").hits[CONTEXT]
    assert sorted(_found(engine, context)) == ["plates-lost.fee", "plates-lost.steps"] and set(
        context.scores
    ) == {1}


def test_of_the_conversation_only_the_passages_that_pass_the_filters_count(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    understood = engine.snapshot.understand("а яка вартість?")
    for filters, kept in (
        (Filters(topics=frozenset({Topic.FEE})), ["plates-lost.fee"]),
        (Filters(frozenset({"exam-practical"})), []),
    ):
        hits = engine.retrieve(understood, filters, "plates-lost").hits
        assert _found(engine, hits[CONTEXT]) == kept


@pytest.mark.parametrize("filters", [NO_FILTERS, Filters(frozenset({"plates-lost"}))])
def test_the_nearest_questions_of_either_kind_are_found_whatever_the_filters(
    tmp_path: Path, filters: Filters
) -> None:
    engine = engine_that_knows_off_topic(tmp_path, WEATHER, "котра година")
    understood = engine.snapshot.understand(WEATHER)
    retrieved = engine.retrieve(understood, filters)
    assert retrieved.hits.keys() == set(LEGS)
    questions = engine.snapshot.stores.legs[BY_QUESTION].store
    vector = HashingEncoder().encode_queries([understood.reading])
    _, nearest = questions.search(vector, NEAREST)
    assert retrieved.known.tolist() == nearest[0].tolist() and NEAREST == 3
    assert len(retrieved.off_topic) == 2 and retrieved.off_topic[0] == pytest.approx(1, abs=2e-4)
    assert retrieved.lexical_margin is not None and retrieved.lexical_margin < 0


def test_where_no_question_is_known_to_be_off_topic_there_is_nothing_to_compare(
    tmp_path: Path,
) -> None:
    engine = tiny_engine(tmp_path)
    retrieved = engine.retrieve(engine.snapshot.understand(WEATHER))
    assert len(retrieved.off_topic) == 0 and retrieved.lexical_margin is None


# What is known of a question


def test_an_off_topic_question_is_nearer_to_its_like_than_to_known_ones(tmp_path: Path) -> None:
    engine = engine_that_knows_off_topic(tmp_path, WEATHER)
    weather, exchange = (
        _features(engine, "яка погода на завтра у львові").dense_margin,
        _features(engine, "скільки коштує обмін").dense_margin,
    )
    assert weather is not None and exchange is not None
    assert weather < 0 < exchange


def test_what_is_known_to_be_off_topic_finds_nothing_and_lowers_the_confidence(
    tmp_path: Path,
) -> None:
    without, knowing = (
        tiny_engine(tmp_path / "without"),
        engine_that_knows_off_topic(tmp_path / "knowing", WEATHER),
    )
    trusting, wary = (
        engine.answer(Query("яка погода на завтра у Львові")) for engine in (without, knowing)
    )
    assert [(ranked.passage, ranked.score) for ranked in wary.passages] == [
        (ranked.passage, ranked.score) for ranked in trusting.passages
    ]
    assert wary.confidence < trusting.confidence
    assert wary.reason is Reason.OFF_TOPIC and wary.handoff


def test_a_known_question_is_answered_beside_off_topic_ones(tmp_path: Path) -> None:
    answer = engine_that_knows_off_topic(tmp_path, WEATHER).answer(Query(FEE_QUESTION))
    assert answer.answerable and _ids(answer)[0] == "licence-exchange.fee"


@pytest.mark.parametrize("question", [FEE_QUESTION, WEATHER, "zzz qqq"])
def test_without_off_topic_questions_every_question_is_in_scope(
    tmp_path: Path, question: str
) -> None:
    engine, policy = tiny_engine(tmp_path), parse_weights(WEIGHTS).policy
    answer, features = engine.answer(Query(question)), _features(engine, question)
    assert features.dense_margin is None and policy.scope.probability(features) == 1
    assert answer.confidence == policy.answer.probability(features)
    assert answer.reason is not Reason.OFF_TOPIC


def test_the_features_are_the_best_candidates(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    understood = engine.snapshot.understand("обмін zzzzz")
    scores = engine.rank(engine.retrieve(understood), understood.language).scores
    features = _features(engine, "обмін zzzzz")
    assert features.score == scores[0] and 1 / len(scores) <= features.top_softmax <= 1


def test_words_lean_to_the_questions_that_have_them(tmp_path: Path) -> None:
    engine = engine_that_knows_off_topic(tmp_path, WEATHER)
    known, both, weather = (
        _features(engine, question).lexical_margin
        for question in (READING, f"{READING} {WEATHER}", WEATHER)
    )
    assert known > 0 > weather and known > both > weather
    assert _features(tiny_engine(tmp_path / "none"), READING).lexical_margin == 0


def test_a_filter_does_not_change_how_near_a_question_is_to_off_topic_ones(tmp_path: Path) -> None:
    engine = engine_that_knows_off_topic(tmp_path, WEATHER)
    filters = Filters(frozenset({"plates-lost"}), frozenset({Topic.FEE}))
    filtered, whole = _features(engine, READING, filters), _features(engine, READING)
    assert whole.dense_margin is not None and filtered.dense_margin == whole.dense_margin
    assert filtered.lexical_margin == whole.lexical_margin != 0


def test_where_the_filters_leave_nothing_the_features_are_still_there(tmp_path: Path) -> None:
    filters = Filters(frozenset({"plates-lost"}), frozenset({Topic.EXAM}))
    assert _features(tiny_engine(tmp_path / "none"), READING, filters) == Features(
        score=0, top_softmax=0, dense_margin=None, lexical_margin=0, in_context=0
    )
    engine = engine_that_knows_off_topic(tmp_path / "some", WEATHER)
    filtered, whole = _features(engine, READING, filters), _features(engine, READING)
    assert (filtered.score, filtered.top_softmax) == (0, 0)
    assert whole.dense_margin is not None and filtered.dense_margin == whole.dense_margin


def test_what_the_conversation_adds_to_a_score_is_a_feature_of_its_own(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    within, outside = (
        _features(engine, READING, context_service=slug)
        for slug in ("licence-exchange", "plates-lost")
    )
    alone = _features(engine, READING)
    assert within.score == pytest.approx(alone.score, abs=1e-5)
    assert (alone.in_context, within.in_context) == (0, 1)
    assert (alone.score_in_context, within.score_in_context) == (0, within.score)
    assert outside.in_context == (
        engine.answer(Query(READING, context=Context("plates-lost"))).passages[0].passage.service
        == "plates-lost"
    )


# What stands around the answer


def test_siblings_are_other_topics_of_the_best_passages_service_each_once_and_none_shown_already(
    tmp_path: Path,
) -> None:
    engine = tiny_engine(tmp_path)
    answer = engine.answer(Query(FEE_QUESTION, top_k=1))
    assert [passage.id for passage in answer.siblings] == [
        "licence-exchange.documents",
        "licence-exchange.term",
    ]
    for answer in _answers(engine):
        topics = [passage.topic for passage in answer.siblings]
        assert len(topics) == len(set(topics))
        assert not {passage.id for passage in answer.siblings} & set(_ids(answer))
        for passage in answer.siblings:
            assert (
                passage.service == answer.passages[0].passage.service
                and passage.topic != answer.passages[0].passage.topic
            )


def test_related_questions_are_four_at_most_and_belong_to_passages_not_shown(
    tmp_path: Path,
) -> None:
    engine = tiny_engine(tmp_path)
    answer = engine.answer(Query(FEE_QUESTION, top_k=1))
    own = set(engine.catalogue.passage("licence-exchange.fee").questions)
    assert len(answer.related) == len(set(answer.related)) == 4
    assert not own & set(answer.related)


def test_a_passage_is_cut_into_sentences_once_a_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut: list[str] = []

    def noting(text: str) -> tuple[tuple[Span, frozenset[str]], ...]:
        cut.append(text)
        return sentence_terms(text)

    monkeypatch.setattr(presenting, "sentence_terms", noting)
    engine = tiny_engine(tmp_path)
    for question in QUESTIONS:
        engine.answer(Query(question))
    assert len(cut) == len(set(cut)) > 1


def test_highlights_are_spans_of_whole_sentences_inside_the_text(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    best = engine.answer(Query(FEE_QUESTION)).passages[0]
    assert [best.passage.text[start:end] for start, end in best.highlights] == [
        "Обмін посвідчення водія коштує 572 гривні."
    ]
    for answer in _answers(engine, top_k=8):
        for ranked in answer.passages:
            for start, end in ranked.highlights:
                piece = ranked.passage.text[start:end]
                assert (
                    0 <= start < end <= len(ranked.passage.text)
                    and piece == piece.strip()
                    and piece[-1] in ".!?…"
                )


def test_there_is_a_handoff_with_a_reason_exactly_where_there_is_no_answer(tmp_path: Path) -> None:
    answers = list(
        _answers(tiny_engine(tmp_path, contact_phone="101", contact_site="https://a.test"))
    )
    assert {answer.answerable for answer in answers} == {True, False}
    for answer in answers:
        assert (answer.handoff is None) == (answer.reason is None) == answer.answerable
        if answer.handoff:
            assert (answer.handoff.phone, answer.handoff.site) == (
                "101",
                "https://a.test",
            ) and answer.related == ()


def test_choices_are_offered_exactly_where_the_question_is_ambiguous(tmp_path: Path) -> None:
    for answer in _answers(tiny_engine(tmp_path)):
        assert bool(answer.choices) == (answer.reason is Reason.AMBIGUOUS)
        assert len({choice.service for choice in answer.choices}) == len(answer.choices)


# Questions that are not searched for


@pytest.mark.parametrize(
    "question", ["", " \t\n", "?!…", "«»", "\x00", "\ud800", "\u200b\u00ad", "👍"]
)
def test_a_question_without_a_letter_or_figure_is_empty(tmp_path: Path, question: str) -> None:
    answer = tiny_engine(tmp_path).answer(Query(question))
    assert answer.reason is Reason.EMPTY and not answer.answerable
    assert (answer.passages, answer.siblings, answer.related, answer.confidence) == ((), (), (), 0)


def test_a_question_of_personal_data_only_is_not_searched_for(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    answer = engine.answer(Query("067 123-45-67"))
    assert (answer.reason, answer.passages, answer.understood.reading) == (
        Reason.PERSONAL_DATA_ONLY,
        (),
        "",
    )
    assert engine.answer(Query(f"067 123-45-67 {FEE_QUESTION}")).answerable


@pytest.mark.parametrize("question", ["НЕ 8000 КМ", "НА 5000 км", "АА 1234 ВВ", "067 123-45-67"])
def test_questions_that_normalise_alike_are_all_searched_for_or_none_is(
    tmp_path: Path, question: str
) -> None:
    """Else the answer cache would give one of them the refusal of another."""
    engine = tiny_engine(tmp_path)
    assert engine.answer(Query(question)).reason is engine.answer(Query(normalise(question))).reason


def test_a_question_over_the_limit_is_too_long_and_one_at_the_limit_is_read(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path, max_question_chars=40)
    assert engine.answer(Query("я" * 41)).reason is Reason.TOO_LONG
    assert engine.answer(Query("\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 39)).reason is (
        Reason.TOO_LONG
    )
    assert engine.answer(Query(FEE_QUESTION.ljust(40))).answerable


def test_a_correction_is_said_back_and_leads_to_the_same_passages(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    typed, meant = engine.answer(Query("j,vsy ghfd")), engine.answer(Query("обмін прав"))
    assert [
        (correction.before, correction.after) for correction in typed.understood.corrections
    ] == [("j,vsy ghfd", "обмін прав")]
    assert meant.understood.corrections == () and _ids(typed) == _ids(meant)


# Other corpora


def test_search_gives_each_document_once_with_the_score_of_its_best_chunk(tmp_path: Path) -> None:
    long = "\n\n".join(
        f"Розділ {name}. " + f"{name} слово " * 60 for name in ("липа", "граб", "клен")
    )
    engine = _jsonl_engine(
        tmp_path, {"_id": "long", "text": long}, {"_id": "short", "text": "Дуб росте поволі."}
    )
    best: dict[str, float] = {}
    chunks = engine.answer(Query("граб слово", top_k=20)).passages
    assert [ranked.passage.document for ranked in chunks].count("long") > 1
    for ranked in chunks:
        best[ranked.passage.document] = max(best.get(ranked.passage.document, -1e9), ranked.score)
    assert search(engine, "граб слово", 100) == sorted(best.items(), key=lambda found: -found[1])


def test_search_stops_at_its_depth(tmp_path: Path) -> None:
    engine = tiny_engine(tmp_path)
    whole = search(engine, FEE_QUESTION, 100)
    assert len(whole) == len(PASSAGES) and search(engine, FEE_QUESTION, 2) == whole[:2]


def test_a_corpus_without_services_is_answered_without_siblings(tmp_path: Path) -> None:
    engine = _jsonl_engine(
        tmp_path,
        {"_id": "d1", "title": "Дуб", "text": "Дуб росте поволі."},
        {"_id": "d2", "text": "Верба росте швидко."},
    )
    answer = engine.answer(Query("як росте дуб"))
    assert (
        engine.catalogue.services == ()
        and answer.passages[0].passage.id == "d1"
        and answer.siblings == ()
        and answer.choices == ()
    )


def test_a_text_that_is_the_only_one_of_its_corpus_is_found(tmp_path: Path) -> None:
    engine = _jsonl_engine(tmp_path, {"_id": "only", "text": "Дуб росте поволі."})
    assert search(engine, "дуб", 10)[0][0] == "only"


TREES = (
    {"_id": "d1", "service": "oak", "title": "Дуб перший", "text": "Дуб росте поволі."},
    {"_id": "d2", "service": "willow", "title": "Верба", "text": "Верба росте швидко."},
    {"_id": "d3", "service": "oak", "title": "Дуб другий", "text": "Дуб росте довго."},
    {"_id": "d4", "title": "Ліс", "text": "Ліс росте сам."},
)
UNDECIDED = {
    **WEIGHTS,
    "thresholds": WEIGHTS["thresholds"]
    | {"confidence": dict.fromkeys(Channel, 1.1), "tie": 1_000.0, "guess": 1.1},
}


def test_documents_are_filtered_by_the_service_that_they_name(tmp_path: Path) -> None:
    engine = _jsonl_engine(tmp_path, *TREES)
    for services, kept in (({"oak"}, ["d1", "d3"]), ({"oak", "willow"}, ["d1", "d2", "d3"])):
        query = Query("верба росте", top_k=20, filters=Filters(frozenset(services)))
        assert sorted(_ids(engine.answer(query))) == kept


def test_a_conversation_may_be_about_a_service_that_documents_name(tmp_path: Path) -> None:
    engine = _jsonl_engine(tmp_path, *TREES)
    for service in ("oak", "willow"):
        answer = engine.answer(Query("як росте", context=Context(service)))
        assert answer.passages[0].passage.service == service


def test_a_service_that_no_document_names_is_the_callers_error(tmp_path: Path) -> None:
    engine = _jsonl_engine(tmp_path, *TREES)
    for slug in ("birch", ""):
        with pytest.raises(NotFoundError, match=f"no service '{slug}'"):
            engine.answer(Query("x", filters=Filters(frozenset({slug}))))


def test_services_that_only_documents_name_are_choices_called_by_their_slugs(
    tmp_path: Path,
) -> None:
    answer = _jsonl_engine(tmp_path, *TREES[:3], weights=UNDECIDED).answer(Query("верба росте"))
    assert answer.reason is Reason.AMBIGUOUS
    assert answer.choices == (Choice("willow", "willow"), Choice("oak", "oak"))


def test_documents_that_name_no_service_are_no_choice(tmp_path: Path) -> None:
    answer = _jsonl_engine(tmp_path, *TREES, weights=UNDECIDED).answer(Query("ліс росте"))
    assert _ids(answer)[0] == "d4" and answer.reason is Reason.AMBIGUOUS
    assert {choice.service for choice in answer.choices} == {"oak", "willow"}
