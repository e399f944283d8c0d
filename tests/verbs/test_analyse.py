from __future__ import annotations

import dataclasses
import gzip
import io
import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import tiny_model
from click.testing import CliRunner

from citra.cli.main import cli
from citra.documents import Document, Mention, Partition, Reject, content_hash, mention_from_json
from citra.errors import InputError
from citra.lake import Lake
from citra.verbs.analyse import (
    analyse_lake,
    analyse_partition,
    analyse_records,
    analyse_stream,
    opened,
    require_lake,
    stale_partitions,
)
from citra.verbs.jsonl import Line, parse_line, read_lines
from nlp.encoder import OnnxAnalyser
from nlp.stories import StoryIndex

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
HOUR = Partition(source="kabar", hour=datetime(2026, 11, 24, 2, tzinfo=UTC))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model.build(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def analyser(model: Path) -> OnnxAnalyser:
    return OnnxAnalyser(model, threads=1)


def _document(number: int, text: str, title: str = "", **changes: Any) -> Document:
    url = f"https://kabar.contoh/{number}"
    fields: dict[str, Any] = {
        "id": f"id{number}", "source": "kabar", "kind": "news", "url": url, "canonical_url": url, "title": title,
        "text": text, "fetched": NOW, "content_hash": content_hash(title, text), **changes,
    }  # fmt: skip
    return Document(**fields)


def _documents(count: int, seed: int = 1) -> list[Document]:
    rng = random.Random(seed)
    words = ["bupati", "dinas", "ktp", "pelayanan", "lambat", "cepat", "korupsi", "warga", "Kota", "Bogor", "pasar"]
    return [_document(n, " ".join(rng.choices(words, k=40)), f"Judul {n}") for n in range(count)]


def _run(lines: bytes, tmp_path: Path, analyser: OnnxAnalyser) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    (tmp_path / "in.jsonl").write_bytes(lines)
    out, warned = tmp_path / "out.jsonl", []
    report = analyse_stream(str(tmp_path / "in.jsonl"), str(out), None, analyser, StoryIndex(), NOW, warn=warned.append)
    rejects = Path(f"{out}.rejects.jsonl")
    good = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    bad = [json.loads(line) for line in rejects.read_text().splitlines()] if rejects.exists() else []
    assert (report.mentions, report.rejects) == (len(good), len(bad))
    assert len(warned) == len(bad)
    return good, bad


def test_id_and_text_are_enough(tmp_path: Path, analyser: OnnxAnalyser) -> None:
    line = json.dumps({"id": "1", "text": "Antre KTP lambat di Disdukcapil Kota Bogor"})
    (mention,), bad = _run(line.encode(), tmp_path, analyser)
    assert bad == []
    assert mention["sentiment"]["label"] == "negative"
    assert mention["relevance"] > 0.5
    assert [topic["id"] for topic in mention["topics"]] == ["service"]
    assert (mention["offices"], mention["regions"]) == (["disdukcapil@32.71"], ["32.71"])
    assert (mention["story_id"], mention["is_first"]) == ("1", True)
    assert mention["model"] == {"name": "tiny", "version": "1"}
    assert (mention["kind"], mention["source"], mention["language"]) == ("social", "input", "id")
    assert mention["stems"] == "antre ktp lambat di disdukcapil kota bogor"
    assert mention_from_json(mention).document.fetched == NOW


BAD_LINES = {
    b"{": "bad-json",
    b"[1, 2]": "bad-json",
    b'"text"': "bad-json",
    b'{"id": "1", "text": NaN}': "bad-json",
    b'{"id": "1", "text": "x", "engagement": {"likes": Infinity}}': "bad-json",
    b'{"id": "1", "text": "\xff\xfe"}': "bad-encoding",
    b"[" * 100_000: "bad-json",
    b'{"id": "1"}': "missing-field",
    b'{"text": "halo"}': "missing-field",
    b'{"id": null, "text": "halo"}': "missing-field",
    b'{"id": "1", "text": ""}': "no-text",
    b'{"id": "1", "text": " \\n\\u0000 ", "title": "Judul"}': "no-text",
    b'{"id": "1", "text": ["a"]}': "bad-value",
    b'{"id": "1", "text": 5}': "bad-value",
    b'{"id": true, "text": "halo"}': "bad-value",
    b'{"id": 1.5, "text": "halo"}': "bad-value",
    b'{"id": "", "text": "halo"}': "bad-value",
    b'{"id": "a\\u0000b", "text": "halo"}': "bad-value",
    b'{"id": "1", "text": "halo", "title": {"a": 1}}': "bad-value",
    b'{"id": "1", "text": "halo", "kind": "tweet"}': "bad-value",
    b'{"id": "1", "text": "halo", "published": "kemarin"}': "bad-value",
    b'{"id": "1", "text": "halo", "published": "0001-01-01T00:00:00+14:00"}': "bad-value",
    b'{"id": "1", "text": "halo", "published": 1700000000}': "bad-value",
    b'{"id": "1", "text": "halo", "engagement": {"likes": "banyak"}}': "bad-value",
    b'{"id": "1", "text": "halo", "engagement": {"likes": 1e400}}': "bad-value",
}


@pytest.mark.parametrize("line", BAD_LINES, ids=lambda line: line[:60].decode("ascii", "replace"))
def test_bad_line_is_refused_with_its_number_and_the_rest_goes_on(
    line: bytes, tmp_path: Path, analyser: OnnxAnalyser
) -> None:
    good, bad = _run(b'{"id": "a", "text": "baik"}\n\n' + line + b'\n{"id": "b", "text": "baik"}', tmp_path, analyser)
    assert [mention["id"] for mention in good] == ["a", "b"]
    assert [reject["reason"] for reject in bad] == [BAD_LINES[line]]
    assert bad[0]["locator"].endswith("in.jsonl:3")
    assert len(bad[0]["record"]) <= 2_000


@pytest.mark.parametrize(
    "text",
    [
        "😀😀😀",
        "KORUPSI DI DINAS " * 30,
        "<div class='x'>&nbsp;korupsi</div><br/>&lt;p&gt;",
        "korupsi\u0000\u0007\u202e dinas",
        "korupsi " * 125_000,
        "x" * 1_000_000,
        "\ud800 korupsi",
        "ko\u0301rupsi ﷽ 𝕶𝕻𝕶",
        "1 2 3 4 5",
        "!!!???",
        "https://contoh.id/a",
    ],
    ids=lambda text: ascii(text[:20]),
)
def test_odd_text_gets_a_decision(text: str, tmp_path: Path, analyser: OnnxAnalyser) -> None:
    good, bad = _run(json.dumps({"id": "1", "text": text}).encode(), tmp_path, analyser)
    assert len(good) == 1
    assert bad == []
    assert good[0]["sentiment"]["label"] in {"negative", "neutral", "positive"}
    mention_from_json(good[0])


def test_no_letters_and_other_languages_are_kept_but_not_judged(tmp_path: Path, analyser: OnnxAnalyser) -> None:
    lines = [
        {"id": "1", "text": "😀 !!"},
        {"id": "2", "text": "The regent was arrested for korupsi after investigators searched his office on Friday"},
        {"id": "3", "text": "korupsi", "language": "en"},
        {"id": "4", "text": "korupsi"},
    ]
    good, _ = _run("\n".join(map(json.dumps, lines)).encode(), tmp_path, analyser)
    assert [mention["relevance"] > 0 for mention in good] == [False, False, True, True]
    assert [mention["sentiment"]["label"] for mention in good] == ["neutral"] * 2 + ["negative"] * 2
    # a declaration alone refuses nothing: pages and accounts say "en" and write Indonesian
    assert [mention["language"] for mention in good] == [None, "en", None, None]


def test_repeated_id_is_refused(tmp_path: Path, analyser: OnnxAnalyser) -> None:
    lines = [{"id": "1", "text": "satu"}, {"id": 1, "text": "dua"}, {"id": "2", "text": "tiga"}]
    good, bad = _run("\n".join(map(json.dumps, lines)).encode(), tmp_path, analyser)
    assert [mention["text"] for mention in good] == ["satu", "tiga"]
    assert [(reject["reason"], reject["locator"][-1]) for reject in bad] == [("duplicate-id", "2")]


def test_optional_fields(tmp_path: Path) -> None:
    def parsed(**fields: Any) -> Document:
        record = parse_line(Line(1, json.dumps({"id": "1", "text": "halo", **fields}).encode()), "in", NOW)
        assert isinstance(record, Document), record
        return record

    assert parsed(title="Judul").kind == "news"
    assert parsed(published="2026-11-24T00:30:00").published == datetime(2026, 11, 23, 17, 30, tzinfo=UTC)
    assert parsed(published="2026-11-24").published == datetime(2026, 11, 23, 17, tzinfo=UTC)
    assert parsed(author="@budi").author is None
    assert parsed(author="anon:12ab").author == "anon:12ab"
    assert parsed(author="Rina", kind="news").author == "Rina"
    assert parsed(engagement={"likes": 3.0}).engagement == {"likes": 3}
    assert parsed(url="https://a.id/1").canonical_url == "https://a.id/1"
    assert parsed(unknown=[1]).source == "input"


def test_lines_are_read_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("citra.verbs.jsonl.MAX_LINE", 10)
    lines = list(read_lines(io.BytesIO(b"\xef\xbb\xbfabc\n\n" + b"x" * 35 + b"\nend\n" + b"y" * 11)))
    assert [(line.number, len(line.raw)) for line in lines] == [(1, 4), (3, 11), (4, 4), (5, 11)]
    refused = parse_line(lines[1], "in", NOW)
    assert isinstance(refused, Reject)
    assert refused.reason == "too-long"


def test_failure_leaves_the_old_output(tmp_path: Path, analyser: OnnxAnalyser) -> None:
    (tmp_path / "in.jsonl").write_text('{"id": "1", "text": "halo"}\n{', encoding="utf-8")
    (tmp_path / "out.jsonl").write_text("old", encoding="utf-8")

    def stop(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        analyse_stream(
            str(tmp_path / "in.jsonl"), str(tmp_path / "out.jsonl"), None, analyser, StoryIndex(), NOW, warn=stop
        )
    assert (tmp_path / "out.jsonl").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


def test_missing_input_and_folder_say_so(tmp_path: Path, analyser: OnnxAnalyser) -> None:
    with pytest.raises(InputError, match=r"none\.jsonl"):
        analyse_stream(str(tmp_path / "none.jsonl"), "-", None, analyser, StoryIndex(), NOW, warn=print)
    (tmp_path / "in.jsonl").write_text("")
    with pytest.raises(InputError, match="No such file"):
        analyse_stream(
            str(tmp_path / "in.jsonl"), str(tmp_path / "no/out"), None, analyser, StoryIndex(), NOW, warn=print
        )


def test_rejects_file_that_cannot_be_made_says_so(tmp_path: Path, analyser: OnnxAnalyser) -> None:
    (tmp_path / "in.jsonl").write_text("{")
    with pytest.raises(InputError, match="--rejects"):
        analyse_stream(
            str(tmp_path / "in.jsonl"),
            str(tmp_path / "out"),
            str(tmp_path / "no/r"),
            analyser,
            StoryIndex(),
            NOW,
            print,
        )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl"]


def test_records_stream_in_order_with_bounded_memory(analyser: OnnxAnalyser) -> None:
    taken = 0

    def source() -> Iterator[Document | Reject]:
        nonlocal taken
        for document in _documents(50):
            taken += 1
            yield document
            yield Reject(stage="analyse", reason="x", detail=document.id)

    stream = analyse_records(source(), analyser, StoryIndex(), chunk=8)
    first = next(stream)
    assert isinstance(first, Mention)
    assert taken <= 8
    rest = [first, *stream]
    assert [record.id if isinstance(record, Mention) else record.detail for record in rest] == [
        document.id for document in _documents(50) for _ in range(2)
    ]


def test_partition(tmp_path: Path, analyser: OnnxAnalyser) -> None:
    lake = Lake(str(tmp_path))
    documents = _documents(6)
    edited = dataclasses.replace(documents[0], text="bupati korupsi")
    lake.write("documents", HOUR, [*documents, edited])
    index = StoryIndex(tmp_path / "stories.sqlite")
    report = analyse_partition(lake, HOUR, analyser, index, NOW)
    assert (report.mentions, report.rejects, report.error) == (6, 1, "")
    mentions = [mention_from_json(data) for data in lake.read("mentions", HOUR)]
    assert [mention.id for mention in mentions] == [*(document.id for document in documents[1:]), documents[0].id]
    assert mentions[-1].document.text == "bupati korupsi"
    (reject,) = lake.read("rejects", HOUR, "analyse")
    assert reject["reason"] == "superseded"
    assert json.loads(reject["record"])["text"] == documents[0].text
    index.close()


def test_again_gives_the_same_bytes_and_clears_old_rejects(tmp_path: Path, analyser: OnnxAnalyser) -> None:
    lake = Lake(str(tmp_path))
    documents = _documents(5)
    lake.write("documents", HOUR, [*documents, documents[0]])
    index = StoryIndex(tmp_path / "stories.sqlite")
    analyse_partition(lake, HOUR, analyser, index, NOW)
    before = Path(lake.path("mentions", HOUR)).read_bytes()
    analyse_partition(lake, HOUR, analyser, index, NOW)
    assert Path(lake.path("mentions", HOUR)).read_bytes() == before
    lake.write("documents", HOUR, documents)
    analyse_partition(lake, HOUR, analyser, index, NOW)
    assert list(lake.read("rejects", HOUR, "analyse")) == []
    index.close()


def test_only_new_and_changed_partitions(tmp_path: Path, analyser: OnnxAnalyser) -> None:
    lake = Lake(str(tmp_path))
    hours = [Partition(source="kabar", hour=HOUR.hour.replace(hour=hour)) for hour in (1, 2, 3)]
    for number, hour in enumerate(hours):
        lake.write("documents", hour, _documents(2, seed=number))
    index = StoryIndex(tmp_path / "stories.sqlite")
    assert [report.partition for report in analyse_lake(str(tmp_path), analyser, index, NOW)] == [h.key for h in hours]
    assert stale_partitions(lake, index) == []
    lake.write("documents", hours[1], _documents(3, seed=1))
    Path(lake.path("mentions", hours[2])).unlink()
    assert stale_partitions(lake, index) == hours[1:]
    index.close()


def test_damaged_partition_does_not_stop_the_rest(tmp_path: Path, analyser: OnnxAnalyser) -> None:
    lake = Lake(str(tmp_path))
    hours = [Partition(source="kabar", hour=HOUR.hour.replace(hour=hour)) for hour in range(4)]
    for hour in hours:
        lake.write("documents", hour, _documents(30))
    packed = Path(lake.path("documents", hours[0]))
    packed.write_bytes(packed.read_bytes()[:-40])
    Path(lake.path("documents", hours[1])).write_bytes(gzip.compress(b'{"id": "1"}\n"x"\n[]\n'))
    Path(lake.path("documents", hours[2])).write_bytes(gzip.compress(b"{nonsense"))
    index = StoryIndex(tmp_path / "stories.sqlite")
    reports = list(analyse_lake(str(tmp_path), analyser, index, NOW))
    assert ["damaged" in report.error for report in reports] == [True, False, True, False]
    assert [(report.mentions, report.rejects) for report in reports] == [(0, 0), (0, 3), (0, 0), (30, 0)]
    index.close()


def test_copies_across_partitions_share_a_story(tmp_path: Path, analyser: OnnxAnalyser) -> None:
    lake = Lake(str(tmp_path))
    text = " ".join(f"kata{n} warga" for n in range(40))
    later = Partition(source="warta", hour=HOUR.hour.replace(hour=5))
    lake.write("documents", HOUR, [_document(1, text, "Satu")])
    lake.write("documents", later, [_document(2, text + " tamat", "Dua")])
    index = StoryIndex(tmp_path / "stories.sqlite")
    list(analyse_lake(str(tmp_path), analyser, index, NOW))
    first, second = (mention_from_json(next(lake.read("mentions", part))) for part in (HOUR, later))
    assert (first.story_id, first.is_first, second.story_id, second.is_first) == ("id1", True, "id1", False)
    index.close()


def test_unknown_partition_and_remote_lake(tmp_path: Path, analyser: OnnxAnalyser, model: Path) -> None:
    with pytest.raises(InputError, match="no partition"):
        list(analyse_lake(str(tmp_path), analyser, StoryIndex(), NOW, ["kemarin"]))
    with pytest.raises(InputError, match="no documents"):
        list(analyse_lake(str(tmp_path), analyser, StoryIndex(), NOW, ["kabar/2026-11-24/07"]))
    Lake("memory://lake").write("documents", HOUR, _documents(1))
    with pytest.raises(InputError, match="--stories"), opened(str(model), 1, 8, "memory://lake", None):
        pass
    with pytest.raises(InputError, match="no such lake"):
        require_lake(str(tmp_path / "none"))
    require_lake("memory://lake")


def test_command(tmp_path: Path, model: Path) -> None:
    lines = '{"id": "1", "text": "bupati korupsi"}\nnope\n'
    runner = CliRunner()
    with runner.isolated_filesystem(tmp_path):
        piped = runner.invoke(cli, ["analyse", "--model", str(model)], input=lines)
        assert piped.exit_code == 3
        assert json.loads(piped.stdout)["sentiment"]["label"] == "negative"
        assert "stdin:2: bad-json" in piped.stderr
        assert json.loads(Path("analyse.rejects.jsonl").read_text())["locator"] == "stdin:2"
        Path("in.jsonl").write_text(lines.splitlines()[0])
        filed = runner.invoke(cli, ["analyse", "in.jsonl", "out.jsonl", "--model", str(model), "--json"])
        assert filed.exit_code == 0, filed.output
        assert json.loads(filed.stdout) == [{"partition": "", "mentions": 1, "rejects": 0, "error": ""}]
        Lake("lake").write("documents", HOUR, _documents(3))
        for expected in ([{"partition": HOUR.key, "mentions": 3, "rejects": 0, "error": ""}], []):
            done = runner.invoke(cli, ["analyse", "--lake", "lake", "--model", str(model), "--json"])
            assert done.exit_code == 0, done.output
            assert json.loads(done.stdout) == expected


@pytest.mark.slow
def test_killed_at_any_moment_nothing_is_lost_or_doubled(tmp_path: Path, model: Path, analyser: OnnxAnalyser) -> None:
    def filled(name: str) -> Lake:
        lake = Lake(str(tmp_path / name))
        for hour in range(6):
            lake.write("documents", Partition(source="kabar", hour=HOUR.hour.replace(hour=hour)), _chunk(hour))
        return lake

    def _chunk(hour: int) -> list[Document]:
        copies = [dataclasses.replace(doc, id=f"{doc.id}-{hour}") for doc in _documents(60, seed=hour % 3)]
        return [dataclasses.replace(doc, published=NOW) for doc in copies]

    whole, broken = filled("whole"), filled("broken")
    index = StoryIndex(tmp_path / "whole/stories.sqlite")
    list(analyse_lake(whole.root, analyser, index, NOW))
    index.close()
    command = [sys.executable, "-m", "citra.cli.main", "analyse", "--lake", broken.root, "--model", str(model)]
    rng = random.Random(7)
    for done in range(5):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while len(broken.partitions("mentions")) <= done and process.poll() is None:
            time.sleep(0.002)
        time.sleep(rng.uniform(0, 0.02))
        process.kill()
        process.wait()
    subprocess.run(command, check=True, capture_output=True)
    for part in whole.partitions("documents"):
        assert list(broken.read("mentions", part)) == list(whole.read("mentions", part))
