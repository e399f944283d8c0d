"""What was erased is nowhere any more, does not come back, and a kill in the middle changes nothing of that."""

from __future__ import annotations

import dataclasses
import gzip
import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import tiny_model
from click.testing import CliRunner

from citra.cli.main import cli
from citra.documents import Mention, Partition, Reject
from citra.erased import NOBODY
from citra.errors import InputError
from citra.lake import Lake
from citra.store import Query
from citra.verbs.analyse import analyse_lake, opened
from citra.verbs.erase import Places, erase, erase_again, pending
from citra.verbs.extract import extract_partition
from citra.verbs.index import open_index
from citra.verbs.label import label
from citra.verbs.load import load
from citra.verbs.publish import add_records
from crawlers.links import Link
from crawlers.pseudonym import Pseudonyms
from crawlers.source import Mastodon, Source
from crawlers.state import State
from crawlers.warc import pack_page, pack_payload

NOW = datetime.now(UTC) + timedelta(hours=1)  # later than any file that the tests write
HOUR = datetime(2026, 11, 24, 7, tzinfo=UTC)
SALT = "garam"
SOURCES = {
    "kabar": Source(name="kabar", title="Kabar", kind="news", base_url="https://kabar.example", feeds=("/rss",)),
    "warga": Source(
        name="warga", title="Warga", kind="social", spider="mastodon", base_url="https://warga.example",
        mastodon=Mastodon(hashtags=("asn",)),
    ),
}  # fmt: skip
PEOPLE = Pseudonyms(SALT, "warga.example")
SITI, JOKO = PEOPLE.of("siti"), PEOPLE.of("joko")
SECRET = "rahasiaterdakwa"


def at(number: int) -> str:
    return f"https://kabar.example/berita/2026/11/24/antrean-panjang-di-kantor-dinas-{number}"


def page(number: int, words: str = "", **changes: object) -> bytes:
    url = at(number)
    text = f"Pelayanan dinas kota nomor {number} dinilai lambat oleh warga yang antre sejak pagi {words}. " * 4
    body = (
        f'<html lang="id"><head><title>Judul {number}</title><link rel="canonical" href="{url}">'
        '<meta property="og:type" content="article">'
        f'<meta property="article:published_time" content="2026-11-24T08:{number:02d}:00+07:00"></head><body>'
        f"<article><h1>Judul berita nomor {number} {words}</h1><p>{text}</p><p>Kepala dinas meminta maaf. {text}</p>"
        "</article></body></html>"
    )
    values = {"url": url} | changes
    return pack_page(
        source="kabar", fetched=HOUR + timedelta(minutes=number), status=200, headers=[("Content-Type", "text/html")],
        body=body.encode(), request_headers=[("User-Agent", "x")], **values,
    )  # type: ignore[arg-type]  # fmt: skip


def post(number: int, who: str, text: str) -> bytes:
    url = f"https://warga.example/api/v1/statuses/{number}"
    body = {
        "id": str(number), "created_at": f"2026-11-24T01:{number:02d}:00+00:00", "url": url, "visibility": "public",
        "account": {"id": who, "bot": False}, "content": f"<p>{text}</p>", "spoiler_text": "", "tags": [],
        "language": "id",
    }  # fmt: skip
    return pack_payload(
        source="warga", url=url, fetched=HOUR, body=json.dumps(body).encode(), content_type="application/json"
    )


class Office:
    """A lake and an index filled through the real stages."""

    def __init__(self, folder: Path, model: Path) -> None:
        self.lake, self.index, self.model = Lake(str(folder / "lake")), str(folder / "index"), model
        self.root = Path(self.lake.root)
        self.places = Places(lake=self.lake.root, index=self.index, sources=SOURCES)

    def put(self, source: str, *records: bytes, hour: datetime = HOUR) -> None:
        spool = self.root.parent / "spool.warc.gz"
        spool.write_bytes(b"".join(records))
        add_records(self.lake, Partition(source=source, hour=hour), spool, self.root / "state/crawl/locks")

    def process(self) -> None:
        for partition in self.lake.partitions("raw"):
            extract_partition(self.lake, partition, SOURCES, NOW)
        with opened(str(self.model), 1, 8, self.lake.root, None) as (analyser, stories):
            list(analyse_lake(self.lake.root, analyser, stories, NOW))
        load(self.index, self.lake.root, now=NOW)

    def mentions(self) -> dict[str, Mention]:
        with open_index(self.index) as store:
            return {one.document.canonical_url: one for one in store.iterate(Query(min_relevance=None))}

    def holding(self, needle: str) -> list[str]:
        """Files of the lake that hold a word, packed or not."""
        found = []
        for path in self.root.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                plain = gzip.decompress(content) if path.suffix == ".gz" else content
                if needle.encode() in plain:
                    found.append(str(path.relative_to(self.root)))
        return sorted(found)

    def erase(self, kind: str, target: str, **options: object):  # type: ignore[no-untyped-def]
        options = {"now": NOW, "salt": SALT, "dry": False} | options
        return erase(self.places, kind, target, **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model.build(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def office(tmp_path: Path, model: Path) -> Office:
    here = Office(tmp_path, model)
    here.put("kabar", *(page(number) for number in range(1, 5)), page(5, SECRET))
    here.put("kabar", page(5, SECRET, url=f"{at(5)}?page=2"), page(6),
             hour=HOUR + timedelta(hours=1))  # fmt: skip
    here.put(
        "warga", post(1, SITI, "Antre ktp di dinas lambat sekali hari ini"),
        post(2, JOKO, f"Setuju dengan @{SITI} soal pelayanan dinas ini"),
        post(3, JOKO, "Pegawai dinas ramah dan cepat"),
    )  # fmt: skip
    here.process()
    return here


def test_one_address_is_nowhere_any_more(office: Office) -> None:
    url = at(5)
    folder = office.root / "state/crawl/kabar"
    state = State(folder)
    state.discover([Link(url=url, title=SECRET), Link(url=at(6))], [], HOUR)
    state.close()
    part = Partition(source="kabar", hour=HOUR)
    office.lake.write("rejects", part, [Reject(stage="crawl", reason="x", url=url, record=SECRET)], "crawl")
    label(office.lake.root, office.index, office.mentions()[url].id, who="Ani", now=NOW, sentiment="neutral")
    whole = office.mentions()
    assert len(office.holding(SECRET)) == 8
    done = office.erase("url", f"{url}?utm_source=x")
    assert (done.remaining, done.documents) == (0, 1)
    assert done.removed == {
        "state": 1, "raw": 4, "documents": 2, "mentions": 2, "rejects": 1, "stories": 1, "index": 1, "labels": 1,
    }  # fmt: skip
    assert office.holding(SECRET) == []
    assert office.holding(url) == []
    left = office.mentions()
    assert left == {key: one for key, one in whole.items() if one.id != whole[url].id}
    assert load(office.index, office.lake.root, now=NOW).result.removed == 0
    assert office.mentions() == left


def test_the_receipt_tells_what_was_done_and_not_to_whom(office: Office) -> None:
    before = {path: path.read_bytes() for path in office.root.rglob("*") if path.is_file()}
    dry = office.erase("url", at(5), dry=True)
    assert (dry.is_dry, dry.remaining, dry.removed["raw"]) == (True, None, 4)
    kept = [path for path in before if "stories" not in path.name and path.read_bytes() != before[path]]
    assert kept == []
    assert pending(office.lake.root) == []
    done = office.erase("url", at(5))
    text = json.dumps(done.to_json())
    assert at(5)[-20:] not in text
    assert SECRET not in text
    for file in done.files:
        import hashlib

        now = hashlib.sha256((office.root / str(file["path"])).read_bytes()).hexdigest()
        assert (file["after"], file["before"] != file["after"]) == (now, True)
    (tombstone,) = (office.root / "erased").glob("*.json")
    assert "berita" not in tombstone.read_text()
    assert json.loads(tombstone.read_text())["receipts"] == [json.loads(text)]


def test_a_person_is_gone_and_unnamed_by_others(office: Office) -> None:
    done = office.erase("handle", "@Siti@warga.example")
    assert (done.removed["raw"], done.removed["index"], done.redacted["raw"], done.redacted["index"]) == (1, 1, 1, 1)
    assert done.remaining == 0
    assert office.holding(SITI[5:]) == []
    texts = [one.document.text for one in office.mentions().values() if one.document.kind == "social"]
    assert sorted(texts) == ["Pegawai dinas ramah dan cepat", f"Setuju dengan @{NOBODY} soal pelayanan dinas ini"]
    office.process()
    assert office.holding(SITI[5:]) == []
    bare = office.erase("handle", "joko")
    assert (bare.documents, bare.remaining) == (2, 0)
    assert all(one.document.kind == "news" for one in office.mentions().values())


def test_it_does_not_come_back(office: Office) -> None:
    url = at(5)
    office.erase("url", url)
    office.erase("handle", "siti@warga.example")
    later = HOUR + timedelta(days=1)
    office.put("kabar", page(5, SECRET), page(7), hour=later)
    office.put("kabar", page(5, SECRET, url="https://kabar.example/amp/5"), hour=later + timedelta(hours=1))
    office.put("warga", post(9, SITI, "Saya kembali ke dinas"), post(10, JOKO, f"Halo @{SITI} di dinas"), hour=later)
    office.process()
    found = office.mentions()
    assert url not in found
    assert "https://kabar.example/amp/5" not in found
    assert at(7) in found
    assert not any(SITI in f"{one.document.author} {one.document.text}" for one in found.values())
    again = erase_again(office.places, now=NOW, dry=False)
    assert again.remaining == 0
    assert office.holding(SITI[5:]) == []
    state = State(office.root / "state/crawl/kabar")
    from citra.erased import read_erased
    from crawlers.links import normalise

    state.refuse(read_erased(office.lake, normalise).marks)
    state.discover([Link(url=f"{url}#atas"), Link(url="https://kabar.example/baru")], [], HOUR)
    assert (state.pending(), state.progress(url)) == (["https://kabar.example/baru"], "seen")
    state.close()


def test_a_text_loaded_from_a_file_goes_and_stays_away(office: Office, tmp_path: Path) -> None:
    from citra.documents import to_json

    mention = office.mentions()[at(6)]
    strange = dataclasses.replace(
        mention, document=dataclasses.replace(mention.document, id="strange", url="", canonical_url="")
    )
    file = tmp_path / "m.jsonl"
    file.write_text(json.dumps(to_json(strange)) + "\n")
    load(office.index, office.lake.root, [str(file)], now=NOW)
    assert office.erase("id", "strange").removed == {"index": 1}
    report = load(office.index, office.lake.root, [str(file)], now=NOW)
    assert [(reject.reason, reject.record) for reject in report.rejects] == [("erased", "")]


def test_erasing_again_finds_nothing_and_an_old_backup_is_cleaned(office: Office) -> None:
    raw = Path(office.lake.path("raw", Partition(source="kabar", hour=HOUR)))
    backup = raw.read_bytes()
    first = office.erase("url", at(5))
    second = office.erase("url", at(5))
    assert (second.id, second.removed, second.remaining) == (first.id, {}, 0)
    raw.write_bytes(backup)
    assert erase_again(office.places, now=NOW, dry=True).removed == {"raw": 2}
    assert erase_again(office.places, now=NOW, dry=False).remaining == 0
    assert office.holding(SECRET) == []


@pytest.mark.parametrize(
    ("kind", "target", "options", "expected"),
    [
        ("url", at(99), {}, "nothing in lake or index"),
        ("id", "nope", {}, "nothing in lake or index"),
        ("url", " ", {}, "nothing is named"),
        ("handle", "siti", {"salt": None}, "set CITRA_SALT"),
    ],
)
def test_what_cannot_be_erased_says_so(
    office: Office, kind: str, target: str, options: dict[str, object], expected: str
) -> None:
    with pytest.raises(InputError, match=expected):
        office.erase(kind, target, **options)
    assert not (office.root / "erased").exists()


def test_a_damaged_file_is_told_and_nothing_of_it_lost(office: Office) -> None:
    raw = Path(office.lake.path("raw", Partition(source="kabar", hour=HOUR)))
    whole = raw.read_bytes()
    raw.write_bytes(whole[:600])
    documents = Path(office.lake.path("documents", Partition(source="kabar", hour=HOUR + timedelta(hours=1))))
    documents.write_bytes(documents.read_bytes()[:-20])
    done = office.erase("url", at(5))
    assert (done.done, done.removed["index"]) == (None, 1), "the rest is erased all the same"
    assert ["damaged, nothing was removed" in fault for fault in done.faults] == [True, True]
    assert raw.read_bytes() == whole[:600]
    assert pending(office.lake.root) == [done.id]
    raw.write_bytes(whole)
    documents.unlink()
    assert office.erase("url", at(5)).remaining == 0
    assert pending(office.lake.root) == []
    assert office.holding(SECRET) == []


def test_evidence_of_alerts_goes_too(office: Office, tmp_path: Path) -> None:
    from citra.alerts.state import State as Alerts

    url = at(5)
    mention = office.mentions()[url]
    file = str(tmp_path / "alerts.sqlite")
    with Alerts(file):
        pass
    line = {"id": mention.id, "title": f"Judul {SECRET}", "url": url}
    with sqlite3.connect(file) as db:
        evidence = json.dumps({"top": [line, {"id": "x", "title": "Lain", "url": "https://a.example"}], "first": line})
        db.execute(
            "INSERT INTO incidents (watch, first, closed, record, evidence) VALUES ('w', 'f', 0, '{}', ?)", (evidence,)
        )
        db.execute(
            "INSERT INTO messages (key, kind, created, urgent, subject, body, payload)"
            " VALUES ('k', 'opened', '', 0, 's', ?, ?)",
            (f"Naik.\n- Judul {SECRET}\n  {url}\n- Lain", evidence),
        )
    db.close()
    office.places = dataclasses.replace(office.places, alerts=file)
    assert office.erase("url", url).removed["alerts"] == 2
    with sqlite3.connect(file) as db:
        ((kept,),) = db.execute("SELECT evidence FROM incidents").fetchall()
        ((body, payload),) = db.execute("SELECT body, payload FROM messages").fetchall()
    db.close()
    assert (
        json.loads(kept)
        == json.loads(payload)
        == {"top": [{"id": "x", "title": "Lain", "url": "https://a.example"}], "first": None}
    )
    assert body == "Naik.\n- Lain"
    assert SECRET.encode() not in Path(file).read_bytes()


def test_command(office: Office, tmp_path: Path) -> None:
    runner = CliRunner(env={"CITRA_LAKE_PATH": office.lake.root, "CITRA_INDEX_PATH": office.index, "CITRA_SALT": SALT})
    words = ["erase", "--url", at(5)]
    dry = runner.invoke(cli, words)
    assert dry.exit_code == 0, dry.output
    assert "index: 1 would be removed" in dry.stdout
    receipt = tmp_path / "receipt.json"
    done = runner.invoke(cli, [*words, "--yes", "--receipt", str(receipt)])
    assert "looked again: 0 left" in done.stdout
    assert "not covered: backups" in done.stderr
    assert json.loads(receipt.read_text())["remaining"] == 0
    assert json.loads(runner.invoke(cli, ["erase", "--again", "--json"]).stdout)["removed"] == {}
    assert runner.invoke(cli, ["erase", "--url", "x", "--id", "y"]).exit_code == 2


@pytest.mark.slow
def test_killed_at_any_moment_the_same_command_completes_it(office: Office) -> None:
    whole = office.mentions()
    url = at(5)
    environment = os.environ | {"CITRA_LAKE_PATH": office.lake.root, "CITRA_INDEX_PATH": office.index}
    command = [sys.executable, "-m", "citra.cli.main", "erase", "--url", url, "--yes"]
    rng = random.Random(5)
    erased = office.root / "erased"
    for _ in range(6):
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not erased.exists() and process.poll() is None:
            time.sleep(0.002)
        time.sleep(rng.uniform(0, 0.15))
        process.kill()
        process.wait()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    assert office.holding(SECRET) == []
    assert office.mentions() == {key: one for key, one in whole.items() if one.id != whole[url].id}
    assert pending(office.lake.root) == []
