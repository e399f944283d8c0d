"""Saved sites on loopback: only what is in the folder, under the original addresses, safely."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree, html

from citra.demo.mirror import SITEMAP, Mirror, RunningMirror, with_canonical
from citra.errors import InputError
from crawlers.source import Source, load_sources

SHARED = Path(__file__).parents[3] / "shared" / "pages" / "sites"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningMirror]:
    site = tmp_path / "sites" / "www.surat.example"
    (site / "berita").mkdir(parents=True)
    (site / "index.html").write_text("<html><head><title>Depan</title></head><body>depan</body></html>")
    (site / "berita" / "satu & dua=tiga.html").write_text(
        '<html><head><link rel="canonical" href="satu.html" /></head><body>satu</body></html>'
    )
    (site / "berita" / "index.html").write_text("<html><head></head><body>daftar</body></html>")
    (site / "gaya.css").write_text("p { color: red }")
    (site / "data.bin").write_bytes(b"\0\1\2")
    (tmp_path / "rahasia.html").write_text("secret")
    (site / "keluar.html").symlink_to(tmp_path / "rahasia.html")
    (tmp_path / "sites" / "catatan").mkdir()
    known = {
        "surat": Source(
            name="surat",
            title="Surat",
            kind="news",
            base_url="https://www.surat.example",
            feeds=("https://www.surat.example/rss",),
            selectors={"text": "div.isi"},
            date={"zulu_is_local": True},
        )
    }
    with Mirror(tmp_path / "sites", known).start() as mirror:
        yield mirror


def ask(mirror: RunningMirror, path: str) -> tuple[int, str, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", next(iter(mirror.ports.values())), timeout=10)
    try:
        connection.request("GET", path)  # as it is: no client straightens the path
        answer = connection.getresponse()
        return answer.status, answer.headers.get("Content-Type", ""), answer.read()
    finally:
        connection.close()


def test_files_directories_and_types(running: RunningMirror) -> None:
    assert list(running.ports) == ["www-surat-example"]
    assert b"depan" in ask(running, "/")[2]
    assert b"daftar" in ask(running, "/berita/")[2]
    assert b"daftar" in ask(running, "/berita")[2]
    assert ask(running, "/gaya.css")[:2] == (200, "text/css; charset=utf-8")
    assert ask(running, "/data.bin") == (200, "application/octet-stream", b"\0\1\2")
    assert ask(running, "/tiada.html")[0] == 404


@pytest.mark.parametrize(
    "path",
    [
        "/../rahasia.html", "/../../rahasia.html", "/%2e%2e/rahasia.html", "/berita/..%2f..%2f..%2frahasia.html",
        "/..\\rahasia.html", "//etc/passwd", "/etc/passwd", "/%00", "/berita/%00.html", "/keluar.html", "/.", "/%",
        "/" + "a" * 5000,
    ],
)  # fmt: skip
def test_hostile_paths_find_nothing(running: RunningMirror, path: str) -> None:
    status, _, body = ask(running, path)
    assert status in {400, 404}
    assert b"secret" not in body
    assert b"root:" not in body


def test_sitemap_names_every_page_by_an_address_that_works(running: RunningMirror) -> None:
    tree = etree.fromstring(ask(running, SITEMAP)[2])
    base = running.servers["www-surat-example"].base
    addresses = [str(url).removeprefix(base) for url in tree.xpath("//*[local-name()='loc']/text()")]
    assert len(addresses) == 3
    assert all(ask(running, address)[0] == 200 for address in addresses)


def test_relative_canonical_becomes_the_original_address(running: RunningMirror) -> None:
    tree = html.fromstring(ask(running, "/berita/satu%20%26%20dua=tiga.html")[2])
    assert tree.xpath("//link[@rel='canonical']/@href") == [
        "https://www.surat.example/berita/satu%20&%20dua=tiga.html"
    ] or (
        tree.xpath("//link[@rel='canonical']/@href") == ["https://www.surat.example/berita/satu%20%26%20dua=tiga.html"]
    )


def test_a_pages_own_absolute_address_is_left_alone() -> None:
    for tag in (
        '<link rel="canonical" href="https://a.example/x">',
        "<meta property='og:url' content='https://a.example/x'>",
    ):
        page = f"<html><head>{tag}</head></html>".encode()
        assert with_canonical(page, "https://b.example/y") == page
    assert with_canonical(b"no markup at all", "https://b.example/y") == b"no markup at all"
    hostile = with_canonical(b"<head></head>", 'https://b.example/"><script>')
    assert b"<script>" not in hostile


def test_definition_keeps_what_is_known_of_the_host(running: RunningMirror, tmp_path: Path) -> None:
    (file,) = running.write_sources(tmp_path / "out")
    source = load_sources(str(file.parent))["www-surat-example"]
    assert source.selectors.text == "div.isi"
    assert source.date.zulu_is_local
    assert source.allows("https://www.surat.example/a")
    assert source.allows(running.servers[source.name].base + "/a")
    assert source.feeds == ()


def test_folder_without_sites_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        Mirror(tmp_path / "tiada")
    with pytest.raises(InputError, match="holds no saved site"):
        Mirror(tmp_path)


def test_real_mirrors_answer_every_page() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not here")
    with Mirror(SHARED).start() as mirror:
        assert len(mirror.sites) == 3
        assert sum(len(site.pages) for site in mirror.sites.values()) >= 240
        for name, site in mirror.sites.items():
            connection = http.client.HTTPConnection("127.0.0.1", mirror.ports[name], timeout=10)
            tree = etree.fromstring(site.reply(SITEMAP, {}, "").body)
            for path in tree.xpath("//*[local-name()='loc']/text()"):
                connection.request("HEAD", path)
                answer = connection.getresponse()
                answer.read()
                assert answer.status == 200, path
            connection.close()
