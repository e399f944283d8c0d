"""``citra backfill``: pages out of foreign WARC files, resumed, repeated, damaged, side by side with a crawl."""

from __future__ import annotations

import io
import json
import random
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import fsspec
import pytest
from click.testing import CliRunner
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from citra.cli.main import cli
from citra.documents import Partition
from citra.errors import ConfigError, InputError, TryAgain
from citra.lake import Lake
from citra.verbs import copying
from citra.verbs.backfill import BackfillReport, backfill
from crawlers.source import Source
from crawlers.state import locked
from crawlers.warc import pack_page, read_warc

NOW = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
FETCHED = datetime(2023, 11, 2, 8, 15, 30, tzinfo=UTC)
SENTENCE = "Pegawai dinas kependudukan melayani warga nomor {n} sejak pagi dan antrean selesai sebelum tengah hari. "
SOURCES = {
    name: Source(name=name, title=name, kind="news", base_url=f"https://www.{host}/", feeds=(f"https://www.{host}/rss",))
    for name, host in {"wartanusa": "wartanusa.co.id", "harian": "harian.contoh.id"}.items()
}  # fmt: skip
Record = dict[str, Any]


def html(number: int) -> bytes:
    title = f"Layanan Kependudukan Warga Nomor {number} Selesai Sebelum Siang"
    body = "".join(f"<p>{SENTENCE.format(n=number)}{SENTENCE.format(n=number + 1)}</p>" for _ in range(3))
    return (
        f'<html><head><title>{title}</title><meta property="og:type" content="article">'
        f'<meta property="article:published_time" content="2023-11-02T08:15:00+07:00"></head>'
        f"<body><h1>{title}</h1><article>{body}</article></body></html>"
    ).encode()


def page(number: int, host: str = "www.wartanusa.co.id", **changes: Any) -> Record:
    return {
        "url": f"https://{host}/daerah/read/{number}/layanan-warga",
        "body": html(number),
        "type": "text/html; charset=utf-8",
        "status": "200 OK",
        "fetched": FETCHED + timedelta(minutes=number),
        "id": f"<urn:uuid:00000000-0000-4000-8000-{number:012d}>",
        "kind": "response",
        "encoding": "",
        **changes,
    }


def archive(records: Sequence[Record], *, gzip: bool = True) -> bytes:
    """A WARC file as Common Crawl writes it: a warcinfo, then request and response of each page."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=gzip)
    writer.write_record(writer.create_warcinfo_record("CC-NEWS.warc.gz", {"software": "test"}))
    for each in records:
        about = {"WARC-Date": each["fetched"].strftime("%Y-%m-%dT%H:%M:%SZ"), "WARC-Record-ID": each["id"]}
        lines = [("Content-Type", each["type"]), ("Content-Length", str(len(each["body"])))]
        if each["encoding"]:
            lines.append(("Content-Encoding", each["encoding"]))
        answer = StatusAndHeaders(each["status"], lines, "HTTP/1.1")
        question = StatusAndHeaders("GET / HTTP/1.1", [("Host", "x")], is_http_request=True)
        asked = {"WARC-Date": about["WARC-Date"]}
        writer.write_record(
            writer.create_warc_record(each["url"], "request", http_headers=question, warc_headers_dict=asked)
        )
        body = io.BytesIO(each["body"])
        writer.write_record(
            writer.create_warc_record(each["url"], each["kind"], body, http_headers=answer, warc_headers_dict=about)
        )
    return out.getvalue()


def offsets(data: bytes) -> list[int]:
    """Where the gzip members of a file begin."""
    found, at = [], 0
    while at < len(data):
        found.append(at)
        one = zlib.decompressobj(wbits=31)
        one.decompress(data[at:])
        at = len(data) - len(one.unused_data)
    return found


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(str(tmp_path / "lake"))


def fill(lake: Lake, *paths: Path | str, **options: Any) -> BackfillReport:
    return backfill([str(path) for path in paths], SOURCES, lake.root, **{"now": NOW, **options})


def urls(lake: Lake, area: Any = "documents") -> list[str]:
    return [each["url"] for part in lake.partitions(area) for each in lake.read(area, part)]


def raw(lake: Lake) -> list[tuple[str, str, bytes]]:
    found = []
    for partition in lake.partitions("raw"):
        with lake.fs.open(lake.path("raw", partition), "rb") as stream:
            found += [(partition.key, item.record_id, item.body) for item in read_warc(stream)]
    return found


MIXED = [
    page(1),
    page(2, "www.asing.example"),
    page(3, "foto.wartanusa.co.id", type="image/jpeg", body=b"\xff\xd8\xff"),
    page(4, kind="revisit"),
    page(5, status="404 Not Found"),
    page(6, "harian.contoh.id"),
    page(70),  # an hour later
    page(8, "jahatwartanusa.co.id"),
]


def test_pages_of_known_hosts_become_documents_by_source_and_hour(tmp_path: Path, lake: Lake) -> None:
    file = tmp_path / "CC-NEWS-20231102081530-00001.warc.gz"
    file.write_bytes(archive(MIXED))
    report = fill(lake, file)
    [one] = report.files
    assert (one.finished, one.records, one.chosen, one.added, one.damaged) == (True, 8, 3, 3, 0)
    assert one.skipped == {"http-status": 1, "not-html": 1, "other-host": 2, "revisit": 1}
    assert (report.partitions, report.documents, report.rejects) == (3, 3, 0)
    assert [part.key for part in lake.partitions("documents")] == [
        "harian/2023-11-02/08", "wartanusa/2023-11-02/08", "wartanusa/2023-11-02/09",
    ]  # fmt: skip
    [document] = lake.read("documents", Partition.from_key("wartanusa/2023-11-02/08"))
    assert document["source"] == "wartanusa"
    assert document["fetched"] == "2023-11-02T08:16:30+00:00"
    assert document["published"] == "2023-11-02T08:15:00+07:00"
    assert "nomor 1 sejak pagi" in document["text"]


def test_hosts_narrow_and_name_what_no_source_claims(tmp_path: Path, lake: Lake) -> None:
    file = tmp_path / "a.warc.gz"
    file.write_bytes(archive(MIXED))
    fill(lake, file, hosts=["asing.example", "https://www.wartanusa.co.id/"])
    assert {part.source for part in lake.partitions("documents")} == {"asing-example", "wartanusa"}
    [foreign] = lake.read("documents", lake.partitions("documents", "asing-example")[0])
    assert foreign["source"] == "asing-example"
    with pytest.raises(ConfigError, match=r"kompas\.com"):
        fill(lake, file, hosts=["kompas com"])


def test_again_adds_nothing_and_other_hosts_read_the_file_again(tmp_path: Path, lake: Lake) -> None:
    file = tmp_path / "a.warc.gz"
    file.write_bytes(archive(MIXED))
    first = fill(lake, file)
    before = {path: Path(path).read_bytes() for path in map(str, Path(lake.root).rglob("*.gz"))}
    again = fill(lake, file)
    assert (again.done_before, again.partitions, again.files) == (1, 0, first.files)
    anew = fill(lake, file, anew=True)
    assert (anew.files[0].chosen, anew.files[0].added) == (3, 0)
    assert {path: Path(path).read_bytes() for path in map(str, Path(lake.root).rglob("*.gz"))} == before
    other = fill(lake, file, hosts=["harian.contoh.id"])
    assert (other.done_before, other.files[0].chosen, other.files[0].added) == (0, 1, 0)
    file.write_bytes(archive([*MIXED, page(9)]))  # it grew: another file
    assert fill(lake, file).files[0].added == 1


def test_what_a_crawl_put_there_stays(tmp_path: Path, lake: Lake) -> None:
    partition = Partition.of("wartanusa", FETCHED)
    crawled = pack_page(
        source="wartanusa", url="https://www.wartanusa.co.id/daerah/read/500/layanan-warga", fetched=FETCHED,
        status=200, headers=[("Content-Type", "text/html")], body=html(500), request_headers=[],
    )  # fmt: skip
    with lake.replacing(lake.path("raw", partition)) as stream:
        stream.write(crawled)
    file = tmp_path / "a.warc.gz"
    file.write_bytes(archive([page(1), page(1), page(2)]))  # one record twice
    report = fill(lake, file)
    assert report.files[0].added == 2
    assert report.documents == 3
    assert len(raw(lake)) == 3


@pytest.mark.parametrize("gzip", [True, False], ids=["gzip", "plain"])
def test_a_truncated_file_gives_what_lies_before_and_a_reject(tmp_path: Path, lake: Lake, gzip: bool) -> None:
    file = tmp_path / "CC-NEWS-20231102081530-00007.warc.gz"
    file.write_bytes(archive([page(1), page(2), page(3)], gzip=gzip)[:-200])
    for _ in range(2):
        report = fill(lake, file, anew=True)
        assert (report.files[0].finished, report.files[0].chosen, report.files[0].damaged) == (True, 2, 1)
        assert len(urls(lake)) == 2
        [reject] = lake.read("rejects", Partition.from_key("backfill/2023-11-02/08"), "crawl")
        assert reject["reason"] == "bad-warc"
        assert reject["url"].endswith("/read/3/layanan-warga")
        assert reject["source"] == "wartanusa"
        assert reject["locator"].startswith(f"{file}@")


@pytest.mark.parametrize("damage", ["body", "header", "zeros"])
def test_reading_goes_on_behind_damage(tmp_path: Path, lake: Lake, damage: str) -> None:
    data = bytearray(archive([page(n) for n in range(1, 7)]))
    places = offsets(bytes(data))
    start, end = places[6], places[7]  # the response of page 3: info, then request and response of each
    if damage == "body":
        data[start + 200 : start + 230] = bytes(30)
    elif damage == "header":
        data[start : start + 4] = b"XXXX"
    else:
        data[start:end] = bytes(end - start)
    file = tmp_path / "a.warc.gz"
    file.write_bytes(data)
    report = fill(lake, file)
    assert report.files[0].damaged >= 1
    assert sorted(url.split("/")[5] for url in urls(lake)) == ["1", "2", "4", "5", "6"]
    assert all(each["reason"] == "bad-warc" for each in lake.read("rejects", lake.partitions("rejects")[0], "crawl"))


def test_a_file_that_is_no_archive_stops_no_other(tmp_path: Path, lake: Lake) -> None:
    (tmp_path / "a.warc.gz").write_bytes(b"not at all" * 1000)
    (tmp_path / "b.warc.gz").write_bytes(archive([page(1)]))
    (tmp_path / "c.warc.gz").write_bytes(b"")
    report = fill(lake, tmp_path / "*.warc.gz")
    assert [(file.chosen, file.damaged) for file in report.files] == [(0, 1), (1, 0), (0, 0)]
    assert report.succeeded


def test_bodies_are_decoded_and_bounded(tmp_path: Path, lake: Lake) -> None:
    packer = zlib.compressobj(wbits=31)
    packed = packer.compress(html(1)) + packer.flush()
    bomb = zlib.compressobj(wbits=31)
    records = [
        page(1, body=packed, encoding="gzip"),
        page(2, body=bomb.compress(bytes(3_000_000)) + bomb.flush(), encoding="gzip"),
    ]
    file = tmp_path / "a.warc.gz"
    file.write_bytes(archive(records))
    report = fill(lake, file, max_bytes=1_000_000)
    assert report.files[0].skipped == {"too-large": 1}
    assert [body for _, _, body in raw(lake)] == [html(1)]


def test_an_interrupted_copy_goes_on_at_its_offset(tmp_path: Path, lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.warc.gz"
    file.write_bytes(archive([page(n) for n in range(1, 41)]))
    monkeypatch.setattr(copying, "MOST_WAITING", 4_000)
    marks: list[int] = []
    mark = copying.Ledger.mark

    def broken(self: copying.Ledger, task: Any, offset: int, *rest: Any, **named: Any) -> None:
        if len(marks) == 3:  # the records are in the lake, that is not written down yet
            raise OSError("no space left on device")
        marks.append(offset)
        mark(self, task, offset, *rest, **named)

    with monkeypatch.context() as patch:
        patch.setattr(copying.Ledger, "mark", broken)
        report = fill(lake, file)
    assert not report.succeeded
    assert "no space left" in (report.files[0].error or "")
    assert 0 < report.documents < 40

    starts: list[int] = []
    read = copying.read_archive

    def watched(stream: Any, *, start: int, **rest: Any) -> Any:
        starts.append(start)
        return read(stream, start=start, **rest)

    monkeypatch.setattr(copying, "read_archive", watched)
    report = fill(lake, file)
    assert starts == [marks[-1]]
    assert (report.files[0].records, report.files[0].chosen) == (40, 40)
    assert len(raw(lake)) == len(set(raw(lake))) == 40
    assert len(set(urls(lake))) == 40


KILLED = """
import sys
from datetime import UTC, datetime
sys.path.insert(0, sys.argv[1])
from citra.verbs import copying
from test_backfill_verb import NOW, SOURCES
from citra.verbs.backfill import backfill
copying.MOST_WAITING = 3_000
backfill([sys.argv[2]], SOURCES, sys.argv[3], now=NOW)
"""


@pytest.mark.slow
def test_killed_at_random_moments_it_ends_as_if_undisturbed(tmp_path: Path) -> None:
    file = tmp_path / "a.warc.gz"
    file.write_bytes(archive([page(n) for n in range(1, 401)]))
    command = [sys.executable, "-c", KILLED, str(Path(__file__).parent), str(file), str(tmp_path / "lake")]
    moments, cut_short = random.Random(20261124), 0
    lake = Lake(str(tmp_path / "lake"))
    for _ in range(4):
        process = subprocess.Popen(command, stderr=subprocess.PIPE)
        size = lake.size("raw")
        deadline = time.monotonic() + 20
        while lake.size("raw") == size and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(moments.uniform(0, 0.25))
        cut_short += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert cut_short >= 2
    fill(lake, file)
    undisturbed = Lake(str(tmp_path / "undisturbed"))
    fill(undisturbed, file)
    assert raw(lake) == raw(undisturbed)
    assert [list(lake.read("documents", p)) for p in lake.partitions("documents")] == [
        list(undisturbed.read("documents", p)) for p in undisturbed.partitions("documents")
    ]


@pytest.mark.slow
def test_workers_share_the_partitions(tmp_path: Path, lake: Lake) -> None:
    for number in range(4):
        records = [page(number + 4 * n, fetched=FETCHED) for n in range(20)]
        (tmp_path / f"{number}.warc.gz").write_bytes(archive(records))
    told: list[tuple[int, int, int, int]] = []
    report = fill(lake, tmp_path / "*.warc.gz", workers=2, progress=lambda *each: told.append(each))
    assert report.succeeded
    assert report.documents == len(raw(lake)) == 80
    assert len(lake.partitions("raw")) == 1
    assert told[-1][0] == told[-1][1] > 0
    assert told[-1][2:] == (4, 4)


def test_urls_of_other_file_systems(tmp_path: Path, lake: Lake) -> None:
    memory = fsspec.filesystem("memory")
    memory.pipe("/cc-news/a.warc.gz", archive([page(1)]))
    try:
        report = fill(lake, "memory://cc-news/*.warc.gz")
        assert report.documents == 1
        assert report.files[0].path == "memory:///cc-news/a.warc.gz"
    finally:
        memory.rm("/cc-news", recursive=True)
    with pytest.raises(InputError, match="nowhere"):
        fill(lake, "nowhere://a/b.warc.gz")
    with pytest.raises(InputError, match="no such file"):
        fill(lake, tmp_path / "*.none")


def test_one_backfill_at_a_time(tmp_path: Path, lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.warc.gz"
    file.write_bytes(archive([page(1)]))
    monkeypatch.setattr("citra.verbs.backfill.PATIENCE", 0.1)
    with locked(Path(lake.root) / "state" / "backfill"), pytest.raises(TryAgain):
        fill(lake, file)


def test_command(tmp_path: Path) -> None:
    file = tmp_path / "a.warc.gz"
    file.write_bytes(archive(MIXED))
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "wartanusa.toml").write_text(
        'title = "Warta Nusa"\nkind = "news"\nbase_url = "https://www.wartanusa.co.id/"\n'
        'feeds = ["https://www.wartanusa.co.id/rss"]\n'
    )
    command = ["backfill", "--warc", str(file), "--host", "wartanusa.co.id", "--lake", str(tmp_path / "lake"),
               "--sources", str(folder), "--workers", "1"]  # fmt: skip
    result = CliRunner().invoke(cli, [*command, "--json"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["documents"], told["files"][0]["chosen"]) == (2, 2)
    assert "1 of 1 files" in result.stderr
    again = CliRunner().invoke(cli, command)
    assert "1 files (1 of them read before): 2 pages" in again.stdout
    assert "citra backfill --warc" in CliRunner().invoke(cli, ["backfill", "--help"]).output
