"""Guesses what the addresses of a site's articles look like, from examples. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

#: a title in an address has at least so many words
LEAST_WORDS = 4
SLUG = rf"[a-z0-9]+(-[a-z0-9]+){{{LEAST_WORDS - 1},}}"
#: words before an article's number or title that do not change from section to section
SIGNPOSTS = frozenset({"read", "baca", "berita", "news", "artikel", "article", "detail", "post", "posts", "story"})
#: addresses that look like articles' and are none that we read
NO_TEXT = (
    r"/(tag|tags|topic|topik|foto|photo|galeri|video|search|page|author|wp-content|wp-json)/"
    r"|^https?://(foto|photo|video)[.]|[.](pdf|jpe?g|png|docx?|xlsx?|zip)$"
)
_WORD = "a word"  # a place where articles have different literal words, such as a section
ANY = "[^/]+"
#: share of the examples that a shape must have to be taken, and shapes taken at most
LEAST_SHARE, MOST_SHAPES = 0.15, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """A regular expression for articles, and how it does on what was seen."""

    pattern: str = ""  #: empty: none was found
    matched: int = 0
    of: int = 0  #: examples
    basis: str = ""  #: what the examples are
    on_home: int = 0  #: links of the front page that fit


def guess_pattern(articles: Sequence[str], on_home: Sequence[str]) -> Guess:
    """The pattern that tells articles.

    :param articles: addresses that are articles by all signs (of feeds, of news sitemaps).
    :param on_home: links of the front page; where there are no articles, those with a title in them serve.
    """
    articles = [url for url in articles if not re.search(NO_TEXT, url)]
    on_home = [url for url in on_home if not re.search(NO_TEXT, url)]
    basis = "addresses of feeds and sitemaps"
    examples = [url for url in articles if _is_telling(_shape(url))]
    if not examples:
        basis = "links of the front page that hold a title"
        examples = [url for url in on_home if SLUG in "/".join(_shape(url))]
        articles = examples
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for url in dict.fromkeys(examples):
        groups[tuple(part if _is_sign(part) else _WORD for part in _shape(url))].append(url)
    total = sum(map(len, groups.values()))
    largest = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))[:MOST_SHAPES]
    chosen = [_expression(shape, urls) for shape, urls in largest if len(urls) >= LEAST_SHARE * total]
    pattern = "|".join(dict.fromkeys(chosen))
    if not pattern:
        return Guess()
    fits = re.compile(pattern)
    return Guess(
        pattern=pattern,
        matched=sum(bool(fits.search(url)) for url in articles),
        of=len(articles),
        basis=basis,
        on_home=sum(bool(fits.search(url)) for url in on_home),
    )


def _shape(url: str) -> tuple[str, ...]:
    """The parts of a path as regular expressions; literal words stay.

    >>> _shape("https://contoh.id/berita/2026/11/24/d-17/gaji-asn-naik-lagi")
    ('berita', '\\\\d{4}', '\\\\d{2}', '\\\\d{2}', 'd-\\\\d+', '[a-z0-9]+(-[a-z0-9]+){3,}')
    """
    parts: list[str] = []
    for part in filter(None, urlsplit(url).path.lower().split("/")):
        is_of_day = r"\d{4}" in parts[-2:] and re.fullmatch(r"\d\d", part)
        parts.append(r"\d{2}" if is_of_day else _part(part))
    return tuple(parts)


def _part(part: str) -> str:
    if re.fullmatch(r"(19|20)\d\d", part):
        return r"\d{4}"
    if part.isascii() and part.isdigit():
        return r"\d+"
    if told := re.match(r"([a-z]+)-\d{2,}($|-)", part):
        return rf"{told[1]}-\d+"
    if re.match(r"\d{4,}-[a-z]", part):
        return r"\d{4,}-[a-z0-9-]+"
    stem, dot, ending = part.partition(".")
    if stem.count("-") >= LEAST_WORDS - 1:
        return SLUG + (re.escape(dot + ending) if dot else "")
    return re.escape(part)


def _is_sign(part: str) -> bool:
    return "\\d" in part or SLUG in part


def _is_telling(shape: Sequence[str]) -> bool:
    return any(map(_is_sign, shape))


def _expression(shape: Sequence[str], urls: Sequence[str]) -> str:
    """One expression for addresses of one shape; a signpost that (nearly) all of them share stays literal."""
    words = [Counter(column) for column in zip(*map(_shape, urls), strict=True)]
    parts = []
    for part, counted in zip(shape, words, strict=True):
        word, count = counted.most_common(1)[0]
        is_signpost = word in SIGNPOSTS and count >= 0.95 * len(urls)
        parts.append(part if part != _WORD else word if is_signpost else ANY)
    numbered = any("\\d" in part for part in parts)
    if numbered:  # numbers tell enough: what follows the last one (the title) may look like anything
        last = max(index for index, part in enumerate(parts) if "\\d" in part)
        ending = "/" if last + 1 < len(parts) else ""
        kept = parts[: last + 1]
        while len(kept) > 1 and kept[1:] != [r"\d+"] and (kept[0] == ANY or kept[1] in SIGNPOSTS):
            kept.pop(0)  # the section tells nothing
        return "/" + "/".join(kept) + ending
    place = urlsplit(urls[0])
    anchor = re.escape(place.netloc) if len({urlsplit(url).netloc for url in urls}) == 1 else r"[^/]+"
    return f"^https?://{anchor}/" + "/".join(parts) + "/?$"
