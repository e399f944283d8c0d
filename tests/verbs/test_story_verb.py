"""``citra story``: first publisher, spread by time and kind, all copies; a story by the id of any of its texts."""

from __future__ import annotations

import json
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest

from citra.cli.main import cli
from citra.documents import Mention, mention_from_json
from citra.errors import InputError
from citra.trends.spread import Publication, spread
from citra.verbs.index import open_index
from citra.verbs.story import story

START = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)


def made(name: str, source: str, kind: str, minutes: int | None, story_id: str = "wire") -> Mention:
    at = (START + timedelta(minutes=minutes or 0)).isoformat()
    return mention_from_json({
        "id": name, "source": source, "kind": kind, "url": f"https://{source}.example/{name}", "text": f"Isi {name}",
        "canonical_url": f"https://{source}.example/{name}", "published": at if minutes is not None else None,
        "fetched": at, "content_hash": "0", "relevance": 0.2, "story_id": story_id, "title": f"Judul {name}",
        "sentiment": {"label": "negative", "p_negative": 0.8, "p_neutral": 0.1, "p_positive": 0.1},
        "offices": ["kpk"] if source == "antara" else ["bkn"], "model": {"name": "tiny", "version": "1"},
    })  # fmt: skip


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("story") / "index")
    texts = [
        made("c", "detik", "news", 40), made("a", "antara", "news", 0), made("b", "kompas", "news", 3),
        made("d", "mastodon", "social", 200), made("e", "detik", "news", 900), made("f", "tribun", "news", None),
        made("x", "kompas", "news", 10, "other"),
    ]  # fmt: skip
    with open_index(path, create=True) as store, store.writing() as writer:
        writer.upsert(texts, version=1)
    return path


def test_a_story(index: str) -> None:
    found = story(index, "wire")
    assert [copy.id for copy in found.copies] == ["a", "b", "c", "d", "e", "f"]
    assert found.copies[0].published is not None
    assert found.copies[0].published.isoformat() == "2026-11-16T09:00:00+07:00"
    seen = found.spread
    assert (seen.texts, seen.sources, seen.undated, seen.pace) == (6, 5, 1, "wave")
    assert seen.first is not None
    assert seen.first.source == "antara"
    assert [one.source for one in seen.runners_up] == ["kompas"]
    assert (seen.half, seen.most) == (timedelta(minutes=40), timedelta(minutes=900))
    assert [(one.kind, one.texts, one.sources, one.delay) for one in seen.kinds] == [
        ("news", 5, 4, timedelta()), ("social", 1, 1, timedelta(minutes=200)),
    ]  # fmt: skip
    assert [(step.texts, step.sources) for step in seen.steps] == [(1, 1), (2, 2), (3, 3), (4, 4), (5, 4)]
    assert found.offices == ("bkn", "kpk")
    assert story(index, "d") == found
    with open_index(index) as store:
        assert store.count(found.query).placements == 6


def test_a_single_text_and_none(index: str) -> None:
    alone = story(index, "other").spread
    assert (alone.pace, alone.half, alone.runners_up) == ("single", timedelta(), ())
    for wrong in ("nothing", "", 'a"b) OR (', "x" * 500):
        with pytest.raises(InputError, match="no story"):
            story(index, wrong)


def test_texts_without_times_and_slow_ones() -> None:
    timeless = spread([Publication(id="a", source="s", kind="news", at=None)])
    assert (timeless.first, timeless.half, timeless.pace, timeless.steps) == (None, None, "single", ())
    assert timeless.kinds[0].delay is None
    days = [Publication(id=str(n), source=str(n), kind="news", at=START + timedelta(days=n)) for n in range(4)]
    assert (spread(days).pace, spread(days).half, spread(days).most) == ("slow", timedelta(days=1), timedelta(days=3))
    assert spread([]).texts == 0


def test_the_command(index: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITRA_INDEX_PATH", index)
    monkeypatch.chdir(tmp_path)
    out = StringIO()
    with redirect_stdout(out):
        cli.main(["story", "wire", "--json", "--plot", "s.png"], standalone_mode=False)
    answer = json.loads(out.getvalue())
    assert answer["spread"]["first"]["at"] == "2026-11-16T09:00:00+07:00"
    assert answer["spread"]["half"] == 2400
    assert len(answer["copies"]) == 6
    assert (tmp_path / "s.png").read_bytes()[:4] == b"\x89PNG"
    shown = StringIO()
    with redirect_stdout(shown):
        cli.main(["story", "a"], standalone_mode=False)
    assert "first: antara, 2026-11-16 09:00 (within five minutes: kompas)" in shown.getvalue()
    assert "https://tribun.example/f" in shown.getvalue()
