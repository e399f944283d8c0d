"""The embedded index's one writer: commits all at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import tantivy

from citra.errors import StoreError
from citra.store import schema
from citra.store.encoding import Encoded, key
from citra.store.protocol import LoadResult
from citra.store.writing import DecidingWriter, Held

#: The sum of digests that makes the snapshot id is kept modulo this.
MODULUS = 1 << 63


@dataclass(slots=True)
class State:
    """What the ``state`` record says: kept in the same commit as the mentions it counts."""

    next_row: int = 0
    mentions: int = 0
    digests: int = 0  #: sum over mentions, modulo ``MODULUS``


class EmbeddedWriter(DecidingWriter[Held]):
    """See :class:`citra.store.protocol.Writer`. ``engine`` is tantivy's writer, ``searcher`` gives the last commit."""

    def __init__(
        self,
        engine: Any,
        index_schema: Any,
        searcher: Callable[[], Any],
        state: State,
        stem: Callable[[str], str],
    ) -> None:
        super().__init__(stem)
        self._engine, self._schema, self._searcher = engine, index_schema, searcher
        self._state = state
        self._base = searcher()

    def commit(self) -> LoadResult:
        if not self.dirty:
            return LoadResult()
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
        return LoadResult()

    def _write(self, encoded: Encoded, stems: str, held: Held | None, version: int, partition: str) -> Held:
        if held is not None:
            self._drop(encoded.mention.id, held)
        self._add(
            schema.to_document(encoded, row=self._state.next_row, partition=partition, version=version, stems=stems)
        )
        self._state.next_row += 1
        self._state.mentions += 1
        self._state.digests = (self._state.digests + encoded.digest) % MODULUS
        return Held(encoded.fetched_us, version, encoded.digest, partition)

    def _drop(self, mention_id: str, held: Held) -> None:
        self._engine.delete_documents_by_term("id", mention_id)
        self._state.mentions -= 1
        self._state.digests = (self._state.digests - held.digest) % MODULUS

    def _mark(self, partition: str, fingerprint: str) -> None:
        self._unmark(partition)
        self._add(schema.to_record(schema.PARTITION, {"key": partition, "fingerprint": fingerprint}, partition))

    def _unmark(self, partition: str) -> None:
        self._engine.delete_documents_by_term("marker", partition)

    def _add(self, document: Any) -> None:
        _tell(self._engine.add_document, document)

    def _committed(self, ids: list[str]) -> dict[str, Held]:
        found: dict[str, Held] = {}
        if not self._base.num_docs:
            return found
        query = tantivy.Query.term_set_query(self._schema, "id", ids)
        hits = self._base.search(query, limit=len(ids), count=False, order_by_field="id_key").hits
        places = [place for _, place in hits]
        columns = [self._base.fast_field_values(name, places) for name in ("fetched_us", "version", "digest")]
        by_key = {key(i): i for i in ids}
        for (id_key, _), fetched_us, version, digest in zip(hits, *columns, strict=True):
            found[by_key[id_key]] = Held(fetched_us, version, digest, None)
        return found

    def _lacking(self, partition: str, ids: set[str]) -> list[str]:
        query = tantivy.Query.term_query(self._schema, "partition", partition, "basic")
        size = self._base.search(query, limit=1).count
        if not size:
            return []
        keys = {key(i) for i in ids}
        hits = self._base.search(query, limit=size, count=False, order_by_field="id_key").hits
        return [schema.body_of(self._base.doc(place))["id"] for id_key, place in hits if id_key not in keys]


def _tell(order: Callable[..., Any], *values: Any) -> None:
    """:raises StoreError: where the engine cannot write (a full disk, mostly)."""
    try:
        order(*values)
    except (ValueError, OSError) as wrong:
        cause = str(wrong).splitlines()[0][:200]
        raise StoreError(f"the index could not be written ({cause}); the last commit stands") from wrong
