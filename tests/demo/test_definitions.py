"""The source definitions that the demonstration writes are what ``citra crawl`` reads."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from citra.demo.definitions import write_source
from citra.demo.newsroom import Newsroom
from crawlers.source import Listing, Source, load_sources, read_source


def test_every_site_has_a_definition_that_loads(tmp_path: Path) -> None:
    with Newsroom(date(2026, 11, 24)).start() as running:
        files = running.write_sources(tmp_path / "deep" / "folder")
        known = load_sources(str(tmp_path / "deep" / "folder"))
        assert {file.stem for file in files} == set(running.ports)
        for source in running.sources:
            assert known[source.name] == source
        for item in running.items:
            if item.kind == "news":
                assert known[item.outlet].is_article(running.url_of(item)), item.key
                for path in ("/", "/rubrik/daerah", "/tag/service", "/indeks?page=2", "/admin/draf/17"):
                    assert not known[item.outlet].is_article(running.servers[item.outlet].base + path)


def test_toml_survives_quotes_backslashes_and_tables(tmp_path: Path) -> None:
    source = Source(
        name="x",
        title='He said "ya" \\ é 📰',
        kind="news",
        base_url="http://127.0.0.1:1",
        article=r"/\d+/\w+\.html$",
        listings=(Listing(url="http://127.0.0.1:1/a?p={page}", pages=3), Listing(url="http://127.0.0.1:1/b")),
    )
    assert read_source(write_source(source, tmp_path)) == source
    assert read_source(write_source(source, tmp_path)) == source
    assert [file.name for file in tmp_path.iterdir()] == ["x.toml"]
