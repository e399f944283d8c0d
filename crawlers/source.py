"""What one outlet or platform is: a file of data, checked on reading. ``crawlers.spiders`` crawls it."""

from __future__ import annotations

import difflib
import inspect
import re
import tomllib
import typing
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from citra.documents import Kind
from citra.errors import ConfigError
from crawlers.tables import SECRETS, Bluesky, Reddit, Telegram, X, Youtube

SHIPPED = Path(__file__).parent / "sources"
Group = Literal["national", "regional", "government", "wire", "social"]
#: placeholders that the address of a listing may hold
PLACEHOLDERS = frozenset({"page", "year", "month", "day"})


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))


class Listing(_Part):
    """An index page that links to articles; dated and numbered ones are walked."""

    url: str  #: may hold ``{page}`` and ``{year}-{month:02}-{day:02}`` (a day in Asia/Jakarta)
    links: str = "a[href]"  #: CSS of the links (or of what encloses them) that may lead to articles
    first_page: int = Field(default=1, ge=0)  #: number of the first page
    pages: int = Field(default=1, ge=1, le=500)  #: most pages walked, for each day when dated

    @field_validator("url")
    @classmethod
    def _known_placeholders(cls, url: str) -> str:
        for name in re.findall(r"{(\w*)", url):
            if name not in PLACEHOLDERS:
                raise ValueError(f"unknown placeholder {{{name}}}; known: {', '.join(sorted(PLACEHOLDERS))}")
        url.format(page=1, year=2026, month=11, day=24)  # a wrong format is told now, not while crawling
        return url

    @property
    def is_dated(self) -> bool:
        return "{day" in self.url

    @property
    def is_paged(self) -> bool:
        return "{page" in self.url


class WholeArticle(_Part):
    """How an outlet shows an article on one page instead of several."""

    query: str = ""  #: added to the address, e.g. ``page=all``
    path: str = ""  #: appended to the path, e.g. ``/all``
    strip_page_number: bool = False  #: drop a trailing ``/2`` of the path first


class Selectors(_Part):
    """CSS for extraction, only where the general way fails; empty means the general way."""

    title: str = ""
    text: str = ""
    author: str = ""
    published: str = ""
    section: str = ""
    remove: tuple[str, ...] = ()  #: taken out of the page before anything is read


class DateRules(_Part):
    """What an outlet's dates mean where they do not mean what they say."""

    zone: str = "Asia/Jakarta"  #: IANA zone of a time without zone
    zulu_is_local: bool = False  #: a trailing ``Z`` means ``zone``, not UTC
    offset_is_local: bool = False  #: a written offset (``-07:00``) is wrong and means ``zone``


class Expect(_Part):
    """Plausible number of new items on one day; outside of it the source is reported."""

    floor: int = Field(default=0, ge=0)
    ceiling: int | None = Field(default=None, ge=1)


class Mastodon(_Part):
    hashtags: tuple[str, ...] = Field(min_length=1)  #: without ``#``
    pages: int = Field(default=50, ge=1)  #: most pages of 40 posts for one hashtag and run
    instance: str = ""  #: public host of the instance where ``base_url`` is a stand-in; ids and pseudonyms hang on it


class Source(_Part):
    """One outlet or platform, as its TOML file declares it."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,40}$")  #: also its folder in the lake
    title: str  #: as readers know it
    kind: Kind
    spider: Literal["news", "mastodon", "bluesky", "youtube", "telegram", "reddit", "x"] = "news"
    group: Group | None = None  #: default: social for posts, regional where there is a region, else national
    region: str = Field(default="", pattern=r"^(\d\d(\.\d\d)*)?$")  #: Kemendagri code; empty: national
    language: str = Field(default="id", pattern=r"^[a-z]{2}$")  #: ISO 639-1
    base_url: str = Field(pattern=r"^https?://[^/\s]+")
    hosts: tuple[str, ...] = ()  #: fetched, with their sub-domains; default: the host of ``base_url``
    feeds: tuple[str, ...] = ()  #: RSS or Atom
    sitemaps: tuple[str, ...] = ()  #: plain, index or news sitemaps
    listings: tuple[Listing, ...] = ()
    article: str = ""  #: regular expression, searched in an address, that tells articles; empty: all
    exclude: str = ""  #: regular expression of addresses that are never fetched
    topic_filter: bool = True  #: fetch only links whose title or address names civil servants
    whole_article: WholeArticle = WholeArticle()
    selectors: Selectors = Selectors()
    date: DateRules = DateRules()
    expect: Expect = Expect()
    delay: float | None = Field(default=None, ge=0)  #: seconds between two requests; default: settings
    verified: bool = False  #: seen to work on the live site
    note: str = ""  #: for humans: access, evidence, open questions
    mastodon: Mastodon | None = None
    bluesky: Bluesky | None = None
    youtube: Youtube | None = None
    telegram: Telegram | None = None
    reddit: Reddit | None = None
    x: X | None = None

    @field_validator("article", "exclude")
    @classmethod
    def _is_pattern(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as wrong:
            raise ValueError(f"no regular expression: {wrong}") from wrong
        return pattern

    @model_validator(mode="after")
    def _has_a_way_in(self) -> Self:
        if self.spider != "news" and getattr(self, self.spider) is None:
            raise ValueError(f"a {self.spider} source needs a [{self.spider}] table")
        if self.spider == "news" and not (self.feeds or self.sitemaps or self.listings):
            raise ValueError("a news source needs feeds, sitemaps or listings")
        return self

    @property
    def in_group(self) -> Group:
        """The group it is shown in."""
        return self.group or ("social" if self.kind != "news" else "regional" if self.region else "national")

    @property
    def secrets(self) -> tuple[str, ...]:
        """Environment variables that this source cannot be crawled without, the salt aside."""
        return SECRETS.get(self.spider, ())

    @property
    def instance(self) -> str:
        """Host that a post's id and a handle without a host belong to."""
        return ((self.mastodon and self.mastodon.instance) or urlsplit(self.base_url).netloc).lower()

    @cached_property
    def allowed_hosts(self) -> tuple[str, ...]:
        """Hosts (``kompas.com``, or ``127.0.0.1:8000`` for that port only) this source may fetch from."""
        if self.hosts:
            return tuple(host.lower() for host in self.hosts)
        place = urlsplit(self.base_url)
        host = (place.hostname or "").removeprefix("www.")
        return (f"{host}:{place.port}" if place.port else host,)

    def allows(self, url: str) -> bool:
        """Whether ``url`` is http(s) on one of the source's hosts or their sub-domains."""
        try:
            place = urlsplit(url)
            host, port = (place.hostname or "").lower(), place.port
        except ValueError:
            return False
        if place.scheme not in {"http", "https"}:
            return False
        for allowed in self.allowed_hosts:
            name, _, number = allowed.partition(":")
            if number and port != int(number):
                continue
            if host == name or host.endswith(f".{name}"):
                return True
        return False

    def is_article(self, url: str) -> bool:
        """Whether ``url`` is of this source and looks like an article's by the declared patterns."""
        if not self.allows(url) or (self.exclude and re.search(self.exclude, url)):
            return False
        if self.article:
            return bool(re.search(self.article, url))
        place = urlsplit(url)
        return bool(place.path.strip("/") or place.query)  # a front page is none


def read_source(file: Path) -> Source:
    """Read one definition; its ``name`` defaults to the name of the file.

    :raises ConfigError: not valid TOML, unknown key (with the nearest right one), wrong value.
    """
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise ConfigError(f"{file}: cannot be read: {wrong}") from wrong
    try:
        return Source(**{"name": file.stem, **values})
    except ValidationError as wrong:
        raise ConfigError(f"{file}: {_explain(wrong)}") from wrong


def load_sources(extra_folder: str | None = None) -> dict[str, Source]:
    """The shipped sources and those of ``extra_folder``, by name; the latter win over the former.

    :raises ConfigError: a definition is wrong, the folder is missing, or two of its files claim one name.
    """
    folders = [SHIPPED]
    if extra_folder:
        folder = Path(extra_folder)
        if not folder.is_dir():
            raise ConfigError(f"{extra_folder}: no such folder of source definitions")
        folders.append(folder)
    sources: dict[str, Source] = {}
    for folder in folders:
        found: dict[str, Path] = {}
        for file in sorted(folder.glob("*.toml")):
            source = read_source(file)
            if source.name in found:
                raise ConfigError(f"{file}: name {source.name!r} is also claimed by {found[source.name]}")
            found[source.name] = file
            sources[source.name] = source
    return sources


def pick_sources(sources: dict[str, Source], names: typing.Sequence[str]) -> list[Source]:
    """Those of ``names``, or all when none is named.

    :raises ConfigError: a name that is no source, with the nearest one that is.
    """
    for name in names:
        if name not in sources:
            near = difflib.get_close_matches(name, sources, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(sources))}"
            raise ConfigError(f"unknown source {name!r}; {hint}")
    return [sources[name] for name in dict.fromkeys(names or sorted(sources))]


def _explain(wrong: ValidationError) -> str:
    """The first fault in words: where it is, what is wrong, and the nearest right key for an unknown one."""
    faults = wrong.errors()
    # a misspelt key may show first as a missing one
    fault = next((one for one in faults if one["type"] == "extra_forbidden"), faults[0])
    where = [str(part) for part in fault["loc"]]
    if fault["type"] != "extra_forbidden":
        message = fault["msg"].removeprefix("Value error, ")
        return f"{'.'.join(where)}: {message}" if where else message
    model: type[BaseModel] = Source
    for part in where[:-1]:
        field = model.model_fields.get(part)
        model = _model_in(field.annotation) or model if field else model
    known = list(model.model_fields)
    near = difflib.get_close_matches(where[-1], known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(known)}"
    return f"unknown key {'.'.join(where)!r}; {hint}"


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, typing.get_args(annotation))), None)
