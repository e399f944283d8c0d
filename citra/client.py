"""A client of the REST API for Python::

from citra.client import Client

with Client("http://127.0.0.1:8000", key="citra_…") as citra:
    print(citra.trend("pungli", last="30d").change.label_id)
    for document in citra.documents("pungli", sentiment="negative"):
        print(document.published, document.title)
"""

from __future__ import annotations

import email.utils
import os
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypedDict, TypeVar, Unpack
from urllib.parse import quote

import httpx

from citra.api.alert_models import (
    IncidentAnswer,
    IncidentDetail,
    IncidentsAnswer,
    PreviewAnswer,
    WatchAnswer,
    WatchesAnswer,
)
from citra.api.compare_models import CompareAnswer, EffectAnswer
from citra.api.models import (
    Answer,
    CoverageAnswer,
    DocumentAnswer,
    DocumentPage,
    FacetsAnswer,
    HealthAnswer,
    HitAnswer,
    HitPage,
    LabelAnswer,
    Labelled,
    LabelsAnswer,
    Problem,
    SourceAnswer,
    SourcesAnswer,
    TrendAnswer,
)
from citra.errors import CitraError

A = TypeVar("A", bound=Answer)
Many = str | Sequence[str]

#: answers that may be better the next time: too many requests, and a server or proxy that is away
PASSING = frozenset({429, 502, 503, 504})
#: those of them that say that nothing was done
NOT_DONE = frozenset({429, 503})
#: seconds that a server may ask us to wait; more is a refusal
LONGEST_WAIT = 90.0


class Filters(TypedDict, total=False):
    """Which texts; several values of one filter are alternatives."""

    since: date | str  #: first day, Asia/Jakarta
    until: date | str  #: last day, included
    last: str  #: instead of ``since``: 14d, 8w, 6m, 1y
    source: Many
    kind: Many
    sentiment: Many
    topic: Many
    office: Many
    region: Many  #: Kemendagri codes
    relevance: float  #: least; 0: all texts


class ApiError(CitraError):
    """The server refused; ``problem`` says why (RFC 9457)."""

    def __init__(self, status: int, problem: Problem | None, text: str) -> None:
        super().__init__(text)
        self.status, self.problem = status, problem


class Client:
    """Asks one server; safe to share between threads.

    :param url: of the server, without ``/api/v1``.
    :param key: made by ``citra key create``; default: ``CITRA_API_KEY`` of the environment, else none.
    :param retries: times that a question is asked again after a passing fault (connection, 429, 502, 503, 504);
        what changes something is only asked again when the server cannot have seen it, or said so.
    :param transport: how requests travel, for tests and proxies.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        key: str | None = None,
        *,
        timeout: float = 60.0,
        retries: int = 4,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        key = key or os.environ.get("CITRA_API_KEY")
        self._http = httpx.Client(
            base_url=f"{url.rstrip('/')}/api/v1/",
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=timeout,
            transport=transport,
        )
        self._retries, self._sleep = retries, sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    # --- reading ---------------------------------------------------------------------------------------------

    def health(self) -> HealthAnswer:
        return self._ask(HealthAnswer, "health")

    def document(self, id: str) -> DocumentAnswer:
        """:raises ApiError: status 404 when there is none."""
        return self._ask(DocumentAnswer, f"documents/{quote(id, safe='')}")

    def documents(self, q: str = "", *, size: int = 200, **filters: Unpack[Filters]) -> Iterator[DocumentAnswer]:
        """Every text that matches, newest first, each once; pages of ``size`` are fetched as they are needed."""
        for page in self._pages(DocumentPage, "documents", {"q": q, "size": size, **filters}):
            yield from page.documents

    def search(
        self, q: str, *, sort: Literal["newest", "relevance"] = "newest", size: int = 50, **filters: Unpack[Filters]
    ) -> Iterator[HitAnswer]:
        """Every hit, with what matched marked.

        :raises ApiError: status 409 when the index changed between two pages sorted by relevance.
        """
        for page in self._pages(HitPage, "search", {"q": q, "sort": sort, "size": size, **filters}):
            yield from page.hits

    def count(self, q: str = "", **filters: Unpack[Filters]) -> FacetsAnswer:
        """Texts and stories that match, and how they spread over sentiment, topics, sources and kinds."""
        return self._ask(FacetsAnswer, "facets", {"q": q, **filters})

    def facets(self, q: str = "", *, field: Many, **filters: Unpack[Filters]) -> Mapping[str, Mapping[str, int]]:
        """Numbers of matches for each value of ``field``."""
        return self._ask(FacetsAnswer, "facets", {"q": q, "field": field, **filters}).facets

    def trend(
        self,
        q: str = "",
        *,
        by: Literal["day", "week", "month"] = "day",
        count_by: Literal["placements", "stories"] = "placements",
        common_sources: bool = False,
        **filters: Unpack[Filters],
    ) -> TrendAnswer:
        """Counts and negative share over time: raw and corrected, with 95 % intervals and the change."""
        given = {"q": q, "by": by, "count_by": count_by, "common_sources": common_sources, **filters}
        return self._ask(TrendAnswer, "trend", given)

    def compare(
        self,
        q: str = "",
        *,
        by: Literal["office", "region", "topic", "source", "kind"] = "office",
        level: Literal["province", "regency"] = "province",
        top: int = 30,
        count_by: Literal["placements", "stories"] = "placements",
        **filters: Unpack[Filters],
    ) -> CompareAnswer:
        """Units beside each other: shrunk shares, ranks with their intervals, share of voice."""
        given = {"q": q, "by": by, "level": level, "top": top, "count_by": count_by, **filters}
        return self._ask(CompareAnswer, "compare", given)

    def effect(
        self,
        q: str = "",
        *,
        at: date | str,
        end: date | str | None = None,
        control: Many = (),
        measure: Literal["share", "volume"] = "share",
        **filters: Unpack[Filters],
    ) -> EffectAnswer:
        """What an event that began on ``at`` changed; ``verdict`` may be ``cannot-tell``."""
        given = {"q": q, "at": at, "end": end, "control": control, "measure": measure, **filters}
        return self._ask(EffectAnswer, "effect", given)

    def export(
        self,
        path: str | os.PathLike[str],
        q: str = "",
        *,
        rows: Literal["texts", "days"] = "texts",
        **given: Any,
    ) -> int:
        """All texts of a query, or its numbers by day, into ``path`` (.csv, .jsonl, .parquet); returns the rows.

        The file appears whole or not at all.

        :param given: filters as in :class:`Filters`; ``personal`` of texts, ``by`` and ``count_by`` of days.
        """
        target = Path(path)
        part = target.with_name(f".{target.name}.part")
        parameters = {name: _plain(value) for name, value in {"q": q, **given}.items() if value not in (None, "", ())}
        address = f"exports/{rows}{target.suffix}"
        try:
            with self._http.stream("GET", address, params=parameters, timeout=None) as answer:
                if not answer.is_success:
                    answer.read()
                    raise _refusal(answer)
                with part.open("wb") as file:
                    file.writelines(answer.iter_bytes())
            part.replace(target)
        except httpx.TransportError as wrong:  # what breaks off is shorter than it was said to be
            raise ApiError(0, None, f"{self._http.base_url}{address}: {wrong}") from wrong
        finally:
            part.unlink(missing_ok=True)
        return int(answer.headers["citra-rows"])

    def coverage(
        self, *, source: Many = (), since: date | str | None = None, until: date | str | None = None
    ) -> CoverageAnswer:
        return self._ask(CoverageAnswer, "coverage", {"source": source, "since": since, "until": until})

    def sources(self) -> list[SourceAnswer]:
        return self._ask(SourcesAnswer, "sources").sources

    # --- labels ----------------------------------------------------------------------------------------------

    def labels(self, id: str) -> list[LabelAnswer]:
        """Who said what of a text, oldest first."""
        return self._ask(LabelsAnswer, f"documents/{quote(id, safe='')}/labels").labels

    def label(
        self,
        id: str,
        *,
        relevant: bool | None = None,
        sentiment: str | None = None,
        topics: Sequence[str] | None = None,
        note: str = "",
        blind: bool = False,
        retract: bool = False,
    ) -> Labelled:
        """Correct a text's labels; what is None stays. Needs the scope ``label``."""
        body: dict[str, Any] = {"note": note, "blind": blind, "retract": retract}
        for name, value in (("relevant", relevant), ("sentiment", sentiment), ("topics", topics)):
            if value is not None:
                body[name] = value if isinstance(value, bool | str) else list(value)
        return self._write(Labelled, f"documents/{quote(id, safe='')}/labels", body)

    # --- alerts ----------------------------------------------------------------------------------------------

    def incidents(self, *, only_open: bool = False) -> list[IncidentAnswer]:
        """Newest first."""
        return self._ask(IncidentsAnswer, "incidents", {"open": only_open}).incidents

    def incident(self, number: int) -> IncidentDetail:
        """With evidence and messages."""
        return self._ask(IncidentDetail, f"incidents/{number}")

    def acknowledge(self, number: int) -> IncidentAnswer:
        """Somebody is on it. Needs the scope ``alerts``, as do all that follow but ``watches``."""
        return self._write(IncidentAnswer, f"incidents/{number}/acknowledge")

    def snooze(self, number: int, *, hours: float) -> IncidentAnswer:
        return self._write(IncidentAnswer, f"incidents/{number}/snooze", {"hours": hours})

    def mark_false(self, number: int) -> IncidentAnswer:
        return self._write(IncidentAnswer, f"incidents/{number}/false")

    def watches(self) -> list[WatchAnswer]:
        return self._ask(WatchesAnswer, "watches").watches

    def add_watch(self, name: str, text: str = "", **values: Any) -> WatchAnswer:
        """:param values: measure, window, sources, kinds, topics, offices, regions, min_relevance, language."""
        return self._write(WatchAnswer, "watches", {"name": name, "text": text, **values})

    def remove_watch(self, id: str) -> None:
        self._send("DELETE", f"watches/{quote(id, safe='')}")

    def preview_watch(self, id: str, *, days: int = 90) -> PreviewAnswer:
        """How often it would have called."""
        return self._ask(PreviewAnswer, f"watches/{quote(id, safe='')}/preview", {"days": days})

    # --- how -------------------------------------------------------------------------------------------------

    def _pages(self, shape: type[A], path: str, given: Mapping[str, Any]) -> Iterator[A]:
        cursor: str | None = None
        while True:
            page = self._ask(shape, path, {**given, "cursor": cursor})
            yield page
            cursor = getattr(page, "next", None)
            if cursor is None:
                return

    def _write(self, shape: type[A], path: str, body: Mapping[str, Any] | None = None) -> A:
        return shape.model_validate_json(self._send("POST", path, body=body).content)

    def _ask(self, shape: type[A], path: str, given: Mapping[str, Any] | None = None) -> A:
        return shape.model_validate_json(self._send("GET", path, given).content)

    def _send(
        self, method: str, path: str, given: Mapping[str, Any] | None = None, body: Mapping[str, Any] | None = None
    ) -> httpx.Response:
        """The answer to a request; passing faults are waited out.

        :raises ApiError: the server refused, or is away for longer.
        """
        parameters = {name: _plain(value) for name, value in (given or {}).items() if value not in (None, "", ())}
        for attempt in range(self._retries + 1):
            last = attempt == self._retries
            try:
                answer = self._http.request(method, path, params=parameters, json=body)
            except httpx.TransportError as wrong:
                # a write that broke off may have been done: only one that never left is sent again
                again = method == "GET" or isinstance(wrong, httpx.ConnectError | httpx.ConnectTimeout)
                if last or not again:
                    raise ApiError(0, None, f"{self._http.base_url}: {wrong}") from wrong
                self._sleep(_backoff(attempt))
                continue
            if answer.is_success:
                return answer
            wait = _told_wait(answer)
            passing = PASSING if method == "GET" else NOT_DONE
            if answer.status_code not in passing or last or (wait or 0) > LONGEST_WAIT:
                raise _refusal(answer)
            self._sleep(_backoff(attempt) if wait is None else wait)
        raise AssertionError("unreachable")


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, list | tuple | set | frozenset) else value


def _backoff(attempt: int) -> float:
    """Doubles, with jitter, so that many clients do not come back together."""
    return float(0.5 * 2**attempt * random.uniform(0.5, 1.0))


def _told_wait(answer: httpx.Response) -> float | None:
    """Seconds of ``Retry-After``, which is a number or a date (RFC 9110 §10.2.3)."""
    told = answer.headers.get("retry-after", "")
    if told.isdigit():
        return float(told)
    try:
        moment = email.utils.parsedate_to_datetime(told)
    except ValueError:
        return None
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _refusal(answer: httpx.Response) -> ApiError:
    if answer.headers.get("content-type", "").startswith("application/problem+json"):
        problem = Problem.model_validate_json(answer.content)
        caret = f"\n{problem.caret}" if problem.caret else ""
        return ApiError(answer.status_code, problem, f"{problem.title}: {problem.detail}{caret}")
    return ApiError(answer.status_code, None, f"{answer.request.url.path}: HTTP {answer.status_code}")
