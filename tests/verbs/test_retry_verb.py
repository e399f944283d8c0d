"""``citra retry``: what failed before is driven again; what succeeds leaves the rejects."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import tiny_model
from click.testing import CliRunner

from citra.cli.main import cli
from citra.documents import Partition, Reject, mention_from_json
from citra.lake import Lake
from citra.verbs.analyse import analyse_lake, opened
from citra.verbs.extract import extract_partition
from citra.verbs.load import load
from citra.verbs.retry import StageReport, Wanted, retry
from crawlers.source import Source
from crawlers.state import State, locked
from crawlers.warc import pack_page

sys.path.insert(0, str(Path(__file__).parents[1] / "crawlers"))
from loopback_outlet import Site, collect, records, rejects

NOW = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=2)
OPTIONS: dict[str, Any] = {
    "user_agent": "Citra/test (+https://contoh.id)", "delay": 0.0, "timeout": 2.0, "allow_loopback": True,
    "retries": 0, "backoff": 0.05, "salt": "garam",
}  # fmt: skip
PAGE = Partition(source="warta", hour=NOW.replace(hour=5))


@pytest.fixture
def outlet() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(str(tmp_path / "lake"))


def again(
    lake: Lake, *sources: Source, stage: Any = "crawl", wanted: Wanted | None = None, **options: Any
) -> StageReport:
    report = retry(
        lake.root, f"{lake.root}-index", now=options.pop("now", LATER), crawlable=sources,
        sources={source.name: source for source in sources}, crawl_options=OPTIONS | options,
        analyse_options=options, stages=[stage], wanted=wanted or Wanted(),
    )  # fmt: skip
    return report.stages[0]


def counts(report: StageReport) -> tuple[int, int, int, int]:
    return report.found, report.fixed, report.still, report.waiting


def test_500_then_200(outlet: Site, lake: Lake) -> None:
    outlet.outlet(3)
    good = outlet.routes["/read/1/a"]
    outlet.routes["/read/1/a"] = (500, {}, b"")
    for hours in (0, 13, 26):
        collect([outlet.source()], lake, retries=0, now=NOW + timedelta(hours=hours), force=True)
    state = State(Path(lake.root) / "state" / "crawl" / "contoh")
    assert state.progress(f"{outlet.url}/read/1/a") == "refused"  # given up
    state.close()
    assert len(rejects(lake)) == 3
    outlet.routes["/read/1/a"] = good
    assert counts(again(lake, outlet.source(), now=NOW + timedelta(hours=30))) == (3, 3, 0, 0)
    assert len(records(lake)) == 3
    assert rejects(lake) == []
    assert lake.partitions("rejects") == []
    assert counts(again(lake, outlet.source())) == (0, 0, 0, 0)


def test_what_fails_again_stays_with_its_new_reason(outlet: Site, lake: Lake) -> None:
    outlet.outlet(2)
    outlet.routes["/read/1/a"] = (500, {}, b"")
    collect([outlet.source()], lake, retries=0)
    outlet.routes["/read/1/a"] = (404, {}, b"")
    assert counts(again(lake, outlet.source())) == (1, 0, 1, 0)
    [left] = rejects(lake)
    assert left["reason"] == "gone"
    assert left["at"] >= LATER.isoformat()
    assert counts(again(lake, outlet.source(), wanted=Wanted(reason="server-error"))) == (0, 0, 0, 0)
    assert counts(again(lake, outlet.source(), wanted=Wanted(source="lain"))) == (0, 0, 0, 0)


def test_a_new_definition_lets_a_refused_page_in(outlet: Site, lake: Lake) -> None:
    """The article pattern knew only the old address, to which the new one is redirected: known by its first address."""
    target = outlet.page("/berita/7", "Gaji ASN naik")
    outlet.routes["/read/7/a"] = (301, {"Location": target}, b"")
    outlet.feed("/rss", [(f"{outlet.url}/read/7/a", "Gaji ASN naik")])
    old = outlet.source(article="/read/")
    collect([old], lake)
    [reject] = rejects(lake)
    assert (reject["reason"], reject["url"]) == ("redirected-away", target)
    assert counts(again(lake, old)) == (1, 0, 1, 0)
    new = outlet.source(article="/read/|/berita/")
    assert counts(again(lake, new, now=LATER + timedelta(hours=1))) == (1, 1, 0, 0)
    assert [record.url for record in records(lake)] == [target]
    assert rejects(lake) == []


def test_a_feed_that_was_misspelt(outlet: Site, lake: Lake) -> None:
    outlet.outlet(2)
    wrong = outlet.source(feeds=[f"{outlet.url}/rsss"])
    collect([wrong], lake)
    assert counts(again(lake, outlet.source())) == (1, 1, 0, 0)
    assert len(records(lake)) == 2


def test_what_could_not_be_tried_waits_and_says_why(outlet: Site, lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    outlet.outlet(8)
    for path in list(outlet.routes):
        if path.startswith("/read/"):
            outlet.routes[path] = (500, {}, b"")
    collect([outlet.source()], lake, retries=0)  # left alone after five faults
    report = again(lake, outlet.source())
    assert report.fixed == 0
    assert report.still >= 3  # five faults, two of them of pages that were never tried: those come first
    assert report.found == report.still + report.waiting
    assert report.waiting == 0 or "left alone" in next(iter(report.why_waiting))
    unknown = again(lake)
    assert unknown.waiting == unknown.found > 0
    assert "contoh: no source that can be crawled now" in unknown.why_waiting
    monkeypatch.setattr("citra.verbs.retry.PATIENCE", 0.1)
    with locked(Path(lake.root) / "state" / "crawl" / "contoh"):
        busy = again(lake, outlet.source())
    assert "another crawl" in next(iter(busy.why_waiting))
    assert len(rejects(lake)) == busy.waiting


def saved(*bodies: bytes) -> bytes:
    return b"".join(
        pack_page(
            source="warta", url=f"https://www.warta.contoh/daerah/read/47{number}/layanan-kependudukan-selesai",
            fetched=NOW, status=200,
            headers=[("Content-Type", "text/html; charset=utf-8")], body=body, request_headers=[],
        )
        for number, body in enumerate(bodies)
    )  # fmt: skip


def test_extraction_with_a_better_definition(lake: Lake) -> None:
    title = "Layanan Kependudukan Selesai Sebelum Siang"
    text = "".join(
        f"<p>Pegawai dinas kependudukan melayani warga nomor {n} sejak pagi, dan antrean di kantor kecamatan {n} "
        f"selesai sebelum tengah hari tiba pada hari ke-{n} bulan ini.</p>"
        for n in range(1, 6)
    )
    hidden = (
        f'<html><head><title>{title}</title><meta property="og:type" content="article"></head>'
        f"<body><h1>{title}</h1><article class=isi>{text}</article></body></html>"
    ).encode()
    with lake.replacing(lake.path("raw", PAGE)) as stream:
        stream.write(saved(hidden, b"<title>Tag: Bupati</title><h1>Tag: Bupati</h1>"))
    plain = Source(name="warta", title="Warta", kind="news", base_url="https://www.warta.contoh/", feeds=("https://x",))
    wrong = plain.model_copy(update={"selectors": plain.selectors.model_copy(update={"remove": (".isi",)})})
    extract_partition(lake, PAGE, {"warta": wrong}, NOW)
    before = len(list(lake.read("rejects", PAGE, "extract")))
    assert before == 2
    assert counts(again(lake, wrong, stage="extract")) == (2, 0, 2, 0)
    assert counts(again(lake, plain, stage="extract")) == (2, 1, 1, 0)
    assert len(list(lake.read("documents", PAGE))) == 1
    [left] = lake.read("rejects", PAGE, "extract")
    assert left["url"].rsplit("/", 2)[1] == "471"


def test_rejects_without_anything_to_do_again_wait(lake: Lake) -> None:
    lake.write("rejects", PAGE, [Reject(stage="extract", reason="no-text", locator="a.csv:7", at=NOW)], "extract")
    report = again(lake, stage="extract")
    assert counts(report) == (1, 0, 0, 1)
    assert "citra import" in next(iter(report.why_waiting))


def document(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"d{number}", "source": "warta", "kind": "news", "url": f"https://www.warta.contoh/{number}",
        "canonical_url": f"https://www.warta.contoh/{number}", "title": "", "text": f"Pelayanan KTP lambat {number}",
        "fetched": NOW.isoformat(), "content_hash": "0", "language": "id", **changes,
    }  # fmt: skip


def put(lake: Lake, area: Any, lines: list[dict[str, Any]]) -> None:
    import gzip

    with lake.replacing(lake.path(area, PAGE)) as stream:
        stream.write(gzip.compress("".join(json.dumps(line) + "\n" for line in lines).encode()))


def test_analysis_and_load(lake: Lake, tmp_path: Path) -> None:
    options = {"model": str(tiny_model.build(tmp_path / "model")), "threads": 1, "batch": 8}
    put(lake, "documents", [document(1), document(2, text="  ")])
    with opened(**options, lake=lake.root, stories=None) as (analyser, stories):
        list(analyse_lake(lake.root, analyser, stories, NOW))
    assert counts(again(lake, stage="analyse", **options)) == (1, 0, 1, 0)
    put(lake, "documents", [document(1), document(2)])  # a better extractor
    assert counts(again(lake, stage="analyse", **options)) == (1, 1, 0, 0)
    mentions = list(lake.read("mentions", PAGE))
    assert len(mentions) == 2
    assert not lake.exists("rejects", PAGE, "analyse")

    broken = {**mentions[1], "sentiment": {"label": "negative"}}
    put(lake, "mentions", [mentions[0], broken])
    load(f"{lake.root}-index", lake.root, now=NOW)
    assert counts(again(lake, stage="load")) == (1, 0, 1, 0)
    put(lake, "mentions", mentions)
    assert mention_from_json(mentions[1]).id == "d2"
    assert counts(again(lake, stage="load")) == (1, 1, 0, 0)


def test_command(outlet: Site, tmp_path: Path) -> None:
    outlet.outlet(2)
    good = outlet.routes["/read/1/a"]
    outlet.routes["/read/1/a"] = (500, {}, b"")
    folder, lake = tmp_path / "sources", Lake(str(tmp_path / "lake"))
    folder.mkdir()
    (folder / "contoh.toml").write_text(
        f'title = "Contoh"\nkind = "news"\nbase_url = "{outlet.url}"\nfeeds = ["{outlet.url}/rss"]\n'
    )
    collect([outlet.source()], lake, retries=0)
    outlet.routes["/read/1/a"] = good
    settings = {
        "CITRA_LAKE_PATH": lake.root, "CITRA_INDEX_PATH": str(tmp_path / "index"), "CITRA_CRAWL_DELAY": "0",
        "CITRA_CRAWL_SOURCES": str(folder), "CITRA_CRAWL_ALLOW_LOOPBACK": "true", "CITRA_CRAWL_ENABLED": "contoh",
    }  # fmt: skip
    result = CliRunner().invoke(cli, ["retry", "--stage", "crawl", "--json"], env=settings)
    assert result.exit_code == 0, result.output
    [stage] = json.loads(result.stdout)["stages"]
    assert (stage["stage"], stage["found"], stage["fixed"]) == ("crawl", 1, 1)
    table = CliRunner().invoke(cli, ["retry"], env=settings)
    assert [line.split() for line in table.stdout.splitlines()[1:]] == [
        [name, "0", "0", "0", "0"] for name in ("crawl", "extract", "analyse", "load")
    ]
    assert "citra retry --stage crawl" in CliRunner().invoke(cli, ["retry", "--help"]).output
