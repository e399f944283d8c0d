"""What becomes of a mention that is handed to a writer: decided here, alike for every engine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Generic, TypeVar

from citra.documents import Mention, Reject
from citra.store.encoding import Encoded, Unfit, encode
from citra.store.protocol import LoadResult

#: Mentions whose present versions are looked up together.
CHUNK = 1_000


@dataclass(slots=True)  # not frozen: as Encoded
class Held:
    """What the index (or the running batch) holds of one id."""

    fetched_us: int
    version: int
    digest: int
    partition: str | None  #: None: as committed, not looked up


H = TypeVar("H", bound=Held)


class DecidingWriter(ABC, Generic[H]):
    """:class:`citra.store.protocol.Writer` but for the engine: how to look up, put, drop, mark and commit."""

    def __init__(self, stem: Callable[[str], str]) -> None:
        self._stem = stem
        self._pending: dict[str, H | None] = {}  # of this batch; None: deleted in it
        self._partitions: set[str] = set()
        self.dirty = False

    def upsert(self, mentions: Iterable[Mention], *, version: int, partition: str = "") -> LoadResult:
        result, _ = self._upsert(mentions, version, partition)
        return result

    def replace_partition(
        self, partition: str, mentions: Iterable[Mention], *, version: int, fingerprint: str
    ) -> LoadResult:
        taken_back = LoadResult()
        if partition in self._partitions:  # twice in one batch: what the first left must be visible
            taken_back = self.commit()
        self._partitions.add(partition)
        result, ids = self._upsert(mentions, version, partition)
        gone = [i for i in self._lacking(partition, ids) if i not in self._pending]  # pending: moved away
        self.delete(gone)
        self._mark(partition, fingerprint)
        self.dirty = True
        return taken_back + replace(result, removed=len(gone))

    def forget(self, partitions: Iterable[str]) -> None:
        for partition in partitions:
            self._unmark(partition)
            self.dirty = True

    def delete(self, ids: Iterable[str]) -> int:
        count = 0
        for chunk in _chunks(ids):
            for mention_id, held in self._held(list(dict.fromkeys(chunk))).items():
                self._drop(mention_id, held)
                self._pending[mention_id] = None
                self.dirty = True
                count += 1
        return count

    @abstractmethod
    def commit(self) -> LoadResult: ...

    @abstractmethod
    def _committed(self, ids: list[str]) -> dict[str, H]:
        """What the last commit holds of these ids; those that are unknown are missing."""

    @abstractmethod
    def _write(self, encoded: Encoded, stems: str, held: H | None, version: int, partition: str) -> H:
        """Put a mention in the place of ``held``; returns what is held then."""

    @abstractmethod
    def _drop(self, mention_id: str, held: H) -> None: ...

    @abstractmethod
    def _lacking(self, partition: str, ids: set[str]) -> list[str]:
        """Ids that the last commit holds for the partition and ``ids`` lacks."""

    @abstractmethod
    def _mark(self, partition: str, fingerprint: str) -> None: ...

    @abstractmethod
    def _unmark(self, partition: str) -> None: ...

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

    def _put(self, encoded: Encoded, held: H | None, version: int, partition: str) -> str:
        """Write one mention unless the index is as new; returns what became of it."""
        same = False
        if held is not None:
            if (held.fetched_us, held.version) > (encoded.fetched_us, version):
                return "stale"
            same = held.digest == encoded.digest
            if same and held.version == version and held.partition in {None, partition}:
                return "unchanged"
        mention = encoded.mention
        stems = mention.stems or self._stem(f"{mention.document.title}\n{mention.document.text}")
        self._pending[mention.id] = self._write(encoded, stems, held, version, partition)
        self.dirty = True
        if held is None:
            return "added"
        return "unchanged" if same else "replaced"

    def _held(self, ids: list[str]) -> dict[str, H]:
        """What is held of these ids, by this batch or the last commit."""
        found = {i: held for i in ids if (held := self._pending.get(i)) is not None}
        wanted = [i for i in ids if i not in self._pending]
        return found | self._committed(wanted) if wanted else found


def _chunks(items: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(items)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def _encoded(mentions: Iterable[Mention], rejects: list[Reject]) -> Iterator[Encoded]:
    for mention in mentions:
        try:
            yield encode(mention)
        except Unfit as wrong:
            rejects.append(reject_of(mention, *wrong.args))


def reject_of(mention: Mention, reason: str, detail: str) -> Reject:
    """Why a mention is not in the index."""
    document = mention.document
    return Reject(
        stage="load",
        reason=reason,
        detail=detail,
        source=str(document.source),
        url=str(document.url),
        locator=str(document.id),
    )
