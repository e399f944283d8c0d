"""Snapshot: a copy of the index at one commit. The lake holds all that it is made from; a copy saves the hours."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from citra.errors import ConfigError, StoreError
from citra.verbs.index import is_server, open_index

#: what is of the running process alone
_LOCKS = shutil.ignore_patterns("*.lock", ".tantivy-*.lock")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What was kept."""

    name: str
    place: str  #: folder, or repository of Elasticsearch
    mentions: int
    removed: tuple[str, ...]  #: older ones that went

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def snapshot(index: str, folder: str | Path, *, name: str, keep: int = 4, repository: str = "citra") -> Snapshot:
    """Keep the index under ``name``; the newest ``keep`` of ours stay. The same name again replaces it.

    The embedded engine's folder is copied below ``folder`` while nobody writes; Elasticsearch snapshots our indices
    into its ``repository``, which its administrator has registered.

    :raises TryAgain: another process writes. :raises ConfigError: there is no such repository.
    :raises StoreError: there is no index, or the server could not keep all of it.
    """
    if is_server(index):
        return _of_server(index, name, keep, repository)
    with open_index(index) as store, store.writing():
        mentions = store.stats().mentions
        target = Path(folder) / name
        fresh = target.with_name(f".{name}.{os.getpid()}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(index, fresh, ignore=_LOCKS)
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)
    ours = sorted(
        path for path in Path(folder).iterdir() if (path / "citra-index.json").is_file() and path.name[0] != "."
    )
    for old in ours[: max(0, len(ours) - keep)]:
        shutil.rmtree(old)
    removed = tuple(path.name for path in ours[: max(0, len(ours) - keep)])
    return Snapshot(name=name, place=str(target), mentions=mentions, removed=removed)


def _of_server(index: str, name: str, keep: int, repository: str) -> Snapshot:
    from elasticsearch import NotFoundError

    from citra.verbs.index import server_index

    with closing(server_index(index)) as store:
        mentions, prefix = store.stats().mentions, store.address.prefix
        client = store.client.options(request_timeout=3600)
        full = f"{prefix}-{name}".lower()
        try:
            known = {one["snapshot"] for one in client.snapshot.get(repository=repository, snapshot="*")["snapshots"]}
        except NotFoundError as wrong:
            raise ConfigError(
                f"Elasticsearch has no snapshot repository {repository!r}: register one (docs/operations.md, Back up)"
            ) from wrong
        if full in known:
            client.snapshot.delete(repository=repository, snapshot=full)
        with store.writing():  # not half of a load
            made = client.snapshot.create(
                repository=repository, snapshot=full, indices=f"{prefix}-*", include_global_state=False,
                wait_for_completion=True,
            )["snapshot"]  # fmt: skip
        if made["state"] != "SUCCESS":
            raise StoreError(f"snapshot {full} is {made['state']}: {made.get('failures')}")
        ours = sorted(one for one in {*known, full} if one.startswith(f"{prefix}-"))
        removed = tuple(ours[: max(0, len(ours) - keep)])
        for old in removed:
            client.snapshot.delete(repository=repository, snapshot=old)
    return Snapshot(name=full, place=f"repository {repository}", mentions=mentions, removed=removed)
