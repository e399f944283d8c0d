from __future__ import annotations

import re

import pytest

from nlp.districts import districts
from nlp.entities import find_entities
from nlp.gazetteer import regions


@pytest.mark.parametrize(
    ("text", "region_codes"),
    [
        ("Warga Kecamatan Wiyung mengeluh", "35.78"),
        ("lampu mati di kec. gubeng, tolong", "35.78"),
        ("CAMAT PEDURUNGAN DIPERIKSA", "33.74"),
        ("Camat Medan Maimun dicopot", "12.71"),
        ("Kecamatan Pasar Kemis dan Kecamatan Pamulang", "36.03 36.74"),
        # a name that may be the city's or the regency's is decided, a province made more exact
        ("Kecamatan Cileungsi, Bogor", "32.01"),
        ("Kecamatan Wonocolo, Jawa Timur", "35.78"),
        # what the text itself says is believed
        ("Kecamatan Gubeng, Kota Medan", "12.71"),
        ("Kecamatan Gubeng di Jawa Barat", "32"),
        # two regencies share the name; another name begins alike; words that are no name
        ("Kecamatan Tanah Abang", ""),
        ("Kecamatan Gubeng Kulon Progoan", ""),
        ("kecamatan juli nanti", ""),
        ("Tiga kecamatan di sana", ""),
        ("puskesmas Wiyung, polsek Wiyung, Wiyung", ""),
        ("kecamatan", ""),
        ("Kecamatan ", ""),
    ],
)
def test_find(text: str, region_codes: str) -> None:
    assert find_entities(text).regions == tuple(region_codes.split())


def test_an_office_belongs_to_the_district_s_regency() -> None:
    assert find_entities("Dishub lambat di Kecamatan Rungkut").offices == ("dishub@35.78",)


def test_the_data() -> None:
    known = districts()
    assert len(known) > 6_000
    names = {re.sub(r"[\s’'-]+", "", name.lower()) for name, _ in regions().values()}
    assert not names & known.keys()
    assert all(len(name) >= 4 for name in known)
    assert {code for code in known.values() if len(code) != 5 or code not in regions()} == set()
