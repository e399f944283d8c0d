"""Opens the index for the verbs: joins the store to the stemmer, which do not know each other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from citra.store import EmbeddedStore, Store


@contextmanager
def open_index(path: str, *, create: bool = False) -> Iterator[Store]:
    """The index in the folder ``path``; closed when the block ends.

    :raises StoreError: when there is none (unless ``create``), or it is not ours, damaged or of another version.
    """
    from nlp.stem import stem_text

    store = EmbeddedStore(path, stem=stem_text, create=create)
    try:
        yield store
    finally:
        store.close()
