"""Whatever bytes a server sends, the answer is a document or a reject."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable

import pytest
from fictional_pages import PARAGRAPHS, TITLE, page_html
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citra.documents import Document, Reject

Read = Callable[..., Document | Reject]
DEEP = 30_000
#: CPU seconds; the machine that runs the tests may be slow and busy
LONGEST = 30


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        (b"", "empty"),
        (b" \n\t ", "empty"),
        (b"%PDF-1.4 ...", "not-html"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "not-html"),
        (bytes(5000), "not-html"),
        (b"\x1f\x8b damaged", "not-html"),
        (gzip.compress(gzip.compress(b"<p>x</p>")), "not-html"),
        (gzip.compress(bytes(40_000_000)), "too-large"),
        (b"a" * 13_000_000, "too-large"),
        (b"<!-- only a comment -->", "not-html"),
        (b"\xef\xbb\xbf", "empty"),
    ],
    ids=range(11),
)
def test_no_page_at_all(read: Read, html: bytes, reason: str) -> None:
    found = read(html)
    assert isinstance(found, Reject)
    assert found.reason == reason


def test_gzip_bytes_are_read(read: Read) -> None:
    assert isinstance(read(gzip.compress(page_html())), Document)


@pytest.mark.parametrize("declared", ["iso-8859-1", "utf-16", "windows-1252", "nonsense", "shift_jis"])
def test_valid_utf8_is_believed_over_any_declaration(read: Read, declared: str) -> None:
    html = page_html(title="Bupati “Lantik” Pejabat – Baru").replace(
        b'charset="utf-8"', f'charset="{declared}"'.encode()
    )
    found = read(html, content_type=f"text/html; charset={declared}")
    assert isinstance(found, Document)
    assert found.title == "Bupati “Lantik” Pejabat – Baru"


def test_latin_page_is_read_as_such(read: Read) -> None:
    html = (
        page_html(title="Café Pegawai Dibuka di Kantor Bupati")
        .decode()
        .replace('<meta charset="utf-8">', "")
        .encode("cp1252")
    )
    found = read(html, content_type="text/html; charset=utf-8")
    assert isinstance(found, Document)
    assert found.title.startswith("Café")


def test_some_bad_bytes_do_not_spoil_a_page(read: Read) -> None:
    html = page_html(title="Bupati – Pejabat").replace(b"<nav>", b"<nav>\xff\xc3")
    found = read(html)
    assert isinstance(found, Document)
    assert found.title == "Bupati – Pejabat"


def test_null_bytes_vanish(read: Read) -> None:
    found = read(page_html().replace(b"pejabat", b"pe\x00jabat"))
    assert isinstance(found, Document)
    assert found.text == "\n".join(PARAGRAPHS)


@pytest.mark.parametrize("tag", ["div", "span", "b", "blockquote", "table><tr><td", "ul><li", "a", "font", "article"])
def test_deep_nesting(read: Read, tag: str) -> None:
    deep = f"<{tag}>" * DEEP
    for html in (page_html(after=deep), page_html(body=deep + PARAGRAPHS[0]), deep.encode()):
        assert isinstance(read(html), Document | Reject)


@pytest.mark.parametrize(
    "filler",
    [
        b"<p>kata kata kata, kata. " * 380_000,
        b"<div class=ads>" * 400_000,
        b"a" * 9_900_000,
        b"<a href=x>1/1/2020 10:10</a> " * 300_000,
        b"<h1>Judul yang sama sekali lain</h1><p>x</p>" * 150_000,
        b"<br>" * 2_000_000,
        b"&" * 9_000_000,
        b"<" * 5_000_000,
    ],
    ids=range(8),
)
def test_ten_megabytes_are_decided_in_time(read: Read, filler: bytes) -> None:
    start = time.process_time()
    assert isinstance(read(page_html().replace(b"</main>", filler + b"</main>")), Document | Reject)
    assert time.process_time() - start < LONGEST


@pytest.mark.parametrize(
    "ld",
    [
        "[" * 100_000,
        '{"a":' * 50_000,
        '{"@type": {"x": 1}}',
        '{"@type": "NewsArticle", "author": 7, "headline": ["x"]}',
        '{"@type": "NewsArticle", "datePublished": {"a": 1}, "articleSection": {"b": []}, "publisher": "x"}',
        "null",
        "7",
        '"x"',
        '{"@graph": {"@graph": [[[[]]]]}}',
        '{"@type": "BreadcrumbList", "itemListElement": {"x": 1}}',
    ],
)
def test_hostile_json_ld(read: Read, ld: str) -> None:
    found = read(page_html(ld=ld))
    assert isinstance(found, Document)
    assert found.title == TITLE


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=2000))
def test_any_bytes(read: Read, html: bytes) -> None:
    assert isinstance(read(html), Document | Reject)


_PIECES = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<div>",
        "</div>",
        "<h1>",
        "</h1>",
        "<a href='/x'>",
        "</a>",
        "<br>",
        "<script>",
        "</script>",
        "<table>",
        "<td>",
        "<time datetime='2020-01-01T10:00'>",
        "<meta property='og:title' content='x'>",
        "<meta name='pubdate' content='2020-99-99'>",
        "<link rel=canonical href='http://[::1'>",
        "Baca juga:",
        PARAGRAPHS[0],
        "1/1/2020 10:00",
        "<article itemprop=articleBody>",
        "<figcaption>",
        "<!--",
        "-->",
        "<![CDATA[",
        "\x00",
        "&#0;",
        "&#x110000;",
        "<svg><p>",
        "<title>",
        "<body hidden>",
        "😀",
        "\ud800",
    ]
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_PIECES | st.text(max_size=20), max_size=40), st.text(max_size=30))
def test_any_soup_of_tags(read: Read, pieces: list[str], url: str) -> None:
    html = "".join(pieces).encode("utf-8", "surrogatepass")
    assert isinstance(read(html, url), Document | Reject)
    assert isinstance(
        read(page_html(body="".join(pieces)[:5000].encode("utf-8", "replace").decode()), url), Document | Reject
    )
