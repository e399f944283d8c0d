"""Near-duplicates and wire copies → stories: incremental, across days, in a SQLite file of bounded size.

A text is remembered as the hashes of its first words. A few of the smallest hashes of word 4-grams (its *anchors*,
a bottom-k sketch after Broder 1997) find texts that may be copies; an alignment of the two word sequences decides:
a copy has blocks added or cut, a text of the same template has *other names and numbers in the same places*.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from citra.errors import ConfigError, TryAgain
from nlp.wording import Wording, is_copy, wording

#: Days between two texts of one story: wire copies appear within hours, yearly templates must not meet.
WINDOW_DAYS = 14
#: Texts kept for comparison; older ones keep only their answer (id → story). 1 kB each.
CAPACITY = 1_000_000
#: Newest texts looked up for one anchor, and compared in all: bounds the cost of a flood of one template.
PER_ANCHOR = 48
COMPARED = 48

_SCHEMA = """
CREATE TABLE IF NOT EXISTS texts (
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, story TEXT NOT NULL, is_first INTEGER NOT NULL,
  minute INTEGER, words BLOB);
CREATE TABLE IF NOT EXISTS anchors (hash INTEGER, number INTEGER, PRIMARY KEY (hash, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS analysed (partition TEXT PRIMARY KEY, fingerprint TEXT NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class StoryAssignment:
    story_id: str  #: id of the document that founded the story
    is_first: bool  #: True for that document


class StoryIndex:
    """Which story each document belongs to; the answer for an id never changes.

    :param path: SQLite file, made when missing; None for an index that lives as long as this object.
    """

    def __init__(self, path: str | Path | None = None, capacity: int = CAPACITY) -> None:
        if path is not None:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        # "" is a private database on disk: bounded memory, gone when closed
        self._db = sqlite3.connect(path or "", timeout=60, isolation_level=None, check_same_thread=False)
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL" if path else "PRAGMA synchronous = OFF")
            self._db.executescript(_SCHEMA)
        except sqlite3.OperationalError as wrong:
            raise TryAgain(f"{path}: {wrong}") from wrong
        except sqlite3.DatabaseError as wrong:
            raise ConfigError(f"{path}: no story index: {wrong}; name another file or remove it") from wrong
        self._capacity = capacity

    @contextmanager
    def batch(self) -> Iterator[None]:
        """One transaction: what is assigned inside is kept as a whole, or not at all when it raises.

        Commit before publishing the output: a run that was killed in between gets the same answers again.
        """
        try:
            self._db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as wrong:
            raise TryAgain(f"the story index is in use by another process: {wrong}") from wrong
        try:
            yield
            self._prune()
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def assign(self, doc_id: str, title: str, text: str, published: datetime | None) -> StoryAssignment:
        """The story of a document: that of the closest copy within ``WINDOW_DAYS``, else one of its own.

        A document without a time is compared with all that are remembered.
        """
        row = self._db.execute("SELECT story, is_first FROM texts WHERE id = ?", (doc_id,)).fetchone()
        if row is not None:
            return StoryAssignment(row[0], bool(row[1]))
        words = wording(title, text)
        anchors = words.anchors()
        minute = None if published is None else int(published.astimezone(UTC).timestamp() // 60)
        story = self._closest(words, anchors, minute)
        found = StoryAssignment(story or doc_id, story is None)
        number = self._db.execute(
            "INSERT INTO texts (id, story, is_first, minute, words) VALUES (?, ?, ?, ?, ?)",
            (doc_id, found.story_id, found.is_first, minute, words.pack()),
        ).lastrowid
        self._db.executemany("INSERT OR IGNORE INTO anchors VALUES (?, ?)", [(anchor, number) for anchor in anchors])
        return found

    def forget(self, doc_ids: Iterable[str]) -> int:
        """Remove all traces of these documents; returns how many were known."""
        count = 0
        with self.batch():
            for doc_id in doc_ids:
                row = self._db.execute("SELECT number, words FROM texts WHERE id = ?", (doc_id,)).fetchone()
                if row is not None:
                    self._drop_anchors(*row)
                    self._db.execute("DELETE FROM texts WHERE number = ?", (row[0],))
                    count += 1
        return count

    def fingerprint(self, partition: str) -> str | None:
        """What ``mark`` was last called with for this partition."""
        row = self._db.execute("SELECT fingerprint FROM analysed WHERE partition = ?", (partition,)).fetchone()
        return None if row is None else str(row[0])

    def mark(self, partition: str, fingerprint: str) -> None:
        """Remember that this version of a partition has been analysed and its output published."""
        self._db.execute("INSERT OR REPLACE INTO analysed VALUES (?, ?)", (partition, fingerprint))

    def close(self) -> None:
        self._db.close()

    def __len__(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM texts").fetchone()[0])

    def _closest(self, words: Wording, anchors: Sequence[int], minute: int | None) -> str | None:
        shared: Counter[int] = Counter()
        for anchor in anchors:
            rows = self._db.execute(
                "SELECT number FROM anchors WHERE hash = ? ORDER BY number DESC LIMIT ?", (anchor, PER_ANCHOR)
            )
            shared.update(number for (number,) in rows)
        likely = sorted(shared, key=lambda number: (-shared[number], number))[:COMPARED]
        best, story = 0.0, None
        for number in likely:
            row = self._db.execute("SELECT story, minute, words FROM texts WHERE number = ?", (number,)).fetchone()
            if row is None or row[2] is None or not _near(minute, row[1]):
                continue
            closeness = is_copy(words, Wording.unpack(row[2]))
            if closeness > best:
                best, story = closeness, str(row[0])
            if best > 0.98:
                break
        return story

    def _prune(self) -> None:
        """Give up the words of all but the newest ``capacity`` texts; their answers stay."""
        newest = self._db.execute("SELECT max(number) FROM texts").fetchone()[0] or 0
        last = newest - self._capacity
        if last <= 0:
            return
        old = self._db.execute(
            "SELECT number, words FROM texts WHERE number <= ? AND words IS NOT NULL", (last,)
        ).fetchall()
        for number, packed in old:
            self._drop_anchors(number, packed)
        self._db.execute("UPDATE texts SET words = NULL WHERE number <= ? AND words IS NOT NULL", (last,))

    def _drop_anchors(self, number: int, packed: bytes | None) -> None:
        if packed is not None:
            gone = [(anchor, number) for anchor in Wording.unpack(packed).anchors()]
            self._db.executemany("DELETE FROM anchors WHERE hash = ? AND number = ?", gone)


def _near(a: int | None, b: int | None) -> bool:
    return a is None or b is None or abs(a - b) <= WINDOW_DAYS * 24 * 60
