"""What the demonstration publishes, when and where: the planned truth that tests and benchmarks compare counts with."""

from __future__ import annotations

import random
import re
import zlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal

from citra.demo.compose import composed_posts, composed_stories
from citra.demo.content import HASHTAGS, Outlet, Story, Utterance, outlets, stories, utterances
from citra.demo.schedule import (
    DAYS,
    EVENT_DAY,
    OUTAGE_DAYS,
    OUTAGE_OUTLET,
    actual_day,
    days_for_news,
    days_for_posts,
    moment_of,
)
from citra.documents import JAKARTA, SentimentLabel

EVENT_STORIES = "ott-"  #: ids of its stories and posts begin so
MASTODON = "warga-sosial"  #: name of the Mastodon-like source

DAY_NAMES = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November",
    "Desember",
)  # fmt: skip

__all__ = ["DAYS", "MASTODON", "OUTAGE_DAYS", "OUTAGE_OUTLET", "PlannedItem", "event_day", "plan"]


def event_day(end: date) -> date:
    """The day of the arrest at the invented permit office: about nine days before ``end``, Monday to Thursday."""
    return end + timedelta(days=actual_day(EVENT_DAY, end))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedItem:
    """One article or post as it will be served, with its true labels."""

    key: str  #: path of an article on its outlet's host; id of a post
    outlet: str  #: name of the source definition
    kind: Literal["news", "social"]
    published: datetime  #: aware UTC, whole seconds
    title: str  #: empty for posts
    paragraphs: tuple[str, ...]  #: as published, without dateline; one for posts
    author: str  #: byline, or handle of an invented private person
    relevant: bool
    sentiment: SentimentLabel
    topics: tuple[str, ...]
    story: str  #: shared by the copies of one wire story; a post is a story of its own
    office: str = ""
    section: str = ""
    place: str = ""
    copy_number: int = 0  #: 0: the first publication, 1…: wire copies
    event: bool = False  #: belongs to the planted event
    answers: str | None = None  #: id of the post this one replies to

    @property
    def day(self) -> date:
        """Day of publication in Asia/Jakarta."""
        return self.published.astimezone(JAKARTA).date()


@lru_cache(maxsize=4)
def plan(end: date) -> tuple[PlannedItem, ...]:
    """Everything published in the 60 days that end with ``end``, oldest first; same ``end``, same plan."""
    items = [*_news(end), *_posts(end)]
    return tuple(sorted(items, key=lambda item: (item.published, item.outlet, item.key)))


def _news(end: date) -> list[PlannedItem]:
    written = (*stories(), *composed_stories())
    found: list[PlannedItem] = []
    by_name = {outlet.name: outlet for outlet in outlets()}
    used: set[tuple[str, str]] = set()
    for story, (day, names) in days_for_news(written, end).items():
        rng = random.Random(f"{end}:{story.id}")
        first = moment_of(end + timedelta(days=day), rng, "news", hour=story.hour)
        for number, name in enumerate(names):
            published = first + timedelta(minutes=number * rng.randint(12, 38), seconds=rng.randint(0, 50))
            midnight = datetime.combine(end + timedelta(days=day), time(23, 59, 30), JAKARTA)
            item = _article(story, by_name[name], number, min(published, midnight), rng)
            if (name, item.key) in used:
                raise ValueError(f"two articles at {item.key}")
            used.add((name, item.key))
            found.append(item)
    return found


def _article(story: Story, outlet: Outlet, number: int, published: datetime, rng: random.Random) -> PlannedItem:
    local = published.astimezone(JAKARTA)
    title = _dated(story.titles[number % len(story.titles)], local.date())
    paragraphs = [_dated(paragraph, local.date()) for paragraph in story.paragraphs]
    if number:
        paragraphs = _as_copied(paragraphs, number, rng)
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:70].strip("-")
    digits = 100_000 + zlib.crc32(f"{outlet.name}:{story.id}".encode()) % 900_000
    path = outlet.article.format(date=f"{local:%Y/%m/%d}", slug=slug, number=digits, section=story.section)
    return PlannedItem(
        key=path,
        outlet=outlet.name,
        kind="news",
        published=published.astimezone(UTC),
        title=title,
        paragraphs=tuple(paragraphs),
        author=rng.choice(outlet.reporters),
        relevant=story.relevant,
        sentiment=story.sentiment,
        topics=story.topics,
        story=story.id,
        office=story.office,
        section=story.section,
        place=story.place,
        copy_number=number,
        event=story.id.startswith(EVENT_STORIES),
    )


def _as_copied(paragraphs: list[str], number: int, rng: random.Random) -> list[str]:
    """A wire text as another desk prints it: up to a sixth cut from its end, a “Baca juga” line put in."""
    spare = sum(len(paragraph.split()) for paragraph in paragraphs) * (16 if number % 2 else 8) // 100
    kept = list(paragraphs)
    while kept:
        *before, last = re.split(r"(?<=[.?!”]) (?=[A-Z“])", kept[-1])
        spare -= len(last.split())
        if spare < 0:
            break
        kept[-1:] = [" ".join(before)] if before else []
    other = rng.choice([story for story in stories() if len(story.titles) == 1 and "{" not in story.titles[0]])
    kept.insert(1 + number % 2, f"Baca juga: {other.titles[0]}")
    return kept


def _posts(end: date) -> list[PlannedItem]:
    written = (*utterances(), *composed_posts())
    moments = days_for_posts(written, end)
    items: dict[str, PlannedItem] = {}
    used: set[int] = set()
    for post in sorted(written, key=lambda post: (moments[post.id], post.id)):
        milliseconds = int(moments[post.id].timestamp() * 1000)
        while (number := (milliseconds << 16) + zlib.crc32(post.id.encode()) % 65536) in used:
            milliseconds += 1
        used.add(number)
        parent = items.get(post.answers)
        author = handle_of(post.id, avoid=parent.author if parent else "")
        text = _tagged(post).replace("{h}", parent.author if parent else "")
        items[post.id] = PlannedItem(
            key=str(number),
            outlet=MASTODON,
            kind="social",
            published=moments[post.id].astimezone(UTC),
            title="",
            paragraphs=(text,),
            author=author,
            relevant=post.relevant,
            sentiment=post.sentiment,
            topics=post.topics,
            story=post.id,
            event=post.id.startswith((EVENT_STORIES, "posts_event")),
            answers=parent.key if parent else None,
        )
    return list(items.values())


def _tagged(post: Utterance) -> str:
    """The text with at least one followed hashtag, without which no timeline would show it."""
    tags = {tag.lower() for tag in re.findall(r"#(\w+)", post.text)}
    if tags & set(HASHTAGS):
        return post.text
    turn = zlib.crc32(post.id.encode())
    if not post.relevant:
        return f"{post.text} #{('tirtakarsa', 'kotalestari')[turn % 2]}"
    choice = {
        "staffing": ("cpns", "pppk", "pns"), "service": ("pelayananpublik", "asn"), "corruption": ("asn", "pns")
    }.get(post.topics[0] if post.topics else "", ("asn",))  # fmt: skip
    second = " #pelayananpublik" if turn % 5 == 0 and "pelayananpublik" not in choice else ""
    return f"{post.text} #{choice[turn % len(choice)]}{second}"


#: handles of invented private persons; two live on another instance
HANDLES = (
    "rina_tirta", "masbejo77", "ujang.kopi", "sitikue", "yonas_sagara", "dwi_ngopi", "wargabiasa21", "emakrempong",
    "cak_jum", "nonaketapang", "budiman_wr", "tetehlilis", "pakguru_dar", "anakrantau__", "mbakyuni88", "kangasep",
    "ibu_dua_anak", "joko.lele", "meirizka", "tukangservis", "laras_hati", "pejalan_sore", "frans.timur", "gendhis_a",
    "karyawan_pagi", "sobatngangkot", "ayahkinan", "honorerceria", "bidan_ratri", "mahasiswa_akhir", "ojol_mandala",
    "pensiunan62", "mamahzidan", "penjaga_warung", "abah_lembang", "kucingoren_", "wong_pasar", "dinda.rw05",
    "satrio_piningit9", "nelayan_sagara", "perantau@nusa.example", "kakdian@kopi.example",
)  # fmt: skip


def handle_of(post_id: str, avoid: str = "") -> str:
    """The invented private person who says a post; never the one it answers."""
    turn = zlib.crc32(f"who:{post_id}".encode())
    handle = HANDLES[turn % len(HANDLES)]
    return handle if handle != avoid else HANDLES[(turn + 1) % len(HANDLES)]


def _dated(text: str, day: date) -> str:
    """Fill ``{hari+N}`` (Senin (23/11/2026)) and ``{tgl+N}`` (23 November 2026)."""

    def value(slot: re.Match[str]) -> str:
        meant = day + timedelta(days=int(slot[2] or 0))
        if slot[1] == "hari":
            return f"{DAY_NAMES[meant.weekday()]} ({meant.day}/{meant.month}/{meant.year})"
        return f"{meant.day} {MONTHS[meant.month - 1]} {meant.year}"

    return re.sub(r"{(hari|tgl)([+-]\d+)?}", value, text)


def within(items: tuple[PlannedItem, ...], now: datetime | None) -> tuple[PlannedItem, ...]:
    """Those already published at ``now``; all when it is None."""
    return items if now is None else tuple(item for item in items if item.published <= now)
