# ruff: noqa: E501  (markup and example lines are easier to read unbroken)
"""The traps that real outlets set around dates, each on a page of its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from citra.documents import JAKARTA, Document
from crawlers.source import DateRules, Source

Build = Callable[..., bytes]
Doc = Callable[..., Document]
DATELESS = "https://www.wartanusa.co.id/daerah/read/4711/bupati-lantik-pejabat-baru-di-tiga-dinas"


def article(published: str, **more: str) -> dict[str, str]:
    return {"@context": "https://schema.org", "@type": "NewsArticle", "datePublished": published, **more}


def meta(name: str, content: str) -> str:
    return f'<meta property="{name}" content="{content}">'


def shown(found: Document) -> str | None:
    return found.published.astimezone(JAKARTA).isoformat() if found.published else None


def test_zulu_that_is_local_is_told_by_the_visible_stamp(build: Build, document: Doc) -> None:
    html = build(head=meta("pubdate", "2023-11-02T20:59:53Z"), stamp="Kamis, 02 Nov 2023 20:59 WIB")
    assert shown(document(html)) == "2023-11-02T20:59:53+07:00"


def test_zulu_that_is_utc_is_told_by_the_visible_stamp(build: Build, document: Doc) -> None:
    html = build(ld=article("2023-11-02T02:20:00Z"), stamp="on 2 Nov 2023 at 09:20 WIB")
    assert shown(document(html)) == "2023-11-02T09:20:00+07:00"


def test_zulu_alone_is_utc_unless_the_source_says_otherwise(
    build: Build, document: Doc, outlet: Callable[..., Source]
) -> None:
    html = build(head=meta("pubdate", "2023-11-02T10:08:58Z"))
    assert shown(document(html)) == "2023-11-02T17:08:58+07:00"
    local = outlet(date=DateRules(zulu_is_local=True))
    assert shown(document(html, source=local)) == "2023-11-02T10:08:58+07:00"


def test_two_zulu_stamps_do_not_bear_each_other_out_as_local(build: Build, document: Doc) -> None:
    html = build(head=meta("pubdate", "2023-11-02T10:08:58Z"), ld=article("2023-11-02T10:08:58Z"))
    assert shown(document(html)) == "2023-11-02T17:08:58+07:00"


def test_lost_sign_is_mended_when_another_stamp_proves_it(build: Build, document: Doc) -> None:
    html = build(
        head=meta("article:published_time", "2023-11-02T11:38:29-07:00"), stamp="DAERAH | 2 November 2023 11:38"
    )
    assert shown(document(html)) == "2023-11-02T11:38:29+07:00"


def test_lost_sign_alone_is_believed_unless_the_source_says_otherwise(
    build: Build, document: Doc, outlet: Callable[..., Source]
) -> None:
    html = build(head=meta("article:published_time", "2023-11-02T11:38:29-07:00"))
    assert shown(document(html, url=DATELESS)) == "2023-11-03T01:38:29+07:00"
    wrong = outlet(date=DateRules(offset_is_local=True))
    assert shown(document(html, url=DATELESS, source=wrong)) == "2023-11-02T11:38:29+07:00"


def test_utc_stamp_crosses_midnight(build: Build, document: Doc) -> None:
    html = build(ld=article("2023-11-01T18:30:00+00:00"))
    assert shown(document(html)) == "2023-11-02T01:30:00+07:00"


def test_prose_in_json_ld(build: Build, document: Doc) -> None:
    html = build(ld=article("Kamis 02 November 2023 07:26 WIB"))
    found = document(html)
    assert shown(found) == "2023-11-02T07:26:00+07:00"
    assert found.published_raw == "Kamis 02 November 2023 07:26 WIB"


def test_day_in_json_ld_gives_way_to_a_stamp_with_a_time(build: Build, document: Doc) -> None:
    html = build(ld=article("2 November 2023"), stamp="Kamis, 2 November 2023 |13:10 WIB")
    assert shown(document(html)) == "2023-11-02T13:10:00+07:00"


def test_naive_stamp_is_western_indonesian_time(build: Build, document: Doc) -> None:
    assert shown(document(build(ld=article("2023-11-02 16:06:13")))) == "2023-11-02T16:06:13+07:00"


def test_naive_stamp_in_the_zone_of_its_source(build: Build, document: Doc, outlet: Callable[..., Source]) -> None:
    east = outlet(date=DateRules(zone="Asia/Jayapura"))
    assert shown(document(build(ld=article("2023-11-02 16:06:13")), source=east)) == "2023-11-02T14:06:13+07:00"


def test_modified_before_published_changes_nothing(build: Build, document: Doc) -> None:
    html = build(
        ld=article("2023-11-02T01:28:42+07:00", dateModified="2023-11-01T21:44:30+07:00"),
        head=meta("article:modified_time", "2023-11-01T21:44:30+07:00"),
        stamp="2 Nov 2023, 01:28 WIB</div><div>Diperbarui 3 Nov 2023, 08:00 WIB",
    )
    assert shown(document(html)) == "2023-11-02T01:28:42+07:00"


def test_unrendered_placeholder_is_passed_over(build: Build, document: Doc) -> None:
    html = build(head=meta("article:published_time", "[publishdate]"), stamp="2/11/2023 08.15")
    assert shown(document(html)) == "2023-11-02T08:15:00+07:00"


def test_template_stamp_is_outvoted(build: Build, document: Doc) -> None:
    html = build(
        head=meta("datePublished", "2014-07-13T20:07:27.8200000")
        + meta("article:published_time", "2023-11-02T22:35:26+07:00"),
        stamp="Kamis 02 November 2023 22:35 WIB",
    )
    assert shown(document(html)) == "2023-11-02T22:35:26+07:00"


def test_central_indonesian_time(build: Build, document: Doc) -> None:
    assert shown(document(build(stamp="Kamis, 2 Nopember 2023 08.15 WITA"))) == "2023-11-02T07:15:00+07:00"


def test_day_of_another_story_on_the_page_does_not_count(build: Build, document: Doc) -> None:
    related = "<aside><h3>Berita Terkait</h3>" + "<div>5 November 2023 10:00 WIB</div>" * 5 + "</aside>"
    assert shown(document(build(stamp="2 November 2023 09:00 WIB", after=related))) == "2023-11-02T09:00:00+07:00"


def test_day_in_the_text_is_no_stamp(build: Build, document: Doc) -> None:
    body = (
        "<p>Kotabaru - Rapat itu digelar pada Senin (30/10/2023) di pendopo dan dihadiri seluruh kepala dinas kabupaten.</p>"
        * 1
    )
    body += (
        "<p>Hasilnya akan diumumkan bupati kepada warga setelah panitia menilai berkas para pegawai satu per satu, kata panitia.</p>"
        * 1
    )
    body += "<p>Para pegawai yang belum lulus boleh mengikuti seleksi berikutnya yang dijadwalkan panitia pada awal tahun depan.</p>"
    body += "<p>Seleksi itu terbuka bagi semua pegawai negeri di kabupaten, termasuk para guru dan tenaga kesehatan di pulau.</p>"
    found = document(build(body=body), url=DATELESS)
    assert found.published is None
    assert found.published_raw is None


def test_day_of_the_address_is_the_last_resort(build: Build, document: Doc) -> None:
    found = document(build())
    assert shown(found) == "2023-11-02T00:00:00+07:00"


def test_stamp_after_the_fetch_is_doubted(build: Build, document: Doc) -> None:
    html = build(head=meta("date", "2031-01-01T00:00:00+07:00"), stamp="2 November 2023 09:00 WIB")
    assert shown(document(html, url=DATELESS)) == "2023-11-02T09:00:00+07:00"


@pytest.mark.parametrize(
    "broken",
    [
        '{"@type": "NewsArticle", "datePublished": "2023-11-02T16:06:13+07:00",}',
        '{"@type": "NewsArticle" "datePublished": "2023-11-02T16:06:13+07:00", "headline": "a "b" c"}',
        '[{"@graph": [{"@type": ["Article"], "datePublished": "2023-11-02T16:06:13+07:00"}]}]',
        '<!-- {"@type": "ReportageNewsArticle", "datePublished": "2023-11-02T16:06:13+07:00"} -->',
    ],
)
def test_odd_json_ld_is_read(build: Build, document: Doc, broken: str) -> None:
    assert shown(document(build(ld=broken))) == "2023-11-02T16:06:13+07:00"
