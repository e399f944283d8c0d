"""The embedded index's one writer: decides per mention what is new, replaces, is stale; commits all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import tantivy

from citra.documents import Mention, Reject
from citra.errors import StoreError
from citra.store import schema
from citra.store.protocol import LoadResult

#: Mentions whose present versions are looked up together.
CHUNK = 1_000
#: The sum of digests that makes the snapshot id is kept modulo this.
MODULUS = 1 << 63


@dataclass(frozen=True, slots=True)
class _Held:
    """What the index (or the running batch) holds of one id."""

    fetched_us: int
    version: int
    digest: int
    partition: str | None  #: None: as committed, not looked up


@dataclass(slots=True)
class State:
    """What the ``state`` record says: kept in the same commit as the mentions it counts."""

    next_row: int = 0
    mentions: int = 0
    digests: int = 0  #: sum over mentions, modulo ``MODULUS``


class EmbeddedWriter:
    """See :class:`citra.store.protocol.Writer`. ``engine`` is tantivy's writer, ``searcher`` gives the last commit."""

    def __init__(
        self,
        engine: Any,
        index_schema: Any,
        searcher: Callable[[], Any],
        state: State,
        stem: Callable[[str], str],
    ) -> None:
        self._engine, self._schema, self._searcher, self._stem = engine, index_schema, searcher, stem
        self._state = state
        self._base = searcher()
        self._pending: dict[str, _Held | None] = {}  # of this batch; None: deleted in it
        self._partitions: set[str] = set()
        self.dirty = False

    def upsert(self, mentions: Iterable[Mention], *, version: int, partition: str = "") -> LoadResult:
        result, _ = self._upsert(mentions, version, partition)
        return result

    def replace_partition(
        self, partition: str, mentions: Iterable[Mention], *, version: int, fingerprint: str
    ) -> LoadResult:
        if partition in self._partitions:  # twice in one batch: what the first left must be visible
            self.commit()
        self._partitions.add(partition)
        result, ids = self._upsert(mentions, version, partition)
        gone = [i for i in self._lacking(partition, ids) if i not in self._pending]  # pending: moved away
        self.delete(gone)
        self._engine.delete_documents_by_term("marker", partition)
        self._add(schema.to_record(schema.PARTITION, {"key": partition, "fingerprint": fingerprint}, partition))
        return replace(result, removed=len(gone))

    def forget(self, partitions: Iterable[str]) -> None:
        for partition in partitions:
            self._engine.delete_documents_by_term("marker", partition)
            self.dirty = True

    def delete(self, ids: Iterable[str]) -> int:
        count = 0
        for chunk in _chunks(ids):
            for mention_id, held in self._held(list(dict.fromkeys(chunk))).items():
                self._forget(mention_id, held)
                self._pending[mention_id] = None
                count += 1
        return count

    def commit(self) -> None:
        if not self.dirty:
            return
        self._engine.delete_documents_by_term("record", schema.STATE)
        body = {
            "next_row": self._state.next_row,
            "mentions": self._state.mentions,
            "digests": self._state.digests,
        }
        self._add(schema.to_record(schema.STATE, body))
        _tell(self._engine.commit)
        self.dirty = False
        self._pending.clear()
        self._partitions.clear()
        self._base = self._searcher()

    def _upsert(self, mentions: Iterable[Mention], version: int, partition: str) -> tuple[LoadResult, set[str]]:
        counts = dict.fromkeys(("added", "replaced", "unchanged", "stale"), 0)
        rejects: list[Reject] = []
        ids: set[str] = set()
        for chunk in _chunks(mentions):
            fit = list(_encoded(chunk, rejects))
            held = self._held([encoded.mention.id for encoded in fit])
            for encoded in fit:
                mention_id = encoded.mention.id
                ids.add(mention_id)
                now = self._pending[mention_id] if mention_id in self._pending else held.get(mention_id)
                counts[self._put(encoded, now, version, partition)] += 1
        return LoadResult(**counts, rejects=tuple(rejects)), ids

    def _put(self, encoded: schema.Encoded, held: _Held | None, version: int, partition: str) -> str:
        """Write one mention unless the index is as new; returns what became of it."""
        if held is not None:
            if (held.fetched_us, held.version) > (encoded.fetched_us, version):
                return "stale"
            same = held.digest == encoded.digest
            if same and held.version == version and held.partition in {None, partition}:
                return "unchanged"
            self._forget(encoded.mention.id, held)
        stems = encoded.mention.stems or self._stems_of(encoded.mention)
        self._add(
            schema.to_document(encoded, row=self._state.next_row, partition=partition, version=version, stems=stems)
        )
        self._state.next_row += 1
        self._state.mentions += 1
        self._state.digests = (self._state.digests + encoded.digest) % MODULUS
        self._pending[encoded.mention.id] = _Held(encoded.fetched_us, version, encoded.digest, partition)
        if held is None:
            return "added"
        return "unchanged" if same else "replaced"

    def _stems_of(self, mention: Mention) -> str:
        return self._stem(f"{mention.document.title}\n{mention.document.text}")

    def _forget(self, mention_id: str, held: _Held) -> None:
        self._engine.delete_documents_by_term("id", mention_id)
        self._state.mentions -= 1
        self._state.digests = (self._state.digests - held.digest) % MODULUS
        self.dirty = True

    def _add(self, document: Any) -> None:
        _tell(self._engine.add_document, document)
        self.dirty = True

    def _held(self, ids: list[str]) -> dict[str, _Held]:
        """What is held of these ids; those that are unknown are missing."""
        found = {i: held for i in ids if (held := self._pending.get(i)) is not None}
        wanted = [i for i in ids if i not in self._pending]
        if not wanted or not self._base.num_docs:
            return found
        query = tantivy.Query.term_set_query(self._schema, "id", wanted)
        hits = self._base.search(query, limit=len(wanted), count=False, order_by_field="id_key").hits
        places = [place for _, place in hits]
        columns = [self._base.fast_field_values(name, places) for name in ("fetched_us", "version", "digest")]
        by_key = {schema.key(i): i for i in wanted}
        for (id_key, _), fetched_us, version, digest in zip(hits, *columns, strict=True):
            found[by_key[id_key]] = _Held(fetched_us, version, digest, None)
        return found

    def _lacking(self, partition: str, ids: set[str]) -> list[str]:
        """Ids that the last commit holds for the partition and ``ids`` lacks."""
        query = tantivy.Query.term_query(self._schema, "partition", partition, "basic")
        size = self._base.search(query, limit=1).count
        if not size:
            return []
        keys = {schema.key(i) for i in ids}
        hits = self._base.search(query, limit=size, count=False, order_by_field="id_key").hits
        return [schema.body_of(self._base.doc(place))["id"] for id_key, place in hits if id_key not in keys]


def _tell(order: Callable[..., Any], *values: Any) -> None:
    """:raises StoreError: where the engine cannot write (a full disk, mostly)."""
    try:
        order(*values)
    except (ValueError, OSError) as wrong:
        cause = str(wrong).splitlines()[0][:200]
        raise StoreError(f"the index could not be written ({cause}); the last commit stands") from wrong


def _chunks(items: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(items)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def _encoded(mentions: Iterable[Mention], rejects: list[Reject]) -> Iterator[schema.Encoded]:
    for mention in mentions:
        try:
            yield schema.encode(mention)
        except schema.Unfit as wrong:
            reason, detail = wrong.args
            document = mention.document
            rejects.append(
                Reject(
                    stage="load",
                    reason=reason,
                    detail=detail,
                    source=str(document.source),
                    url=str(document.url),
                    locator=str(document.id),
                )
            )
