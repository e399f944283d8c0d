from __future__ import annotations

import pytest

from nlp.language import detect, is_scored


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Bupati itu ditangkap karena menerima suap dari pengusaha", "id"),
        ("pelayanan disdukcapil lemot bgt sih, udah antri dr pagi gak kelar2", "id"),
        ("Petugasnya helpful banget, prosesnya smooth dan cepat, recommended!", "id"),
        ("Wong cilik kaya aku iki ora iso ngurus KTP, piye to lurahe", "jv"),
        ("Pelayanan di kelurahan teh kirang sae, abdi antosan ti enjing teu acan réngsé", "su"),
        ("The regent was arrested on Friday after investigators searched his office and home", "en"),
        ("El gobierno anunció nuevas reglas para los funcionarios públicos de la capital", "es"),
        ("政府公布了新的公务员规定", "zh"),
        ("الحكومة تعلن عن قواعد جديدة للموظفين", "ar"),
        ("ok", None),
        ("😀😀😀", None),
        ("", None),
        ("KPK OTT", None),
    ],
)
def test_detect(text: str, language: str | None) -> None:
    assert detect(text) == language


def test_what_is_scored() -> None:
    assert all(is_scored(code) for code in ("id", "jv", "su", None))
    assert not any(is_scored(code) for code in ("en", "zh", "ar"))
