"""What the index knows of itself: the last commit, the partitions loaded, packed columns. One small index beside."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from elasticsearch import Elasticsearch, NotFoundError

from citra.errors import StoreError
from citra.store.elasticsearch import months
from citra.store.elasticsearch.bulk import send
from citra.store.elasticsearch.connection import telling
from citra.store.elasticsearch.layout import Layout, mapping_version
from citra.store.elasticsearch.packed import Content, Month

_COMMIT, _PARTITION, _COLUMNS = "commit", "partition", "columns"
#: Records of partitions read by one request.
_STRIDE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """The last commit, or one that is under way (or was killed) when not ``clean``."""

    clean: bool = True
    contents: Mapping[str, Content] = field(default_factory=dict)  #: month → what it holds
    moves: tuple[str, ...] = ()  #: ids on their way from one month to another
    mapping: int = 0  #: version of the mapping that the writer knew
    place: tuple[int, int] = (0, 0)  #: where the server keeps this record: another place, another commit


class State:
    def __init__(self, client: Elasticsearch, layout: Layout) -> None:
        self._client, self._layout = client, layout

    def read(self) -> Commit:
        """:raises StoreError: when there is no index, or a newer Citra made it."""
        with telling(self._layout.address):
            try:
                found = self._client.get(index=self._layout.state, id=_COMMIT)
            except NotFoundError as wrong:
                if "index_not_found" in str(wrong.error):
                    raise
                return Commit(mapping=mapping_version())
        body = found["_source"]["body"]
        if body["mapping"] > mapping_version():
            found_version, own = body["mapping"], mapping_version()
            raise StoreError(
                f"{self._layout.address}: index of version {found_version}, this Citra reads {own}; update Citra"
            )
        return Commit(
            clean=body["clean"],
            contents={month: Content.from_json(values) for month, values in body["contents"].items()},
            moves=tuple(body["moves"]),
            mapping=body["mapping"],
            place=(found["_primary_term"], found["_seq_no"]),
        )

    def write(self, commit: Commit) -> None:
        body = {
            "clean": commit.clean,
            "contents": {month: content.to_json() for month, content in commit.contents.items()},
            "moves": list(commit.moves),
            "mapping": mapping_version(),
        }
        self._client.index(index=self._layout.state, id=_COMMIT, document={"type": _COMMIT, "body": body})

    def mark(self, marks: Mapping[str, str]) -> None:
        """Remember fingerprints of partitions."""
        self._send(
            ({"index": self._at(_name(key))}, {"type": _PARTITION, "key": key, "fingerprint": fingerprint})
            for key, fingerprint in marks.items()
        )

    def unmark(self, keys: Iterable[str]) -> None:
        self._send(({"delete": self._at(_name(key))}, None) for key in keys)

    def marks(self) -> dict[str, str]:
        """Partition → fingerprint, as of the last commit."""
        found: dict[str, str] = {}
        for hit in self._records(_PARTITION, ["key", "fingerprint"]):
            found[hit["_source"]["key"]] = hit["_source"]["fingerprint"]
        return found

    def partitions(self) -> int:
        with telling(self._layout.address):
            found = self._client.count(index=self._layout.state, query={"term": {"type": _PARTITION}})
        return int(found["count"])

    def pack(
        self,
        changed: Mapping[str, Content],
        contents: Mapping[str, Content],
        known: Callable[[str], Month | None] = lambda _: None,
    ) -> None:
        """Write the columns of ``changed`` months, and remove pieces that fit none of ``contents``.

        :param known: gives the columns of a month, or None where its mentions must be read.
        """

        def ask(**request: Any) -> Any:
            return self._client.search(index=self._layout.mentions, **request).body

        for month, content in changed.items():
            names = content.names(month)
            if not names:
                continue
            columns = known(month)
            pieces = (months.scanned(ask, self._layout, month) if columns is None else columns).pack()
            if len(pieces) == len(names):
                self._put(month, names, pieces)
        needed = {name for month, content in contents.items() for name in content.names(month)}
        old = [hit["_id"] for hit in self._records(_COLUMNS, []) if hit["_id"] not in needed]
        self._send(({"delete": self._at(name)}, None) for name in old)
        self._client.indices.refresh(index=self._layout.state)

    def _put(self, month: str, names: list[str], pieces: list[bytes]) -> None:
        for name, piece in zip(names, pieces, strict=True):
            head = b'{"type":"columns","key":"' + month.encode() + b'",'
            self._client.index(index=self._layout.state, id=name, document=head + piece[1:])  # type: ignore[arg-type]

    def _records(self, kind: str, source: Any) -> Iterator[Mapping[str, Any]]:
        after: dict[str, Any] = {}
        while True:
            with telling(self._layout.address):
                hits = self._client.search(
                    index=self._layout.state, query={"term": {"type": kind}}, size=_STRIDE, track_total_hits=False,
                    sort=[{"key": "asc"}, {"_doc": "asc"}], source=source or False, allow_partial_search_results=False,
                    **after,
                )["hits"]["hits"]  # fmt: skip
            yield from hits
            if len(hits) < _STRIDE:
                return
            after = {"search_after": hits[-1]["sort"]}

    def _at(self, name: str) -> dict[str, Any]:
        return {"_index": self._layout.state, "_id": name}

    def _send(self, operations: Iterable[tuple[dict[str, dict[str, Any]], Any]]) -> None:
        failures = send(self._client, ((head, body) for head, body in operations), senders=1)
        for operation, item in failures:
            if not (operation == "delete" and item.get("status") == 404):
                raise StoreError(f"{self._layout.address}: the state could not be written: {item.get('error')}")


def _name(partition: str) -> str:
    """A record's id: partitions may be called anything."""
    return f"partition-{hashlib.sha256(partition.encode()).hexdigest()[:32]}"
