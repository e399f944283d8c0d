"""Many writes at once: a few requests side by side, back-off where the server is busy, one outcome for each item."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from elasticsearch import ApiError, Elasticsearch, helpers

#: Requests under way at a time: the server works on one while we prepare the next.
SENDERS = 2
#: A request holds at most this many writes, or bytes.
CHUNK, CHUNK_BYTES = 1_000, 8_000_000
#: A busy server (429, 503) is asked again after 0.5 s, 1 s, 2 s … up to 30 s: some four minutes in all.
RETRIES, FIRST_PAUSE, LONGEST_PAUSE = 12, 0.5, 30.0
BUSY = (429, 503)

#: What is to be done (``{"index": {"_index": …}}``) and the document as JSON, or None for a deletion.
Operation = tuple[dict[str, dict[str, Any]], bytes | None]
#: Operation (``index``, ``delete``) → what the server says of it.
Failure = tuple[str, dict[str, Any]]


def send(client: Elasticsearch, operations: Iterable[Operation], *, senders: int = SENDERS) -> list[Failure]:
    """Carry out ``operations``, in no particular order; returns those that failed for good.

    Memory holds one request for each sender. A request that is too large for the server is cut into single writes.

    :raises elasticsearch.ApiError, elastic_transport.TransportError: when whole requests are refused.
    """
    shared = _Shared(operations)
    with ThreadPoolExecutor(senders, "citra-bulk") as pool:
        runs = [pool.submit(_send, client, shared) for _ in range(senders)]
        try:
            return [failure for run in runs for failure in run.result()]
        finally:
            shared.stop()


class _Shared:
    """An iterator that several threads may pull from."""

    def __init__(self, items: Iterable[Operation]) -> None:
        self._items, self._lock, self._stopped = iter(items), threading.Lock(), False

    def __iter__(self) -> Iterator[Operation]:
        return self

    def __next__(self) -> Operation:
        with self._lock:
            if self._stopped:
                raise StopIteration
            return next(self._items)

    def stop(self) -> None:
        self._stopped = True


def _send(client: Elasticsearch, operations: _Shared) -> list[Failure]:
    try:
        return list(_failures(client, operations))
    except BaseException:
        operations.stop()  # the others need not go on
        raise


def _failures(client: Elasticsearch, operations: Iterable[Operation]) -> Iterator[Failure]:
    too_large: list[Operation] = []
    for is_alone, pairs in ((False, operations), (True, too_large)):
        for operation, item in _stream(client, pairs, 1 if is_alone else CHUNK):
            if item.get("status") == 413 and not is_alone:
                too_large.append(_again(operation, item))
            else:
                yield operation, item


def _stream(client: Elasticsearch, pairs: Iterable[Operation], size: int) -> Iterator[Failure]:
    outcomes = helpers.streaming_bulk(
        client,
        pairs,  # type: ignore[arg-type]  # they come expanded
        chunk_size=size,
        max_chunk_bytes=CHUNK_BYTES,
        expand_action_callback=lambda pair: pair,  # type: ignore[arg-type, return-value]
        raise_on_error=False,
        raise_on_exception=False,
        max_retries=RETRIES,
        initial_backoff=FIRST_PAUSE,
        max_backoff=LONGEST_PAUSE,
        retry_on_status=BUSY,
        yield_ok=False,
    )
    for _, outcome in outcomes:
        ((operation, item),) = outcome.items()
        fault = item.get("exception")
        if isinstance(fault, Exception) and not (isinstance(fault, ApiError) and fault.status_code == 413):
            raise fault
        yield operation, item


def _again(operation: str, item: dict[str, Any]) -> Operation:
    """The write that an oversized request held, from what the library tells of it."""
    data = item.pop("data", None)
    names = ("_index", "_id", "version", "version_type", "require_alias")
    return {operation: {name: item[name] for name in names if name in item}}, data
