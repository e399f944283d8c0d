"""Citra from Python: tables of pandas or polars, with the numbers of ``citra trend`` and ``citra export``.

>>> from citra.research import open_research
>>> with open_research(index) as citra:
...     days = citra.days({"pungli": "pungli OR suap", "layanan": "layanan"}, since="2026-11-01", until="2026-11-14")
>>> days.columns.tolist()[:5]
['query', 'start', 'match', 'stories', 'negative']
>>> len(days)
28
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

import pyarrow as pa

from citra.config import Settings, load_settings
from citra.corrections import read_corrections
from citra.errors import ConfigError, InputError, QueryError
from citra.lake import Lake
from citra.store import Query, Store
from citra.store.fields import suggest
from citra.verbs.correction import human_ids
from citra.verbs.export import DAYS, PERSONAL, TEXTS, day_rows, text_row
from citra.verbs.index import open_index
from citra.verbs.trend import By, Trend, measure, rows

Frame = Literal["pandas", "polars"]
FRAMES: tuple[Frame, ...] = ("pandas", "polars")

_SERIES = pa.schema([
    ("start", pa.date32()), ("placements", pa.int64()), ("stories", pa.int64()), ("negative", pa.int64()),
    ("neutral", pa.int64()), ("positive", pa.int64()), ("corrected", pa.float64()), ("corrected_low", pa.float64()),
    ("corrected_high", pa.float64()), ("share", pa.float64()), ("share_low", pa.float64()),
    ("share_high", pa.float64()), ("coverage", pa.float64()), ("partial", pa.bool_()),
])  # fmt: skip
_FILTERS = ("since", "until", "sources", "kinds", "sentiments", "topics", "offices", "regions", "min_relevance",
            "count_by")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Measured:
    """A trend and its id."""

    frame: Any  #: one row for each bucket, as in ``citra trend --csv``
    trend: Trend  #: everything: total, the period before, the verdict, notes
    id: str  #: for ``citra trend --id``; empty where the result could not be kept


class Research:
    """Questions to one index. Made by :func:`open_research`.

    Every question takes a text in the language of ``citra search`` and filters: ``since`` and ``until`` (days or
    ``2026-11-24``), ``sources``, ``kinds``, ``sentiments``, ``topics``, ``offices``, ``regions`` (one value or
    several), ``min_relevance`` (None: all texts) and ``count_by`` (``placements`` or ``stories``).
    """

    def __init__(self, store: Store, settings: Settings, frame: Frame, results: str) -> None:
        self.store, self._settings, self._frame, self._results = store, settings, frame, results
        self._human = human_ids(read_corrections(Lake(settings.lake.path)))

    def query(self, text: str = "", **filters: Any) -> Query:
        """The question as an object.

        >>> with open_research(index) as citra:
        ...     citra.query("suap", topics="corruption").topics
        ('corruption',)

        :raises QueryError: for a text that cannot be read, an unknown filter or value (the nearest is suggested), and
            an inverted period.
        """
        for name in filters:
            if name not in _FILTERS:
                raise QueryError(f"no filter {name!r}; {suggest(name, _FILTERS)}")
        values = {name: _value(name, value) for name, value in filters.items()}
        values.setdefault("min_relevance", self._settings.trend.relevance)
        return Query.of(text, **values)

    def count(self, text: str = "", **filters: Any) -> int:
        """How many texts match.

        >>> with open_research(index) as citra:
        ...     citra.count("layanan"), citra.count("tidakada")
        (280, 0)
        """
        return self.store.count(self.query(text, **filters)).placements

    def texts(self, text: str = "", *, personal: bool = False, **filters: Any) -> Any:
        """Every matching text as a row, newest first; personal data only with ``personal``, as in ``citra export``.

        >>> with open_research(index, frame="polars") as citra:
        ...     found = citra.texts("layanan", sentiments="negative")
        >>> found.shape[0], found["sentiment"].unique().to_list()
        (94, ['negative'])
        """
        schema = pa.schema([*TEXTS, *((name, pa.string()) for name in PERSONAL)]) if personal else TEXTS
        found = (text_row(m, personal=personal) for m in self.store.iterate(self.query(text, **filters)))
        return self._table(found, schema)

    def trend(self, text: str = "", *, by: By = "day", **filters: Any) -> Measured:
        """Counts, shares and corrected shares over time, with the change against the period before.

        >>> with open_research(index) as citra:
        ...     found = citra.trend("layanan", by="week", since="2026-11-09", until="2026-11-22")
        >>> [start.isoformat() for start in found.frame["start"]]
        ['2026-11-09', '2026-11-16']
        >>> found.trend.change.verdict
        'unclear'
        """
        from citra.verbs.results import keep

        asked = self.query(text, **filters)
        found = measure(self.store, asked, by=by, model=self._settings.analyse.model, human=self._human)
        try:
            id_ = keep(self._results, self.store, asked, found, datetime.now(UTC))
        except OSError:
            id_ = ""
        plain = ({**row, "start": date.fromisoformat(str(row["start"]))} for row in rows(found))
        return Measured(self._table(plain, _SERIES), found, id_)

    def days(self, queries: Mapping[str, str], *, by: By = "day", **filters: Any) -> Any:
        """One row for each bucket and query: match, total, ratio, share, corrected share, intervals.

        :param queries: name → text; the filters hold for all.
        """
        found: list[Any] = []
        for name, text in queries.items():
            asked = self.query(text, **filters)
            model = self._settings.analyse.model
            found += day_rows(self.store, asked, name, by=by, model=model, human=self._human)[0]
        return self._table(found, DAYS)

    def _table(self, found: Iterable[Any], schema: pa.Schema) -> Any:
        table = pa.Table.from_pylist([dict(row) for row in found], schema)
        try:
            if self._frame == "polars":
                import polars

                return polars.from_arrow(table)
            return table.to_pandas()
        except ImportError as missing:
            raise ConfigError(f"{self._frame} is not installed: pip install 'citra[research]'") from missing


@contextmanager
def open_research(
    index: str | None = None, *, frame: Frame = "pandas", settings: Settings | None = None
) -> Iterator[Research]:
    """An index to ask; closed when the block ends.

    :param index: folder, or address of an Elasticsearch; None: that of ``citra.toml`` and the environment.
    :param frame: the library whose tables the answers are: ``pandas`` or ``polars``.
    :raises StoreError: no index there.
    """
    from citra.app import results_path

    if frame not in FRAMES:
        raise InputError(f"no frame {frame!r}; {suggest(frame, FRAMES)}")
    known = settings or load_settings()
    if index is not None and "://" not in index:
        known = known.model_copy(update={"index": known.index.model_copy(update={"engine": "embedded", "path": index})})
    with open_index(index or known.index.location) as store:
        yield Research(store, known, frame, results_path(known))


def _value(name: str, value: Any) -> Any:
    if name in {"since", "until"} and isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise InputError(f"{name}: {value!r} is no day; write it as 2026-11-24") from None
    if name not in {"since", "until", "min_relevance", "count_by"}:
        return (value,) if isinstance(value, str) else tuple(value)
    return value
