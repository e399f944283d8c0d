"""What every engine does with writes: versions, partitions, one commit at a time."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from mention_factory import mention, mentions

from citra.documents import Mention, Topic
from citra.store import LoadResult, Query, Store

EVERYTHING = Query(min_relevance=None)


def counts(result: LoadResult) -> tuple[int, int, int, int, int]:
    return result.added, result.replaced, result.unchanged, result.stale, result.removed


def edited(original: Mention, text: str, *, later: timedelta = timedelta(0)) -> Mention:
    document = replace(original.document, text=text, fetched=original.document.fetched + later)
    return replace(original, document=document, stems="")


def upsert(store: Store, given: list[Mention], version: int = 1, partition: str = "p") -> LoadResult:
    with store.writing() as writer:
        return writer.upsert(given, version=version, partition=partition)


def test_an_empty_index_answers(store: Store) -> None:
    assert store.stats().mentions == 0
    assert store.stats().first_day is None
    assert store.count(EVERYTHING).placements == 0
    assert store.buckets(EVERYTHING, "day") == {}
    assert store.facets(EVERYTHING, "office") == {}
    assert store.facets(EVERYTHING, "source") == {}
    assert store.search(Query.of("korupsi OR source:kompas")).total == 0
    assert list(store.iterate(EVERYTHING)) == []
    assert store.get("x") is None
    assert store.loaded() == {}


def test_the_same_again_changes_nothing(store: Store) -> None:
    given = mentions(40)
    assert counts(upsert(store, given)) == (40, 0, 0, 0, 0)
    before = store.snapshot()
    assert counts(upsert(store, given)) == (0, 0, 40, 0, 0)
    assert counts(upsert(store, given, version=2)) == (0, 0, 40, 0, 0)
    assert store.snapshot() == before
    assert store.stats().mentions == 40


def test_a_newer_fetch_replaces_and_an_older_one_does_not(store: Store) -> None:
    original = mentions(1)[0]
    newer = edited(original, "teks yang baru sekali", later=timedelta(hours=1))
    upsert(store, [original], version=9)
    first = store.snapshot()
    assert counts(upsert(store, [newer], version=1)) == (0, 1, 0, 0, 0)
    assert store.snapshot() != first
    assert counts(upsert(store, [original], version=99)) == (0, 0, 0, 1, 0)
    assert store.get(original.id) == newer
    assert store.search(Query.of("baru", min_relevance=None)).total == 1


def test_of_one_fetch_the_newer_analysis_stays(store: Store) -> None:
    old = mentions(1)[0]
    new = replace(old, topics=(Topic(id="ethics", p=0.7),), relevance=0.91)
    upsert(store, [new], version=20)
    assert counts(upsert(store, [old], version=10)) == (0, 0, 0, 1, 0)
    assert store.get(old.id) == new
    # seen again as the newest: an analysis between the two must not get in afterwards
    assert counts(upsert(store, [new], version=30)) == (0, 0, 1, 0, 0)
    assert counts(upsert(store, [old], version=25)) == (0, 0, 0, 1, 0)
    assert store.get(old.id) == new


def test_one_id_twice_in_a_batch_is_one_mention(store: Store) -> None:
    original = mentions(1)[0]
    newer = edited(original, "kedua", later=timedelta(hours=1))
    with store.writing() as writer:
        assert counts(writer.upsert([original, newer, original], version=1)) == (1, 1, 0, 1, 0)
    assert store.stats().mentions == 1
    assert store.get(original.id) == newer
    with store.writing() as writer:
        writer.delete([original.id])
        assert counts(writer.upsert([original], version=1)) == (1, 0, 0, 0, 0)
    assert list(store.iterate(EVERYTHING)) == [original]


def test_the_snapshot_depends_on_content_alone(store: Store) -> None:
    given = mentions(60)
    upsert(store, given[:30], partition="a")
    upsert(store, given[30:], partition="b")
    whole = store.snapshot()
    with store.writing() as writer:
        assert writer.delete([m.id for m in given[10:20]] * 2 + ["unknown"]) == 10
    assert store.snapshot() != whole
    with store.writing() as writer:
        writer.upsert(reversed(given), version=5, partition="c")
    assert store.snapshot() == whole
    with store.writing() as writer:
        assert writer.delete(m.id for m in given) == 60
    assert store.stats().mentions == 0


def test_a_partition_is_replaced_as_a_whole(store: Store) -> None:
    given = mentions(30)
    with store.writing() as writer:
        writer.replace_partition("a/1", given[:10], version=1, fingerprint="f1")
        writer.replace_partition("b/1", given[10:], version=1, fingerprint="f2")
    assert store.loaded() == {"a/1": "f1", "b/1": "f2"}
    assert store.stats().partitions == 2
    with store.writing() as writer:
        result = writer.replace_partition("a/1", given[:4], version=2, fingerprint="f3")
    assert counts(result) == (0, 0, 4, 0, 6)
    assert store.loaded() == {"a/1": "f3", "b/1": "f2"}
    assert {m.id for m in store.iterate(EVERYTHING)} == {m.id for m in given[:4] + given[10:]}


def test_what_another_partition_took_over_stays(store: Store) -> None:
    original = mentions(1)[0]
    newer = edited(original, "diambil lagi", later=timedelta(hours=1))
    with store.writing() as writer:
        writer.replace_partition("a/1", [original], version=1, fingerprint="f1")
        writer.replace_partition("a/2", [newer], version=1, fingerprint="f2")
        assert counts(writer.replace_partition("a/1", [], version=1, fingerprint="f3"))[4] == 0
    assert store.get(original.id) == newer
    with store.writing() as writer:
        assert counts(writer.replace_partition("a/1", [], version=1, fingerprint="f4"))[4] == 0
        assert counts(writer.replace_partition("a/2", [], version=1, fingerprint="f4"))[4] == 1
    assert store.stats().mentions == 0


def test_nothing_is_seen_before_the_commit(store: Store) -> None:
    given = mentions(20)
    with store.writing() as writer:
        writer.upsert(given[:10], version=1)
        assert store.count(EVERYTHING).placements == 0
        writer.commit()
        assert store.count(EVERYTHING).placements == 10
        writer.upsert(given[10:], version=1)
        assert store.count(EVERYTHING).placements == 10
    assert store.count(EVERYTHING).placements == 20


def test_a_failed_batch_never_happened(store: Store) -> None:
    given = mentions(20)
    upsert(store, given[:5])
    before = store.snapshot()

    def interrupted() -> None:
        with store.writing() as writer:
            writer.replace_partition("p", given[5:], version=1, fingerprint="x")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert store.snapshot() == before
    assert {m.id for m in store.iterate(EVERYTHING)} == {m.id for m in given[:5]}
    assert counts(upsert(store, given))[0] == 15


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda m: replace(m, relevance=float("nan")), "no probability"),
        (lambda m: replace(m, topics=(Topic(id="sport", p=1.0),)), "unknown topic 'sport'"),
        (lambda m: replace(m, story_id=""), "no story_id"),
        (lambda m: edited(m, "half a pair \ud800"), "UTF-8"),
        (lambda m: replace(m, document=replace(m.document, id="x" * 600)), "512"),
        (lambda m: replace(m, document=replace(m.document, kind="sport")), "unknown kind"),
    ],
)
def test_a_mention_that_cannot_be_indexed_is_a_reject(store: Store, change: object, why: str) -> None:
    given = mentions(3)
    result = upsert(store, [given[0], change(given[1]), given[2]])  # type: ignore[operator]
    assert result.added == 2
    (reject,) = result.rejects
    assert reject.stage == "load"
    assert why in reject.detail
    assert store.stats().mentions == 2


def test_a_long_text_is_found_by_its_last_word(store: Store) -> None:
    rng = random.Random(1)
    text = "kata " * 200_000 + "penghabisan"
    long = mention(rng, 1, story="s", text=text)
    odd = mention(rng, 2, story="s", text="z" * 300_000, title="", author=None, url="u" * 100_000)
    assert upsert(store, [long, odd]).added == 2
    assert store.search(Query.of("penghabisan", min_relevance=None)).total == 1
    assert store.get(long.id) == long
    assert store.search(Query.of("z" * 100, min_relevance=None)).total == 1
