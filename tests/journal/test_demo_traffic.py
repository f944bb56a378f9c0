"""The made-up month of questions: the same for the same seed, and what its counts say."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select
from support.app import api, count, served
from support.traffic import NOW, SmallWorld, small_world

from demo.traffic.asking import Client
from demo.traffic.habits import HABITS
from demo.traffic.judged import judged
from demo.traffic.month import load_world, month, some_talks
from demo.traffic.rhythm import KYIV, spike_day
from demo.traffic.talks import AGAIN_WITHIN_S, Given
from demo.traffic.wordings import load_themes
from qa_service.journal.memory import MemoryJournal
from qa_service.journal.tables import EVENTS, FEEDBACK, QUESTIONS
from qa_service.types import Channel, Query, Use

THEMES, WORDINGS, ALL_WORDINGS = 12, 15, 300


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('traffic') / 'journal.sqlite'}"


@pytest.fixture(scope="module")
def world(url: str) -> SmallWorld:
    return small_world(url)


def rows(url: str, table: Any) -> list[Any]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = list(connection.execute(select(table)))
    engine.dispose()
    return found


def test_what_is_counted_is_what_was_written(world: SmallWorld, url: str) -> None:
    questions = rows(url, QUESTIONS)
    assert len(questions) == world.questions
    assert Counter(row.channel for row in questions) == world.by_channel
    assert Counter(row.certainty for row in questions) == world.by_certainty
    assert Counter(row.reason for row in questions if row.reason) == world.by_reason
    assert Counter(row.at.astimezone(KYIV).hour for row in questions) == world.by_hour
    assert Counter(row.at.astimezone(KYIV).date() for row in questions) == world.by_day
    assert Counter(row.service for row in questions if row.service) == world.services
    assert Counter(row.passage_id for row in questions if row.passage_id) == world.passages
    assert sum(row.goes_on for row in questions) == world.goes_on
    assert len({row.conversation for row in questions} - {None}) == world.talks
    assert Counter(row.use for row in rows(url, EVENTS)) == world.uses
    votes = rows(url, FEEDBACK)
    assert sum(row.helpful for row in votes) == world.helped
    assert Counter(row.complaint for row in votes if row.complaint) == world.complaints


def test_a_small_world_has_something_of_everything(world: SmallWorld) -> None:
    assert 350 < world.questions < 650
    assert set(world.by_channel) == set(Channel)
    assert world.asked_again and world.goes_on and world.helped and world.complaints
    assert len(world.themes) > THEMES
    assert any(theme.asked > theme.talks > 0 for theme in world.themes.values())


def test_the_same_seed_makes_the_same_month(tmp_path: Path, world: SmallWorld) -> None:
    assert small_world(f"sqlite:///{tmp_path / 'again.sqlite'}") == world
    assert small_world(f"sqlite:///{tmp_path / 'other.sqlite'}", seed=2) != world


def test_who_asks_again_does_so_within_a_minute(world: SmallWorld) -> None:
    again = [
        (number, after_s)
        for number, one in enumerate(world.asked)
        for after_s, use in one.uses
        if use is Use.ASKED_AGAIN
    ]
    for number, after_s in again:
        before, after = world.asked[number], world.asked[number + 1]
        assert after_s < AGAIN_WITHIN_S
        assert after.at - before.at == timedelta(seconds=after_s)
        assert after.query.conversation == before.query.conversation


def test_a_month_has_the_rhythm_of_the_work() -> None:
    world = load_world(1)
    asked = list(month(world, judged(world), seed=1, days=28, now=NOW, questions=6000))
    moments = [one.at.astimezone(KYIV) for one in asked]
    calls = [
        at for at, one in zip(moments, asked, strict=True) if one.query.channel is Channel.OPERATOR
    ]
    assert {at.weekday() for at in calls} == set(range(6))
    assert min(at.hour for at in calls) == 8
    news = spike_day(NOW.astimezone(KYIV).date())
    by_day = Counter(at.date() for at in moments)
    assert max(by_day, key=by_day.__getitem__) == news
    spike = next(theme.name for theme in load_themes() if theme.spike)
    about = Counter(at.date() for at, one in zip(moments, asked, strict=True) if one.theme == spike)
    assert max(about, key=about.__getitem__) == news
    assert about[news] > 10 * about[news - timedelta(days=1)]


def test_themes_are_worded_in_many_ways_and_none_twice() -> None:
    themes = load_themes()
    wordings = [question for theme in themes for question in theme.questions]
    assert len(themes) >= THEMES and len(wordings) >= ALL_WORDINGS
    assert min(len(theme.questions) for theme in themes) >= WORDINGS
    assert len(set(wordings)) == len(wordings)
    assert sum(theme.spike for theme in themes) == 1


def test_a_running_service_is_really_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for channel, habits in HABITS.items():  # at true shares one run in ten has no vote
        monkeypatch.setitem(HABITS, channel, replace(habits, votes=0.3))
    app = api(tmp_path, kept_in=MemoryJournal())
    with served(app) as port:
        client = Client(f"http://127.0.0.1:{port}")
        answering, put = client.answering(), list[Query]()

        def noted(query: Query) -> Given:
            put.append(query)
            return answering(query)

        asked = list(some_talks(load_world(1), noted, seed=1, questions=120))
        for one in asked:
            client.tell(one)
    # The last talk is asked to its end, whatever of it is still among the first 120.
    assert count(app, "qa_answers_total") == len(put) >= len(asked) == 120
    uses = Counter(str(use) for one in asked for _, use in one.uses)
    assert uses
    assert {use: count(app, "qa_answer_uses_total", event=use) for use in uses} == uses
    votes = sum(one.vote is not None for one in asked)
    assert votes and count(app, "qa_http_requests_total", route="/v1/feedback") == votes
