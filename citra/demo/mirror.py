"""Saved sites (one folder for each host) served on loopback as if they were live, with definitions to crawl them."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from citra.demo.reply import Query, Reply, not_found
from citra.demo.serving import Serving, start_servers
from citra.errors import InputError
from crawlers.source import DateRules, Selectors, Source

#: the list of all pages that a saved site itself does not have
SITEMAP = "/citra-sitemap.xml"
_PAGES = {".html", ".htm"}
_HOST = re.compile(r"^(?=.{4,253}$)([a-z0-9-]+\.)+[a-z]{2,}$", re.IGNORECASE)
_ABSOLUTE = re.compile(
    rb"""<(?:link|meta)\b[^>]*(?:canonical|og:url)[^>]*(?:href|content)\s*=\s*["']?https?://""", re.IGNORECASE
)
_CANONICAL = re.compile(rb"""<link\b[^>]*rel\s*=\s*["']?canonical\b[^>]*>""", re.IGNORECASE)
_HEAD = re.compile(rb"<head\b[^>]*>", re.IGNORECASE)


class MirrorSite:
    """One saved site; only files below its folder are ever read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.host = folder.name
        self.name = re.sub(r"[^a-z0-9]+", "-", self.host.lower()).strip("-")[:40]

    @cached_property
    def files(self) -> dict[str, Path]:
        """Address path → file; links that lead out of the folder are left out."""
        found = {}
        for file in sorted(self.folder.rglob("*")):
            if file.is_file() and file.resolve().is_relative_to(self.folder):
                found[f"/{file.relative_to(self.folder).as_posix()}"] = file
        return found

    @property
    def pages(self) -> list[str]:
        """Address paths of the HTML files, sorted."""
        return [path for path, file in self.files.items() if file.suffix.lower() in _PAGES]

    def reply(self, path: str, query: Query, base: str) -> Reply:  # noqa: ARG002 - a saved page has no query
        if path == SITEMAP:
            return Reply(body=self._sitemap(base).encode(), content_type="application/xml; charset=utf-8")
        # the path is looked up, never opened: "..", NUL and encoded slashes find nothing
        file = self.files.get(path) or self.files.get(f"{path.rstrip('/')}/index.html")
        if file is None:
            return not_found()
        body = file.read_bytes()
        content_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        if file.suffix.lower() in _PAGES:
            body, content_type = with_canonical(body, f"https://{self.host}{path}"), "text/html"
        elif content_type.startswith("text/"):
            content_type = f"{content_type}; charset=utf-8"
        modified = datetime.fromtimestamp(int(file.stat().st_mtime), UTC)
        return Reply(body=body, content_type=content_type, modified=modified)

    def source(self, base: str, known: Mapping[str, Source]) -> Source:
        """How to crawl it at ``base``; selectors and date rules come from the known source of the same host."""
        shipped = next((source for source in known.values() if source.allows(f"https://{self.host}/")), None)
        return Source(
            name=self.name,
            title=f"{self.host} (tersimpan)",
            kind="news",
            region=shipped.region if shipped else "",
            base_url=base,
            hosts=(base.removeprefix("http://"), self.host.lower()),
            sitemaps=(f"{base}{SITEMAP}",),
            topic_filter=False,
            delay=0,
            verified=True,
            note="A saved copy on loopback (citra demo mirror).",
            selectors=shipped.selectors if shipped else Selectors(),
            date=shipped.date if shipped else DateRules(),
        )

    def _sitemap(self, base: str) -> str:
        entries = "\n".join(f"<url><loc>{base}{_quoted(path)}</loc></url>" for path in self.pages)
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}\n</urlset>\n'
        )


def with_canonical(body: bytes, address: str) -> bytes:
    """Tell a saved page's original address where the page itself has no absolute one (copying made it relative)."""
    head = body[:200_000]
    if _ABSOLUTE.search(head):
        return body
    link = f'<link rel="canonical" href="{_escaped(address)}">'.encode()
    if found := _CANONICAL.search(head):
        return body[: found.start()] + link + body[found.end() :]
    if found := _HEAD.search(head):
        return body[: found.end()] + link + body[found.end() :]
    return body


def _quoted(path: str) -> str:
    return quote(path).replace("&", "&amp;")


def _escaped(address: str) -> str:
    return quote(address, safe=":/=+,;@~!").replace("&", "&amp;")


@dataclass(slots=True, kw_only=True)
class RunningMirror(Serving):
    """Saved sites being served."""

    sites: dict[str, MirrorSite]
    known: Mapping[str, Source]

    @property
    def sources(self) -> list[Source]:
        return [site.source(self.servers[name].base, self.known) for name, site in self.sites.items()]


class Mirror:
    """A folder of saved sites, each sub-folder named as its host, e.g. ``www.liputan6.com``.

    :param known: source definitions to take selectors and date rules from.
    :raises InputError: no such folder, or no sub-folder that is a host's name and holds a page.
    """

    def __init__(self, folder: Path, known: Mapping[str, Source] | None = None) -> None:
        if not folder.is_dir():
            raise InputError(f"{folder}: no such folder")
        found = [MirrorSite(sub) for sub in sorted(folder.iterdir()) if sub.is_dir() and _HOST.match(sub.name)]
        self.sites = {site.name: site for site in found if site.pages}
        self.known = known or {}
        if not self.sites:
            raise InputError(
                f"{folder}: holds no saved site; expected sub-folders such as www.example.com/ with HTML files"
            )

    def start(self, port: int = 0) -> RunningMirror:
        """Serve each site on its own port: ``port``, ``port + 1`` … or free ones for 0.

        :raises InputError: a port is taken or out of range.
        """
        servers, stack = start_servers(self.sites, port)
        return RunningMirror(servers=servers, stack=stack, sites=self.sites, known=self.known)
