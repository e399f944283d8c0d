"""Addresses: what they ask for, and those of neighbouring questions."""

from __future__ import annotations

from datetime import date

import pytest
from starlette.datastructures import QueryParams

from citra.documents import TOPICS
from citra.store import Query
from citra.web.asked import Asked

DAY = date(2026, 11, 20)


def read(text: str) -> Asked:
    return Asked.read(QueryParams(text))


@pytest.mark.parametrize(
    "address",
    [
        "", "q=suap&from=2026-11-01&to=2026-11-20", "last=7d&source=a&source=b&kind=news&all=1",
        "q=%22dana+desa%22+-bola&topic=corruption&office=bkn&region=32.71&by=week&count-by=stories&raw=1",
    ],
)  # fmt: skip
def test_address_comes_back_as_it_went(address: str) -> None:
    asked = read(address)
    assert not asked.faults
    assert read(asked.url("/x").partition("?")[2]) == asked


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("from=kemarin", ("asked.day", "kemarin")),
        ("to=2026-02-30", ("asked.day", "2026-02-30")),
        ("from=2026-11-20&to=2026-11-01", ("asked.inverted", "2026-11-20 – 2026-11-01")),
        ("last=lama", ("asked.span", "lama")),
        ("last=0d", ("asked.span", "0d")),
        ("last=²d", ("asked.span", "²d")),
        ("last=99999d", ("asked.span", "99999d")),
        ("topic=korupsi", ("asked.unknown", "topic=korupsi")),
        ("sentiment=buruk", ("asked.unknown", "sentiment=buruk")),
    ],
)
def test_what_cannot_be_read_is_named_and_left_out(address: str, fault: tuple[str, str]) -> None:
    asked = read(address)
    assert asked.faults == (fault,)
    asked.within(DAY, 30).query(0.6)


def test_query_has_what_the_command_line_would_give() -> None:
    asked = read("q=suap&source=a&topic=corruption&from=2026-11-01&to=2026-11-20")
    expected = Query.of("suap", sources=("a",), topics=("corruption",), since=date(2026, 11, 1), until=DAY,
                        min_relevance=0.6)  # fmt: skip
    assert asked.query(0.6).id == expected.id
    assert read("q=suap&all=1").query(0.6).min_relevance is None


@pytest.mark.parametrize(
    ("address", "since"),
    [("", date(2026, 10, 22)), ("last=7d", date(2026, 11, 14)), ("from=2026-11-03", date(2026, 11, 3))],
)
def test_period_is_closed_by_today(address: str, since: date) -> None:
    closed = read(address).within(DAY, 30)
    assert (closed.since, closed.until) == (since, DAY)


def test_period_of_a_far_past_or_future_stays_possible() -> None:
    for address in ("to=0001-01-05", "from=9999-12-30", "to=9999-12-31&last=7d", "from=0001-01-01&to=9999-12-31"):
        closed = read(address).within(DAY, 30)
        assert closed.since is not None
        assert closed.until is not None
        assert closed.since <= closed.until


def test_narrowing_keeps_what_was_asked() -> None:
    both = read("q=suap&topic=corruption&topic=service")
    assert both.narrowed("topic", "ethics").text == '(suap) topic:"ethics"'
    assert read("source=a&source=b").narrowed("source", "a").filters == {"source": ("a",)}
    assert read("").narrowed("topic", TOPICS[0]).filters == {"topic": (TOPICS[0],)}
    both.narrowed("region", "32.71").query(0.6)


def test_toggling_twice_is_nothing() -> None:
    asked = read("q=suap&kind=news")
    for name, value in (("kind", "social"), ("kind", "news"), ("source", "a")):
        assert asked.toggled(name, value).toggled(name, value).query(0.6).id == asked.query(0.6).id
    assert asked.toggled("kind", "news").filters == {}
