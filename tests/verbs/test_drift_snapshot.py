"""A steady mix does not drift, a changed one does; a copied index answers as the original."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from citra.documents import JAKARTA, Mention, document_id, mention_from_json
from citra.errors import ConfigError, InputError, TryAgain
from citra.verbs.drift import drift
from citra.verbs.index import open_index
from citra.verbs.learn import gather
from citra.verbs.snapshot import snapshot

UNTIL = date(2026, 11, 22)
LABELS = ("negative", "neutral", "positive")


def made(number: int, day: date, label: str, model: str = "1") -> Mention:
    url = f"https://h.example/{number}"
    at = datetime.combine(day, time(9), JAKARTA).astimezone(UTC).isoformat()
    chances = {f"p_{name}": 0.8 if name == label else 0.1 for name in LABELS}
    values: dict[str, Any] = {
        "id": document_id("harian", url), "source": "harian", "kind": "news", "url": url, "canonical_url": url,
        "title": f"Berita {number}", "text": "Pelayanan pegawai desa.", "published": at, "fetched": at,
        "content_hash": "0", "relevance": 0.9, "story_id": f"s{number}", "sentiment": {"label": label, **chances},
        "topics": [{"id": "service", "p": 0.9}], "stems": "layan pegawai desa",
        "model": {"name": "tiny", "version": model},
    }  # fmt: skip
    return mention_from_json(values)


@pytest.fixture
def index(tmp_path: Path) -> str:
    """Thirteen weeks of 30 texts a day, always of the same mix, until the last week: there half the neutral turn."""
    mentions, number = [], 0
    for back in range(13 * 7):
        day = UNTIL - timedelta(days=back)
        for place in range(30):
            number += 1
            label = LABELS[(place * 7 + back) % 3]
            if back < 7 and label == "neutral" and place % 2:
                label = "negative"
            mentions.append(made(number, day, label, "2" if back < 3 else "1"))
    path = str(tmp_path / "index")
    with open_index(path, create=True) as store, store.writing() as writer:
        writer.upsert(mentions, version=1)
    return path


def test_drift_tells_a_changed_mix_from_a_steady_one(index: str) -> None:
    found = drift(index, until=UNTIL)
    assert found.moved == ["sentiment"]
    mixes = {mix.name: mix for mix in found.mixes}
    sentiment = mixes["sentiment"]
    assert sentiment.texts == 210
    assert sentiment.before["neutral"] == pytest.approx(1 / 3, abs=0.01)
    turned = sentiment.before["neutral"] - sentiment.now["neutral"]
    assert sentiment.distance == pytest.approx(turned, abs=0.005)  # all of it went to one other label
    assert mixes["source"].distance == mixes["topic"].distance == mixes["relevance"].distance == 0
    assert found.models == {"tiny@1": 120, "tiny@2": 90}


def test_drift_is_silent_on_a_usual_week_and_on_too_few_texts(index: str) -> None:
    assert drift(index, until=UNTIL - timedelta(days=7)).moved == []
    early = drift(index, until=UNTIL - timedelta(days=12 * 7))
    assert early.moved == []
    assert {mix.distance for mix in early.mixes} == {None}
    json.dumps(early.to_json())


def test_copied_index_answers_as_the_original_and_old_copies_go(index: str, tmp_path: Path) -> None:
    folder = tmp_path / "snapshots"
    (folder / "not-ours").mkdir(parents=True)
    for day in ("2026-11-08", "2026-11-15", "2026-11-22", "2026-11-22"):
        done = snapshot(index, folder, name=day, keep=2)
    assert done.removed == ()
    assert sorted(path.name for path in folder.iterdir()) == ["2026-11-15", "2026-11-22", "not-ours"]
    with open_index(index) as original, open_index(str(folder / "2026-11-22")) as copy:
        assert copy.stats() == original.stats()
        with copy.writing() as writer:  # no lock came with it
            writer.upsert([made(0, UNTIL, "neutral")], version=1)
        assert copy.stats().mentions == original.stats().mentions + 1 == done.mentions + 1


def test_index_is_not_copied_while_somebody_writes(index: str, tmp_path: Path) -> None:
    with open_index(index) as store, store.writing(), pytest.raises(TryAgain):
        snapshot(index, tmp_path / "snapshots", name="2026-11-22")
    assert not (tmp_path / "snapshots").exists()


def test_snapshots_of_a_real_server_need_a_repository(search_server: str, tmp_path: Path) -> None:
    from elasticsearch import Elasticsearch
    from search_server import wipe

    address = f"{search_server}/snap?replicas=0"
    with Elasticsearch(search_server) as client:
        try:
            with open_index(address, create=True) as store, store.writing() as writer:
                writer.upsert([made(1, UNTIL, "neutral")], version=1)
            with pytest.raises(ConfigError, match="no snapshot repository 'nowhere'"):
                snapshot(address, tmp_path, name="2026-11-22", repository="nowhere")
            client.snapshot.create_repository(
                name="citra", repository={"type": "fs", "settings": {"location": "citra"}}
            )
            for day in ("2026-11-15", "2026-11-22", "2026-11-22"):
                done = snapshot(address, tmp_path, name=day, keep=1)
            assert done.mentions == 1
            kept = client.snapshot.get(repository="citra", snapshot="snap-*")["snapshots"]
            assert [one["snapshot"] for one in kept] == ["snap-2026-11-22"]
            assert kept[0]["state"] == "SUCCESS"
            client.snapshot.delete(repository="citra", snapshot="snap-*")
        finally:
            wipe(client, "snap")


def test_gathering_needs_the_labelled_texts(index: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"asn_gold\.jsonl: no such file"):
        gather(str(tmp_path / "lake"), index, tmp_path, tmp_path / "out")
