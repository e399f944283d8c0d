"""What is special about the index in Elasticsearch: killed commits, months, the lease, packed columns, copies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from mention_factory import mentions, stem

from citra.documents import Mention
from citra.errors import ConfigError, StoreError, TryAgain
from citra.store import Query
from citra.store.elasticsearch import Address, Credentials, ElasticsearchStore, layout, months
from citra.store.elasticsearch.packed import Month
from citra.store.elasticsearch.writer import ElasticsearchWriter

EVERYTHING = Query(min_relevance=None)
HERE = Path(__file__).parent


def again(store: ElasticsearchStore, *, prefix: str | None = None) -> ElasticsearchStore:
    """Another process, as it were."""
    address = replace(store.address, prefix=prefix) if prefix else store.address
    return ElasticsearchStore(address, Credentials.from_environment(), stem=stem)


def moved(mention: Mention, days: int, hours: int = 1) -> Mention:
    """The same article, fetched later, with another day."""
    document = mention.document
    assert document.published
    later = replace(
        document,
        published=document.published + timedelta(days=days),
        fetched=document.fetched + timedelta(hours=hours),
    )
    return replace(mention, document=later)


def write(store: ElasticsearchStore, given: list[Mention], version: int = 1) -> None:
    with store.writing() as writer:
        writer.replace_partition("p", given, version=version, fingerprint=f"f{version}")


def copies(store: ElasticsearchStore) -> int:
    """Documents in all indices, counted by the server."""
    return int(store.client.count(index=f"{store.layout.mentions}-*")["count"])


def test_a_mention_that_changes_its_month_is_there_once(elastic: ElasticsearchStore) -> None:
    given = [m for m in mentions(30) if m.document.published]
    write(elastic, given)
    changed = [moved(m, -40) for m in given[:10]]
    write(elastic, changed + given[10:], version=2)
    assert copies(elastic) == len(given)
    assert {m.id: m for m in elastic.iterate(EVERYTHING)} == {m.id: m for m in changed + given[10:]}


@pytest.mark.parametrize("broken", ["_removals", "_settle", "_taken_back"])
def test_a_commit_that_was_cut_off_is_repaired(
    elastic: ElasticsearchStore, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    given = [m for m in mentions(40) if m.document.published]
    write(elastic, given)
    wanted = [moved(m, -40) for m in given[:10]] + given[15:]
    before = elastic.snapshot()

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ElasticsearchWriter, broken, cut)
        with pytest.raises(KeyboardInterrupt):
            write(elastic, wanted, version=2)
    assert elastic.snapshot() == before
    assert {m.id for m in elastic.iterate(EVERYTHING)} == {m.id for m in given}
    assert elastic.loaded() == {} or elastic.loaded() == {"p": "f1"}
    assert again(elastic).loaded() != {"p": "f2"}  # so that it is loaded again
    write(elastic, wanted, version=2)
    assert copies(elastic) == len(wanted)
    assert {m.id: m for m in again(elastic).iterate(EVERYTHING)} == {m.id: m for m in wanted}
    assert again(elastic).snapshot() == elastic.snapshot()


def test_a_second_writer_is_told_to_wait(elastic: ElasticsearchStore) -> None:
    with elastic.writing() as writer:
        writer.upsert(mentions(3), version=1)
        with pytest.raises(TryAgain, match=f"process {os.getpid()} on .* is loading|another process is loading"):
            write(again(elastic), mentions(3))
    write(again(elastic), mentions(5))
    assert elastic.stats().mentions == 5


def lease(store: ElasticsearchStore, **values: object) -> None:
    body = {"owner": "x", "host": "h", "machine": "elsewhere", "pid": 1, "started": "1", "until": 0.0} | values
    store.client.index(index=store.layout.state, id="lease", document={"type": "lease", "body": body})


def test_a_lease_that_ran_out_is_taken_over(elastic: ElasticsearchStore) -> None:
    lease(elastic, until=time.time() + 300)
    with pytest.raises(TryAgain):
        write(elastic, mentions(3))
    lease(elastic, until=time.time() - 1)
    write(elastic, mentions(3))
    assert elastic.stats().mentions == 3


def test_a_writer_that_was_overtaken_writes_nothing(elastic: ElasticsearchStore) -> None:
    def overtaken() -> None:
        with elastic.writing() as writer:
            writer.upsert(mentions(3), version=1)
            lease(elastic, until=time.time() + 300)

    with pytest.raises(StoreError, match="taken over"):
        overtaken()
    assert copies(elastic) == 0


KILLED = """
import os, signal, sys
sys.path[:0] = [{here!r}]
from mention_factory import mentions, stem
from citra.store.elasticsearch import Address, Credentials, ElasticsearchStore
from citra.store.elasticsearch import writer as module
store = ElasticsearchStore(Address.parse({where!r}), Credentials.from_environment(), stem=stem)
send, calls = module.send, []
def stop_at(client, operations, **options):
    found = send(client, operations, **options)
    calls.append(1)
    if len(calls) == {at}:
        print("now", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    return found
module.send = stop_at
with store.writing() as writer:
    writer.replace_partition("p", mentions(60), version=1, fingerprint="f")
"""


@pytest.mark.parametrize("at", [2, 3])
def test_kill_9_in_a_commit_loses_and_doubles_nothing(elastic: ElasticsearchStore, at: int) -> None:
    """At the second call everything is written and not yet shown, at the third the old copies are gone."""
    where = f"{elastic.address}?replicas=0"
    code = textwrap.dedent(KILLED).format(here=str(HERE), where=where, at=at)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert (done.stdout, done.returncode) == ("now\n", -signal.SIGKILL), done.stderr
    assert again(elastic).loaded() == {}
    write(elastic, mentions(60))  # at once: the dead process's lease is void
    assert copies(elastic) == 60
    assert list(again(elastic).iterate(EVERYTHING)) == list(elastic.iterate(EVERYTHING))


def test_columns_come_packed_and_are_those_of_the_mentions(
    elastic: ElasticsearchStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(elastic, mentions(300))
    query = Query.of("korupsi OR source:kompas")

    def asked(store: ElasticsearchStore) -> object:
        return store.buckets(query, "day"), store.facets(query, "source"), store.stats().stories

    def no_scan(*_: object) -> Month:
        raise AssertionError("a month was read mention by mention")

    with monkeypatch.context() as patch:
        patch.setattr(months, "scanned", no_scan)
        packed = asked(again(elastic))
    pieces = [h["_id"] for h in elastic.client.search(index=elastic.layout.state, size=99)["hits"]["hits"]]
    for name in (piece for piece in pieces if piece.startswith("columns-")):
        elastic.client.delete(index=elastic.layout.state, id=name)
    assert asked(again(elastic)) == packed == asked(elastic)


def test_a_month_that_only_grew_is_packed_without_reading_its_mentions(
    elastic: ElasticsearchStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, scan = mentions(260), months.scanned
    scans: list[object] = []

    def counted(*given: object) -> Month:
        scans.append(given)
        return scan(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(months, "scanned", counted)
    with elastic.writing() as writer:  # from nothing, in two commits
        writer.upsert(made[:100], version=1)
        writer.commit()
        writer.upsert(made[100:150], version=1)
    with elastic.writing() as writer:  # more, on top of what is packed
        writer.upsert(made[150:], version=1)
    grown = again(elastic).split(Query(min_relevance=None), "day", "source")
    assert not scans

    with elastic.writing() as writer:  # the first word on two mentions is not the last: their months are read again
        writer.delete([made[0].id])
        writer.upsert([replace(made[1], story_id="another")], version=2)
    assert scans
    hits = elastic.client.search(index=elastic.layout.state, size=99, query={"term": {"type": "columns"}})["hits"]
    for hit in hits["hits"]:
        elastic.client.delete(index=elastic.layout.state, id=hit["_id"], refresh=True)
    write(elastic, [replace(made[1], story_id=made[1].story_id), made[0]], version=3)
    assert again(elastic).split(Query(min_relevance=None), "day", "source") == grown


def test_pieces_of_an_older_content_are_removed(elastic: ElasticsearchStore) -> None:
    write(elastic, mentions(50))
    write(elastic, mentions(60), version=2)
    hits = elastic.client.search(index=elastic.layout.state, size=99, query={"term": {"type": "columns"}})["hits"][
        "hits"
    ]
    contents = elastic._state.read().contents
    assert {hit["_id"] for hit in hits} == {name for m, content in contents.items() for name in content.names(m)}


def test_a_point_in_time_that_the_server_forgot_is_opened_again(elastic: ElasticsearchStore) -> None:
    write(elastic, mentions(50))
    assert elastic.count(EVERYTHING).placements == 50
    elastic.client.close_point_in_time(id=elastic._current()._pit)
    assert elastic.search(Query.of("korupsi OR suap", min_relevance=None)).hits


def test_reindexing_is_not_noticed_by_readers(elastic: ElasticsearchStore) -> None:
    given = mentions(80)
    write(elastic, given)
    reader, before = again(elastic), elastic.snapshot()
    stream = reader.iterate(EVERYTHING)
    found = [next(stream).id]
    copied = elastic.reindex()
    assert sum(copied.values()) == 80
    found += [m.id for m in stream]
    assert sorted(found) == sorted(m.id for m in given)
    for store in (reader, elastic, again(elastic)):
        assert store.snapshot() == before
        assert {m.id: m for m in store.iterate(EVERYTHING)} == {m.id: m for m in given}
    assert all(month.index.endswith("-000002") for month in elastic.status().months)
    assert copies(elastic) == 80
    with elastic.writing() as writer:  # it goes on in the new ones, as if nothing had been
        assert writer.upsert(given, version=1, partition="p").unchanged == 80


def test_an_older_shape_is_read_and_migrated(elastic: ElasticsearchStore, monkeypatch: pytest.MonkeyPatch) -> None:
    given = mentions(40)
    write(elastic, given)
    text = layout._text("mentions.json").replace('"version": 1', '"version": 2')
    newer = text.replace('"codes": {', '"later": { "type": "keyword" }, "codes": {')
    original: Callable[[str], str] = layout._text
    monkeypatch.setattr(layout, "_text", lambda name: newer if name == "mentions.json" else original(name))
    assert elastic.get(given[0].id) == given[0]
    assert again(elastic).count(Query.of("korupsi")) == elastic.count(Query.of("korupsi"))
    status = elastic.status()
    assert status.older == tuple(month.month for month in status.months)
    assert set(elastic.reindex(only_older=True)) == set(status.older)
    assert elastic.status().older == ()
    assert elastic.reindex(only_older=True) == {}
    assert {m.id: m for m in elastic.iterate(EVERYTHING)} == {m.id: m for m in given}


def test_an_index_of_a_newer_citra_is_refused(elastic: ElasticsearchStore) -> None:
    body = {"clean": True, "contents": {}, "moves": [], "mapping": 99}
    elastic.client.index(index=elastic.layout.state, id="commit", document={"type": "commit", "body": body})
    with pytest.raises(StoreError, match=r"index of version 99, this Citra reads 1; update Citra"):
        again(elastic)


def test_no_index_yet(elastic: ElasticsearchStore) -> None:
    with pytest.raises(StoreError, match="no index yet; run `citra load` or `citra index create` first"):
        again(elastic, prefix="nothing-there")


@pytest.mark.parametrize(
    ("location", "url", "prefix", "shards"),
    [
        ("http://localhost:9200", "http://localhost:9200", "citra", 1),
        ("https://es.example/a-b?shards=3", "https://es.example:443", "a-b", 3),
        ("http://[::1]:9200/x/", "http://[::1]:9200", "x", 1),
    ],
)
def test_addresses(location: str, url: str, prefix: str, shards: int) -> None:
    address = Address.parse(location)
    assert (address.url, address.prefix, address.shards) == (url, prefix, shards)


@pytest.mark.parametrize(
    "location", ["http://", "http://u:geheim@h:1", "http://h:x", "http://h?a=1", "http://h?shards=x"]
)
def test_addresses_that_cannot_be(location: str) -> None:
    with pytest.raises(ConfigError, match="no address of an index") as caught:
        Address.parse(location)
    assert "geheim" not in str(caught.value)
