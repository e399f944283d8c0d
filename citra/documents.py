"""The domain: what is collected, what is understood of it, what is refused. Data only, no behaviour."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Literal, Self

Kind = Literal["news", "social", "complaint", "review"]
SentimentLabel = Literal["negative", "neutral", "positive"]

KINDS: tuple[Kind, ...] = ("news", "social", "complaint", "review")
SENTIMENTS: tuple[SentimentLabel, ...] = ("negative", "neutral", "positive")
TOPICS: tuple[str, ...] = (
    "corruption", "service", "innovation", "transparency", "ethics", "staffing", "participation",
)  # fmt: skip

#: Asia/Jakarta has had no daylight saving since 1964, so a fixed offset is exact for every day we index.
JAKARTA = timezone(timedelta(hours=7), "Asia/Jakarta")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One article, post, complaint or review as its publisher gave it."""

    id: str  #: ``document_id(...)``: the same page or post always gets the same id
    source: str  #: name of the source definition, e.g. ``kompas``
    kind: Kind
    url: str  #: as fetched
    canonical_url: str  #: without tracking, page and AMP variants; one per article
    title: str = ""  #: empty for posts
    text: str  #: paragraphs separated by ``\n``; never empty
    author: str | None = None  #: byline of an article, ``anon:<hash>`` of a private person; None when not given
    published: datetime | None = None  #: aware UTC; None when the page gives none
    published_raw: str | None = None  #: the string ``published`` was read from
    fetched: datetime  #: aware UTC
    language: str | None = None  #: ISO 639-1; None when not decided
    section: str | None = None
    engagement: Mapping[str, int] = field(default_factory=dict)  #: counts by name: likes, reposts, replies, views
    thread_id: str | None = None  #: the post or video this one answers, as an id of ours
    content_hash: str  #: ``content_hash(title, text)``: tells an edited page from a refetched one
    extractor: str = ""  #: version of what made this document


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentiment:
    """The image a text gives of the office it is about; the three probabilities sum to 1."""

    label: SentimentLabel
    p_negative: float
    p_neutral: float
    p_positive: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    id: str  #: one of ``TOPICS``
    p: float  #: calibrated probability


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    name: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A document with what the model and the gazetteers found in it."""

    document: Document
    relevance: float  #: probability that the text is about civil servants or a public office
    sentiment: Sentiment
    topics: tuple[Topic, ...] = ()  #: those above their threshold, most probable first
    offices: tuple[str, ...] = ()  #: office ids
    regions: tuple[str, ...] = ()  #: Kemendagri codes, ``32`` or ``32.71``
    story_id: str  #: shared by the near-duplicates of one story
    is_first: bool = True  #: True for the document that founded the story
    stems: str = ""  #: stemmed words of title and text, for search only
    model: Model
    corrected_by: str | None = None  #: who set the labels by hand; None when the model did

    @property
    def id(self) -> str:
        return self.document.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """A record that could not be used: stored with its reason, so that it can be re-driven."""

    stage: Literal["crawl", "extract", "analyse", "load"]
    reason: str  #: short stable code: ``not-an-article``, ``no-text``, ``blocked``, ``bad-json`` …
    detail: str = ""  #: one line for a human
    source: str = ""
    url: str = ""
    locator: str = ""  #: where the record lies: ``file.warc.gz@offset`` or ``in.jsonl:17``
    record: str = ""  #: the offending record itself, cut to 2,000 characters
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """Counts of one day, week or month (Asia/Jakarta), and shares of ``negative`` in ``placements``."""

    start: datetime  #: first instant of the bucket, aware, +07:00
    placements: int  #: texts
    stories: int  #: distinct stories among them
    negative: int
    neutral: int
    positive: int
    share: float | None = None  #: negative / placements; None when there are no placements
    share_low: float | None = None  #: 95 % interval of ``share``
    share_high: float | None = None
    corrected: float | None = None  #: share corrected for classifier error; None until measured
    corrected_low: float | None = None
    corrected_high: float | None = None
    coverage: float | None = None  #: share of the expected volume that is there; None when unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    buckets: tuple[Bucket, ...]
    interval: Literal["day", "week", "month"]
    query_id: str  #: hash of the query; same query, same id
    index_version: str  #: snapshot of the index the numbers came from
    model_version: str  #: ``name@version`` of the models that labelled the counted texts, sorted, comma-joined


def document_id(source: str, key: str) -> str:
    """Hash of source + canonical URL (news) or platform + post id (posts): 24 hex digits of SHA-256."""
    return hashlib.sha256(f"{source}\n{key}".encode()).hexdigest()[:24]


def content_hash(title: str, text: str) -> str:
    """Hash of what a reader sees, blind to white space: 16 hex digits of SHA-256."""
    return hashlib.sha256(" ".join(f"{title}\n{text}".split()).encode()).hexdigest()[:16]


def mark(kind: Literal["url", "author", "id"], value: str) -> str:
    """Names what was erased without telling it: 32 hex digits of SHA-256.

    :param value: a normalised address, a pseudonym (``anon:…``) or a document's id.
    """
    return hashlib.sha256(f"{kind}\n{value}".encode()).hexdigest()[:32]


def to_json(record: Document | Mention | Reject | Series) -> dict[str, Any]:
    """A record as JSON-ready values; a mention is flat (document fields beside labels), times are ISO 8601.

    Public times (``published``) are written at +07:00, the others in UTC.
    """
    if isinstance(record, Mention):
        own = {f.name: _plain(getattr(record, f.name), f.name) for f in dataclasses.fields(record)}
        own.pop("document")
        return {**to_json(record.document), **own}
    return {f.name: _plain(getattr(record, f.name), f.name) for f in dataclasses.fields(record)}


def document_from_json(data: Mapping[str, Any]) -> Document:
    """Inverse of ``to_json``; unknown keys are ignored so that a newer lake can be read.

    :raises KeyError, ValueError: when a required field is missing or malformed.
    """
    names = {f.name for f in dataclasses.fields(Document)}
    values = {key: value for key, value in data.items() if key in names}
    for key in ("published", "fetched"):
        if values.get(key) is not None:
            values[key] = _instant(values[key])
    return Document(**values)


def mention_from_json(data: Mapping[str, Any]) -> Mention:
    """Inverse of ``to_json`` for a flat mention."""
    return Mention(
        document=document_from_json(data),
        relevance=float(data["relevance"]),
        sentiment=Sentiment(**data["sentiment"]),
        topics=tuple(Topic(**topic) for topic in data.get("topics", ())),
        offices=tuple(data.get("offices", ())),
        regions=tuple(data.get("regions", ())),
        story_id=data["story_id"],
        is_first=bool(data.get("is_first", True)),
        stems=data.get("stems", ""),
        model=Model(**data["model"]),
        corrected_by=data.get("corrected_by"),
    )


def reject_from_json(data: Mapping[str, Any]) -> Reject:
    values = dict(data)
    if values.get("at") is not None:
        values["at"] = _instant(values["at"])
    return Reject(**values)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Partition:
    """One source and one hour of collection (UTC): the unit that every verb can run again."""

    source: str
    hour: datetime  #: aware UTC, on the hour

    @classmethod
    def of(cls, source: str, moment: datetime) -> Self:
        return cls(source=source, hour=moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0))

    @property
    def key(self) -> str:
        """``source/2026-11-24/07``; also its path in every area of the lake."""
        return f"{self.source}/{self.hour:%Y-%m-%d/%H}"

    @classmethod
    def from_key(cls, key: str) -> Self:
        source, day, hour = key.rsplit("/", 2)
        return cls(source=source, hour=datetime.strptime(f"{day} {hour} +0000", "%Y-%m-%d %H %z"))


def _instant(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(f"time without zone: {value!r}")
    return moment.astimezone(UTC)


def _plain(value: Any, name: str = "") -> Any:
    if isinstance(value, datetime):
        return value.astimezone(JAKARTA if name in {"published", "start"} else UTC).isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name), f.name) for f in dataclasses.fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return dict(value)
    return value
