from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.extract.dates import MONTHS, find_stamps, parse_stamp

WIB = timezone(timedelta(hours=7))


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("Kamis 09 Juli 2020 07:26 WIB", "2020-07-09T07:26:00+07:00"),
        ("Rabu, 4 November 2015 | 21:04 WIB", "2015-11-04T21:04:00+07:00"),
        ("Selasa, 3 Nop 2015, 20.15", "2015-11-03T20:15:00+07:00"),
        ("5 Peb 2019 pukul 08.05 WITA", "2019-02-05T08:05:00+08:00"),
        ("17 Agt 2021 - 10:00 WIT", "2021-08-17T10:00:00+09:00"),
        ("1 Mrt 2018 23:59", "2018-03-01T23:59:00+07:00"),
        ("Jum'at, 29 Agustus 2025 |13:10 WIB", "2025-08-29T13:10:00+07:00"),
        ("13/9/2023", "2023-09-13T00:00:00+07:00"),
        ("13/9/2023 20.15", "2023-09-13T20:15:00+07:00"),
        ("9/13/2023", "2023-09-13T00:00:00+07:00"),
        ("Kompas.com - 02/11/2023, 21:34 WIB", "2023-11-02T21:34:00+07:00"),
        ("20:15 WIB, Kamis 5 November 2015", "2015-11-05T20:15:00+07:00"),
        ("July 9, 2020 7:26 pm", "2020-07-09T19:26:00+07:00"),
        ("12 May 2020 12:05 am", "2020-05-12T00:05:00+07:00"),
        ("2023-11-02T14:34:19+00:00", "2023-11-02T14:34:19+00:00"),
        ("2023-11-02T14:34:19.123Z", "2023-11-02T14:34:19+00:00"),
        ("2015-11-05 T10:08:58Z", "2015-11-05T10:08:58+00:00"),
        ("2023-11-02T20-59-53Z", "2023-11-02T20:59:53+00:00"),
        ("2023-11-02 21:34:19", "2023-11-02T21:34:19+07:00"),
        ("2023/11/02 20:59:53", "2023-11-02T20:59:53+07:00"),
        ("2021-06-17T11:38:29-07:00", "2021-06-17T11:38:29-07:00"),
        ("20231102T205953Z", "2023-11-02T20:59:53+00:00"),
        ("Thu, 17 Jun 2021 11:38:29 GMT", "2021-06-17T11:38:29+00:00"),
        ("1698933593", "2023-11-02T13:59:53+00:00"),
        ("1698933593000", "2023-11-02T13:59:53+00:00"),
    ],
)
def test_stamp_is_read(text: str, iso: str) -> None:
    stamp = parse_stamp(text)
    assert stamp is not None
    assert stamp.instant() == datetime.fromisoformat(iso)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[publishdate]",
        "{{ date }}",
        "0000-00-00 00:00:00",
        "-0001-11-30",
        "1.234.567",
        "32 Januari 2020",
        "31/02/2020",
        "1970-01-01",
        "0",
        "12:30",
        "Rp 20.15 juta",
        "tahun 2020",
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert parse_stamp(text) is None


@pytest.mark.parametrize(("word", "number"), sorted(MONTHS.items()))
def test_every_month_word(word: str, number: int) -> None:
    for spelling in (word, word.upper(), word.capitalize()):
        stamp = parse_stamp(f"7 {spelling} 2022 10:11 WIB")
        assert stamp is not None
        assert stamp.instant() == datetime(2022, number, 7, 10, 11, tzinfo=WIB)


def test_edits_are_told_from_publication() -> None:
    first, second = find_stamps("Terbit 1 Mei 2020, 10:00 WIB | Diperbarui 2 Mei 2020, 11:00 WIB")
    assert (first.is_edit, second.is_edit) == (False, True)


def test_a_time_belongs_to_its_own_date() -> None:
    first, second = find_stamps("1/5/2020 dan 2/5/2020 10:30")
    assert (first.has_time, second.has_time) == (False, True)


@given(st.datetimes(min_value=datetime.fromisoformat("1999-01-01"), max_value=datetime.fromisoformat("2069-12-31")))
def test_written_dates_come_back(moment: datetime) -> None:
    names = [word for word, number in MONTHS.items() if number == moment.month]
    for name in names:
        text = f"{moment.day:02} {name} {moment.year} {moment.hour:02}.{moment.minute:02} WIB"
        stamp = parse_stamp(text)
        assert stamp is not None
        assert stamp.instant() == moment.replace(second=0, microsecond=0, tzinfo=WIB)


@given(st.text(max_size=200))
def test_any_text_is_decided(text: str) -> None:
    for stamp in [parse_stamp(text), *find_stamps(text)]:
        assert stamp is None or stamp.instant().tzinfo is UTC


@given(st.text(alphabet="0123456789-/:.TZ+ WIBAjanfebmrpyulg,|", max_size=60))
def test_any_near_date_is_decided(text: str) -> None:
    for stamp in [parse_stamp(text), *find_stamps(text)]:
        assert stamp is None or stamp.instant().tzinfo is UTC
