"""A human's label counts at once, survives new analyses and rebuilt indexes, and can be taken back."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from citra.corrections import read_corrections
from citra.documents import Mention, Partition, mention_from_json, to_json
from citra.errors import InputError
from citra.lake import Lake
from citra.store import Query
from citra.verbs.index import open_index
from citra.verbs.label import choose, label, sampling_of
from citra.verbs.load import load

NOW = datetime.now(UTC) + timedelta(hours=1)  # later than any file that the tests write
HOUR = Partition(source="harian", hour=datetime(2026, 11, 24, 1, tzinfo=UTC))
EVERYTHING = Query(min_relevance=None)


def made(number: int, **changes: object) -> Mention:
    flat = {
        "id": f"harian-{number}", "source": "harian", "kind": "news", "url": f"https://harian.example/{number}",
        "canonical_url": f"https://harian.example/{number}", "title": f"Berita {number}",
        "text": f"Pelayanan kantor nomor {number} dinilai lambat", "published": "2026-11-24T08:00:00+07:00",
        "fetched": f"2026-11-24T01:{number % 60:02d}:00+00:00", "content_hash": "0", "relevance": 0.9,
        "sentiment": {"label": "negative", "p_negative": 0.5 + number / 100, "p_neutral": 0.4 - number / 100,
                      "p_positive": 0.1},
        "topics": [{"id": "service", "p": 0.9}], "story_id": f"s{number}", "stems": "",
        "model": {"name": "tiny", "version": "1"},
    }  # fmt: skip
    return mention_from_json(flat | changes)


class Place:
    def __init__(self, folder: Path) -> None:
        self.lake, self.index = str(folder / "lake"), str(folder / "index")

    def write(self, count: int = 8, partition: Partition = HOUR, **changes: object) -> None:
        Lake(self.lake).write("mentions", partition, [made(i, **changes) for i in range(count)])

    def load(self):  # type: ignore[no-untyped-def]
        return load(self.index, self.lake, now=NOW)

    def say(self, number: int, who: str = "Ani", minutes: int = 0, **said: object):  # type: ignore[no-untyped-def]
        now = NOW + timedelta(minutes=minutes)
        return label(self.lake, self.index, f"harian-{number}", who=who, now=now, **said)  # type: ignore[arg-type]

    def get(self, number: int) -> Mention:
        with open_index(self.index) as store:
            found = store.get(f"harian-{number}")
        assert found is not None
        return found

    def counts(self) -> dict[str, int]:
        with open_index(self.index) as store:
            return dict(store.facets(Query(min_relevance=0.5), "sentiment"))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    here = Place(tmp_path)
    here.write()
    here.load()
    return here


def test_a_label_counts_at_once(place: Place) -> None:
    done = place.say(3, sentiment="positive", topics=["staffing", "ethics"], note="pujian")
    assert (done.is_new, done.is_applied) == (True, True)
    found = place.get(3)
    assert found == done.mention
    assert (found.sentiment.label, found.sentiment.p_positive, found.corrected_by) == ("positive", 1.0, "Ani")
    assert [topic.id for topic in found.topics] == ["ethics", "staffing"]
    assert found.relevance == 0.9
    assert place.counts() == {"negative": 7, "positive": 1}
    place.say(4, relevant=False)
    assert place.counts() == {"negative": 6, "positive": 1}


def test_it_survives_new_analyses_new_indexes_and_later_fetches(place: Place) -> None:
    place.say(3, sentiment="positive")
    place.load()
    assert place.get(3).sentiment.label == "positive"
    place.write(model={"name": "tiny", "version": "2"})
    report = place.load()
    assert report.result.replaced + report.result.unchanged == 8
    assert (place.get(3).sentiment.label, place.get(3).model.version) == ("positive", "2")
    later = Partition(source="harian", hour=HOUR.hour + timedelta(hours=5))
    Lake(place.lake).write("mentions", later, [made(3, fetched="2026-11-24T06:00:00+00:00", text="Disunting sedikit")])
    place.load()
    assert (place.get(3).sentiment.label, place.get(3).document.text) == ("positive", "Disunting sedikit")
    place.index += "-anew"
    place.load()
    assert place.counts() == {"negative": 7, "positive": 1}


def test_a_label_that_did_not_reach_the_index_is_applied_by_the_next_load(place: Place) -> None:
    place.say(3, sentiment="neutral")
    with open_index(place.index) as store, store.writing():
        busy = place.say(3, minutes=1, sentiment="positive", patience=0.2)
    assert (busy.is_new, busy.is_applied) == (True, False)
    assert place.get(3).sentiment.label == "neutral"
    place.load()
    assert place.get(3).sentiment.label == "positive"
    assert place.load().loaded == 0


def test_the_last_word_counts_and_all_are_kept(place: Place) -> None:
    place.say(1, "Ani", 0, sentiment="positive", relevant=True)
    place.say(1, "Budi", 1, sentiment="neutral")
    found = place.get(1)
    assert (found.sentiment.label, found.relevance, found.corrected_by) == ("neutral", 1.0, "Budi")
    place.say(1, "Citra", 2, sentiment="positive", blind=True)
    assert place.get(1).corrected_by == "Budi", "a second pass measures; it does not overrule"
    place.say(1, "Budi", 3, retract=True)
    assert (place.get(1).sentiment.label, place.get(1).corrected_by) == ("positive", "Ani")
    place.say(1, "Ani", 4, retract=True)
    place.say(1, "Citra", 5, retract=True)
    assert place.get(1) == made(1)
    assert len(read_corrections(Lake(place.lake)).records) == 6


def test_saying_it_again_adds_nothing(place: Place) -> None:
    place.say(1, sentiment="positive")
    again = place.say(1, minutes=5, sentiment="positive")
    assert (again.is_new, again.is_applied) == (False, True)
    assert len(read_corrections(Lake(place.lake)).records) == 1
    assert place.say(1, minutes=6, sentiment="neutral").is_new


def test_what_was_loaded_from_a_file_can_be_labelled_too(tmp_path: Path) -> None:
    import json

    here = Place(tmp_path)
    file = tmp_path / "m.jsonl"
    file.write_text("".join(json.dumps(to_json(made(i))) + "\n" for i in range(3)))
    load(here.index, here.lake, [str(file)], now=NOW)
    here.say(1, sentiment="positive")
    here.say(1, minutes=1, topics=[])
    assert (here.get(1).sentiment.label, here.get(1).topics) == ("positive", ())
    load(here.index, here.lake, [str(file)], now=NOW)
    assert (here.get(1).sentiment.label, here.get(1).topics) == ("positive", ())
    here.say(1, minutes=2, retract=True)
    assert here.get(1) == made(1)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"sentiment": "angry"}, "unknown sentiment 'angry'; known: negative"),
        ({"topics": ["bola"]}, "unknown topic 'bola'"),
        ({}, "no label was given"),
        ({"sentiment": "neutral", "who": " \x00"}, "a name"),
        ({"sentiment": "neutral", "retract": True}, "not both"),
        ({"sentiment": "neutral", "note": "x" * 2_001}, "note is longer"),
        ({"sentiment": "neutral", "number": 99}, "harian-99: no such text"),
    ],
)
def test_wrong_labels_are_refused_and_leave_nothing(place: Place, said: dict[str, object], expected: str) -> None:
    with pytest.raises(InputError, match=expected):
        place.say(**({"number": 1} | said))  # type: ignore[arg-type]
    assert read_corrections(Lake(place.lake)).records == []


def test_a_damaged_line_is_a_reject_and_the_rest_counts(place: Place) -> None:
    place.say(1, sentiment="positive")
    (file,) = Path(place.lake, "labels").rglob("*.jsonl")
    file.write_bytes(b'{"mention_id": 5}\nnonsense\n' + file.read_bytes()[:-1])
    place.say(2, sentiment="positive")
    known = read_corrections(Lake(place.lake))
    assert [reject.reason for reject in known.rejects] == ["bad-label", "bad-label"]
    assert len(known.records) == 2
    place.write(model={"name": "tiny", "version": "2"})
    report = place.load()
    assert [reject.locator.rpartition(":")[2] for reject in report.rejects] == ["1", "2"]
    assert place.counts() == {"negative": 6, "positive": 2}


def test_samples_are_repeatable_and_leave_out_what_is_labelled(place: Place) -> None:
    def ids(**options: object) -> list[str]:
        found = choose(place.lake, place.index, EVERYTHING, **({"size": 3} | options))  # type: ignore[arg-type]
        return [mention.id for mention in found]

    first = ids(sampling="random", size=8)
    assert ids(sampling="random") == first[:3]
    assert ids(sampling="random", seed=1, size=8) != first
    assert ids(sampling="uncertain") == ["harian-0", "harian-1", "harian-2"]
    place.say(int(first[0][-1]), sentiment="neutral")
    assert ids(sampling="random") == first[1:4]
    assert ids(sampling="query", again=True, who="Ani") == []
    assert ids(sampling="query", again=True, who="Budi") == first[:1]


def test_a_sample_that_the_model_chose_is_not_called_random() -> None:
    assert sampling_of(Query(sources=("a",)), "random") == "random"
    assert sampling_of(Query(sentiments=("negative",)), "random") == "query"
    assert sampling_of(Query.of("korupsi"), "random") == "query"
    assert sampling_of(Query(), "uncertain") == "uncertain"


def test_two_who_label_at_the_same_time_lose_nothing(place: Place) -> None:
    code = (
        "import sys; from datetime import UTC, datetime; from citra.verbs.label import label\n"
        "for i in range(6):\n"
        f"    label({place.lake!r}, {place.index!r}, f'harian-{{i}}', who=sys.argv[1], sentiment='positive',"
        " now=datetime.now(UTC), patience=20)"
    )
    both = [subprocess.Popen([sys.executable, "-c", code, who], env={**os.environ}) for who in ("Ani", "Budi")]
    assert [process.wait() for process in both] == [0, 0]
    assert len(read_corrections(Lake(place.lake)).records) == 12
    place.load()
    assert place.counts() == {"positive": 6, "negative": 2}
