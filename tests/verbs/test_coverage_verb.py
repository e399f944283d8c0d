"""Coverage from documents and crawl records: the demonstration's outage is found, and nothing else is."""

from __future__ import annotations

import gzip
import json
from contextlib import redirect_stdout
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from citra.cli.main import cli
from citra.demo.plan import OUTAGE_DAYS, OUTAGE_OUTLET, plan
from citra.documents import JAKARTA, Document, Mention, Model, Partition, Reject, Sentiment, content_hash, document_id
from citra.lake import Lake
from citra.store import Query
from citra.verbs.coverage import coverage, notes, rows
from citra.verbs.covered_trend import covered_trend
from citra.verbs.index import open_index
from citra.verbs.source_days import source_days
from citra.verbs.trend import By, Trend
from citra.verbs.trend import rows as trend_rows

END = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=JAKARTA)
OUTAGE = [END + timedelta(days=offset) for offset in OUTAGE_DAYS]


def run(source: str, started: datetime, **changes: Any) -> dict[str, Any]:
    """A coverage record as ``citra crawl`` writes it."""
    return {
        "run": f"{source} {started.isoformat()}", "source": source, "kind": "news", "started": started.isoformat(),
        "since": None, "succeeded": True, "silent": False, "error": None, "floor": 0, "ceiling": None, **changes,
    }  # fmt: skip


def crawled(lake: Lake, *runs: dict[str, Any]) -> None:
    for one in runs:
        partition = Partition.of(one["source"], datetime.fromisoformat(one["started"]))
        known = list(lake.read("coverage", partition))
        with lake.replacing(lake.path("coverage", partition)) as out:
            out.write("".join(json.dumps(each) + "\n" for each in [*known, one]).encode())


def document(source: str, key: str, published: datetime | None, **changes: Any) -> Document:
    values = {
        "kind": "news", "url": key, "canonical_url": key, "title": "Judul", "text": "Isi", "author": "Sari",
        "published": published, "fetched": NOW.astimezone(UTC), "content_hash": content_hash("Judul", "Isi"),
    }  # fmt: skip
    return Document(id=document_id(source, key), source=source, **{**values, **changes})


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration's texts as documents, in a lake and in an index; no floor is declared."""
    folder = tmp_path_factory.mktemp("newsroom")
    lake = Lake(str(folder / "lake"))
    found: dict[str, list[Document]] = {}
    for item in plan(END):
        text = "\n".join(item.paragraphs)
        found.setdefault(item.outlet, []).append(
            document(item.outlet, item.key, item.published, kind=item.kind, title=item.title, text=text)
        )
    for source, documents in found.items():
        lake.write("documents", Partition.of(source, NOW), documents)
        crawled(lake, run(source, NOW, kind=documents[0].kind))
    with open_index(str(folder / "index"), create=True) as store, store.writing() as writer:
        writer.upsert((mention(one) for documents in found.values() for one in documents), version=1)
    return folder


def mention(one: Document) -> Mention:
    return Mention(
        document=one, relevance=0.9, story_id=one.id, model=Model(name="tiny", version="1"),
        sentiment=Sentiment(label="neutral", p_negative=0.2, p_neutral=0.6, p_positive=0.2),
    )  # fmt: skip


def test_the_outage_of_the_demonstration_is_found_and_nothing_else(newsroom: Path) -> None:
    found = coverage(Lake(str(newsroom / "lake")), since=END - timedelta(days=59), until=END, now=NOW)
    assert len({day.source for day in found.days}) == 7
    assert len(found.days) >= 7 * 55
    assert [(day.source, day.day, day.status) for day in found.flagged()] == [
        (OUTAGE_OUTLET, day, "silent") for day in OUTAGE
    ]
    assert notes(found) == [
        f"{OUTAGE_OUTLET} silent, 2026-11-04 to 2026-11-07: "
        "no text on 4 days in a row; before, on 0 of 39 days; the counts lack it"
    ]
    assert {day for day, share in found.shares.items() if share < 1} == set(OUTAGE)
    assert all(0.7 < found.shares[day] < 0.95 for day in OUTAGE), "the others were there"


def test_the_trend_says_what_is_missing(newsroom: Path) -> None:
    lake, index = Lake(str(newsroom / "lake")), str(newsroom / "index")
    query = Query(since=END - timedelta(days=30), until=END)

    def asked(query: Query, by: By = "day") -> Trend:
        with open_index(index) as store:
            return covered_trend(store, lake, query, now=NOW, by=by)

    days = asked(query)
    low = [row["start"] for row in trend_rows(days) if row["coverage"] is not None and row["coverage"] < 1]  # type: ignore[operator]
    assert low == [day.isoformat() for day in OUTAGE]
    assert [note for note in days.notes if "silent" in note] == notes(
        coverage(lake, since=query.since, until=END, now=NOW)  # type: ignore[arg-type]
    )
    weeks = asked(query, by="week")
    assert [b.start.date() for b in weeks.series.buckets if b.coverage is not None and b.coverage < 1] == [
        date(2026, 11, 2)
    ]
    other = replace(query, sources=("cakra",))
    assert all(b.coverage in {1.0, None} for b in asked(other).series.buckets)
    posts = replace(query, kinds=("social",))
    assert not [note for note in asked(posts).notes if "silent" in note]


def test_both_commands_tell(newsroom: Path) -> None:
    config = newsroom / "citra.toml"
    config.write_text(f'[lake]\npath = "{newsroom}/lake"\n[index]\npath = "{newsroom}/index"\n')

    def told(*arguments: str) -> str:
        with redirect_stdout(StringIO()) as out:
            cli.main(["--config", str(config), *arguments], standalone_mode=False)
        return out.getvalue()

    table = told("trend", "--from", "2026-11-01", "--to", "2026-11-10")
    assert table.count("covered") == 4
    assert f"note: {OUTAGE_OUTLET} silent, 2026-11-04 to 2026-11-07" in table
    assert "health" in told("status")
    assert {day["source"] for day in json.loads(told("status", "--json"))["health"]} >= {OUTAGE_OUTLET, "cakra"}


def _steady(lake: Lake, source: str, days: int, **changes: Any) -> list[Document]:
    """Three texts a day for ``days`` days up to two days before NOW."""
    last = NOW - timedelta(days=2)
    found = [
        document(source, f"{back}-{number}", (last - timedelta(days=back)).replace(hour=9 + number), **changes)
        for back in range(days)
        for number in range(3)
    ]
    lake.write("documents", Partition.of(source, last), found)
    return found


def test_days_that_no_crawl_looked_at_are_silent(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    _steady(lake, "warta", 30)
    died = NOW - timedelta(days=2)
    failed = {"succeeded": False, "silent": True, "error": "unreachable: 503"}
    crawled(lake, run("warta", died), *(run("warta", died + timedelta(hours=n), **failed) for n in (20, 21, 44)))
    found = coverage(lake, since=END - timedelta(days=4), until=END, now=NOW)
    assert [(day.day.day, day.status, day.covered) for day in found.days] == [
        (20, "ok", 1), (21, "ok", 1), (22, "ok", 1), (23, "silent", 0),
    ]  # fmt: skip
    assert found.days[-1].reason == "no successful crawl since 2026-11-22 15:00 (unreachable: 503)"
    assert found.days[-1].silent_hours == (11, 12)
    assert found.days[-1].runs == 2
    assert found.newest()["warta"].status == "silent"
    assert found.shares[date(2026, 11, 23)] == 0
    assert rows(found)[-1]["day"] == "2026-11-23"


def test_a_source_that_never_answered_is_silent_and_an_import_is_not_judged(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    crawled(lake, run("mati", NOW - timedelta(days=3), succeeded=False, silent=True, error="unreachable", floor=5))
    _steady(lake, "impor", 3)
    found = coverage(lake, since=END - timedelta(days=2), until=END, now=NOW)
    assert [(day.source, day.day.day, day.status, day.expected) for day in found.days] == [
        ("mati", 22, "silent", 5.0), ("mati", 23, "silent", 5.0),
    ]  # fmt: skip
    assert "no successful crawl ever" in found.days[0].reason


def test_a_text_fetched_again_counts_once_and_only_news_is_read(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    texts = _steady(lake, "warta", 3)
    lake.write("documents", Partition.of("warta", NOW), [replace(texts[0], text="Isi lain")])
    lake.write(
        "rejects",
        Partition.of("warta", NOW),
        [Reject(stage="extract", reason=reason, source="warta") for reason in ("no-text", "not-an-article", "blocked")],
        tag="extract",
    )
    days = source_days(lake, "warta")
    assert [days[day].documents for day in sorted(days)][:3] == [3, 3, 3]
    assert (days[END].documents, days[END].pages, days[END].missing) == (0, 3, {"text": 2})

    kept = Path(lake.root) / "state" / "health" / "warta.json.gz"
    before = gzip.decompress(kept.read_bytes())
    seen: list[str] = []
    read = Lake.read
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            Lake, "read", lambda self, area, part, tag="": seen.append(part.key) or read(self, area, part, tag)
        )
        assert source_days(lake, "warta") == days
        assert seen == []
        lake.write("documents", Partition.of("warta", NOW), [texts[0], document("warta", "baru", NOW)])
        assert source_days(lake, "warta")[END].documents == 1
        assert set(seen) == {"warta/2026-11-24/08"}
    kept.write_bytes(before[:40])  # damaged: counted anew
    assert source_days(lake, "warta")[END].documents == 1


def test_a_changed_layout_lowers_the_share(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    for back in range(20, -1, -1):
        when = NOW - timedelta(days=back)
        read = [document("warta", f"{back}-{number}", when.replace(hour=8)) for number in range(10)]
        broken = [
            Reject(stage="extract", reason="no-text", source="warta", url=str(n)) for n in range(8 if back == 0 else 0)
        ]
        lake.write("documents", Partition.of("warta", when), read[len(broken) :])
        lake.write("rejects", Partition.of("warta", when), broken, tag="extract")
        crawled(lake, run("warta", when))
    found = coverage(lake, since=END - timedelta(days=1), until=END, now=NOW)
    assert [(day.status, round(day.covered, 2)) for day in found.days] == [("ok", 1.0), ("layout", 0.2)]
    assert found.days[-1].reason == "no text on 8 of 10 pages, usually 0%"
    assert "layout changed" in notes(found)[0]
