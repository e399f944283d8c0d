"""Opens the index for the verbs: joins the store to the stemmer, which do not know each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from citra.errors import ConfigError
from citra.store import EmbeddedStore, Store


@contextmanager
def open_index(index: str, *, create: bool = False) -> Iterator[Store]:
    """The index in a folder, or behind the address of an Elasticsearch; closed when the block ends.

    :param index: a folder, or ``http(s)://host:port/prefix`` (see :class:`citra.store.elasticsearch.Address`); who
        we are there comes from the environment alone, ``CITRA_ELASTICSEARCH_API_KEY`` or ``…_USER``, ``…_PASSWORD``.
    :raises StoreError: when there is none (unless ``create``), or it is not ours, damaged or of another version.
    :raises TryAgain: when the server does not answer.
    """
    from nlp.stem import stem_text

    store: Store
    if is_server(index):
        store = _elasticsearch(index, stem_text, create)
    else:
        store = EmbeddedStore(index, stem=stem_text, create=create)
    try:
        yield store
    finally:
        store.close()


def is_server(index: str) -> bool:
    """Whether ``index`` is an address, not a folder."""
    return index.startswith(("http://", "https://"))


def _elasticsearch(index: str, stem: Callable[[str], str], create: bool) -> Store:
    try:
        from citra.store.elasticsearch import Address, Credentials, ElasticsearchStore
    except ImportError as missing:
        raise ConfigError(f"{missing.name} is not installed: pip install 'citra[elasticsearch]'") from missing
    return ElasticsearchStore(Address.parse(index), Credentials.from_environment(), stem=stem, create=create)
