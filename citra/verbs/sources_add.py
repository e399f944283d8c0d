"""A draft definition of a site that nobody has described yet: looks at it, finds its ways in, guesses the rest."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from parsel import Selector

from citra.documents import Kind
from citra.errors import InputError
from citra.verbs.sources_pattern import NO_TEXT, Guess, guess_pattern
from crawlers.blocks import why_blocked
from crawlers.discover import Sitemap, read_feed, read_listing, read_sitemap
from crawlers.job import Job
from crawlers.links import Link, normalise
from crawlers.look import Seen, look
from crawlers.politeness import read_robots
from crawlers.source import Expect, Group, Listing, Source

#: addresses that content systems use where the site names none
USUAL_FEEDS = ("/feed/", "/rss", "/rss.xml")
USUAL_SITEMAPS = ("/sitemap.xml", "/sitemap_index.xml", "/news-sitemap.xml", "/sitemap-news.xml")
#: feeds or sitemaps looked at, and written into the draft
MOST_TRIED, MOST_KEPT = 6, 3
_FEED_TYPES = {"application/rss+xml", "application/atom+xml"}
_STATE_HOST = re.compile(r"(^|\.)(go|desa|mil)\.id$")
_SUFFIX = re.compile(r"(\.(go|co|or|ac|web|my|desa|sch|net|mil|biz))?\.[a-z]+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A definition that loads, and what a human has to look at before it is used."""

    source: Source
    toml: str
    to_check: tuple[str, ...]  #: one line each

    def to_json(self) -> dict[str, Any]:
        return {"source": self.source.model_dump(mode="json"), "toml": self.toml, "to_check": list(self.to_check)}


@dataclass(slots=True)
class _Site:
    """What was found on a site."""

    home: Seen
    feeds: dict[str, list[Link]]
    sitemaps: dict[str, list[Link]]
    on_home: list[Link]  #: links of the front page within the site


def draft_source(
    url: str, *, now: datetime, options: Mapping[str, Any], known: Mapping[str, Source] = {}, name: str = ""
) -> Draft:
    """Look at the front page, robots.txt, feeds and sitemaps of ``url`` and draft a definition.

    :param options: parameters of :func:`citra.verbs.crawl.crawl`; the fetching ones are used.
    :param known: definitions that there are, so that no name is taken twice.
    :raises InputError: no web address, a forbidden one, a site that does not answer, or a name that is taken.
    """
    start = _address(url)
    host = urlsplit(start).netloc.removeprefix("www.")
    chosen = name or _name(urlsplit(start).hostname or "")
    if chosen in known:
        raise InputError(f"there is a source {chosen!r} already ({known[chosen].base_url}); choose another --name")
    stand_in = Source(
        name="draft", title=host, kind="news", base_url=start, hosts=(host,), listings=(Listing(url=start),)
    )
    fetching = {key: options[key] for key in ("user_agent", "delay", "timeout", "max_bytes", "allow_loopback")}
    job = Job(source=stand_in, folder="", now=now, budget=120.0, **fetching)
    site = _explore(job, start)
    articles = [link for links in (*site.feeds.values(), *site.sitemaps.values()) for link in links]
    guess = guess_pattern([link.url for link in articles], [link.url for link in site.on_home])
    source = _describe(chosen, start, host, site, guess)
    twin = next((one.name for one in known.values() if one.kind == "news" and one.allows(start)), "")
    return Draft(source=source, toml=to_toml(source), to_check=tuple(_to_check(source, site, guess, twin)))


def write_draft(draft: Draft, folder: Path) -> Path:
    """Write ``<folder>/<name>.toml``.

    :raises InputError: there is such a file already, which somebody may have worked on.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{draft.source.name}.toml"
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(draft.toml)
    except FileExistsError:
        raise InputError(f"{file} is there already and is left as it is; choose another --name") from None
    return file


def to_toml(source: Source) -> str:
    """A definition as its TOML file, defaults left out; single quotes keep regular expressions readable."""
    values = source.model_dump(mode="json", exclude_defaults=True, exclude={"name"})
    lines: list[str] = []
    tables: list[str] = []
    for key, value in values.items():
        if isinstance(value, dict):
            tables += ["", f"[{key}]", *(f"{inner} = {_literal(each)}" for inner, each in value.items())]
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for row in value:
                tables += ["", f"[[{key}]]", *(f"{inner} = {_literal(each)}" for inner, each in row.items())]
        else:
            lines.append(f"{key} = {_literal(value)}")
    return "\n".join(lines + tables) + "\n"


def _literal(value: Any) -> str:
    if isinstance(value, str) and "\\" in value and "'" not in value and value.isprintable():
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False)  # JSON strings, numbers and lists of them are TOML


# --- looking ---------------------------------------------------------------------------------------------------


def _address(url: str) -> str:
    """The front page of the site that ``url`` is on."""
    full = url.strip() if "://" in url else f"https://{url.strip()}"
    try:
        place = urlsplit(normalise(full))
    except ValueError:
        raise InputError(f"{url!r} is no web address") from None
    if place.scheme not in {"http", "https"} or not place.hostname:
        raise InputError(f"{url!r} is no web address; write https://www.contoh.id")
    if ":" in place.hostname:
        raise InputError(f"{url!r}: write the name of the site, not an IPv6 address")
    return f"{place.scheme}://{place.netloc}/"


def _explore(job: Job, start: str) -> _Site:
    home, robots = look(job, [start, urljoin(start, "/robots.txt")])
    if home.reason or home.status != 200:
        why = f"{home.reason}: {home.detail}" if home.reason else f"HTTP {home.status}"
        raise InputError(f"{start} cannot be looked at: {why}")
    text = home.body.decode("utf-8", errors="replace")
    if why_blocked(200, {}, text):
        raise InputError(f"{start} turns programs like ours away: ask the publisher for permission")
    page = Selector(text=text or "<html/>")
    told_feeds = [
        urljoin(home.url, link.attrib["href"])
        for link in page.css("link[rel~=alternate][href]")
        if link.attrib.get("type", "").lower() in _FEED_TYPES and "/comments/" not in link.attrib["href"]
    ]
    told_sitemaps = list(read_robots(robots.body).sitemaps) if robots.status == 200 else []
    feeds = _on_site(job, told_feeds or [urljoin(start, path) for path in USUAL_FEEDS])
    sitemaps = _on_site(job, told_sitemaps or [urljoin(start, path) for path in USUAL_SITEMAPS])
    seen = {one.asked: one for one in look(job, [*feeds, *sitemaps])}
    on_home = [link for link in read_listing(page, home.url, "a[href]") if job.source.allows(link.url)]
    return _Site(
        home=home,
        feeds=_read_feeds(job, [seen[url] for url in feeds]),
        sitemaps=_read_sitemaps(job, [seen[url] for url in sitemaps]),
        on_home=on_home,
    )


def _on_site(job: Job, urls: Sequence[str]) -> list[str]:
    return [url for url in dict.fromkeys(urls) if job.source.allows(url)][:MOST_TRIED]


def _read_feeds(job: Job, answers: Sequence[Seen]) -> dict[str, list[Link]]:
    found: dict[str, list[Link]] = {}
    for seen in answers:
        try:
            links = read_feed(seen.body, seen.url) if seen.status == 200 else []
        except ValueError:
            continue
        own = [link for link in links if job.source.allows(link.url)]
        if own and len(found) < MOST_KEPT:
            found[seen.url] = own
    return found


def _read_sitemaps(job: Job, answers: Sequence[Seen]) -> dict[str, list[Link]]:
    """Sitemaps that name pages. Of an index, its news sitemaps are taken if it has any: archives go back for years."""
    read = {seen.url: sitemap for seen in answers if (sitemap := _sitemap(job, seen))}
    found: dict[str, list[Link]] = {}
    for url, sitemap in read.items():
        news = [child.url for child in sitemap.children if "news" in child.url or "berita" in child.url]
        children = _on_site(job, news or [child.url for child in sitemap.children[:1]])[:2]
        lists = {seen.url: inner.links for seen in look(job, children) if (inner := _sitemap(job, seen))}
        if sitemap.links:
            found[url] = list(sitemap.links)
        elif news:
            found.update({child: list(links) for child, links in lists.items()})
        elif lists:
            found[url] = [link for links in lists.values() for link in links]
    own = {url: [link for link in links if job.source.allows(link.url)] for url, links in found.items()}
    kept = sorted((url for url in own if own[url]), key=lambda url: "news" not in url)
    return {url: own[url] for url in kept[:MOST_KEPT]}


def _sitemap(job: Job, seen: Seen) -> Sitemap | None:
    try:
        return read_sitemap(seen.body, seen.url, job.max_bytes) if seen.status == 200 else None
    except ValueError:
        return None


# --- describing ------------------------------------------------------------------------------------------------


def _name(host: str) -> str:
    """``www.warta-contoh.co.id`` → ``warta-contoh``; of an IP address all of it."""
    bare = host.removeprefix("www.")
    bare = bare if re.fullmatch(r"[\d.:]+", bare) else _SUFFIX.sub("", bare)
    return re.sub(r"[^a-z0-9_-]+", "-", bare.lower()).strip("-")[:40] or "situs"


def _describe(name: str, start: str, host: str, site: _Site, guess: Guess) -> Source:
    text = site.home.body.decode("utf-8", errors="replace")
    page = Selector(text=text or "<html/>")
    title = page.css("meta[property='og:site_name']::attr(content)").get() or page.css("title::text").get() or host
    of_state = bool(_STATE_HOST.search(urlsplit(start).hostname or ""))
    kind: Kind = "news"
    group: Group | None = "government" if of_state else None
    return Source(
        name=name,
        title=" ".join(title.split())[:80],
        kind=kind,
        group=group,
        base_url=start,
        hosts=(host,),
        feeds=tuple(site.feeds),
        sitemaps=tuple(site.sitemaps),
        listings=() if site.feeds or site.sitemaps else (Listing(url=site.home.url),),
        article=guess.pattern,
        exclude=NO_TEXT,
        topic_filter=not of_state,
        expect=Expect(ceiling=max(50, 20 * max(map(len, [*site.feeds.values(), []])))),
        note="Draft of `citra sources add`; nothing of it was looked at by a human yet.",
    )


def _to_check(source: Source, site: _Site, guess: Guess, twin: str) -> list[str]:
    lines = []
    if twin:
        lines.append(f"this site belongs to the source {twin!r} already: is a second one wanted?")
    if source.listings:
        lines.append("no feed and no sitemap was found: the front page is the way in; look for an index page by day")
    if guess.pattern:
        lines.append(
            f"article = {guess.pattern!r} fits {guess.matched} of {guess.of} {guess.basis}, and {guess.on_home} of "
            f"{len(site.on_home)} links of the front page: open two that fit and two that do not"
        )
    else:
        lines.append("no pattern of articles was found: write `article`, or all that the ways in name is fetched")
    lines += [f"{url}: {len(links)} links" for url, links in (site.feeds | site.sitemaps).items()]
    lines += [
        "long articles: does the site split them over pages? then set [whole_article], e.g. query = \"page=all\"",
        "region: a regional outlet needs its Kemendagri code, e.g. region = \"32.73\"",
        "expect: floor and ceiling of new articles on one day are guesses",
        "terms of use of the site, and its robots.txt, which Citra obeys",
        "verified = true only after `citra sources check` says GOOD",
    ]  # fmt: skip
    return lines
