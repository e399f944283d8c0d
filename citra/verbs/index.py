"""Opens the index for the verbs: joins the store to the stemmer, which do not know each other. And tends to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from citra.errors import ConfigError, InputError
from citra.store import EmbeddedStore, Store

if TYPE_CHECKING:
    from citra.store.elasticsearch import ElasticsearchStore

Progress = Callable[[Iterable[Any], str, int], Iterator[Any]]


@contextmanager
def open_index(index: str, *, create: bool = False) -> Iterator[Store]:
    """The index in a folder, or behind the address of an Elasticsearch; closed when the block ends.

    :param index: a folder, or ``http(s)://host:port/prefix`` (see :class:`citra.store.elasticsearch.Address`); who
        we are there comes from the environment alone, ``CITRA_ELASTICSEARCH_API_KEY`` or ``…_USER``, ``…_PASSWORD``.
    :raises StoreError: when there is none (unless ``create``), or it is not ours, damaged or of another version.
    :raises TryAgain: when the server does not answer.
    """
    from nlp.stem import stem_text

    store: Store = (
        server_index(index, create) if is_server(index) else EmbeddedStore(index, stem=stem_text, create=create)
    )
    try:
        yield store
    finally:
        store.close()


def is_server(index: str) -> bool:
    """Whether ``index`` is an address, not a folder."""
    return index.startswith(("http://", "https://"))


def create_index(index: str) -> dict[str, Any]:
    """Make the index where there is none; says what is there then."""
    with open_index(index, create=True):
        pass
    return index_status(index)


def index_status(index: str) -> dict[str, Any]:
    """Engine, size and, of Elasticsearch, each month's index, ready for JSON."""
    with open_index(index) as store:
        stats = store.stats()
        about: dict[str, Any] = {
            "engine": "elasticsearch" if is_server(index) else "embedded",
            "index": index.partition("?")[0],
            "snapshot": stats.snapshot,
            "mentions": stats.mentions,
            "stories": stats.stories,
            "partitions": stats.partitions,
            "first_day": stats.first_day and stats.first_day.isoformat(),
            "last_day": stats.last_day and stats.last_day.isoformat(),
            "bytes": stats.bytes,
            "models": list(stats.models),
        }
    if is_server(index):
        with closing(server_index(index, create=False)) as server:
            found = server.status()
        about |= asdict(found) | {"older": list(found.older)}
    return about


def reindex(
    index: str, months: Iterable[str] = (), *, only_older: bool = False, progress: Progress | None = None
) -> dict[str, int]:
    """Copy months of Elasticsearch into fresh indices of today's shape, while they are read; month → mentions.

    :raises InputError: for the embedded engine, whose index is made anew from the lake instead.
    """
    if not is_server(index):
        raise InputError(f"{index}: an embedded index is not copied: delete the folder and run `citra load`")
    with closing(server_index(index, create=False)) as server:
        options = {"progress": progress} if progress else {}
        return server.reindex(months, only_older=only_older, **options)


def server_index(index: str, create: bool = False) -> ElasticsearchStore:
    """What Elasticsearch can do beyond other engines; to be closed.

    :raises ConfigError: its client is not installed.
    """
    from nlp.stem import stem_text

    try:
        from citra.store.elasticsearch import Address, Credentials, ElasticsearchStore
    except ImportError as missing:
        raise ConfigError(f"{missing.name} is not installed: pip install 'citra[elasticsearch]'") from missing
    return ElasticsearchStore(Address.parse(index), Credentials.from_environment(), stem=stem_text, create=create)
