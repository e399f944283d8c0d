"""``citra extract``: partitions of a lake, files told apart by content, exit codes."""

from __future__ import annotations

import gzip
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from citra.cli.main import cli
from citra.documents import Document, Partition, Reject, document_from_json
from citra.lake import Lake
from citra.verbs.extract import extract_files, extract_partition, new_partitions
from crawlers.warc import pack_page, pack_payload

sys.path.insert(0, str(Path(__file__).parents[1] / "crawlers" / "extract"))
from fictional_pages import PARAGRAPHS, TITLE, URL, page_html

NOW = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
PARTITION = Partition.of("wartanusa", NOW)
STATUS = {
    "id": "117",
    "created_at": "2026-11-23T18:30:00Z",
    "content": "<p>Layanan cepat</p>",
    "account": {"id": "anon:0123456789abcdef", "bot": False},
    "favourites_count": 1,
}


def page(url: str, html: bytes, *, status: int = 200, seconds: int = 0) -> bytes:
    return pack_page(
        source="wartanusa",
        url=url,
        fetched=NOW + timedelta(seconds=seconds),
        status=status,
        headers=[("Content-Type", "text/html; charset=utf-8")],
        body=html,
        request_headers=[("User-Agent", "Citra")],
    )


def records() -> bytes:
    first, rest = (
        "".join(f"<p>{each}</p>" for each in PARAGRAPHS[:3]),
        "".join(f"<p>{each}</p>" for each in PARAGRAPHS[3:]),
    )
    link = f'<link rel="canonical" href="{URL}">'
    return b"".join(
        [
            page(
                f"{URL}?page=2",
                page_html(body=f"{rest}<p>{PARAGRAPHS[2]}</p>" * 2, head=link, stamp="2/11/2023 08:15 WIB"),
                seconds=1,
            ),
            page(URL, page_html(body=first, head=link, stamp="2/11/2023 08:15 WIB")),
            page("https://www.wartanusa.co.id/tag/bupati", b"<title>Tag: Bupati</title><h1>Tag: Bupati</h1>"),
            page("https://www.wartanusa.co.id/x/1", b"Forbidden", status=403),
            pack_payload(
                source="wartanusa",
                url="https://sosial.contoh.id/api/v1/statuses/117",
                fetched=NOW,
                body=json.dumps(STATUS).encode(),
                content_type="application/json",
            ),
        ]
    )


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(str(tmp_path / "lake"))
    with lake.replacing(lake.path("raw", PARTITION)) as stream:
        stream.write(records())
    return lake


def test_partition_becomes_documents_and_rejects(lake: Lake) -> None:
    report = extract_partition(lake, PARTITION, {}, NOW)
    assert (report.records, report.documents, report.rejects) == (5, 2, 2)
    documents = [document_from_json(each) for each in lake.read("documents", PARTITION)]
    assert [each.id for each in documents] == sorted(each.id for each in documents)
    article = next(each for each in documents if each.kind == "news")
    assert article.title == TITLE
    assert article.text.startswith("\n".join(PARAGRAPHS))
    assert article.text.count(PARAGRAPHS[2]) == 1
    assert {each.source for each in documents} == {"wartanusa"}
    rejects = list(lake.read("rejects", PARTITION, tag="extract"))
    assert {each["reason"] for each in rejects} == {"not-an-article", "blocked"}
    assert all(each["locator"].startswith(f"{PARTITION.key}.warc.gz@") for each in rejects)


def test_same_input_same_bytes(lake: Lake) -> None:
    paths = [lake.path("documents", PARTITION), lake.path("rejects", PARTITION, "extract")]
    extract_partition(lake, PARTITION, {}, NOW)
    before = [Path(path).read_bytes() for path in paths]
    extract_partition(lake, PARTITION, {}, NOW + timedelta(days=3))
    assert [Path(path).read_bytes() for path in paths] == before


def test_damage_loses_only_what_lies_behind_it(lake: Lake) -> None:
    raw = Path(lake.path("raw", PARTITION))
    raw.write_bytes(raw.read_bytes()[:-150])
    report = extract_partition(lake, PARTITION, {}, NOW)
    assert report.documents == 1
    assert "bad-warc" in {each["reason"] for each in lake.read("rejects", PARTITION, tag="extract")}


def test_only_new_and_grown_partitions_are_done(lake: Lake) -> None:
    assert new_partitions(lake) == [PARTITION]
    extract_partition(lake, PARTITION, {}, NOW)
    raw = lake.path("raw", PARTITION)
    os.utime(raw, (1, 1))
    assert new_partitions(lake) == []
    os.utime(raw, (4e9, 4e9))
    assert new_partitions(lake) == [PARTITION]


def test_partition_that_grows_meanwhile_is_read_again(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = Path(lake.path("raw", PARTITION))
    write = Lake.write
    more = page(URL.replace("bupati", "wali-kota"), page_html(title="Wali Kota Lantik Pejabat Baru di Tiga Dinas"))

    def grow(self: Lake, area, *args, **kwargs):  # type: ignore[no-untyped-def]
        if area == "documents" and not raw.read_bytes().endswith(more):
            raw.write_bytes(raw.read_bytes() + more)
        return write(self, area, *args, **kwargs)

    monkeypatch.setattr(Lake, "write", grow)
    assert extract_partition(lake, PARTITION, {}, NOW).documents == 3


def test_files_are_told_apart_by_content(tmp_path: Path) -> None:
    warc, packed, html, zipped = (tmp_path / name for name in ("a.bin", "b.html", "c.warc", "d.html"))
    warc.write_bytes(records())
    packed.write_bytes(b"".join(gzip.decompress(records())[:0:1] for _ in range(1)) or gzip.decompress(records()))
    html.write_bytes(page_html(stamp="2/11/2023 08:15 WIB"))
    zipped.write_bytes(gzip.compress(page_html(stamp="2/11/2023 08:15 WIB")))
    for path, expected in ((warc, 2), (packed, 2), (html, 1), (zipped, 1)):
        found = list(extract_files([str(path)], "", {}, NOW))
        assert sum(isinstance(each, Document) for each in found) == expected, path


def test_missing_file_does_not_stop_the_others(tmp_path: Path) -> None:
    page_file = tmp_path / "page.html"
    page_file.write_bytes(page_html())
    found = list(extract_files([str(tmp_path / "none"), str(tmp_path), str(page_file)], "", {}, NOW))
    assert [each.reason if isinstance(each, Reject) else "ok" for each in found] == [
        "missing-file",
        "unreadable-file",
        "ok",
    ]


def run(*arguments: str) -> tuple[int, list[str], str]:
    result = CliRunner().invoke(cli, ["extract", *arguments], standalone_mode=False)
    code = result.return_value if isinstance(result.return_value, int) else result.exit_code
    assert result.exception is None, result.exception
    return code, result.stdout.splitlines(), result.stderr


def test_command_prints_documents_and_tells_of_rejects(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.html", tmp_path / "bad.html"
    good.write_bytes(page_html(stamp="Kamis, 2/11/2023 08:15 WIB"))
    bad.write_bytes(b"")
    code, out, err = run(str(good), str(bad), str(tmp_path / "none.html"))
    assert code == 3
    (line,) = out
    found = json.loads(line)
    assert found["published"] == "2023-11-02T08:15:00+07:00"
    assert {"id", "title", "text", "author", "canonical_url", "section", "source"} <= set(found)
    assert "empty" in err
    assert "no such file" in err


def test_command_exits_0_when_the_rest_is_no_article(tmp_path: Path) -> None:
    warc = tmp_path / "crawl.warc.gz"
    warc.write_bytes(records())
    code, out, _ = run(str(warc))
    assert (code, len(out)) == (0, 2)


def test_command_exits_3_when_nothing_is_a_document(tmp_path: Path) -> None:
    page_file = tmp_path / "list.html"
    page_file.write_bytes(b"<title>Indeks Berita</title><h1>Indeks Berita</h1>")
    code, out, _ = run(str(page_file), "--url", "https://www.wartanusa.co.id/indeks")
    assert (code, out) == (3, [])


def test_command_does_the_new_partitions_of_a_lake(lake: Lake) -> None:
    code, out, _ = run("--lake", lake.root, "--json")
    assert code == 0
    assert [json.loads(line)["documents"] for line in out] == [2]
    os.utime(lake.path("raw", PARTITION), (1, 1))
    assert run("--lake", lake.root)[1] == []
    assert run("--lake", lake.root, "--partition", PARTITION.key)[1] == [f"{PARTITION.key}: 2 documents, 2 rejects"]
