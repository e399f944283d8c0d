from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.extract.urls import canonical, normalise, site_of, unwrap, url_day

ARTICLE = "https://www.wartanusa.co.id/daerah/read/4711/bupati-lantik-pejabat-baru"


@pytest.mark.parametrize(
    "variant",
    [
        f"{ARTICLE}?utm_source=x&utm_medium=y",
        f"{ARTICLE}?page=all",
        f"{ARTICLE}?page=2&fbclid=abc",
        f"{ARTICLE}#komentar",
        f"{ARTICLE}/2",
        f"{ARTICLE}/all",
        f"{ARTICLE}/amp",
        f"{ARTICLE}/amp/",
        f"{ARTICLE}?amp=1",
        f"{ARTICLE}?outputType=amp",
        ARTICLE.replace("www.", "m."),
        ARTICLE.replace("www.", "amp."),
        ARTICLE.replace("/daerah/", "/amp/daerah/"),
        ARTICLE.replace("https://www.wartanusa", "https://www.wartanusa".upper()).replace("HTTPS", "https"),
        ARTICLE.replace(".co.id/", ".co.id:443/"),
        f"https://web.archive.org/web/20231102010203/{ARTICLE}",
        f"https://web.archive.org/web/20231102010203id_/{ARTICLE}?utm_source=x",
        f"https://www-wartanusa-co-id.cdn.ampproject.org/c/s/{ARTICLE.removeprefix('https://')}",
    ],
)
def test_variants_have_one_address(variant: str) -> None:
    assert normalise(variant).rstrip("/") == ARTICLE


@pytest.mark.parametrize(
    "url",
    [
        "https://wartanusa.co.id/?p=4711",
        "https://wartanusa.co.id/berita.php?id=12345&kat=daerah",
        "https://wartanusa.co.id/index.php?page=berita&id=7",
        "http://127.0.0.1:8123/kabar/read/1/x",
        "https://daerah.wartanusa.co.id/read/4711/bupati",
        "https://wartanusa.co.id/2023/11/02/04",
    ],
)
def test_what_names_the_article_stays(url: str) -> None:
    assert normalise(url) == url


def test_canonical_link_wins_over_og_url_and_address() -> None:
    assert (
        canonical("https://m.wartanusa.co.id/x/1", link=f"{ARTICLE}?page=all", og="https://m.wartanusa.co.id/x/1")
        == ARTICLE
    )


def test_relative_canonical_gives_way_to_an_absolute_og_url() -> None:
    assert canonical("http://127.0.0.1:8000/daerah/bupati.html", link="bupati.html", og=ARTICLE) == ARTICLE


def test_relative_canonical_is_resolved() -> None:
    assert canonical("https://www.wartanusa.co.id/daerah/x?id=1", link="/daerah/bupati-lantik") == (
        "https://www.wartanusa.co.id/daerah/bupati-lantik"
    )


def test_file_name_of_a_saved_copy_is_not_the_address() -> None:
    assert canonical(ARTICLE, link="bupati-lantik-pejabat-baru.html", og="bupati-lantik-pejabat-baru.html") == ARTICLE


@pytest.mark.parametrize(
    "claim", ["https://www.wartanusa.co.id/", "https://www.wartanusa.co.id/daerah/", "/", "https://lain.co.id/berita/1"]
)
def test_false_claims_are_passed_over(claim: str) -> None:
    assert canonical(ARTICLE, link=claim) == ARTICLE


def test_a_source_with_two_sites_may_claim_either() -> None:
    assert canonical(ARTICLE, link="https://wartanusa.com/b/1", hosts=("wartanusa.co.id", "wartanusa.com")) == (
        "https://wartanusa.com/b/1"
    )


def test_wayback_copy_is_mapped_back() -> None:
    copy = f"http://web.archive.org/web/20231102/{ARTICLE}"
    assert canonical(copy, link=copy, og=ARTICLE) == ARTICLE
    assert unwrap(f"https://web.archive.org/web/2023/{copy}") == ARTICLE


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("www.kompas.com", "kompas.com"),
        ("sscasn.bkn.go.id", "bkn.go.id"),
        ("a.b.co.id", "b.co.id"),
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", "localhost"),
        ("jakarta.go.id", "jakarta.go.id"),
    ],
)
def test_site(host: str, site: str) -> None:
    assert site_of(host) == site


@pytest.mark.parametrize(
    ("path", "day"),
    [
        ("/read/2023/11/02/4711/x", date(2023, 11, 2)),
        ("/berita/16/02/15/o2l-x", date(2016, 2, 15)),
        ("/2023-11-02/x", date(2023, 11, 2)),
        ("/read/2023/13/02/x", None),
        ("/read/20231102/x", None),
        ("/d-7016153/x", None),
    ],
)
def test_day_in_address(path: str, day: date | None) -> None:
    assert url_day(f"https://wartanusa.co.id{path}") == day


@given(st.text(max_size=80), st.text(max_size=40), st.text(max_size=40))
def test_anything_is_decided_and_stays_decided(url: str, link: str, og: str) -> None:
    once = normalise(url)
    assert isinstance(canonical(url, link=link, og=og), str)
    assert normalise(once) == once or "://" in once


@given(
    st.from_regex(
        r"https?://[a-z]{1,8}\.(co\.id|com)(/[a-z0-9-]{0,12}){0,4}(\?[a-z]{1,6}=[a-z0-9]{0,6})?", fullmatch=True
    )
)
def test_normalising_twice_changes_nothing(url: str) -> None:
    assert normalise(normalise(url)) == normalise(url)
