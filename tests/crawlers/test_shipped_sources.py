"""The shipped definitions, all of them: enough in each group, sound, and right about real addresses."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from crawlers.discover import listing_pages, read_feed
from crawlers.extract.record import source_of
from crawlers.source import SHIPPED, Source, load_sources

SOURCES = load_sources()
NOW = datetime(2026, 11, 24, 7, tzinfo=UTC)
NEWS = {name: source for name, source in SOURCES.items() if source.spider == "news"}
#: one address of an article for each pattern, in the form that the outlet uses
ARTICLES = {
    "alinea": "https://www.alinea.id/nasional/gaji-asn-naik-tahun-depan-b2cLX9abc",
    "antaranews": "https://www.antaranews.com/berita/527615/asn-dilarang-cuti",
    "balipost": "https://www.balipost.com/news/2026/11/24/4123/ASN-Bali-Dilatih.html",
    "beritajatim": "https://beritajatim.com/bupati-lantik-pejabat-baru",
    "beritasatu": "https://www.beritasatu.com/nasional/2851234/seleksi-cpns-dibuka",
    "bisnis": "https://ekonomi.bisnis.com/read/20261124/9/1730000/gaji-pns-naik",
    "bloombergtechnoz": "https://www.bloombergtechnoz.com/detail-news/91234/gaji-asn",
    "bpk": "https://www.bpk.go.id/news/bpk-serahkan-laporan",
    "cna": "https://www.cna.id/indonesia/asn-bekerja-dari-rumah-12345",
    "cnbcindonesia": "https://www.cnbcindonesia.com/news/20261124101112-4-591234/gaji-pns-2027",
    "cnnindonesia": "https://www.cnnindonesia.com/nasional/20261124101112-20-1234567/asn-dan-pemilu",
    "dandapala": "https://dandapala.com/article/detail/hakim-baru-dilantik",
    "ddtcnews": "https://news.ddtc.co.id/berita/nasional/1801234/pegawai-pajak",
    "detik": "https://news.detik.com/berita/d-7016153/asn-disiplin",
    "fajar": "https://fajar.co.id/2026/11/24/pppk-sulsel-dilantik/",
    "galamedia": "https://galamedia.pikiran-rakyat.com/news/pr-351234567/asn-bandung",
    "gatra": "https://www.gatra.net/news-591234-hukum-asn-korupsi.html",
    "goodnews": "https://www.goodnewsfromindonesia.id/2026/11/24/layanan-publik-banyuwangi",
    "harianjogja": "https://jogjapolitan.harianjogja.com/read/2026/11/24/511/1195123/asn-jogja",
    "hukumonline": "https://www.hukumonline.com/berita/a/netralitas-asn-lt65a1b2c3d4e5f/",
    "idxchannel": "https://www.idxchannel.com/economics/gaji-pns-naik-tahun-depan/all",
    "indonesiagoid": "https://indonesia.go.id/kategori/editorial/8765/reformasi-birokrasi",
    "indopolitika": "https://indopolitika.com/bupati-lantik-pejabat-eselon-dua/",
    "infopublik": "https://infopublik.id/kategori/nusantara/891234/asn-kota-bima",
    "jakartaselaras": "https://jakarta.selaras.co.id/detail/1234/layanan-kelurahan",
    "jawapos": "https://www.jawapos.com/nasional/015432109/seleksi-pppk",
    "jpnn": "https://www.jpnn.com/news/honorer-diangkat-pppk",
    "katadata": "https://katadata.co.id/berita/nasional/65a1b2c3d4e5f/anggaran-asn",
    "kbr": "https://kbr.id/articles/indonesia/asn-dan-cuti-bersama",
    "kemenag": "https://kemenag.go.id/nasional/menteri-lantik-pejabat-eselon-aB3dE",
    "kemendagri": "https://www.kemendagri.go.id/berita/baca/38472/mendagri-lantik-pj",
    "kemenkeu": "https://www.kemenkeu.go.id/informasi-publik/publikasi/berita-utama/thr-asn",
    "komdigi": "https://www.komdigi.go.id/berita/siaran-pers/detail/layanan-digital",
    "kompas": "https://nasional.kompas.com/read/2026/11/24/14382361/menteri-ancam-pns",
    "kontan": "https://nasional.kontan.co.id/news/gaji-pns-naik",
    "kpk": "https://www.kpk.go.id/id/ruang-informasi/berita/kpk-tahan-kepala-dinas",
    "kumparan": "https://kumparan.com/kumparannews/asn-wajib-lapor-21abcDEF123",
    "liputan6": "https://www.liputan6.com/news/read/4264748/menpan-rb-akan-terbitkan-aturan",
    "mediaindonesia": "https://mediaindonesia.com/humaniora/712345/pppk-guru",
    "menpan": "https://www.menpan.go.id/site/berita-terkini/reformasi-birokrasi",
    "merdeka": "https://www.merdeka.com/peristiwa/pemkot-bandung-batasi-kegiatan.html",
    "metrotvnews": "https://www.metrotvnews.com/read/NA0CWQLB-asn-dilarang",
    "mojok": "https://mojok.co/esai/pns/jadi-pns-itu-berat/",
    "niagaasia": "https://www.niaga.asia/asn-nunukan-dilatih-komputer/",
    "nusabali": "https://www.nusabali.com/berita/181234/asn-buleleng",
    "okezone": "https://nasional.okezone.com/read/2023/09/27/337/2890761/asn",
    "ombudsman": "https://ombudsman.go.id/perwakilan/news/r/pwkmedia--layanan-samsat",
    "pikiranrakyat": "https://www.pikiran-rakyat.com/news/pr-018765432/gaji-asn",
    "poskota": "https://www.poskota.co.id/2026/11/24/asn-dki",
    "republika": "https://news.republika.co.id/berita/abc123/asn",
    "rm": "https://rm.id/baca-berita/government-action/201234/asn",
    "rmol": "https://rmol.id/read/2026/11/24/601234/netralitas-asn",
    "rri": "https://rri.co.id/daerah/1123456/asn-ikut-apel",
    "sindonews": "https://nasional.sindonews.com/read/1234567/12/asn-1764000000",
    "suara": "https://www.suara.com/news/2026/11/24/101112/asn",
    "suaramerdeka": "https://www.suaramerdeka.com/semarang-raya/0412345678/asn",
    "surabayapagi": "https://surabayapagi.com/news-241234-asn-surabaya",
    "swa": "https://swa.co.id/read/451234/layanan-publik",
    "tempo": "https://www.tempo.co/politik/netralitas-asn-1234567",
    "theconversation": "https://theconversation.com/mengapa-gaji-pns-naik-241234",
    "tirto": "https://tirto.id/mengapa-asn-boleh-wfa-g4xy",
    "tribunnews": "https://www.tribunnews.com/nasional/2026/11/24/asn",
    "tvonenews": "https://www.tvonenews.com/nasional/271234-asn",
    "viva": "https://www.viva.co.id/berita/nasional/1761234-asn",
    "voi": "https://voi.id/berita/431234/asn",
    "wartaekonomi": "https://wartaekonomi.co.id/read551234/asn-dan-pajak",
}
#: addresses that every outlet has in some form, and that are no articles
NO_ARTICLES = ("", "tag/asn", "search?q=asn", "indeks", "page/2/", "redaksi", "tentang-kami", "robots.txt", "rss")


def test_there_are_enough_in_each_group() -> None:
    counts = Counter(source.in_group for source in NEWS.values())
    assert sum(counts.values()) >= 60
    assert counts["national"] >= 25
    assert counts["regional"] >= 10
    assert counts["government"] >= 8
    assert SOURCES["antaranews"].in_group == "wire"
    assert {"bkn", "menpan", "kpk", "ombudsman", "lan", "kemendagri", "setkab"} <= {
        name for name, source in NEWS.items() if source.in_group == "government"
    }


@pytest.mark.parametrize("name", sorted(NEWS))
def test_a_definition_is_sound(name: str) -> None:
    source = NEWS[name]
    assert (SHIPPED / f"{name}.toml").exists()
    assert source.group, "say which group it is shown in"
    assert source.base_url.startswith("https://")
    assert bool(source.region) == (source.in_group == "regional")
    assert not source.verified, "nobody here can reach it"
    assert "Not checked" in source.note
    assert "estimate" in source.note
    assert source.expect.ceiling
    assert source.expect.floor < source.expect.ceiling
    ZoneInfo(source.date.zone)
    for listing in source.listings:
        for url in listing_pages(listing.url, listing.first_page, 1, None, NOW)[0]:
            assert source.allows(url), url
    assert all(source.allows(url) for url in (source.base_url, *source.feeds, *source.sitemaps))


def test_no_host_and_no_way_in_is_claimed_twice() -> None:
    hosts = Counter(host for source in NEWS.values() for host in source.allowed_hosts)
    ways = Counter(
        url for s in NEWS.values() for url in (*s.feeds, *s.sitemaps, *(listing.url for listing in s.listings))
    )
    assert [host for host, count in hosts.items() if count > 1] == []
    assert [url for url, count in ways.items() if count > 1] == []


def test_regions_are_provinces_of_indonesia() -> None:
    provinces = {*range(11, 20), 21, *range(31, 37), 51, 52, 53, *range(61, 66), *range(71, 77), 81, 82, *range(91, 98)}
    regional = [source for source in NEWS.values() if source.in_group == "regional"]
    assert {int(source.region[:2]) for source in regional} <= provinces
    assert len({source.region for source in regional}) >= 10


def example(source: Source) -> str:
    if source.name.startswith("tribun-"):
        return f"{source.base_url}2026/11/24/asn-dilantik"
    return ARTICLES[source.name]


@pytest.mark.parametrize("name", sorted(name for name, source in NEWS.items() if source.article))
def test_patterns_tell_articles_from_other_pages(name: str) -> None:
    source = NEWS[name]
    assert source.is_article(example(source)), example(source)
    assert source_of(example(source), SOURCES) is source
    base = f"https://{source.allowed_hosts[0]}/"
    for path in NO_ARTICLES:
        assert not source.is_article(base + path), path
        assert not source.is_article(source.base_url.rstrip("/") + "/" + path), path
    for listing in source.listings:
        assert not source.is_article(listing.url.format(page=1, year=2026, month=11, day=24)), listing.url


def test_every_example_belongs_to_a_source_with_a_pattern() -> None:
    assert set(ARTICLES) == {n for n, source in NEWS.items() if source.article and not n.startswith("tribun-")}


# --- real addresses, where they are at hand --------------------------------------------------------------------


def test_real_pages_are_told_right(shared: Path) -> None:
    lines = (shared / "pages" / "pages" / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    told = Counter()
    for line in lines:
        page = json.loads(line)
        url = page["url"] or page["canonical_in_html"]
        source = source_of(url, SOURCES) if url else None
        if source is None:
            continue
        if page["page_type"].startswith("article"):
            assert source.is_article(url), url
            told["article"] += 1
        elif page["page_type"] in {"home", "index", "section", "tag", "gov-listing", "gov-page"}:
            assert not source.is_article(url), url
            told["other"] += 1
    assert told["article"] >= 30
    assert told["other"] >= 15


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("antaranews-terkini-2016.xml", "antaranews"),
        ("republika-2016.xml", "republika"),
        ("www.merdeka.com-2020.xml", "merdeka"),
    ],
)
def test_links_of_real_feeds_are_articles(shared: Path, file: str, name: str) -> None:
    links = read_feed((shared / "pages" / "feeds" / file).read_bytes())
    assert len(links) > 5
    for link in links:
        assert SOURCES[name].is_article(link.url) != ("/foto/" in link.url), link.url


def test_patterns_agree_with_those_that_others_use(shared: Path) -> None:
    """Where the list of outlets holds a whole regular expression, our example of an article fits it too."""
    with (shared / "pages" / "sources.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    compared = 0
    for row in rows:
        pattern = row["article_url_pattern"]
        if not pattern.lstrip("^").startswith("http"):
            continue
        try:
            theirs = re.compile(pattern)
        except re.error:
            continue
        host = row["domain"].partition("/")[0]
        ours = next((s for s in NEWS.values() if s.article and host in s.allowed_hosts), None)
        if ours is not None:
            assert theirs.search(example(ours)), (ours.name, pattern)
            compared += 1
    assert compared >= 15


def test_every_outlet_of_the_list_with_a_feed_or_sitemap_is_here(shared: Path) -> None:
    """Entertainment and motoring are left out on purpose: docs/add_a_source.md says so."""
    left_out = {"kapanlagi.com", "bola.net", "otosia.com", "brilio.net"}
    with (shared / "pages" / "sources.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["feed_url"] or row["sitemap_url"]]
    for row in rows:
        if row["domain"] not in left_out:
            host = row["domain"]
            assert any(
                source.allows(f"https://www.{host}/") or source.allows(f"https://{host}/") for source in NEWS.values()
            ), host
