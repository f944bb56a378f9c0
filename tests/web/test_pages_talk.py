"""A talk goes on from page to page by the address alone, and a page says how sure its answer is.
Each test name is the rule.
"""

import re
from dataclasses import replace
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
from support.app import article, page, words
from support.app import site_client as client
from support.fakes import ANSWER, EXCHANGE, FEE, TERM, FakeEngine, unanswered

from qa_service import phrases
from qa_service.journal.memory import MemoryJournal
from qa_service.types import (
    NO_CONTEXT,
    Answer,
    Centre,
    CentreAnswer,
    Certainty,
    Context,
    Correction,
    FoundCentre,
    Part,
    RankedPassage,
    Reason,
    Topic,
    Understood,
)
from qa_service.web.site.talk import MOST_BEFORE, NO_TALK, Talk

CONTEXT = Context(EXCHANGE.slug, Topic.FEE, ("a", "b"), ("c", "d"))
ABOUT_EXCHANGE = replace(ANSWER, context=Context(EXCHANGE.slug, Topic.FEE))
LVIV = Centre("4641", "Львівська область", "м. Львів", "вул. Перша, 1", "Львів", "2025-04")
UNSURE = replace(ANSWER, certainty=Certainty.UNSURE)


def _part(asked: str, passage_id: str | None, certainty: Certainty = Certainty.SURE) -> Part:
    reason = None if passage_id else Reason.NOT_COVERED
    return Part(asked, Topic.FEE, EXCHANGE.slug, passage_id, 0.9, certainty, reason)


def _with_parts(*parts: Part) -> Answer:
    return replace(ANSWER, parts=parts)


# The talk in an address


def test_what_an_address_says_of_a_talk_is_read_back() -> None:
    talk = Talk(CONTEXT, ("перше", "друге & третє"))
    about, *before = [value for _, value in talk.parameters]
    assert Talk.read(about, before) == talk


def test_a_talk_about_nothing_leaves_the_address_alone() -> None:
    assert NO_TALK.then("привіт", NO_CONTEXT).parameters == []


def test_choices_alone_keep_a_talk_going() -> None:
    assert Talk(Context(choices=("c",))).goes_on


def test_only_the_latest_questions_are_remembered_and_none_at_length() -> None:
    talk = NO_TALK
    for number in range(MOST_BEFORE + 2):
        talk = talk.then(f"{number}" + "щ" * 2_000, CONTEXT)
    assert [one[0] for one in talk.before] == ["2", "3", "4", "5", "6"]
    assert all(len(one) == 100 for one in talk.before)
    assert NO_TALK.then(" ", CONTEXT).before == ()


@pytest.mark.parametrize("about", ["", "x", "~~~", "a~b~c", "~nope~~", "~" * 9, "'\"><script>~~~"])
def test_what_no_page_of_ours_writes_is_no_context_or_an_unknown_one(about: str) -> None:
    context = Talk.read(about, ["", " "]).context
    assert context.topic is None and not context.recent and not context.choices


def test_an_address_names_few_services() -> None:
    assert len(Talk.read("~~" + ".".join("abcdefgh") + "~", ()).context.recent) == 5


# The talk on a page


def test_the_box_after_an_answer_says_what_the_next_question_is_about_and_carries_it() -> None:
    html = unescape(page("/?q=обмін", ABOUT_EXCHANGE))
    form = re.search(r"<form class=\"ask\".*?</form>", html, re.DOTALL)
    assert form and "Далі про: Обмін посвідчення водія Інша тема" in words(form[0])
    assert '<input type="hidden" name="about" value="licence-exchange~fee~~">' in form[0]
    assert '<input type="hidden" name="before" value="обмін">' in form[0]
    assert 'type="search" value=""' in form[0]
    assert "Ви питали: «обмін»" in words(html)


def test_the_next_question_is_asked_in_the_context_and_shows_what_was_asked_before() -> None:
    engine = FakeEngine(ABOUT_EXCHANGE)
    html = client(engine=engine).get("/?q=ціна&about=licence-exchange~fee~~&before=обмін").text
    assert engine.asked[0].context == Context(EXCHANGE.slug, Topic.FEE)
    before = re.search(r'<details class="fold before">.*?</details>', html, re.DOTALL)
    assert before and words(before[0]) == "Раніше в цій розмові: 1 обмін"
    assert html.count('name="before"') == 2


def test_dropping_the_subject_begins_anew() -> None:
    html = page("/?q=ціна&about=licence-exchange~fee~~&before=обмін", ABOUT_EXCHANGE)
    assert re.search(r'<a class="drop" href="/">Інша тема</a>', html)


def test_choices_without_a_subject_can_be_dropped_too() -> None:
    asked_back = replace(unanswered(Reason.AMBIGUOUS), context=Context(choices=("a", "b")))
    html = page("/?q=ціна", asked_back)
    assert "Уточніть, що саме, або почніть заново. Інша тема" in words(html)
    assert 'name="about" value="~~~a.b"' in html


def test_personal_data_is_not_carried_on() -> None:
    html = page("/?q=обмін, мій телефон 067 123 45 67", ABOUT_EXCHANGE)
    assert 'name="before" value="обмін, мій телефон [телефон]"' in unescape(html)
    refused = replace(unanswered(Reason.PERSONAL_DATA_ONLY), context=CONTEXT)
    assert 'name="before"' not in page("/?q=0671234567", refused)


def test_a_question_without_an_answer_stays_in_the_box() -> None:
    html = page("/?q=щось", unanswered(Reason.LOW_CONFIDENCE))
    assert 'type="search" value="щось"' in html and "Ви питали" not in html
    assert 'name="about"' not in html


def test_feedback_leads_back_to_the_answer_in_its_talk() -> None:
    browser = client(ABOUT_EXCHANGE, journal=MemoryJournal())
    html = unescape(browser.get("/?q=ціна&about=licence-exchange~fee~~&before=обмін").text)
    back = re.search(r'name="back" value="([^"]+)"', html)
    assert back and dict(parse_qsl(urlsplit(back[1]).query)) == {
        "q": "ціна", "about": "licence-exchange~fee~~", "before": "обмін",
    }  # fmt: skip


# How sure it is


def test_what_may_be_an_answer_is_titles_to_open_with_the_phone_and_no_mark() -> None:
    html = page("/?q=x", UNSURE)
    assert phrases.PERHAPS.title in words(html) and '<article class="answer"' not in html
    guesses = re.findall(r'<details class="guess".*?</details>', html, re.DOTALL)
    assert [words(one).split(" Обмін посвідчення водія")[0] for one in guesses] == [
        "Скільки коштує обмін", "Скільки триває обмін",
    ]  # fmt: skip
    assert "<mark>" not in html and 'href="tel:+380442901988"' in html
    assert "Також може стати в пригоді" not in html and 'class="siblings"' not in html


@pytest.mark.parametrize("reason", [Reason.OFF_TOPIC, Reason.SMALL_TALK, Reason.LIVE_DATA])
def test_nothing_unrelated_stands_under_a_question_that_no_passage_answers(reason: Reason) -> None:
    assert "Найближче, що ми знайшли" not in page("/?q=борщ", unanswered(reason))


@pytest.mark.parametrize("reason", [Reason.SMALL_TALK, Reason.LIVE_DATA])
def test_a_reply_stands_in_the_place_of_the_advice(reason: Reason) -> None:
    html = words(page("/?q=привіт", replace(unanswered(reason), reply="Вітаємо тут!")))
    assert html.count("Вітаємо тут!") == 1 and phrases.REASONS[reason].text not in html


# Several questions at once


def test_each_part_has_its_answer_with_its_source_and_date_in_the_order_asked() -> None:
    html = page("/?q=x", _with_parts(_part("який строк", TERM.id), _part("яка ціна", FEE.id)))
    cards = re.findall(r'<article class="answer".*?</article>', html, re.DOTALL)
    assert [words(card).split(" ", 2)[:2] for card in cards] == [
        ["«який", "строк»"],
        ["«яка", "ціна»"],
    ]
    assert all("станом на" in card.lower() and "Джерела" in card for card in cards)
    assert "Також може стати в пригоді" not in html


def test_parts_show_the_centres_that_were_asked_for_as_well() -> None:
    centres = CentreAnswer((FoundCentre(LVIV),), "Львів", True, is_answer=True)
    parts = (_part("яка ціна", FEE.id), _part("де центр", None))
    html = page("/?q=x", replace(_with_parts(*parts), centres=centres))
    assert "вул. Перша, 1" in words(html)


def test_a_part_without_an_answer_says_so() -> None:
    html = page("/?q=x", _with_parts(_part("яка ціна", FEE.id), _part("а де кава", None)))
    said = re.search(r'<section class="answer unanswered">.*?</section>', html, re.DOTALL)
    assert said and words(said[0]) == f"«а де кава» {phrases.REASONS[Reason.NOT_COVERED].title}."


def test_parts_that_one_passage_answers_share_its_card() -> None:
    parts = (_part("яка ціна", FEE.id), _part("а онлайн", FEE.id, Certainty.UNSURE))
    html = page("/?q=x", _with_parts(*parts))
    assert html.count('<article class="answer"') == 1
    assert "«яка ціна», «а онлайн»" in words(html) and "Можливо" not in article(html)


def test_a_part_that_may_be_answered_is_not_said_to_be() -> None:
    parts = (_part("яка ціна", FEE.id), _part("який строк", TERM.id, Certainty.UNSURE))
    html = page("/?q=x", _with_parts(*parts))
    assert "«який строк» Можливо, це відповідь:" in words(html)


# English


def test_an_english_question_is_told_in_english_that_the_texts_are_ukrainian() -> None:
    english = replace(ANSWER, understood=Understood("en", "exchange"))
    assert "Below is what answers your question" in page("/?q=x", english)
    assert "what may answer" in page("/?q=x", replace(english, certainty=Certainty.UNSURE))
    nothing = replace(unanswered(Reason.OFF_TOPIC), understood=english.understood)
    assert "There is no answer to this" in page("/?q=x", nothing)
    assert '<p class="reading" lang="en">' not in page("/?q=обмін")


# What was corrected


def test_a_correction_can_be_undone() -> None:
    understood = Understood("uk", "борг", (Correction("typo", "борщ", "борг"),))
    html = unescape(page("/?q=борщ", replace(ANSWER, understood=understood)))
    assert "Зрозуміли так: «борг»." in words(html)
    link = re.search(r'<a href="([^"]+)">Шукати саме', html)
    assert link and dict(parse_qsl(urlsplit(link[1]).query)) == {"q": "борщ", "exactly": "1"}


def test_an_exact_question_is_asked_as_typed() -> None:
    engine = FakeEngine()
    client(engine=engine).get("/?q=борщ&exactly=1")
    client(engine=engine).get("/?q=борщ")
    assert [query.as_typed for query in engine.asked] == [True, False]


def test_added_terms_are_not_shown_as_the_persons_words() -> None:
    understood = Understood(
        "uk", "права (посвідчення водія)", (Correction("synonym", "права", "посвідчення водія"),)
    )
    html = words(page("/?q=права", replace(ANSWER, understood=understood)))
    assert "Шукали також: «посвідчення водія»." in html and "Зрозуміли" not in html


def test_all_the_passages_of_an_answer_have_titles_of_their_own() -> None:
    ranked = tuple(RankedPassage(one, 0.5, 0.5) for one in (FEE, TERM))
    html = page("/?q=x", replace(UNSURE, passages=ranked))
    identifiers = re.findall(r'\sid="([^"]+)"', html)
    assert len(identifiers) == len(set(identifiers))
