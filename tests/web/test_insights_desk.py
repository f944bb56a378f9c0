"""Reports are made one at a time, in a thread that answers no questions."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from threading import Event, current_thread

import pytest
from support.reports import report_of

from qa_service.errors import JournalError, OverloadedError
from qa_service.insights.report import Report
from qa_service.types import Channel
from qa_service.web.insights.desk import Desk


class Maker:
    """Makes one report again and again, as soon as it may."""

    def __init__(self, report: Report) -> None:
        self.may = Event()
        self.may.set()
        self.made: list[tuple[int, Channel | None]] = []
        self.threads: set[str] = set()
        self.at_once = self.most_at_once = 0
        self._report = report

    def __call__(self, days: int, channel: Channel | None) -> Report:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.made.append((days, channel))
        self.threads.add(current_thread().name)
        self.may.wait(10)
        self.at_once -= 1
        return self._report


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    return Maker(report_of(tmp_path))


def test_readers_of_the_same_report_share_it(maker: Maker) -> None:
    async def read() -> list[Report]:
        desk = Desk(maker)
        return await asyncio.gather(*(desk.report(7, None) for _ in range(5)))

    assert len(asyncio.run(read())) == 5
    assert maker.made == [(7, None)] and maker.threads == {"insights"}


def test_different_reports_are_made_one_after_the_other(maker: Maker) -> None:
    async def read() -> None:
        desk = Desk(maker)
        await asyncio.gather(*(desk.report(days, None) for days in (7, 30, 90)))

    asyncio.run(read())
    assert [days for days, _ in maker.made] == [7, 30, 90] and maker.most_at_once == 1


def test_a_report_is_made_again_when_it_is_old(maker: Maker) -> None:
    async def read(kept_s: float) -> None:
        desk = Desk(maker, kept_s=kept_s)
        await desk.report(7, Channel.SITE)
        await desk.report(7, Channel.SITE)

    asyncio.run(read(kept_s=60))
    assert len(maker.made) == 1
    asyncio.run(read(kept_s=-1))
    assert len(maker.made) == 3


def test_who_waits_too_long_is_told_so_and_finds_the_report_later(maker: Maker) -> None:
    async def read() -> Report:
        desk = Desk(maker, patience_s=0.01)
        maker.may.clear()
        with pytest.raises(OverloadedError, match="still being made"):
            await desk.report(7, None)
        maker.may.set()
        while True:
            try:
                return await desk.report(7, None)
            except OverloadedError:
                continue

    assert asyncio.run(read()).figures.scope.days == 7
    assert len(maker.made) == 1


def test_a_failure_is_told_and_not_kept(maker: Maker) -> None:
    failures: list[Exception] = [JournalError("locked"), ValueError("unforeseen")]

    def fail_first(days: int, channel: Channel | None) -> Report:
        if failures:
            raise failures.pop(0)
        return maker(days, channel)

    async def read(make: Callable[[int, Channel | None], Report]) -> None:
        desk = Desk(make)
        with pytest.raises(JournalError):
            await desk.report(7, None)
        with pytest.raises(ValueError, match="unforeseen"):
            await desk.report(7, None)
        await desk.report(7, None)

    asyncio.run(read(fail_first))
    assert len(maker.made) == 1
