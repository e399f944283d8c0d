"""The index in Elasticsearch; see :class:`citra.store.protocol.Store`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from citra.errors import StoreError
from citra.store.elasticsearch import reindexing
from citra.store.elasticsearch.connection import Address, Credentials, connect, telling
from citra.store.elasticsearch.layout import Layout
from citra.store.elasticsearch.lease import Lease
from citra.store.elasticsearch.reindexing import IndexStatus
from citra.store.elasticsearch.state import State
from citra.store.elasticsearch.view import View
from citra.store.elasticsearch.writer import ElasticsearchWriter
from citra.store.protocol import Stats
from citra.store.reading import Reading, stats_of


class ElasticsearchStore(Reading):
    """The indices below one prefix of one server.

    :param stem: word or text → stems, the function that also made the mentions' ``stems``.
    :param create: make template, aliases and state when they are not there.
    :raises StoreError: no index there, one of a newer Citra, or a server that does not let us in.
    :raises TryAgain: nobody answers.
    """

    def __init__(
        self,
        address: Address,
        credentials: Credentials,
        *,
        stem: Callable[[str], str],
        create: bool = False,
    ) -> None:
        self.address, self.layout = address, Layout(address)
        self._stem = stem
        self._lock = threading.Lock()
        self._view: View | None = None
        self._seen: tuple[int, int] | None = None
        self.client = connect(address, credentials)
        self._state = State(self.client, self.layout)
        try:
            with telling(address):
                if not self.layout.exists(self.client):
                    if not create:
                        raise StoreError(f"{address}: no index yet; run `citra load` or `citra index create` first")
                    self.layout.create(self.client)
            self._state.read()
        except BaseException:
            self.client.close()
            raise

    @contextmanager
    def writing(self) -> Iterator[ElasticsearchWriter]:
        with telling(self.address), Lease(self.client, self.layout.state) as lease:
            writer = ElasticsearchWriter(self.client, self.layout, lease, self._stem)
            yield writer
            writer.commit()
            writer.pack()

    def loaded(self) -> Mapping[str, str]:
        return self._state.marks()

    def stats(self) -> Stats:
        view = self._current()
        with telling(self.address):
            sizes = self.client.indices.stats(index=f"{self.layout.mentions},{self.layout.state}", metric="store")
        size = int(sizes["_all"]["primaries"]["store"]["size_in_bytes"])
        return stats_of(view, partitions=self._state.partitions(), size=size)

    def status(self) -> IndexStatus:
        """What an administrator asks for: months, shapes, sizes."""
        return reindexing.status(self.client, self.layout)

    def reindex(
        self, wanted: Iterable[str] = (), *, only_older: bool = False, progress: reindexing.Progress = reindexing.quiet
    ) -> dict[str, int]:
        """See :func:`citra.store.elasticsearch.reindexing.reindex`."""
        return reindexing.reindex(
            self.client, self.layout, self._stem, wanted=wanted, only_older=only_older, progress=progress
        )

    def close(self) -> None:
        with self._lock:
            if self._view is not None:
                self._view.close()
            self._view, self._seen = None, None
            self.client.close()

    def _current(self) -> View:
        """The last commit as this process sees it; while another is under way, the one before it."""
        with self._lock:
            commit = self._state.read()
            if self._view is not None and (commit.place == self._seen or not commit.clean):
                return self._view
            while True:
                view = View(self.client, self.layout, self._stem, dict(commit.contents) if commit.clean else None)
                again = self._state.read()
                if again.place == commit.place:
                    break
                view.close()  # a commit came in between
                commit = again
            # streams over the view before it may go on: the server forgets that by itself
            self._view, self._seen = view, commit.place
            return view
