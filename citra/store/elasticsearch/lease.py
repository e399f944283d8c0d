"""One writer at a time: a lease in the state index, renewed while it is held, free again when its holder is gone."""

from __future__ import annotations

import os
import socket
import threading
import time
import uuid
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import elastic_transport
import elasticsearch
from elasticsearch import ConflictError, Elasticsearch, NotFoundError

from citra.errors import StoreError, TryAgain

#: Seconds that a lease outlives its last renewal; clocks of machines that write may differ by less.
LENGTH = 60.0
_ID = "lease"


class Lease:
    """Held inside a ``with`` block. Whoever was overtaken finds out at ``check``.

    :raises TryAgain: on entering, while another process holds it.
    """

    def __init__(self, client: Elasticsearch, index: str, length: float = LENGTH) -> None:
        self._client, self._index, self._length = client, index, length
        self._owner = uuid.uuid4().hex
        self._place: dict[str, Any] = {}
        self._done = threading.Event()
        self._lock = threading.Lock()
        self._lost = ""
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        try:
            found = self._client.get(index=self._index, id=_ID)
        except NotFoundError:
            self._write(op_type="create")
        else:
            _refuse(found["_source"]["body"], self._index)
            self._write(if_seq_no=found["_seq_no"], if_primary_term=found["_primary_term"])
        if self._lost:
            raise TryAgain(f"{self._index}: another process is loading; try again when it is done")
        self._thread = threading.Thread(target=self._renew, name="citra-lease", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        if self._thread:
            self._thread.join()
        with suppress(elasticsearch.ApiError, elastic_transport.TransportError):  # it runs out by itself
            if not self._lost:
                self._client.delete(index=self._index, id=_ID, **self._place)

    def check(self) -> None:
        """Renew it now. :raises StoreError: when another process has taken it over."""
        self._write(**self._place)
        if self._lost:
            raise StoreError(f"{self._index}: another process has taken over the index; what it has not got is lost")

    def _renew(self) -> None:
        while not self._done.wait(self._length / 4):
            with suppress(elasticsearch.ApiError, elastic_transport.TransportError):  # tried again, and by `check`
                self._write(**self._place)

    def _write(self, **condition: Any) -> None:
        body = {"owner": self._owner, "until": time.time() + self._length, **_me()}
        with self._lock:
            condition = {**condition, **self._place}
            try:
                document = {"type": "lease", "body": body}
                found = self._client.index(index=self._index, id=_ID, document=document, **condition)
            except ConflictError:
                self._lost = "overtaken"
                return
            self._place = {"if_seq_no": found["_seq_no"], "if_primary_term": found["_primary_term"]}


def _refuse(held: dict[str, Any], index: str) -> None:
    if held["until"] < time.time() or _is_dead(held):
        return
    who = f"process {held['pid']} on {held['host']}"
    raise TryAgain(f"{index}: another process is loading ({who}); try again when it is done")


@cache
def _machine() -> str:
    """Where process numbers mean the same: this boot of this machine, this container."""
    found = [socket.gethostname()]
    with suppress(OSError):
        found.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
        found.append(str(Path("/proc/self/ns/pid").stat().st_ino))
    return "/".join(found)


def _me() -> dict[str, Any]:
    pid = os.getpid()
    return {"host": socket.gethostname(), "machine": _machine(), "pid": pid, "started": _started(pid)}


def _started(pid: int) -> str:
    """When a process began, in the kernel's count; empty where that cannot be told or it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _is_dead(held: dict[str, Any]) -> bool:
    """Whether the holder was on this machine and is no more: a killed load need not be waited for."""
    if held["machine"] != _machine() or not held["started"]:
        return False
    return _started(int(held["pid"])) != str(held["started"])
