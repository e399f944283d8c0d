"""The one writer of an index in Elasticsearch: gathers changes, then carries them out so that a kill is repaired.

The server has no transactions. A commit therefore first says in the state what it is about to do, then writes,
then shows everything by one refresh (the indices never refresh by themselves), then says that it is done. Marks of
partitions go before their mentions change and come after: a load that was killed is simply done again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any

from elasticsearch import Elasticsearch

from citra.errors import StoreError, TryAgain
from citra.store.elasticsearch import months
from citra.store.elasticsearch.bulk import BUSY, Failure, Operation, send
from citra.store.elasticsearch.connection import read_only, telling
from citra.store.elasticsearch.layout import Layout
from citra.store.elasticsearch.lease import Lease
from citra.store.elasticsearch.packed import Content, Month
from citra.store.elasticsearch.rows import OwnRows
from citra.store.elasticsearch.sources import external_version, joined, month_of, ordinal_of, to_source
from citra.store.elasticsearch.state import Commit, State
from citra.store.encoding import Encoded
from citra.store.protocol import LoadResult
from citra.store.writing import DecidingWriter, Held, reject_of

#: Seconds after which the server has forgotten a removal (``gc_deletes`` is 0, its clock ticks five times a second).
FORGETS_AFTER = 0.5
_CONFLICT = 409
_LOOKUP = ["fetched_us", "version", "digest_0", "digest_1", "digest_2"]


@dataclass(slots=True)
class _Place(Held):
    """What is held, and where."""

    index: str | None = None  #: the index it lies in since the last commit; None: written in this batch


@dataclass(slots=True)
class _Change:
    """The last word of this batch on one id."""

    encoded: Encoded | None  #: None: removed
    stems: str
    version: int
    partition: str
    base: _Place | None  #: as the last commit has it


class ElasticsearchWriter(DecidingWriter[_Place]):
    """See :class:`citra.store.protocol.Writer`."""

    def __init__(self, client: Elasticsearch, layout: Layout, lease: Lease, stem: Callable[[str], str]) -> None:
        super().__init__(stem)
        self._client, self._layout, self._lease = client, layout, lease
        self._state = State(client, layout)
        self._changes: dict[str, _Change] = {}
        self._marks: dict[str, str | None] = {}  # partition → fingerprint; None: forgotten
        self._recover()
        with telling(layout.address):
            self._months = layout.months(client)
        self._contents = self._state.read().contents
        self._began = dict(self._contents)
        self._own = OwnRows()

    def commit(self) -> LoadResult:
        if not self.dirty:
            return LoadResult()
        with telling(self._layout.address):
            self._lease.check()
            self._refuse_blocks()
            self._state.write(Commit(clean=False, contents=self._contents, moves=tuple(self._moves())))
            self._state.unmark(self._marks)
            wanted = {month_of(ordinal_of(c.encoded.mention)) for c in self._changes.values() if c.encoded}
            self._months = self._layout.ensure(self._client, sorted(wanted), self._months)
            self._make_way()
            failures = self._again(send(self._client, self._writes()))
            failed = {item["_id"] for _, item in failures}
            failures += send(self._client, self._removals(failed))
            taken_back = self._taken_back(failures)
            refused = {item["_id"] for operation, item in failures if operation != "delete"}
            self._own.add(c.encoded for i, c in self._changes.items() if c.encoded and i not in refused)
            self._lease.check()
            self._state.mark({key: value for key, value in self._marks.items() if value is not None})
            self._settle()
        self._changes.clear()
        self._marks.clear()
        self._pending.clear()
        self._partitions.clear()
        self.dirty = False
        return taken_back

    def pack(self) -> None:
        """Leave the columns of the months that changed for readers; called when the writing is done."""
        changed = {m: c for m, c in self._contents.items() if c != self._began.get(m)}
        with telling(self._layout.address):
            self._state.pack(changed, self._contents, self._known(changed))

    def _known(self, changed: Mapping[str, Content]) -> Callable[[str], Month | None]:
        """Columns of a month that only grew, without asking for its mentions; None for others."""
        ours = {
            m: before
            for m, now in changed.items()
            if self._own.explains(m, before := self._began.get(m, Content()), now)
        }

        def columns(month: str) -> Month | None:
            before = ours.get(month)
            if before is None:
                return None
            packed = months.packed(self._client, self._layout, {month: before}).get(month)
            if packed is None and before.mentions:
                return None
            return self._own.with_ours(month, packed)

        return columns

    def _refuse_blocks(self) -> None:
        """A full disk makes indices read-only, and the server then says *busy*: no use to ask again and again."""
        found = self._client.indices.get_settings(index=self._layout.mentions, flat_settings=True)
        for index, body in found.items():
            blocks = [name for name, value in body["settings"].items() if "blocks." in name and value == "true"]
            if blocks:
                raise read_only(self._layout.address, f"{index}: {blocks[0]}")

    def _settle(self) -> None:
        """Show what was written, and say that it is whole."""
        self._client.indices.refresh(index=self._layout.mentions)
        self._contents = months.contents(self._ask, self._layout)
        self._state.write(Commit(clean=True, contents=self._contents))
        self._client.indices.refresh(index=self._layout.state)

    def _recover(self) -> None:
        """Finish what a killed writer began: its moves must not leave a mention in two months."""
        commit = self._state.read()
        if commit.clean:
            return
        with telling(self._layout.address):
            self._client.indices.refresh(index=f"{self._layout.mentions},{self._layout.state}")
            for at in range(0, len(commit.moves), 1_000):
                copies = self._lookup(list(commit.moves[at : at + 1_000]))
                extra = [(i, place) for i, places in copies.items() for place in places[1:]]
                send(self._client, (_removal(i, place) for i, place in extra))
            self._settle()

    def _committed(self, ids: list[str]) -> dict[str, _Place]:
        if not any(content.mentions for content in self._contents.values()):
            return {}
        return {mention_id: places[0] for mention_id, places in self._lookup(ids).items()}

    def _lookup(self, ids: list[str]) -> dict[str, list[_Place]]:
        """All that is held of these ids, newest first; there is one of each but after a kill."""
        found: dict[str, list[_Place]] = {}
        with telling(self._layout.address):
            answer = self._ask(
                query={"bool": {"filter": {"terms": {"id": ids}}}}, size=2 * len(ids), source=False,
                docvalue_fields=_LOOKUP, track_total_hits=False,
            )  # fmt: skip
        for hit in answer["hits"]["hits"]:
            fetched_us, version, *digests = (int(hit["fields"][name][0]) for name in _LOOKUP)
            place = _Place(fetched_us, version, joined(*digests), None, hit["_index"])
            found.setdefault(hit["_id"], []).append(place)
        for places in found.values():
            places.sort(key=lambda place: (place.fetched_us, place.version, place.index), reverse=True)
        return found

    def _write(self, encoded: Encoded, stems: str, held: _Place | None, version: int, partition: str) -> _Place:
        mention_id = encoded.mention.id
        self._changes[mention_id] = _Change(encoded, stems, version, partition, self._base(mention_id, held))
        return _Place(encoded.fetched_us, version, encoded.digest, partition)

    def _drop(self, mention_id: str, held: _Place) -> None:
        self._changes[mention_id] = _Change(None, "", 0, "", self._base(mention_id, held))

    def _base(self, mention_id: str, held: _Place | None) -> _Place | None:
        """What the last commit holds of an id: known from its first change in this batch."""
        if mention_id in self._changes:
            return self._changes[mention_id].base
        return held

    def _lacking(self, partition: str, ids: set[str]) -> list[str]:
        query = {"term": {"partition": partition}}
        with telling(self._layout.address):
            hits = months.pages(self._ask, query, [{"id_key": "asc"}], source=False)
            return [hit["_id"] for hit in hits if hit["_id"] not in ids]

    def _mark(self, partition: str, fingerprint: str) -> None:
        self._marks[partition] = fingerprint

    def _unmark(self, partition: str) -> None:
        self._marks[partition] = None

    def _ask(self, **request: Any) -> Any:
        return self._client.search(index=self._layout.mentions, allow_partial_search_results=False, **request).body

    def _moves(self) -> Iterator[str]:
        """Ids that go from one month to another."""
        for mention_id, change in self._changes.items():
            if self._old_home(change) and change.encoded:
                yield mention_id

    def _old_home(self, change: _Change) -> str | None:
        """The index that an id leaves."""
        if change.base is None or change.base.index is None:
            return None
        if change.encoded is None:
            return change.base.index
        month = self._layout.month_of(change.base.index)
        return change.base.index if month != month_of(ordinal_of(change.encoded.mention)) else None

    def _writes(self, only: set[str] | None = None) -> Iterator[Operation]:
        """Month by month: a request then goes to few shards, each of which would sync its log for it."""
        wanted = [
            (ordinal_of(change.encoded.mention), mention_id, change.encoded, change)
            for mention_id, change in self._changes.items()
            if change.encoded is not None and (only is None or mention_id in only)
        ]
        wanted.sort(key=itemgetter(0))
        for ordinal, mention_id, encoded, change in wanted:
            action = {
                "_index": self._layout.alias(month_of(ordinal)),
                "_id": mention_id,
                "require_alias": True,
                "version": external_version(encoded.fetched_us, change.version),
                "version_type": "external_gte",
            }
            source = to_source(
                encoded, ordinal=ordinal, stems=change.stems, version=change.version, partition=change.partition
            )
            yield {"index": action}, source

    def _make_way(self) -> None:
        """What was removed in this batch and came again as an older one: the newer must be forgotten first."""
        older = [
            (mention_id, change.base)
            for mention_id, change in self._changes.items()
            if change.encoded
            and change.base
            and (change.base.fetched_us, change.base.version) > (change.encoded.fetched_us, change.version)
        ]
        send(self._client, (_removal(mention_id, base) for mention_id, base in older))

    def _again(self, failures: list[Failure]) -> list[Failure]:
        """The server remembers what was just removed for a moment, and refuses an older one meanwhile: wait for it."""
        conflicts = {item["_id"] for _, item in failures if item.get("status") == _CONFLICT}
        if not conflicts:
            return failures
        time.sleep(FORGETS_AFTER)
        self._client.indices.refresh(index=self._layout.mentions)
        others = [failure for failure in failures if failure[1]["_id"] not in conflicts]
        return others + send(self._client, self._writes(conflicts))

    def _removals(self, failed: set[str]) -> Iterator[Operation]:
        """What is gone, and the old copies of what has moved and arrived."""
        for mention_id, change in self._changes.items():
            home = self._old_home(change)
            if home and change.base and mention_id not in failed:
                yield _removal(mention_id, change.base)

    def _taken_back(self, failures: list[Failure]) -> LoadResult:
        """What the results said before the server was asked, corrected."""
        total = LoadResult()
        for operation, item in failures:
            status, change = item.get("status"), self._changes[item["_id"]]
            if status in BUSY:
                if "block" in _cause(item):
                    raise read_only(self._layout.address, _cause(item))
                raise TryAgain(f"{self._layout.address}: Elasticsearch stayed busy; load again later")
            if operation == "delete":
                if status in {404, _CONFLICT}:  # gone already, or replaced by someone newer
                    continue
                raise StoreError(f"{self._layout.address}: could not remove {item['_id']}: {_cause(item)}")
            if change.encoded is None:
                continue
            if status == _CONFLICT:
                total += replace(_undone(change, change.encoded), stale=1)
            else:
                reject = reject_of(change.encoded.mention, _reason(item), _cause(item))
                total += replace(_undone(change, change.encoded), rejects=(reject,))
        return total


def _undone(change: _Change, encoded: Encoded) -> LoadResult:
    """What was said of a mention that was not written after all, taken back."""
    if change.base is None:
        return LoadResult(added=-1)
    return LoadResult(unchanged=-1) if change.base.digest == encoded.digest else LoadResult(replaced=-1)


def _removal(mention_id: str, place: _Place) -> Operation:
    version = external_version(place.fetched_us, place.version)
    return {
        "delete": {"_index": place.index, "_id": mention_id, "version": version, "version_type": "external_gte"}
    }, None


def _reason(item: Mapping[str, Any]) -> str:
    if item.get("status") == 413:
        return "too-large"
    error = item.get("error")
    name = str(error.get("type", "refused")) if isinstance(error, Mapping) else "refused"
    return name.removesuffix("_exception").replace("_", "-")


def _cause(item: Mapping[str, Any]) -> str:
    error: Any = item.get("error")
    while isinstance(error, Mapping):
        inner = error.get("caused_by")
        if not isinstance(inner, Mapping):
            return " ".join(str(error.get("reason", error)).split())[:200]
        error = inner
    return " ".join(str(error).split())[:200]
