"""Exports: every row there is, in every format alike, safe to open, nothing personal, whole or not at all."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from citra.cli.main import cli
from citra.documents import Document, Mention, Model, Sentiment, Topic
from citra.errors import InputError, StoreError
from citra.store import Query
from citra.verbs.correction import read_confusion
from citra.verbs.export import DAYS, TEXTS, export_days, export_texts, named_queries, text_row
from citra.verbs.index import open_index
from citra.verbs.tables import BATCH, cell, write_table

FIRST, TEXTS_ALL = date(2026, 11, 1), BATCH + 345


def _mention(number: int, **changes: object) -> Mention:
    confusion = read_confusion("citra-asn-small")
    assert confusion is not None
    name, _, version = confusion.model.partition("@")
    published = datetime(2026, 11, 1, 3, tzinfo=UTC) + timedelta(days=number % 20)
    values: dict[str, object] = {
        "id": f"t{number:05}", "source": "a", "kind": "social", "url": f"https://x.example/@budi/{number}",
        "canonical_url": f"https://x.example/@budi/{number}", "title": "", "author": "anon:12ab",
        "text": "=HYPERLINK(1) kata @budi.s surel budi@mail.example.id hp 0812-3456-7890, layanan",
        "published": published,
        "fetched": published, "content_hash": "0", "engagement": {"likes": 3}, **changes,
    }  # fmt: skip
    label = "negative" if number % 3 == 0 else "neutral"
    chances = {f"p_{each}": 0.8 if each == label else 0.1 for each in ("negative", "neutral", "positive")}
    return Mention(
        document=Document(**values), relevance=0.9, story_id=str(values["id"]), stems="kata layan",  # type: ignore[arg-type]
        sentiment=Sentiment(label=label, **chances), topics=(Topic(id="service", p=0.9), Topic(id="ethics", p=0.7)),  # type: ignore[arg-type]
        model=Model(name=name, version=version),
    )  # fmt: skip


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("export") / "index")
    with open_index(path, create=True) as store, store.writing() as writer:
        writer.upsert((_mention(n) for n in range(TEXTS_ALL - 2)), version=1)
        writer.upsert([_mention(99_998, published=None), _mention(99_999, kind="news", title="-Judul")], version=1)
    return path


def _rows(path: Path) -> list[dict[str, object]]:
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_every_text_is_there(index: str, tmp_path: Path, suffix: str) -> None:
    with open_index(index) as store:
        done = export_texts(store, Query(), tmp_path / f"a{suffix}")
        assert done.rows == store.count(Query()).placements == TEXTS_ALL
    rows = _rows(tmp_path / f"a{suffix}")
    assert len({row["id"] for row in rows}) == len(rows) == TEXTS_ALL
    assert list(rows[0]) == TEXTS.names
    assert sum(not row["published"] for row in rows) == 1
    assert [path.name for path in tmp_path.iterdir()] == [f"a{suffix}"]
    if suffix == ".parquet":
        about = pq.read_schema(tmp_path / "a.parquet").metadata
        assert about[b"citra.index"].decode() == done.index_version


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_nothing_personal_unless_asked(index: str, tmp_path: Path, suffix: str) -> None:
    with open_index(index) as store:
        export_texts(store, Query(kinds=("social",)), tmp_path / f"a{suffix}")
        export_texts(store, Query(kinds=("social",)), tmp_path / f"b{suffix}", personal=True)
    without, whole = _rows(tmp_path / f"a{suffix}")[0], _rows(tmp_path / f"b{suffix}")[0]
    assert not {"author", "url", "corrected_by"} & set(without)
    assert not any("budi" in str(value) or "3456" in str(value) or "12ab" in str(value) for value in without.values())
    assert "layanan" in str(without["text"])
    assert whole["author"] == "anon:12ab"
    assert "@budi.s" in str(whole["text"])


def test_addresses_of_news_stay() -> None:
    news = _mention(1, kind="news", canonical_url="https://koran.example/1", text="Hubungi 0812-3456-7890")
    row = text_row(news)
    assert (row["canonical_url"], row["text"]) == ("https://koran.example/1", "Hubungi 0812-3456-7890")


def test_cells_are_no_formulas(index: str, tmp_path: Path) -> None:
    for text in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"):
        assert cell(text) == f"'{text}"
    assert cell("a=1") == "a=1"
    assert (cell(-0.5), cell(None), cell(["a", "b"]), cell("a\x00b")) == (-0.5, "", "a;b", "ab")
    with open_index(index) as store:
        export_texts(store, Query(), tmp_path / "a.csv")
    assert all(not str(value).startswith(("=", "@")) for row in _rows(tmp_path / "a.csv") for value in row.values())


def test_days(index: str, tmp_path: Path) -> None:
    queries = {"layanan": Query.of("layanan"), "tidak": Query.of("tidakada", since=FIRST, until=date(2026, 11, 3))}
    with open_index(index) as store:
        done = export_days(store, queries, tmp_path / "d.parquet")
        matched = store.count(Query.of("layanan"))
    rows = _rows(tmp_path / "d.parquet")
    assert done.rows == len(rows) == 20 + 3
    assert list(rows[0]) == DAYS.names
    first = rows[0]
    assert (first["query"], first["start"]) == ("layanan", FIRST)
    assert first["ratio"] == 1
    assert sum(int(row["match"]) for row in rows[:20]) == matched.placements - matched.undated
    assert first["corrected_low"] < first["corrected"] < first["corrected_high"]  # type: ignore[operator]
    assert [(row["match"], row["ratio"], row["share"]) for row in rows[20:]] == [(0, 0.0, None)] * 3
    assert "tidak: no match from 2026-11-01 to 2026-11-03" in done.notes
    confusion = read_confusion("citra-asn-small")
    assert confusion is not None
    assert done.gold == confusion.gold


def test_an_empty_index(tmp_path: Path) -> None:
    with open_index(str(tmp_path / "index"), create=True) as store:
        done = export_texts(store, Query(), tmp_path / "a.parquet")
        assert (done.rows, done.notes) == (0, ("nothing matches: the file has no rows",))
        assert export_days(store, {"a": Query()}, tmp_path / "a.csv").notes == ("a: the index has no dated text",)
    assert pq.read_table(tmp_path / "a.parquet").schema.names == TEXTS.names
    assert (tmp_path / "a.csv").read_text() == ",".join(DAYS.names) + "\n"


def test_a_fault_leaves_the_old_file(index: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.jsonl").write_text("old\n")
    with open_index(index) as store:
        lossy = store.iterate
        monkeypatch.setattr(store, "iterate", lambda query: (m for n, m in enumerate(lossy(query)) if n != BATCH + 1))
        with pytest.raises(StoreError, match=rf"counts {TEXTS_ALL:,} texts and gave {TEXTS_ALL - 1:,}"):
            export_texts(store, Query(), tmp_path / "a.jsonl")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.jsonl", "old\n")]


def test_places_and_names_that_cannot_be(index: str, tmp_path: Path) -> None:
    with open_index(index) as store:
        for path, message in (("a.xlsx", "must end in .parquet"), ("no/where/a.csv", "cannot be written")):
            with pytest.raises(InputError, match=message):
                export_texts(store, Query(), tmp_path / path)
    with pytest.raises(InputError, match="two queries are called 'a'"):
        named_queries(["a=b", "a=c"])
    assert named_queries(["suap=suap OR pungli", "dana desa", "x = a:b=c"]) == {
        "suap": "suap OR pungli", "dana desa": "dana desa", "x": "a:b=c",
    }  # fmt: skip


def test_a_killed_export_leaves_no_file_and_the_next_one_tidies(tmp_path: Path) -> None:
    program = (
        "import sys, time, pyarrow as pa; from citra.verbs.tables import write_table\n"
        "def rows():\n"
        "    for n in range(10**9):\n"
        "        yield {'a': 'x' * 1000}\n"
        "write_table(sys.argv[1], rows(), pa.schema([('a', pa.string())]), {})\n"
    )
    path = tmp_path / "a.jsonl"
    process = subprocess.Popen([sys.executable, "-c", program, str(path)])
    part = tmp_path / f".a.jsonl.{process.pid}.part"
    deadline = time.monotonic() + 60
    while not (part.exists() and part.stat().st_size > 100_000) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert [each.name for each in tmp_path.iterdir()] == [part.name]
    assert write_table(path, [{"id": "1"}], TEXTS.empty_table().select(["id"]).schema, {}) == 1
    assert [each.name for each in tmp_path.iterdir()] == ["a.jsonl"]


def test_the_command(index: str, tmp_path: Path) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli, ["export", *arguments], env={"CITRA_INDEX_PATH": index})
        return done.exit_code, done.output if not isinstance(done.exception, InputError) else str(done.exception)

    code, told = run(str(tmp_path / "a.csv"), "layanan", "--kind", "news")
    assert (code, told.splitlines()[-1].split(" (")[0]) == (0, f"{tmp_path / 'a.csv'}: 1 rows")
    code, told = run(str(tmp_path / "d.jsonl"), "--rows", "days", "--query", "a=layanan", "--query", "b=kata", "--json")
    assert json.loads(told)["rows"] == 40
    assert {row["query"] for row in _rows(tmp_path / "d.jsonl")} == {"a", "b"}
    code, told = run(str(tmp_path / "d.jsonl"), "--query", "a=layanan")
    assert (code, "--query needs --rows days" in told) == (2, True)
