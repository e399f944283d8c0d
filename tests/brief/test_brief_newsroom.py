"""Briefs of the demonstration newsroom: the planned truth is found, named, explained, and every number followed."""

from __future__ import annotations

import html as markup
import re
import shlex
from datetime import date, timedelta
from urllib.parse import parse_qsl, urlsplit

import click
import pytest
from brief_newsroom import DASHBOARD, END, Newsroom
from starlette.datastructures import QueryParams

from citra.brief.charts import pictures
from citra.brief.pdf import pdf
from citra.brief.render import html, markdown
from citra.brief.shapes import Brief
from citra.cli.filters import query_of
from citra.cli.search import search
from citra.config import Settings
from citra.demo.plan import OUTAGE_DAYS, OUTAGE_OUTLET, event_day, plan
from citra.errors import InputError
from citra.store import Counts, Query, Store
from citra.verbs.index import open_index
from citra.web.asked import Asked

EVENT = event_day(END)
OUTAGE = END + timedelta(days=OUTAGE_DAYS[1])
RELEVANCE = Settings().trend.relevance

_LINK = re.compile(r'<a href="(https://citra\.example/telusur\?[^"]*)" title="([^"]*)"[^>]*>([^<]*)</a>( cerita)?')
_FOOTNOTE = re.compile(r"\[(\d[\d.]*)\]\(([^)]*)\)\[\^(\d+)\]( cerita)?")


def by_address(url: str) -> Query:
    """The query that the dashboard asks at an address."""
    return Asked.read(QueryParams(parse_qsl(urlsplit(url).query))).query(RELEVANCE)


def by_command(command: str) -> Query:
    """The query that a command of the terminal asks."""
    words = shlex.split(command)
    assert words[:2] == ["citra", "search"]
    context = click.Context(search)
    values = search.make_context("search", words[2:], parent=context).params
    text = values.pop("query")
    for name in ("size", "sort", "after", "as_json"):
        values.pop(name)
    return query_of(Settings(), text, **values)


def wanted(count: Counts, unit: str) -> int:
    return count.stories if unit else count.placements


def follow(store: Store, made: Brief) -> int:
    """Ask for every number of the page, by its address and by its command; returns how many there were."""
    found = 0
    for url, command, text, unit in _LINK.findall(html(made, {})):
        for query in (by_address(markup.unescape(url)), by_command(markup.unescape(command))):
            count = store.count(query)
            if text.replace(".", "").isdigit():
                assert wanted(count, unit) == int(text.replace(".", "")), (text, command)
            else:
                assert count.placements >= 1, (text, command)
        found += 1
    return found


@pytest.mark.parametrize("span", ["day", "week", "month"])
def test_every_number_leads_to_as_many_texts(newsroom: Newsroom, span: str) -> None:
    made = newsroom.brief(EVENT, span)  # type: ignore[arg-type]
    with open_index(newsroom.index) as store:
        assert follow(store, made) > 50


def test_commands_of_the_markdown_count_the_same(newsroom: Newsroom) -> None:
    text = markdown(newsroom.brief(EVENT))
    commands = dict(re.findall(r"^\[\^(\d+)\]: `(.*)`$", text, re.M))
    numbers = _FOOTNOTE.findall(text)
    assert len(numbers) > 30
    with open_index(newsroom.index) as store:
        for number, url, place, unit in numbers:
            assert wanted(store.count(by_command(commands[place])), unit) == int(number.replace(".", ""))
            assert wanted(store.count(by_address(url)), unit) == int(number.replace(".", ""))


def test_the_planted_event_is_found_named_and_explained(newsroom: Newsroom) -> None:
    made = newsroom.brief(EVENT)
    assert made.texts.level == made.negative.level == "above"
    assert made.mood.change.verdict == "up"
    names = {name for one in made.moved[:1] for name in (one.name, *(name for name, _ in one.also))}
    assert {"DPMPTSP", "korupsi"} <= names
    planned = [item for item in plan(END) if item.event and item.day == EVENT and item.kind == "news"]
    first = min(planned, key=lambda item: item.published)
    carried = made.moved[0].stories[0]
    assert carried.title in {item.title for item in planned if item.story == first.story}
    assert carried.source == first.outlet
    assert carried.copies.value == sum(item.story == first.story for item in planned)
    assert {"kpk", "izin"} & set(made.moved[0].words)
    assert carried.story in {line.story for line in made.read}
    page = html(made, pictures(made))
    assert "Citra memburuk: pangsa negatif naik dari" in page
    assert f'href="{carried.url}"' in page


def test_events_titles_are_among_those_to_read_and_to_answer(newsroom: Newsroom) -> None:
    made = newsroom.brief(EVENT)
    event = {item.title or item.paragraphs[0] for item in plan(END) if item.event}
    shown = [line.title.removesuffix(" …") for line in (*made.read, *made.answer)]
    assert sum(any(text.startswith(title) for text in event) for title in shown) >= 6


def test_an_outage_is_a_caveat_and_no_change(newsroom: Newsroom) -> None:
    made = newsroom.brief(OUTAGE)
    caveats = {one.source: one for one in made.caveats}
    assert caveats[OUTAGE_OUTLET].status == "silent"
    assert caveats[OUTAGE_OUTLET].texts.value == 0
    assert OUTAGE_OUTLET in made.mood.left_out
    assert made.mood.change.verdict in {"unclear", "too-few"}
    assert made.moved == ()
    assert f"Sumber {OUTAGE_OUTLET} diam" in markdown(made)


def test_days_without_an_event_move_hardly_ever(newsroom: Newsroom) -> None:
    days = [EVENT - timedelta(days=back) for back in range(1, 10)]
    moved = [day for day in days if newsroom.brief(day).moved]
    assert len(moved) <= 2
    assert not [day for day in days if newsroom.brief(day).mood.change.verdict == "up"]


def test_the_same_index_and_date_give_the_same_bytes(newsroom: Newsroom) -> None:
    one, two = newsroom.make(EVENT, "week"), newsroom.make(EVENT, "week")
    assert html(one, pictures(one)) == html(two, pictures(two))
    assert markdown(one) == markdown(two)
    assert pdf(one, pictures(one)) == pdf(two, pictures(two))


def test_the_week_of_the_event_is_above_what_is_usual(newsroom: Newsroom) -> None:
    made = newsroom.brief(EVENT, "week")
    assert (made.period.since.weekday(), made.period.until - made.period.since) == (0, timedelta(days=6))
    assert made.texts.level == "above"
    assert any("DPMPTSP" in (one.name, *(name for name, _ in one.also)) for one in made.moved)


def test_a_month_without_history_says_so(newsroom: Newsroom) -> None:
    made = newsroom.brief(EVENT, "month")
    assert made.texts.usual is None
    assert made.moved == ()
    assert made.mood.change.verdict == "too-few"
    text = markdown(made)
    assert "perlu 3 untuk mengatakan apa yang biasa" in text
    assert "Bulan ini belum selesai" in text


def test_days_that_cannot_be_told_of_are_said(newsroom: Newsroom) -> None:
    first = min(item.day for item in plan(END))
    assert "padahal perlu 14" in markdown(newsroom.brief(first))
    empty = newsroom.brief(first - timedelta(days=40))
    assert empty.texts.now.value == 0
    assert "Tidak ada teks pada hari ini. Indeks memuat teks dari" in markdown(empty)
    assert pictures(empty) == {}
    today = newsroom.brief(END + timedelta(days=1))
    assert "Hari ini belum selesai" in markdown(today)
    with pytest.raises(InputError, match="not there yet"):
        newsroom.make(date(2027, 1, 1))


def test_offices_are_shrunk_and_ranked_with_intervals(newsroom: Newsroom) -> None:
    made = newsroom.brief(EVENT)
    assert made.offices_compared >= len(made.offices) > 3
    for row in made.offices:
        assert row.rank_low <= row.rank <= row.rank_high
        assert row.share.low <= row.share.value <= row.share.high
    assert made.public_url == DASHBOARD
