"""Definitions: the shipped ones are sound, and wrong ones are refused in words that help."""

from __future__ import annotations

from pathlib import Path

import pytest

from citra.errors import ConfigError
from crawlers.source import SHIPPED, Source, load_sources, pick_sources, read_source

MINIMAL = (
    'title = "Contoh"\nkind = "news"\nbase_url = "https://www.contoh.id/"\nfeeds = ["https://www.contoh.id/rss"]\n'
)


def written(folder: Path, text: str, name: str = "contoh") -> Path:
    file = folder / f"{name}.toml"
    file.write_text(text)
    return file


def test_the_shipped_sources_are_sound() -> None:
    sources = load_sources()
    assert len(sources) >= 12
    assert {"kompas", "detik", "antaranews", "bkn", "mastodon"} <= set(sources)
    for name, source in sources.items():
        assert (SHIPPED / f"{name}.toml").exists()
        ways = [*source.feeds, *source.sitemaps, *(listing.url for listing in source.listings)]
        assert all(source.allows(url) for url in ways), name
        assert not source.verified, f"{name}: nobody here can reach it"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fedes = []", "unknown key 'fedes'; did you mean 'feeds'?"),
        ("[selectors]\ntitel = 'h1'", "unknown key 'selectors.titel'; did you mean 'title'?"),
        ("[[listings]]\nurl = 'https://x.id'\nlink = 'a'", "did you mean 'links'?"),
        ("[mastodon]\nhastags = ['asn']", "did you mean 'hashtags'?"),
        ("[[listings]]\nurl = 'https://x.id/{hal}'", "unknown placeholder {hal}"),
        ("[[listings]]\nurl = 'https://x.id/{page:x}{'", "listings.0.url"),
        ("article = '('", "no regular expression"),
        ("region = 'Bali'", "region"),
        ("spider = 'mastodon'", "needs a [mastodon] table"),
        ("title = ", "cannot be read"),
    ],
)
def test_wrong_definitions_are_refused_with_the_nearest_right_word(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as wrong:
        read_source(written(tmp_path, MINIMAL + text))
    assert message in str(wrong.value)
    assert "contoh.toml" in str(wrong.value)
    assert "\n" not in str(wrong.value) or "TOML" in message


def test_a_source_without_a_way_in_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="needs feeds, sitemaps or listings"):
        read_source(written(tmp_path, MINIMAL.replace("feeds", "#")))


def test_own_definitions_win_over_shipped_ones(tmp_path: Path) -> None:
    written(tmp_path, MINIMAL, "kompas")
    written(tmp_path, MINIMAL, "desa")
    sources = load_sources(str(tmp_path))
    assert sources["kompas"].title == "Contoh"
    assert sources["desa"].name == "desa"
    assert "detik" in sources
    written(tmp_path, MINIMAL + 'name = "desa"', "lain")
    with pytest.raises(ConfigError, match="also claimed"):
        load_sources(str(tmp_path))
    with pytest.raises(ConfigError, match="no such folder"):
        load_sources(str(tmp_path / "nowhere"))


def test_an_unknown_name_gets_the_nearest_one() -> None:
    sources = load_sources()
    with pytest.raises(ConfigError, match="did you mean 'kompas'"):
        pick_sources(sources, ["kompsa"])
    assert [source.name for source in pick_sources(sources, ["detik", "kompas", "detik"])] == ["detik", "kompas"]
    assert len(pick_sources(sources, [])) == len(sources)


def test_hosts_and_articles() -> None:
    common = {"name": "x", "title": "x", "kind": "news", "feeds": ["https://x.id/rss"]}
    source = Source(**common, base_url="https://www.x.id/", article=r"/read/\d+", exclude="/foto/")
    assert source.is_article("https://daerah.x.id/read/1")
    assert not source.is_article("https://daerah.x.id/foto/read/1")
    assert not source.is_article("https://x.id/tag/1")
    for url in ("https://evilx.id/read/1", "https://x.id.evil.com/read/1", "ftp://x.id/read/1", "http://[x/read/1"):
        assert not source.allows(url), url
    pinned = Source(**common, base_url="http://127.0.0.1:8000/")
    assert pinned.allows("http://127.0.0.1:8000/a")
    assert not pinned.allows("http://127.0.0.1:8001/a")
