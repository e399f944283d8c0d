"""What the API sends: the one truth about its shapes, for the server, the OpenAPI document and ``citra.client``."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from citra.documents import Kind, Mention, SentimentLabel, to_json

if TYPE_CHECKING:  # a client needs no index
    from citra.corrections import Correction
    from citra.store.protocol import Hit, Snippet


class Answer(BaseModel):
    """Base of all; unknown fields are ignored, so that an older client reads a newer server."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class SentimentAnswer(Answer):
    label: SentimentLabel = Field(examples=["negative"])
    p_negative: float = Field(examples=[0.91])
    p_neutral: float = Field(examples=[0.07])
    p_positive: float = Field(examples=[0.02])


class TopicAnswer(Answer):
    id: str = Field(examples=["corruption"])
    p: float = Field(description="Calibrated probability.", examples=[0.97])


class ModelAnswer(Answer):
    name: str = Field(examples=["citra-asn-small"])
    version: str = Field(examples=["2026.11"])


class DocumentAnswer(Answer):
    """One text with what the model and the gazetteers found in it."""

    id: str = Field(examples=["5d41402abc4b2a76b9719d91"])
    source: str = Field(examples=["harian-nusa"])
    kind: Kind
    url: str = Field(description="As published; empty when it would name a private person.")
    title: str = Field(description="Empty for posts.")
    text: str
    author: str | None = Field(description="Byline of an article, or `anon:<hash>` of a private person.")
    published: datetime | None = Field(description="At +07:00; null when the page gives none.")
    fetched: datetime
    language: str | None
    section: str | None
    engagement: dict[str, int]
    thread_id: str | None
    relevance: float = Field(description="Probability that the text is about civil servants or a public office.")
    sentiment: SentimentAnswer
    topics: list[TopicAnswer]
    offices: list[str] = Field(examples=[["bkn"]])
    regions: list[str] = Field(description="Kemendagri codes.", examples=[["32.73"]])
    story_id: str = Field(description="Shared by the near-duplicates of one story.")
    is_first: bool = Field(description="Whether this text founded its story.")
    model: ModelAnswer
    corrected_by: str | None = Field(description="Who set the labels by hand; null when the model did.")

    @classmethod
    def of(cls, mention: Mention) -> DocumentAnswer:
        plain = to_json(mention)
        return cls.model_validate(plain | {"url": plain["canonical_url"] or plain["url"]})


class MarkedText(Answer):
    """A piece of text; `marks` are `[start, end)` offsets (characters) of what the query matched. Never HTML."""

    text: str = Field(examples=["Inspektorat memeriksa dugaan pungli"])
    marks: list[tuple[int, int]] = Field(examples=[[[29, 35]]])

    @classmethod
    def of(cls, snippet: Snippet) -> MarkedText:
        return cls(text=snippet.text, marks=list(snippet.marks))


class HitAnswer(Answer):
    document: DocumentAnswer
    title: MarkedText
    snippet: MarkedText
    score: float | None = Field(description="Only when sorted by relevance; comparable within one page only.")

    @classmethod
    def of(cls, hit: Hit) -> HitAnswer:
        return cls(
            document=DocumentAnswer.of(hit.mention),
            title=MarkedText.of(hit.title),
            snippet=MarkedText.of(hit.snippet),
            score=hit.score,
        )


class PageAnswer(Answer):
    """What every list has."""

    total: int = Field(description="Exact number of matches.", examples=[1234])
    next: str | None = Field(description="Cursor of the next page, to be sent back as `cursor`; null on the last.")
    index_version: str = Field(description="Changes if and only if the texts in the index do.")
    query_id: str = Field(description="The same for the same question.")


class DocumentPage(PageAnswer):
    documents: list[DocumentAnswer]


class HitPage(PageAnswer):
    hits: list[HitAnswer]


class FacetsAnswer(Answer):
    """Numbers of matching texts for each value of each field, most frequent first."""

    facets: dict[str, dict[str, int]] = Field(examples=[{"sentiment": {"neutral": 71, "negative": 40}}])
    placements: int = Field(description="Texts.")
    stories: int
    undated: int = Field(description="Of the texts: without a day, so in no bucket of a trend.")
    index_version: str
    query_id: str


class BucketAnswer(Answer):
    """Counts of one day, week or month (Asia/Jakarta); see `docs/numbers.md` for the shares."""

    start: datetime
    placements: int = Field(description="Texts.")
    stories: int = Field(description="Distinct stories among them.")
    negative: int
    neutral: int
    positive: int
    share: float | None = Field(description="Negative share as counted; null when there are too few stories.")
    share_low: float | None = Field(description="95 % interval.")
    share_high: float | None
    corrected: float | None = Field(description="Share corrected for the classifier's errors; null: not measured.")
    corrected_low: float | None
    corrected_high: float | None
    coverage: float | None = Field(description="Share of the expected volume that is there; null: unknown.")
    partial: bool = Field(default=False, description="The bucket lies only partly in the period.")
    flags: list[str] = Field(default=[], description="Sources that were not as usual.", examples=[["kabar silent"]])


class ShareAnswer(Answer):
    value: float
    low: float
    high: float


class ChangeAnswer(Answer):
    now: ShareAnswer | None
    before: ShareAnswer | None
    difference: float | None
    low: float | None
    high: float | None
    verdict: Literal["up", "down", "unclear", "too-few"]
    label_id: str = Field(description="The verdict in Bahasa Indonesia.", examples=["tidak ada perubahan berarti"])


class VerdictAnswer(ChangeAnswer):
    basis: Literal["corrected", "raw"] = Field(description="Corrected where both periods could be.")


class UnevenAnswer(Answer):
    """Sources were silent, flooded or broken in one of the periods: the verdict is over the others."""

    compared: list[str]
    left_out: dict[str, str] = Field(description="Source and reason.")
    change_over_all: ChangeAnswer = Field(description="What would be seen by who does not know of the gap.")


class CorrectionAnswer(Answer):
    """What the corrected shares stand on."""

    model: str = Field(description="`name@version` of the model whose errors were measured.")
    measured: str = Field(description="Day of the measurement.")
    gold: str = Field(description="Hash of the gold texts and labels.")


class TrendAnswer(Answer):
    """A series, the whole period, and the change against the period before."""

    model_config = ConfigDict(frozen=True, extra="allow")

    buckets: list[BucketAnswer]
    interval: Literal["day", "week", "month"]
    since: date
    until: date
    count_by: Literal["placements", "stories"]
    total: BucketAnswer
    before: BucketAnswer | None = Field(description="The period of the same length right before.")
    change: VerdictAnswer = Field(description="Against `before`: the verdict, on what `basis` says.")
    raw_change: ChangeAnswer = Field(description="The same on counted labels.")
    same_weekdays: BucketAnswer | None = Field(description="The nearest earlier period with the same weekdays.")
    same_weekdays_change: ChangeAnswer | None
    uneven_sources: UnevenAnswer | None = Field(description="Null where the periods have the same sources.")
    correction: CorrectionAnswer | None = Field(description="Null where nothing was corrected.")
    notes: list[str] = Field(description="What is odd about the answer, one sentence each.")
    query_id: str
    index_version: str
    model_version: str


class CoverageDay(Answer):
    source: str
    day: date
    status: str = Field(examples=["ok", "silent"])
    reason: str
    documents: int
    expected: float | None
    covered: float
    runs: int
    silent_hours: list[int]


class CoverageAnswer(Answer):
    since: date
    until: date
    days: list[CoverageDay]
    shares: dict[date, float] = Field(description="Share of the expected volume of all sources, by day.")
    notes: list[str]


class SourceAnswer(Answer):
    name: str
    title: str
    kind: Kind | None = Field(description="Null for a source without definition, whose texts were imported.")
    url: str | None
    region: str | None = Field(description="Kemendagri code; null: national.")
    texts: int = Field(description="Texts of it in the index, of any relevance.")
    status: str | None = Field(description="Of yesterday and today; null when it cannot be judged.")
    reason: str


class SourcesAnswer(Answer):
    sources: list[SourceAnswer]


class HealthAnswer(Answer):
    """Whether questions can be answered."""

    status: Literal["ok", "unavailable"]
    version: str = Field(description="Of Citra.")
    index_version: str | None
    mentions: int | None
    last_day: date | None
    reason: str = ""


class LabelAnswer(Answer):
    """One word of one person on one text; what is null was not said."""

    who: str
    at: datetime
    relevant: bool | None
    sentiment: SentimentLabel | None
    topics: list[str] | None
    note: str
    blind: bool
    retracts: bool

    @classmethod
    def of(cls, said: Correction) -> LabelAnswer:
        topics = None if said.topics is None else list(said.topics)
        return cls(
            who=said.who, at=said.at, relevant=said.relevant, sentiment=said.sentiment, topics=topics, note=said.note,
            blind=said.blind, retracts=said.retracts,
        )  # fmt: skip


class LabelsAnswer(Answer):
    labels: list[LabelAnswer] = Field(description="All that was said and not taken back, oldest first.")


class Labelled(Answer):
    document: DocumentAnswer = Field(description="As it counts now.")
    said: LabelAnswer
    is_new: bool = Field(description="False when the caller had said just that before.")
    is_applied: bool = Field(description="False when the index was busy: the next load applies it.")


class FieldFault(Answer):
    at: str = Field(description="Where: `query.size`, `body.note`.", examples=["query.size"])
    message: str = Field(examples=["input should be less than or equal to 1000"])


class Problem(Answer):
    """An error as RFC 9457 tells it."""

    model_config = ConfigDict(frozen=True, extra="allow")

    type: str = Field(description="Names the kind of problem; leads to its explanation.")
    title: str
    status: int
    detail: str
    instance: str = Field(description="Path of the request.")
    query: str | None = Field(default=None, description="The query that could not be read.")
    position: int | None = Field(default=None, description="0-based offset in `query` where reading stopped.")
    caret: str | None = Field(default=None, description="Query and caret on two lines, for a terminal.")
    errors: list[FieldFault] | None = Field(default=None, description="Each parameter or field that is wrong.")
