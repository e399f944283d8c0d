"""Source definitions for what is served on loopback, written as the TOML files that ``citra crawl`` reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from citra.demo.content import HASHTAGS, Outlet
from citra.demo.plan import MASTODON, OUTAGE_OUTLET
from crawlers.source import Expect, Listing, Mastodon, Source, WholeArticle

_NOTE = "Invented outlet of the demonstration newsroom (citra demo)."


def outlet_source(outlet: Outlet, base: str) -> Source:
    """How to crawl an invented outlet at ``base``; its pages claim addresses on their public host."""
    ways: dict[str, dict[str, Any]] = {
        "rss": {"feeds": (f"{base}/rss.xml",)},
        "atom": {"feeds": (f"{base}/atom.xml",)},
        "sitemap": {"sitemaps": (f"{base}/sitemap.xml",)},
        "listing": {
            "listings": (
                Listing(
                    url=f"{base}/indeks?date={{year}}-{{month:02}}-{{day:02}}&page={{page}}",
                    links="main a[href]",
                    pages=10,
                ),
            ),
            "whole_article": WholeArticle(query="page=all"),
        },
    }
    return Source(
        name=outlet.name,
        title=f"{outlet.title} (fiktif)",
        kind="news",
        region=outlet.region,
        base_url=base,
        hosts=(base.removeprefix("http://"), outlet.host.removeprefix("www.")),
        article=outlet.pattern,
        topic_filter=False,  # what is irrelevant is part of the demonstration
        expect=Expect(floor=1 if outlet.name == OUTAGE_OUTLET else 0, ceiling=20),
        delay=0,
        verified=True,
        note=_NOTE,
        **ways[outlet.way],
    )


def social_source(base: str) -> Source:
    """How to crawl the Mastodon-like instance at ``base``."""
    return Source(
        name=MASTODON,
        title="Warga Sosial (fiktif)",
        kind="social",
        spider="mastodon",
        base_url=base,
        topic_filter=False,
        expect=Expect(floor=1, ceiling=100),
        delay=0,
        verified=True,
        note=_NOTE,
        mastodon=Mastodon(hashtags=HASHTAGS, instance=f"{MASTODON}.example"),
    )


def write_source(source: Source, folder: Path) -> Path:
    """Write ``<folder>/<name>.toml``, replacing it; what equals the default is left out."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{source.name}.toml"
    values = source.model_dump(mode="json", exclude_defaults=True)
    temporary = file.with_suffix(".toml.tmp")
    temporary.write_text(_toml(values), encoding="utf-8")
    temporary.replace(file)
    return file


def _toml(values: Mapping[str, Any], table: str = "") -> str:
    """TOML of scalars, lists of scalars, tables and lists of tables; a JSON string is a valid TOML one."""
    lines = []
    later = []
    for key, value in values.items():
        name = f"{table}.{key}" if table else key
        if isinstance(value, Mapping):
            later.append(f"\n[{name}]\n{_toml(value, name)}")
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            later += [f"\n[[{name}]]\n{_toml(row, name)}" for row in value]
        elif value is not None:
            lines.append(f"{key} = {json.dumps(value, ensure_ascii=False)}\n")
    return "".join(lines + later)
