"""Addresses: one canonical address for the many under which an article is served. No network."""

from __future__ import annotations

import ipaddress
import re
from datetime import date
from functools import lru_cache
from urllib.parse import SplitResult, parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from tldextract import TLDExtract

#: the public suffix list that ships with the package: nothing is fetched
_suffixes = TLDExtract(suffix_list_urls=(), cache_dir=None)

#: parameters that tell where a reader came from
_TRACKING = re.compile(
    r"^(utm_\w+|fbclid|gclid|dclid|igshid|mc_[ce]id|_ga|_gl|yclid|msclkid|twclid|ref|refer|referrer|source|src|from|campaign"
    r"|medium|cmpid|ncid|share|shared|spm|tracking|tag_from|page_source|single_source|cx_\w+|jxconn|jxrecoid|jxc\w+|kg\w*from)$",
    re.IGNORECASE,
)
#: parameters that choose one page or one rendering of the same article
_VARIANT = re.compile(
    r"^(page|paged|hal|halaman|single|singlepage|showpage|view|viewall|all|amp|amphtml|outputtype|mobile|m|print|i|show|nonamp)$",
    re.IGNORECASE,
)
_VARIANT_VALUE = re.compile(r"^(\d{0,3}|all|semua|true|false|yes|no|y|n|amp|html|desktop|mobile)$", re.IGNORECASE)
_ARCHIVE = re.compile(r"^https?://web\.archive\.org/web/\d{4,14}[a-z_]*/(?P<original>.+)$", re.IGNORECASE)
_AMP_CACHE = re.compile(r"^https?://[\w-]+\.cdn\.ampproject\.org/[a-z]/(?P<secure>s/)?(?P<original>.+)$", re.IGNORECASE)
_MOBILE_HOST = re.compile(r"^(m|mobile|amp|wap)\.")
_URL_DAY = re.compile(r"(?<!\d)(20\d\d)[/-](0[1-9]|1[0-2])[/-](0[1-9]|[12]\d|3[01])(?!\d)")
_URL_SHORT_DAY = re.compile(r"/(\d\d)/(0[1-9]|1[0-2])/(0[1-9]|[12]\d|3[01])/")


def split(url: str) -> SplitResult | None:
    """The parts of an http(s) address; None when it is none."""
    try:
        parts = urlsplit(url.strip())
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.scheme in {"http", "https"} and parts.hostname else None


@lru_cache(maxsize=4096)
def site_of(host: str) -> str:
    """The registrable name of a host (``kompas.com``, ``bkn.go.id``), or the host itself when it has none."""
    host = host.lower()
    if is_local(host):
        return host
    return _suffixes(host).top_domain_under_public_suffix or host


def is_local(host: str) -> bool:
    """Whether a host is an address literal or this machine: a demonstration or a served mirror."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host == "localhost" or "." not in host
    return True


def unwrap(url: str) -> str:
    """The original address of a Wayback copy or an AMP cache copy; other addresses as they are."""
    for _ in range(3):  # copies of copies
        match = _ARCHIVE.match(url)
        if match:
            original = match["original"]
            url = original if "://" in original else f"http://{original}"
            continue
        match = _AMP_CACHE.match(url)
        if not match:
            break
        url = ("https://" if match["secure"] else "http://") + match["original"]
    return url


def normalise(url: str) -> str:
    """``url`` without tracking, page, AMP and mobile variants, fragment, default port; scheme as given."""
    parts = split(unwrap(url))
    if parts is None:
        return url.strip()
    host = (parts.hostname or "").lower()
    mobile = _MOBILE_HOST.match(host)
    if mobile and site_of(host) == host[mobile.end() :]:
        host = f"www.{host[mobile.end() :]}"
    default = {"http": 80, "https": 443}[parts.scheme]
    netloc = f"[{host}]" if ":" in host else host
    if parts.port and parts.port != default:
        netloc = f"{netloc}:{parts.port}"
    pairs = [
        (key, value)
        for key, value in parse_qsl(parts.query, keep_blank_values=True)
        if not _TRACKING.match(key) and not (_VARIANT.match(key) and _VARIANT_VALUE.match(value))
    ]
    return urlunsplit((parts.scheme, netloc, _path(parts.path, bool(pairs)), urlencode(pairs), ""))


def _path(path: str, has_query: bool) -> str:
    segments = re.sub(r"/{2,}", "/", path or "/").split("/")
    if len(segments) > 2:
        if segments[-1].lower() in {"amp", "amp.html", "all"} or (
            re.fullmatch(r"\d{1,2}", segments[-1]) and segments[-2].count("-") >= 2
        ):
            segments.pop()
        elif segments[-1] == "" and segments[-2].lower() == "amp":
            del segments[-2]
    if len(segments) > 3 and segments[1].lower() == "amp":
        del segments[1]
    if not has_query and re.fullmatch(r"index\.(html?|php)", segments[-1], re.IGNORECASE):
        segments[-1] = ""
    return "/".join(segments) or "/"


def canonical(url: str, *, link: str = "", og: str = "", hosts: tuple[str, ...] = ()) -> str:
    """The one address of an article, normalised.

    :param link: ``rel=canonical``, perhaps relative. :param og: ``og:url``. :param hosts: of the source.
    A page's word is taken only for its own site (or its source's hosts): nobody may claim another's article.
    A canonical that is the home page or a folder above the page is a mistake of the site and passed over.
    """
    own = normalise(url) if url else ""
    copied = bool(url) and unwrap(url) != url
    for claim in _claims(url, link, og):
        parts = split(unwrap(claim))
        if parts is None or not _may_claim(unwrap(url), parts, hosts, free=copied):
            continue
        found = normalise(claim)
        if own and _is_above(found, own):
            continue
        return found
    return own


def _claims(url: str, link: str, og: str) -> list[str]:
    """Absolute claims first: a relative canonical was rewritten by whoever copied the page."""
    link, og = link.strip(), og.strip()
    absolute = [claim for claim in (link, og) if split(claim)]
    if not url:
        return absolute
    relative = [claim for claim in (link, og) if claim and not split(claim)]
    return absolute + [resolved for claim in relative if (resolved := _resolve(url, claim))]


def _resolve(url: str, claim: str) -> str:
    try:
        found = urljoin(unwrap(url), claim)
    except ValueError:
        return ""
    here, there = split(unwrap(url)), split(found)
    if here and there and _stem(here.path) == _stem(there.path):  # a saved copy's file name
        return unwrap(url)
    return found


def _stem(path: str) -> str:
    return re.sub(r"\.html?$", "", path.rstrip("/").rsplit("/", 1)[-1])


def _may_claim(url: str, claim: SplitResult, hosts: tuple[str, ...], *, free: bool) -> bool:
    own = split(url)
    there = (claim.hostname or "").lower()
    if own is None or free or is_local((own.hostname or "").lower()):
        return True
    if any(there == host or there.endswith(f".{host}") for host in (h.partition(":")[0] for h in hosts)):
        return True
    return site_of(there) == site_of(own.hostname or "")


def _is_above(found: str, own: str) -> bool:
    claim, page = urlsplit(found).path.rstrip("/"), urlsplit(own).path.rstrip("/")
    if claim == "":
        return page != ""
    if _stem(claim) in {"index", "index_generator", "404", "home"}:
        return True
    return page.startswith(f"{claim}/") and _stem(claim).count("-") < 2  # ``/slug`` above ``/slug/2`` is right


def url_day(url: str) -> date | None:
    """The day that an address names (``/2023/11/02/``, ``/16/02/15/``); None when it names none."""
    path = (split(url) or urlsplit("")).path
    match = _URL_DAY.search(path)
    short = None if match else _URL_SHORT_DAY.search(path)
    try:
        if match:
            return date(int(match[1]), int(match[2]), int(match[3]))
        if short:
            return date(2000 + int(short[1]), int(short[2]), int(short[3]))
    except ValueError:
        return None
    return None
