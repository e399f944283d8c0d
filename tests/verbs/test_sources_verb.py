"""``citra sources``: the list, the check of working and broken sources, drafts of new ones; all on loopback."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from citra.cli.main import cli
from citra.cli.sources_words import explain, sentences
from citra.demo.newsroom import Newsroom
from citra.errors import ConfigError, InputError
from citra.verbs.sources import FEW, SourceCheck, Way, _probes, check_sources
from citra.verbs.sources_add import Draft, draft_source, write_draft
from crawlers.source import Listing, Source, load_sources, read_source

sys.path.insert(0, str(Path(__file__).parents[1] / "crawlers"))
from loopback_outlet import NOW, Site

OPTIONS = {
    "user_agent": "Citra/test (+https://contoh.id)", "delay": 0.0, "timeout": 2.0, "max_bytes": 1_000_000,
    "allow_loopback": True, "retries": 0, "backoff": 0.05,
}  # fmt: skip
LOOPBACK = {"CITRA_CRAWL_ALLOW_LOOPBACK": "true", "CITRA_CRAWL_DELAY": "0", "CITRA_SALT": ""}
TEXT = " ".join(["Pemerintah kota menyerahkan surat keputusan pengangkatan kepada pegawai di balai kota."] * 4)
STORY = (
    "<html><head><title>{title}</title><meta property='og:type' content='article'>"
    "<meta property='article:published_time' content='2026-11-23T09:30:00+07:00'></head><body>"
    "<article><h1>{title}</h1><p>{text}</p><p>{text}</p><p>{text}</p></article></body></html>"
)


@pytest.fixture
def sites() -> Iterator[list[Site]]:
    sites = [Site(), Site(), Site()]
    yield sites
    for site in sites:
        site.close()


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


def story(site: Site, path: str, title: str) -> str:
    site.routes[path] = (200, {}, STORY.format(title=title, text=TEXT).encode())
    return site.url + path


def outlet(site: Site, count: int = 4) -> list[tuple[str, str]]:
    """Articles ``/berita/N/…`` named by a feed and by the front page, beside links that are none."""
    titles = [f"Wali kota melantik pejabat eselon {n}" for n in range(count)]
    links = [(story(site, f"/berita/{n + 100}/wali-kota-melantik-pejabat-{n}", t), t) for n, t in enumerate(titles)]
    site.feed("/umpan", links)
    anchors = "".join(f"<a href='{url}'>{title}</a>" for url, title in links)
    head = "<title>Warta Contoh - Beranda</title><link rel='alternate' type='application/rss+xml' href='/umpan'>"
    others = "<a href='/tentang-kami'>Tentang</a><a href='/tag/asn'>ASN</a><a href='https://lain.id/berita/1/x'>x</a>"
    site.routes["/"] = (200, {}, f"<html><head>{head}</head><body>{anchors}{others}</body></html>".encode())
    return links


def citra(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["sources", *arguments], env=LOOPBACK)


# --- list ------------------------------------------------------------------------------------------------------


def test_list_shows_every_source_and_can_be_narrowed() -> None:
    everything = json.loads(citra("list", "--json").stdout)
    assert {row["name"] for row in everything} == set(load_sources())
    offices = json.loads(citra("list", "--group", "government", "--json").stdout)
    assert {row["group"] for row in offices} == {"government"}
    assert {"bkn", "menpan", "kpk", "ombudsman", "lan", "kemendagri", "setkab"} <= {row["name"] for row in offices}
    table = citra("list", "--group", "wire")
    assert table.exit_code == 0
    assert "antaranews" in table.stdout
    assert "?page=all" in table.stdout
    assert "estimate" in table.stdout  # the note, on one line in a pipe
    assert "1 sources, 1 not verified" in table.stderr
    wrong = citra("list", "--group", "provinsi").exception
    assert isinstance(wrong, ConfigError)
    assert "regional" in str(wrong)


# --- check -----------------------------------------------------------------------------------------------------


def test_the_whole_newsroom_is_well(tmp_path: Path) -> None:
    with Newsroom(date(2026, 11, 24), NOW).start() as room:
        found = check_sources(room.sources, now=NOW, options=OPTIONS)
        assert room.trap_hits == 0
    assert [one.source for one in found] == [source.name for source in room.sources]
    for one in found:
        assert one.ok, one
        assert one.robots == "allowed"
        assert all(way.links > 0 for way in one.ways)
        assert one.sample is not None
        assert one.sample.characters > 80
    assert {way.kind for one in found for way in one.ways} == {"feed", "listing", "sitemap", "timeline"}


def test_few_articles_are_fetched_and_each_way_is_judged_by_itself(site: Site) -> None:
    links = outlet(site, 12)
    source = site.source(
        feeds=[f"{site.url}/umpan"],
        listings=[Listing(url=f"{site.url}/"), Listing(url=f"{site.url}/tentang-kami")],
        article=r"/berita/\d+/",
    )
    site.page("/tentang-kami", "Tentang kami")
    [one] = check_sources([source], now=NOW, options=OPTIONS)
    told = {way.url.removeprefix(site.url): (way.kind, way.works, way.links, way.reason) for way in one.ways}
    assert told == {
        "/umpan": ("feed", True, len(links), ""),
        "/": ("listing", True, len(links), ""),
        "/tentang-kami": ("listing", False, 0, "layout-changed"),
    }
    assert one.usable
    assert not one.ok
    assert one.sample is not None
    assert one.sample.title.startswith("Wali kota melantik pejabat eselon")
    assert one.sample.published is not None
    assert one.sample.published.isoformat() == "2026-11-23T02:30:00+00:00"
    assert sum(count for path, count in site.asked.items() if path.startswith("/berita/")) <= 2 * FEW


def test_why_a_way_is_closed(site: Site) -> None:
    answers = {
        "blocked": (403, {}, b"no"),
        "gone": (404, {}, b"no"),
        "not-a-feed": (200, {}, b"<html><body>halaman biasa</body></html>"),
    }
    for reason, answer in answers.items():
        site.routes[f"/{reason}"] = answer
    site.routes["/wall"] = (200, {}, b"<html><title>Just a moment...</title>cf-chl</html>")
    sources = [site.source(path, feeds=[f"{site.url}/{path}"]) for path in (*answers, "wall")]
    found = check_sources(sources, now=NOW, options=OPTIONS)
    assert [one.ways[0].reason for one in found] == [*answers, "blocked"]
    for one in found:
        assert (one.robots, one.usable, one.reason) == ("allowed", False, "no-way-in")


def test_robots_and_patterns_that_fit_nothing(sites: list[Site]) -> None:
    _, second, third = sites
    for site in sites:
        outlet(site)
    second.routes["/robots.txt"] = (200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow: /berita/\n")
    third.routes["/robots.txt"] = (503, {}, b"")
    sources = [
        site.source(name, feeds=[f"{site.url}/umpan"], article=pattern)
        for site, name, pattern in zip(sites, "abc", (r"/artikel/\d+", "", ""), strict=True)
    ]
    pattern, forbidden, unreadable = check_sources(sources, now=NOW, options=OPTIONS)
    assert [(way.works, way.links, way.others) for way in pattern.ways] == [(True, 0, 4)]
    assert (pattern.robots, pattern.reason, pattern.ok) == ("allowed", "no-articles", False)
    assert (forbidden.robots, forbidden.reason, forbidden.ok) == ("forbidden", "robots", False)
    assert second.articles_asked() == {}
    assert (unreadable.robots, unreadable.ways[0].reason) == ("unreadable", "robots-unavailable")


def test_an_article_without_a_day_is_not_good(site: Site) -> None:
    bare = STORY.replace("<meta property='article:published_time' content='2026-11-23T09:30:00+07:00'>", "")
    path = "/berita/17/pegawai-negeri-menerima-penghargaan"
    site.routes[path] = (200, {}, bare.format(title="Pegawai negeri menerima penghargaan", text=TEXT).encode())
    site.feed("/rss", [(site.url + path, "x")])
    [one] = check_sources([site.source()], now=NOW, options=OPTIONS)
    assert one.usable
    assert one.sample is not None
    assert one.sample.published is None
    assert not one.ok


def test_social_sources_are_asked_for_little_and_say_which_key_they_lack(site: Site) -> None:
    shipped = load_sources()
    for name in ("mastodon", "bluesky", "youtube", "x", "reddit"):
        [probe] = _probes(shipped[name])
        table = getattr(probe.source, probe.source.spider)
        assert table.pages == 1
        assert max(len(getattr(table, part, ())) for part in ("hashtags", "queries", "subreddits")) == 1
    telegram = shipped["telegram"].telegram
    assert telegram is not None
    assert len(list(_probes(shipped["telegram"]))) == len(telegram.channels)
    [one] = check_sources([shipped["x"]], now=NOW, options=OPTIONS)
    assert [(way.works, way.reason) for way in one.ways] == [(False, "not-configured")]
    assert "CITRA_X_TOKEN" in one.ways[0].detail
    assert one.robots == "unknown"


def test_private_addresses_are_never_asked(site: Site) -> None:
    outlet(site)
    inside = [
        Source(name=name, title="x", kind="news", base_url=base, feeds=(f"{base}rss",))
        for name, base in (("dalam", "http://10.1.2.3/"), ("awan", "http://169.254.169.254/"))
    ]
    here = site.source(feeds=[f"{site.url}/umpan"])
    for one in check_sources([*inside, here], now=NOW, options={**OPTIONS, "allow_loopback": False}):
        assert [way.reason for way in one.ways] == ["forbidden-address"]
        assert one.robots == "unknown"
    assert not site.asked


def test_the_words_are_for_people_and_the_exit_code_for_machines(site: Site, tmp_path: Path) -> None:
    outlet(site)
    text = 'title = "{0}"\nkind = "news"\nbase_url = "{1}/"\nfeeds = ["{1}/{2}"]\narticle = "/berita/"\n'
    (tmp_path / "baik.toml").write_text(text.format("Warta Baik", site.url, "umpan"))
    (tmp_path / "rusak.toml").write_text(text.format("Warta Rusak", site.url, "tiada"))
    good = citra("check", "baik", "--sources", str(tmp_path))
    assert good.exit_code == 0, good.output
    for words in (
        "Warta Baik (baik)",
        "mengizinkan",
        "4 tautan artikel",
        "Wali kota melantik",
        "2026-11-23 09:30",
        "=> BAIK",
    ):
        assert words in good.stdout
    both = citra("check", "baik", "rusak", "--sources", str(tmp_path), "--json")
    assert both.exit_code == 1
    assert [(one["ok"], one["usable"]) for one in json.loads(both.stdout)] == [(True, True), (False, False)]
    assert citra("check").exit_code == 2
    unknown = citra("check", "kompsa").exception
    assert isinstance(unknown, ConfigError)


def test_the_words_in_english() -> None:
    closed = Way(kind="feed", url="https://x.id/rss", works=False, reason="gone", detail="HTTP 404")
    empty = Way(kind="listing", url="https://x.id/", works=True, others=3)
    check = SourceCheck(
        source="x", title="X", kind="news", robots="allowed", ways=(closed, empty), reason="odd", detail="what"
    )
    text = "\n".join(sentences(check, "en"))
    for words in ("[FAILED] feed", "does not exist (any more)", "[?] index page", "=> DOES NOT WORK", "odd: what"):
        assert words in text
    assert "  => TIDAK BERFUNGSI: sumber ini belum dapat dipakai." in sentences(check, "id")


def test_every_reason_has_words_in_both_languages() -> None:
    for reason in ("timeout", "blocked", "robots", "gone", "layout-changed", "no-articles", "forbidden-address"):
        indonesian, english = explain(reason, "", "id"), explain(reason, "", "en")
        assert indonesian != english
        assert len(indonesian) > 30
        assert len(english) > 30


# --- add -------------------------------------------------------------------------------------------------------


def test_a_draft_loads_and_is_good_at_once(site: Site, tmp_path: Path) -> None:
    outlet(site)
    result = citra("add", site.url, "--write", str(tmp_path), "--name", "warta")
    assert result.exit_code == 0, result.output
    source = load_sources(str(tmp_path))["warta"]
    assert (source.title, source.feeds, source.article) == (
        "Warta Contoh - Beranda",
        (f"{site.url}/umpan",),
        r"/berita/\d+/",
    )
    assert not source.verified
    assert not source.is_article(f"{site.url}/tentang-kami")
    assert not source.is_article(f"{site.url}/tag/asn")
    assert "fits 4 of 4 addresses of feeds" in result.stderr
    assert "citra sources check warta" in result.stderr
    checked = citra("check", "warta", "--sources", str(tmp_path))
    assert checked.exit_code == 0, checked.stdout

    (tmp_path / "warta.toml").write_text(result.stdout + "# by hand\n")
    with pytest.raises(InputError, match="left as it is"):
        write_draft(Draft(source=source, toml="", to_check=()), tmp_path)
    assert (tmp_path / "warta.toml").read_text().endswith("# by hand\n")
    taken = citra("add", site.url, "--name", "kompas").exception
    assert isinstance(taken, InputError)
    assert "already" in str(taken)


def test_news_sitemaps_are_preferred_to_archives(site: Site) -> None:
    outlet(site)
    site.routes["/"] = (200, {}, b"<html><title>Kabar</title><body><a href='/kontak'>Kontak</a></body></html>")
    site.routes["/robots.txt"] = (200, {"Content-Type": "text/plain"}, f"Sitemap: {site.url}/peta.xml".encode())
    xml = {"Content-Type": "application/xml"}
    children = "".join(f"<sitemap><loc>{site.url}/{name}.xml</loc></sitemap>" for name in ("tahun-2019", "news"))
    site.routes["/peta.xml"] = (200, xml, f"<sitemapindex>{children}</sitemapindex>".encode())
    urls = "".join(
        f"<url><loc>{site.url}/daerah/2026/11/2{n}/pejabat-baru-dilantik-{w}</loc></url>" for n, w in enumerate("abcd")
    )
    site.routes["/news.xml"] = (200, xml, f"<urlset>{urls}</urlset>".encode())
    draft = draft_source(site.url, now=NOW, options=OPTIONS)
    assert draft.source.sitemaps == (f"{site.url}/news.xml",)
    assert draft.source.listings == ()
    assert draft.source.article == r"/\d{4}/\d{2}/\d{2}/"
    assert site.asked["/tahun-2019.xml"] == 0


def test_a_site_without_feed_or_sitemap_is_entered_by_its_front_page(site: Site, tmp_path: Path) -> None:
    outlet(site)
    anchors = "".join(
        f"<a href='{story(site, f'/{part}/seratus-pegawai-honorer-diangkat-{part}', 'Seratus pegawai diangkat')}'>x</a>"
        for part in ("daerah", "politik", "hukum")
    )
    site.routes["/"] = (
        200,
        {},
        f"<html><body>{anchors}<a href='/redaksi'>r</a><a href='/tag/asn'>t</a></body></html>".encode(),
    )
    draft = draft_source(site.url, now=NOW, options=OPTIONS)
    assert [listing.url for listing in draft.source.listings] == [f"{site.url}/"]
    assert "fits 3 of 3 links of the front page" in " ".join(draft.to_check)
    assert not draft.source.is_article(f"{site.url}/tag/asn")
    assert read_source(write_draft(draft, tmp_path)) == draft.source
    [one] = check_sources([draft.source], now=NOW, options=OPTIONS)
    assert one.ok, one


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://10.0.0.7/", "private address"),
        ("http://169.254.169.254/latest/meta-data", "link-local"),
        ("http://[::ffff:127.0.0.1]/", "IPv6"),
        ("ftp://contoh.id/", "no web address"),
        ("http://contoh.id:notaport/", "no web address"),
    ],
)
def test_add_refuses_what_is_not_on_the_web(url: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        draft_source(url, now=NOW, options=OPTIONS)


def test_add_asks_nothing_of_loopback_unless_allowed_nor_follows_the_site_elsewhere(site: Site) -> None:
    outlet(site)
    with pytest.raises(InputError, match="loopback"):  # a name that leads there
        draft_source(f"http://localhost:{site.port}/", now=NOW, options={**OPTIONS, "allow_loopback": False})
    assert not site.asked
    site.routes["/"] = (302, {"Location": "http://169.254.169.254/latest"}, b"")
    with pytest.raises(InputError, match="off-site"):
        draft_source(site.url, now=NOW, options=OPTIONS)
    site.routes["/robots.txt"] = (200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow: /\n")
    with pytest.raises(InputError, match=r"robots\.txt"):
        draft_source(site.url, now=NOW, options=OPTIONS)
