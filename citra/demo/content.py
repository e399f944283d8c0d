"""Reading of the hand-written content; nothing here knows of days, pages or servers."""

from __future__ import annotations

import csv
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from citra.documents import SENTIMENTS, TOPICS, SentimentLabel

#: hashtags that the demonstration's Mastodon source follows; two place tags bring in everyday chatter
HASHTAGS = ("asn", "pns", "pppk", "cpns", "pelayananpublik", "tirtakarsa", "kotalestari")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """One invented outlet and how its site is built; see ``content/outlets.toml``."""

    name: str
    title: str
    host: str  #: its public name, below the reserved top-level domain ``example``
    region: str
    article: str  #: path of an article with placeholders
    pattern: str  #: regular expression that tells article addresses
    way: str  #: rss | atom | sitemap | listing
    body: str  #: p | br
    stamp: str  #: jsonld | prose | meta | time | microdata
    dateline: str
    reporters: tuple[str, ...]
    editor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One news story, as written by hand or composed, and what is true of it."""

    id: str
    titles: tuple[str, ...]  #: the first outlet's headline, then those of the copies
    paragraphs: tuple[str, ...]  #: may hold ``{hari+N}`` (Senin (23/11/2026)) and ``{tgl+N}`` (23 November 2026)
    sentiment: SentimentLabel
    relevant: bool = True
    topics: tuple[str, ...] = ()
    place: str = "Jakarta"
    office: str = ""  #: the office that the story is about, as written
    section: str = "nasional"
    by: tuple[str, ...] = ()  #: outlets, the first published it; empty: the schedule decides
    day: int | None = None  #: offset from the last day, ≤ 0; None: the schedule decides
    hour: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """One public post, as written by hand or composed, and what is true of it."""

    id: str
    text: str
    sentiment: SentimentLabel
    relevant: bool = True
    topics: tuple[str, ...] = ()
    answers: str = ""  #: id of the post it replies to
    day: int | None = None


@cache
def outlets() -> tuple[Outlet, ...]:
    """The six outlets in the order of the file."""
    rows = tomllib.loads(_read("outlets.toml"))["outlet"]
    return tuple(Outlet(**{**row, "reporters": tuple(row["reporters"])}) for row in rows)


@cache
def stories() -> tuple[Story, ...]:
    """All stories written by hand.

    :raises ValueError: a label or an outlet that does not exist.
    """
    names = sorted(item.name for item in _folder().iterdir() if item.name.startswith("news_"))
    return tuple(_story(row) for name in names for row in tomllib.loads(_read(name))["story"])


@cache
def utterances() -> tuple[Utterance, ...]:
    """All posts written by hand: rows of ``sentiment|topics|id|answers|day|text``, ``~`` marks irrelevant ones."""
    names = sorted(item.name for item in _folder().iterdir() if item.name.startswith("posts_"))
    found = []
    for name in names:
        lines = [line for line in _read(name).splitlines() if line.strip() and not line.startswith("//")]
        rows = csv.DictReader(lines, delimiter="|", quoting=csv.QUOTE_NONE, strict=True)
        found += [_utterance(row, f"{name.split('.')[0]}-{i:03}") for i, row in enumerate(rows, 1)]
    return tuple(found)


@cache
def parts() -> dict[str, Any]:
    """Combinable paragraphs and phrases, see ``citra.demo.compose``."""
    return tomllib.loads(_read("parts.toml"))


def _folder() -> Any:
    return files("citra.demo") / "content"


def _read(name: str) -> str:
    return str((_folder() / name).read_text(encoding="utf-8"))


def _story(row: dict[str, Any]) -> Story:
    text = row.pop("text")
    known = {outlet.name for outlet in outlets()}
    if not set(row.get("by", ())) <= known:
        raise ValueError(f"{row['id']}: unknown outlet in {row['by']}")
    for key in ("topics", "by", "titles"):
        if key in row:
            row[key] = tuple(row[key])
    paragraphs = tuple(line.strip() for line in text.strip().splitlines() if line.strip())
    story = Story(**row, paragraphs=paragraphs)
    _check(story.id, story.sentiment, story.topics)
    return story


def _utterance(row: dict[str, str], fallback: str) -> Utterance:
    sentiment, topics = row["sentiment"].strip(), tuple(re.findall(r"\w+", row["topics"]))
    label = {"n": "negative", "0": "neutral", "p": "positive"}[sentiment.lstrip("~")]
    post = Utterance(
        id=row["id"].strip() or fallback,
        text=row["text"].strip(),
        sentiment=label,  # type: ignore[arg-type]
        relevant=not sentiment.startswith("~"),
        topics=topics,
        answers=row["answers"].strip(),
        day=int(row["day"]) if row["day"].strip() else None,
    )
    _check(post.id, post.sentiment, post.topics)
    return post


def _check(name: str, sentiment: str, topics: tuple[str, ...]) -> None:
    if sentiment not in SENTIMENTS or not set(topics) <= set(TOPICS):
        raise ValueError(f"{name}: unknown label {sentiment!r} or topic among {topics}")
