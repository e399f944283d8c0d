"""YouTube's Data API on loopback: threads, replies, and the day's allowance over several runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from loopback_outlet import NOW, Site, collect, coverage
from loopback_platforms import PEOPLE, SECRETS, Youtube, bodies, documents, find_on_disk, shipped

from citra.documents import document_id
from citra.lake import Lake
from crawlers.spiders.quota import Quota
from crawlers.state import State

KEY = {"secrets": SECRETS}


def asked(site: Site, method: str) -> int:
    return sum(count for path, count in site.asked.items() if f"/{method}?" in path)


def test_comments_replies_and_closed_videos(site: Site, lake: Lake, tmp_path: Path) -> None:
    threads = [Youtube.thread(f"Ug{n}", n, f"Gaji PNS naik lagi {n}") for n in range(7)]
    threads.insert(2, Youtube.thread("UgA", 1.5, "kata siti_rahma di https://youtube.com/@budi.santoso", replies=8))
    server = Youtube(site, {"v1": threads, "tutup": [], "kosong": []})
    server.closed.add("tutup")
    server.replies["UgA"] = Youtube.answers("UgA", 1.5, 8)
    source = shipped("youtube", site, queries=("PNS",))
    report = collect([source], lake, since=NOW - timedelta(days=7), **KEY).sources[0]
    assert (report.new, report.rejected, report.error) == (8 + 8, 0, None)
    assert coverage(lake)[0]["skipped"] == {"comments-disabled": 1}
    assert find_on_disk(tmp_path, (*PEOPLE, *SECRETS.values())) == []
    found = {one.url.rsplit("=", 1)[1]: one for one in documents(lake, source)}
    assert found["Ug0"].thread_id == document_id("youtube:", "v1")
    assert found["UgA.7"].thread_id == found["UgA"].id == document_id("youtube:", "UgA")
    assert found["UgA.7"].text == f"@{found['UgA'].author} benar sekali 7"
    assert found["Ug0"].canonical_url == "https://www.youtube.com/watch?v=v1&lc=Ug0"
    assert found["Ug0"].engagement == {"likes": 4}

    site.asked.clear()
    threads.insert(0, Youtube.thread("UgNew", 0, "Tunjangan ASN cair"))
    again = collect([source], lake, since=NOW - timedelta(days=6), **KEY).sources[0]
    assert (again.new, again.unchanged) == (
        1,
        2 + 8,
    )  # the second page is known throughout: no third; replies are not asked for anew
    assert (asked(site, "commentThreads"), asked(site, "comments")) == (2 + 2, 0)


def test_allowance_is_kept_over_runs_and_begins_anew_at_midnight_pacific(site: Site, lake: Lake) -> None:
    server = Youtube(site, {f"v{n}": [Youtube.thread(f"Ug{n}", n, f"PPPK {n}")] for n in range(3)})
    source = shipped("youtube", site, queries=("PNS", "PPPK"), searches_per_day=3, units_per_day=2)
    first = collect([source], lake, **KEY).sources[0]
    assert (first.new, asked(site, "search"), asked(site, "commentThreads")) == (2, 2, 2)
    assert "of today are used up" in str(first.error)

    second = collect([source], lake, now=NOW + timedelta(minutes=30), **KEY).sources[0]  # 23:30 in California
    assert (second.new, asked(site, "search"), asked(site, "commentThreads")) == (0, 3, 2)
    server.threads.clear()  # the search shows nothing now, but the third video waits
    server.threads["v2"] = [Youtube.thread("Ug2", 2, "PPPK 2")]
    site.asked.clear()
    third = collect([source.model_copy(update={"youtube": source.youtube.model_copy(update={"searches_per_day": 0})})],  # type: ignore[union-attr]
                    lake, now=NOW + timedelta(minutes=70), **KEY).sources[0]  # fmt: skip
    assert (third.new, asked(site, "search")) == (1, 0)
    assert len(bodies(lake)) == 3


def test_the_platform_says_that_nothing_is_left(site: Site, other: Site, lake: Lake) -> None:
    Youtube(site, {"v1": []}).used_up = True
    Youtube(other, {"v1": []}).key = "kunci lain"
    used_up = shipped("youtube", site, queries=("PNS", "PPPK"))
    wrong = shipped("youtube", other, queries=("PNS",)).model_copy(update={"name": "kunci"})
    first, second = collect([used_up, wrong], lake, **KEY).sources
    assert "YouTube says that the searches of today are used up" in str(first.error)
    assert "keyInvalid; is CITRA_YOUTUBE_KEY valid" in str(second.error)
    site.asked.clear()
    collect([used_up], lake, now=NOW + timedelta(minutes=1), **KEY)
    assert asked(site, "search") == 0


def test_channels_show_videos_without_a_search(site: Site, lake: Lake) -> None:
    threads = {name: [Youtube.thread(f"Ug{name}", 1, f"Soal ASN {name}")] for name in ("v1", "masak", "v2", "v3")}
    Youtube(site, threads)
    source = shipped("youtube", site, queries=(), channels=("UC" + "a" * 22,), pages=2)
    assert collect([source], lake, **KEY).sources[0].new == 3
    assert coverage(lake)[0]["skipped"] == {"off-topic": 1}
    assert (asked(site, "search"), asked(site, "playlistItems")) == (0, 2)
    assert any("playlistId=UUaaaa" in path for path in site.asked)


def test_quota_counts_tries_that_were_made_anyway(tmp_path: Path) -> None:
    now = datetime(2026, 11, 24, 7, 59, tzinfo=UTC)
    state = State(tmp_path)
    quota = Quota(state, lambda: now, {"units": 3}, "America/Los_Angeles")
    assert quota.take("units")
    quota.charge("units", 2)
    assert not quota.take("units")
    now += timedelta(minutes=1)
    assert quota.left("units") == 3
    state.close()
