"""Sources: tries each way into them over the network, in a lake that is thrown away afterwards."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from citra.documents import Document, Partition, document_from_json
from citra.errors import CitraError
from citra.lake import Lake
from citra.verbs.crawl import SourceReport, crawl
from citra.verbs.extract import extract_partition
from crawlers.source import Source

WayKind = Literal["feed", "listing", "sitemap", "timeline"]
Robots = Literal["allowed", "forbidden", "unreadable", "unknown"]
#: articles fetched through each way
FEW = 4
#: seconds for each way: a large sitemap index is not read to its end
BUDGET = 90.0
#: of sitemaps, which may reach back for years, only what is younger is looked at
YOUNG = timedelta(days=7)
#: reasons that say that the site was not reached at all
_AWAY = frozenset({"unreachable", "timeout", "forbidden-address", "fetch-failed", "broken-transfer", "off-site"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How one feed, listing, sitemap or timeline answered."""

    kind: WayKind
    url: str
    works: bool  #: it answered as declared
    links: int = 0  #: that look like articles by the source's pattern, old ones included; posts of a timeline
    others: int = 0  #: links that do not
    reason: str = ""  #: code of the reject when it does not work
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One article that was fetched and extracted."""

    url: str
    title: str
    published: datetime | None
    characters: int  #: of its text


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCheck:
    """What was found out about one source."""

    source: str
    title: str
    kind: str
    robots: Robots
    ways: tuple[Way, ...]
    sample: Sample | None = None
    reason: str = ""  #: why there is no sample: code of a reject, ``no-way-in`` or ``no-articles``
    detail: str = ""

    @property
    def usable(self) -> bool:
        """Whether a crawl would bring articles, be it in part."""
        return self.sample is not None

    @property
    def ok(self) -> bool:
        """Whether every way works and an article came with title and day (of posts: came at all)."""
        whole = self.sample is not None and (self.kind == "social" or bool(self.sample.title and self.sample.published))
        return whole and self.robots == "allowed" and all(way.works and way.links for way in self.ways)

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "usable": self.usable, "ok": self.ok}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Probe:
    """A source with one of its ways in left."""

    kind: WayKind
    url: str
    source: Source


@dataclass(slots=True)
class _Found:
    """What the probes of one source brought, gathered."""

    ways: list[Way]
    documents: list[Document]
    rejects: list[Mapping[str, Any]]  #: of ways and articles
    reached: bool = False


def check_sources(
    sources: Sequence[Source],
    *,
    now: datetime,
    options: Mapping[str, Any],
    budget: float = BUDGET,
    progress: Callable[[str], None] | None = None,
) -> list[SourceCheck]:
    """Try each way into ``sources`` with a small crawl, fetch a few articles, extract them.

    Sites are asked side by side, each politely one request at a time, by the same guarded path as any crawl;
    nothing is kept.

    :param options: parameters of :func:`citra.verbs.crawl.crawl` (agent, delay, salt …); without a salt
        pseudonyms get a throw-away one.
    :param budget: seconds for each way.
    :param progress: told what is tried next.
    """
    given = {**options, "salt": options.get("salt") or secrets.token_hex(16), "now": now, "budget": budget}
    found = {source.name: _Found([], [], []) for source in sources}
    with TemporaryDirectory(prefix="citra-check-") as folder:
        for number, probes in enumerate(_rounds(sources)):
            if progress:
                progress(", ".join(f"{probe.source.name} ({probe.kind})" for probe in probes))
            lake = Lake(str(Path(folder) / str(number)))
            for probe, report in _try(probes, lake, given):
                _gather(found[probe.source.name], probe, report, lake, now)
    return [_judge(source, found[source.name]) for source in sources]


def _rounds(sources: Sequence[Source]) -> Iterator[list[_Probe]]:
    """Probes in groups that hold each source once, so that no site is asked twice at a time.

    Sitemaps have their own: of them only the last days are asked for.
    """
    for kinds in (("feed", "listing"), ("sitemap",), ("timeline",)):
        waiting = {source.name: [probe for probe in _probes(source) if probe.kind in kinds] for source in sources}
        while any(waiting.values()):
            yield [probes.pop(0) for probes in waiting.values() if probes]


def _probes(source: Source) -> Iterator[_Probe]:
    if source.spider != "news":
        yield from _timelines(source)
        return
    # whether a link is about civil servants does not matter here: any article shows whether articles can be read
    bare = {"feeds": (), "sitemaps": (), "listings": (), "topic_filter": False}
    for url in source.feeds:
        yield _Probe(kind="feed", url=url, source=source.model_copy(update={**bare, "feeds": (url,)}))
    for listing in source.listings:
        first = listing.model_copy(update={"pages": 1})
        yield _Probe(kind="listing", url=listing.url, source=source.model_copy(update={**bare, "listings": (first,)}))
    for url in source.sitemaps:
        yield _Probe(kind="sitemap", url=url, source=source.model_copy(update={**bare, "sitemaps": (url,)}))


def _timelines(source: Source) -> Iterator[_Probe]:
    """A page of each channel that is named; of searches one alone, because keys have quotas and posts may cost."""
    table = getattr(source, source.spider)
    cut: dict[str, Any] = {"pages": 1, "comment_pages": 1, "comments": False}
    cut |= {name: getattr(table, name, ())[:1] for name in ("hashtags", "queries", "subreddits")}
    cut = {name: value for name, value in cut.items() if name in type(table).model_fields}
    channels = getattr(table, "channels", ()) if not cut.get("queries") else ()
    for channel in channels or ("",):
        one = {"channels": (channel,) if channel else ()} if "channels" in type(table).model_fields else {}
        short = table.model_copy(update={**cut, **one})
        url = f"{source.base_url} {channel}".rstrip()
        yield _Probe(kind="timeline", url=url, source=source.model_copy(update={source.spider: short}))


def _try(probes: list[_Probe], lake: Lake, given: dict[str, Any]) -> Iterator[tuple[_Probe, SourceReport]]:
    """Crawl by one way each. Social sources go alone: what one of them lacks must not stop the others."""
    since = given["now"] - YOUNG if probes[0].kind == "sitemap" else None
    groups = [[probe] for probe in probes] if probes[0].kind == "timeline" else [probes]
    for group in groups:
        try:
            done = crawl([probe.source for probe in group], lake, since=since, limit=FEW, **given).sources
        except CitraError as wrong:
            done = tuple(SourceReport(source=p.source.name, succeeded=False, error=str(wrong)) for p in group)
        yield from zip(group, done, strict=True)


def _gather(found: _Found, probe: _Probe, report: SourceReport, lake: Lake, now: datetime) -> None:
    """Add what one crawl left in the lake: its coverage record, its rejects, the documents of its pages."""
    name = probe.source.name
    runs = [run for part in lake.partitions("coverage", name) for run in lake.read("coverage", part)]
    rejects = [one for part in lake.partitions("rejects", name) for one in lake.read("rejects", part, tag="crawl")]
    run: Mapping[str, Any] = runs[-1] if runs else {"found": 0, "skipped": {}}
    first: Mapping[str, Any] = rejects[0] if rejects and not report.succeeded else {}
    unknown = "fetch-failed" if runs else "not-configured"
    found.ways.append(
        Way(
            kind=probe.kind,
            url=probe.url,
            works=report.succeeded,
            links=run["found"],
            others=run["skipped"].get("not-article", 0),
            reason="" if report.succeeded else first.get("reason", unknown),
            detail=first.get("detail") or report.error or "",
        )
    )
    found.reached |= report.fetched > 0
    found.rejects += rejects
    for key in report.partitions:
        partition = Partition.from_key(key)
        extract_partition(lake, partition, {name: probe.source}, now)
        found.documents += map(document_from_json, lake.read("documents", partition))
        found.rejects += lake.read("rejects", partition, tag="extract")


def _judge(source: Source, found: _Found) -> SourceCheck:
    reasons = [str(reject["reason"]) for reject in found.rejects]
    best = max(found.documents, key=_worth, default=None)
    sample = None
    why: Mapping[str, Any] = {}
    if best:
        sample = Sample(url=best.url, title=best.title, published=best.published, characters=len(best.text))
    elif not any(way.works for way in found.ways):
        why = {"reason": "no-way-in"}
    elif not any(way.links for way in found.ways):
        why = {"reason": "no-articles"}
    else:
        why = found.rejects[-1] if found.rejects else {"reason": "too-old"}
    return SourceCheck(
        source=source.name,
        title=source.title,
        kind=source.kind,
        robots=_robots(reasons, found.reached),
        ways=tuple(found.ways),
        sample=sample,
        reason=str(why.get("reason", "")),
        detail=str(why.get("detail", "")),
    )


def _worth(document: Document) -> tuple[bool, bool, int]:
    return document.published is not None, bool(document.title), len(document.text)


def _robots(reasons: Iterable[str], reached: bool) -> Robots:
    told = set(reasons)
    if "robots" in told:
        return "forbidden"
    if "robots-unavailable" in told:
        return "unreadable"
    return "unknown" if not reached or (told and told <= _AWAY) else "allowed"
