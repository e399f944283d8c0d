"""What is special about the embedded engine: its folder, its lock, its processes."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest
from mention_factory import mentions, stem

from citra.errors import CitraError, InputError, StoreError, TryAgain
from citra.store import EmbeddedStore, Query

EVERYTHING = Query(min_relevance=None)
HERE = Path(__file__).parent


def opened(path: Path) -> EmbeddedStore:
    return EmbeddedStore(path, stem=stem, create=True)


def test_no_index_yet(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="run `citra load` first"):
        EmbeddedStore(tmp_path / "index", stem=stem)
    assert not (tmp_path / "index").exists()


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(StoreError, match="not a Citra index"):
        opened(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["letter.txt"]
    with pytest.raises(StoreError, match="not a Citra index"):
        opened(tmp_path / "letter.txt")


def test_another_version_is_refused_with_the_way_out(tmp_path: Path) -> None:
    opened(tmp_path / "index").close()
    marker = tmp_path / "index" / "citra-index.json"
    marker.write_text(json.dumps(json.loads(marker.read_text()) | {"version": 0}))
    with pytest.raises(StoreError, match=r"index of version 0.*delete the folder and run `citra load`"):
        opened(tmp_path / "index")
    marker.write_text("{")
    with pytest.raises(StoreError, match="not readable"):
        opened(tmp_path / "index")


@pytest.mark.parametrize("damage", ["meta.json", "segments"])
def test_a_damaged_index_says_so(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "index"
    with opened(path).writing() as writer:
        writer.upsert(mentions(50), version=1)
    if damage == "meta.json":
        (path / "meta.json").write_text("not json")
    else:
        for file in path.glob("*.store"):
            file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(StoreError, match=r"damaged|could not answer"):
        list(opened(path).iterate(EVERYTHING))


def test_an_empty_folder_becomes_an_index(tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    assert opened(tmp_path / "index").stats().mentions == 0


def test_a_second_writer_is_told_to_wait(tmp_path: Path) -> None:
    first, second = opened(tmp_path / "index"), opened(tmp_path / "index")

    def write_too() -> None:
        with second.writing():
            pass

    with first.writing() as writer:
        writer.upsert(mentions(5), version=1)
        with pytest.raises(TryAgain, match="another process is loading") as caught:
            write_too()
        assert "\n" not in str(caught.value)
    write_too()
    assert second.stats().mentions == 5


def test_a_reader_process_works_while_a_writer_loads(tmp_path: Path) -> None:
    """The reader asks all the time; it sees whole commits only (100 mentions each), and the last one in the end."""
    path = tmp_path / "index"
    opened(path).close()
    reader = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(f"""
            import sys
            sys.path.insert(0, {str(HERE)!r})
            from mention_factory import stem
            from citra.store import EmbeddedStore, Query
            store, query = EmbeddedStore({str(path)!r}, stem=stem), Query(min_relevance=None)
            print("ready", flush=True)
            seen = []
            while not seen or seen[-1] < 1000:
                number = store.count(query).placements
                page = store.search(Query.of("korupsi", min_relevance=None), size=5)
                if not seen or number != seen[-1]:
                    seen.append(number)
            print(*seen)
        """)], stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert reader.stdout is not None
    assert reader.stdout.readline() == "ready\n"
    given = mentions(1000)
    store = opened(path)
    with store.writing() as writer:
        for start in range(0, 1000, 100):
            writer.upsert(given[start : start + 100], version=1)
            writer.commit()
    out, _ = reader.communicate(timeout=60)
    seen = [int(number) for number in out.split()]
    assert reader.returncode == 0
    assert seen == sorted(seen)
    assert all(number % 100 == 0 for number in seen)


def test_results_are_fetched_by_stretches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("citra.store.snapshot.STRIDE", 7)
    monkeypatch.setattr("citra.store.answers.STREAM", 9)
    store, given = opened(tmp_path / "index"), mentions(100)
    with store.writing() as writer:
        writer.upsert(given[:60], version=1)
        writer.upsert(given[20:], version=2)
    assert store.stats().mentions == store.count(EVERYTHING).placements == 100
    for text in ("korupsi", "-korupsi", "korupsi source:kompas", "nihil"):
        query = Query.of(text, min_relevance=None)
        assert store.count(query).placements == store.search(query).total == len(list(store.iterate(query)))


def test_threads_may_share_a_store(tmp_path: Path) -> None:
    store = opened(tmp_path / "index")
    with store.writing() as writer:
        writer.upsert(mentions(300), version=1)
    wrong: list[BaseException] = []

    def ask() -> None:
        try:
            for text in ("korupsi", "suap", "source:kompas", "pungli -suap") * 5:
                query = Query.of(text, min_relevance=None)
                assert store.count(query).placements == store.search(query).total
        except BaseException as fault:
            wrong.append(fault)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_pages_of_the_newest_survive_a_load_in_between(tmp_path: Path) -> None:
    store, given = opened(tmp_path / "index"), mentions(120)
    with store.writing() as writer:
        writer.upsert(given[:80], version=1)
    page = store.search(EVERYTHING, size=30)
    seen = [hit.mention.id for hit in page.hits]
    with store.writing() as writer:
        writer.upsert(given[80:], version=1)
    while page.after:
        page = store.search(EVERYTHING, size=30, after=page.after)
        seen += [hit.mention.id for hit in page.hits]
    assert len(seen) == len(set(seen))
    assert {m.id for m in given[:80]} <= set(seen)


def test_a_page_by_relevance_of_a_changed_index_is_refused(tmp_path: Path) -> None:
    store, given = opened(tmp_path / "index"), mentions(60)
    query = Query.of("korupsi OR suap", min_relevance=None)
    with store.writing() as writer:
        writer.upsert(given[:50], version=1)
    after = store.search(query, size=5, sort="relevance").after
    assert store.search(query, size=5, sort="relevance", after=after).hits
    with store.writing() as writer:
        writer.upsert(given[50:], version=1)
    with pytest.raises(InputError, match="start again"):
        store.search(query, size=5, sort="relevance", after=after)


def test_an_open_stream_keeps_to_its_commit(tmp_path: Path) -> None:
    store, given = opened(tmp_path / "index"), mentions(1500)
    with store.writing() as writer:
        writer.upsert(given, version=1)
    stream = store.iterate(EVERYTHING)
    found = [next(stream).id]
    with store.writing() as writer:
        writer.delete(m.id for m in given)
    found += [m.id for m in stream]
    assert sorted(found) == sorted(m.id for m in given)
    assert store.stats().mentions == 0


def test_a_state_that_disagrees_with_the_mentions_cannot_arise(tmp_path: Path) -> None:
    """The counter kept with each commit equals the mentions that are there, after any mix of writes."""
    store, given = opened(tmp_path / "index"), mentions(200)
    for round_, start in enumerate((0, 50, 120, 30)):
        with store.writing() as writer:
            writer.replace_partition(f"p/{round_ % 2}", given[start : start + 80], version=round_, fingerprint="f")
            writer.delete(m.id for m in given[start : start + 5])
    assert store._current().state.mentions == len(list(store.iterate(EVERYTHING))) == store.stats().mentions


FULL_DISK = """
import resource, sys
sys.path.insert(0, sys.argv[1])
from mention_factory import mentions, stem
from citra.errors import StoreError
from citra.store import EmbeddedStore
store = EmbeddedStore(sys.argv[2], stem=stem, create=True)
with store.writing() as writer:
    writer.upsert(mentions(50), version=1)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    with store.writing() as writer:
        writer.upsert(mentions(3000, seed=9)[50:], version=1)
except StoreError as wrong:
    print(wrong)
"""


def test_a_full_disk_leaves_the_last_commit(tmp_path: Path) -> None:
    path = tmp_path / "index"
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(HERE), str(path)], capture_output=True, text=True, check=True, timeout=60
    )
    assert "the last commit stands" in done.stdout
    assert len(done.stdout.splitlines()) == 1
    store = opened(path)
    assert store.stats().mentions == 50
    with store.writing() as writer:
        assert writer.upsert(mentions(100), version=1).added == 50
    assert len(list(store.iterate(EVERYTHING))) == 100


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot make the index"):
        opened(tmp_path / "file" / "index")


def test_errors_have_one_line(tmp_path: Path) -> None:
    with pytest.raises(CitraError) as caught:
        EmbeddedStore(tmp_path / "nothing", stem=stem)
    assert "\n" not in str(caught.value)
