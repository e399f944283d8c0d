"""Dampak: a step that was planted is found, drawn and said; without one, or with too little, it says so."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from dashboard import END, NOW, Visitor, settings_for, text

from citra.documents import SentimentLabel
from citra.store import Query
from citra.verbs.effect import effect
from citra.verbs.index import open_index
from citra.web.app import create_app

AT = END - timedelta(days=13)


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ninety days of two offices' texts; complaints about one of them stop a fortnight before the end."""
    folder = tmp_path_factory.mktemp("campaign")
    mentions = []
    for day in range(90):
        for n in range(10):
            for name, negative in (("loket", 1 if day < 14 else 6), ("arsip", 4)):
                label: SentimentLabel = "negative" if (n * 7 + day) % 10 < negative else "neutral"
                mentions.append(text(f"{name}-{day}-{n}", f"Kabar {name} {day} {n}", "Isi.", day=day, label=label))
    with open_index(str(folder / "index"), create=True) as store, store.writing() as writer:
        writer.upsert(mentions, version=1)
    return folder


@pytest.fixture
def asker(campaign: Path, tmp_path: Path) -> Iterator[Visitor]:
    with Visitor(create_app(settings_for(campaign, tmp_path), clock=lambda: NOW)) as found:
        yield found


def drawn(page: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(re.findall(r'class="data">(.*?)</script>', page, re.DOTALL)[0])
    return found


def test_planted_step_is_found_and_drawn(asker: Visitor, campaign: Path) -> None:
    page = asker.get(f"/dampak?q=loket&at={AT}&controls=arsip").text
    found = effect(
        str(campaign / "index"), Query.of("loket", min_relevance=0.6), at=AT, today=END,
        controls=[Query.of("arsip", min_relevance=0.6)],
    )  # fmt: skip
    assert found.step is not None
    assert found.verdict == "effect"
    size = f"{abs(found.step.value) * 100:.1f}".replace(".", ",")
    assert f"Porsi negatif turun {size} poin" in page
    chart = drawn(page)
    assert chart["labels"][chart["at"]] == "7 Nov"  # type: ignore[index]
    known = [value is not None for value in chart["course"]]  # type: ignore[attr-defined]
    assert known == [False] * (len(known) - 13) + [True] * 13
    assert "Pembanding 1" in page
    assert "tanggal lain" in page


def test_days_and_spans_open_their_texts(asker: Visitor) -> None:
    page = asker.get(f"/dampak?q=loket&at={AT}&measure=volume").text
    assert "belum dapat disimpulkan" in page
    link = drawn(page)["links"][-2]  # type: ignore[index]
    assert "10 teks dalam 10 cerita" in asker.get(link).text
    after = next(unescape(one) for one in re.findall(r'class="tile" href="([^"]+)"', page) if f"from={AT}" in one)
    assert "130 teks dalam" in asker.get(after).text  # thirteen days: today is not over


def test_numbers_can_be_taken_away(asker: Visitor) -> None:
    rows = asker.get(f"/unduh/dampak.csv?q=loket&at={AT}&controls=arsip").text.lstrip("\ufeff").splitlines()
    assert rows[0] == "day,observed,mean_7_days,without_event,low,high"
    assert rows[-1].split(",")[3] != ""
    assert asker.get("/unduh/dampak.csv").status_code == 400


def test_too_little_is_said(visitor: Visitor) -> None:
    page = visitor.get("/dampak?at=2026-11-15").text
    assert "belum dapat disimpulkan" in page
    assert "teks mandiri" in page
    assert "canvas" not in page


@pytest.mark.parametrize(
    ("ask", "said"),
    [("at=2026-13-01", "bukan tanggal"), ("at=2020-01-01", "data dimulai"), ("at=2026-11-15&q=(suap", "tidak ditutup"),
     ("at=2026-11-15&controls=(suap", "tidak ditutup"), ("at=2026-11-15&sentiment=negative", "ukurlah jumlah teks"),
     ("at=2027-01-01", "belum ada hari sesudah"), ("at=2026-11-15&until=2026-11-01", "mendahului"),
     ("at=0001-01-01", "data dimulai"), ("at=9999-12-31", "belum ada hari")],
)  # fmt: skip
def test_what_cannot_be_measured_is_said_in_indonesian(visitor: Visitor, ask: str, said: str) -> None:
    answer = visitor.get(f"/dampak?{ask}")
    assert answer.status_code == (200 if "bukan" in said else 400)
    assert said in answer.text
    assert '<span lang="en">' not in answer.text
