"""Tasks without a scheduler: how far back a crawl reads, groups of partitions, who is told, and promotion."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from citra.config import Settings, load_settings
from citra.documents import Partition
from citra.errors import CitraError, InputError
from citra.lake import Lake
from citra.tasks.collect import gathered, last_success, reach
from citra.tasks.tell import tell_operator
from citra.tasks.understand import groups, load_keys, pending, within
from citra.verbs.learn import promote

START = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(None, {"CITRA_LAKE_PATH": str(tmp_path / "lake"), "CITRA_INDEX_PATH": str(tmp_path / "index")})


def crawled(lake: Lake, source: str, moment: datetime, *, succeeded: bool = True) -> None:
    """Leave the record of a crawl, as ``citra crawl`` does."""
    path = lake.path("coverage", Partition.of(source, moment))
    record = {"started": moment.isoformat(), "succeeded": succeeded, "last_success": None}
    with lake.replacing(path) as stream:
        stream.write(json.dumps(record).encode() + b"\n")


@pytest.mark.parametrize(
    ("rest", "back", "words"),
    [
        (timedelta(hours=1), timedelta(days=7), ""),
        (timedelta(hours=9), timedelta(days=7), "nothing collected for 9 hours: this one crawl makes up for all of it"),
        (timedelta(days=3), timedelta(days=7), "nothing collected for 3.0 days: this one crawl makes up for all of it"),
        (timedelta(days=20), timedelta(days=21), "nothing collected for 20.0 days"),
        (timedelta(days=59), timedelta(days=60), "nothing collected for 59.0 days"),
    ],
)
def test_one_crawl_makes_up_for_a_rest_and_says_so(
    settings: Settings, rest: timedelta, back: timedelta, words: str
) -> None:
    lake = Lake(settings.lake.path)
    crawled(lake, "kompas", START - rest)
    crawled(lake, "kompas", START, succeeded=False)  # a failed try makes up for nothing
    found = reach(lake, "kompas", START)
    assert START - found.since == back
    assert found.words.startswith(words)
    assert bool(found.words) == bool(words)
    assert last_success(lake, "kompas", START) == START - rest


def test_first_crawl_reads_sixty_days(settings: Settings) -> None:
    found = reach(Lake(settings.lake.path), "kompas", START)
    assert (START - found.since, found.words) == (timedelta(days=60), "first crawl: reads back 60 days")


def test_no_source_at_all_is_a_failure_and_some_are_not() -> None:
    report = {"new": 2, "partitions": ["b/2026-11-24/03", "a/2026-11-24/03"]}
    assert gathered(3, [report, report]) == {
        "sources": 3, "failed": 1, "new": 4, "partitions": ["a/2026-11-24/03", "b/2026-11-24/03"],
    }  # fmt: skip
    with pytest.raises(CitraError, match="none of 3 sources"):
        gathered(3, [])
    assert gathered(0, [])["partitions"] == []


def test_groups_hold_every_key_once_and_are_bounded() -> None:
    keys = [f"s{number:04}/2026-11-24/03" for number in range(1000)]
    few, many = groups(keys[:50]), groups([*keys, *keys], size=2, most=30)
    assert [len(group) for group in few] == [24, 24, 2]
    assert len(many) <= 30
    assert sorted(key for group in many for key in group) == keys
    assert groups([]) == []


def test_days_are_those_of_jakarta(settings: Settings) -> None:
    lake = Lake(settings.lake.path)
    for name, moment in (
        ("a", datetime(2026, 11, 22, 16, tzinfo=UTC)),  # 23:00 of the 22nd in Jakarta
        ("a", datetime(2026, 11, 22, 17, tzinfo=UTC)),  # midnight of the 23rd
        ("a", datetime(2026, 11, 23, 16, tzinfo=UTC)),
        ("b", datetime(2026, 11, 23, 16, tzinfo=UTC)),
        ("b", datetime(2026, 11, 23, 17, tzinfo=UTC)),
    ):
        with lake.replacing(lake.path("raw", Partition.of(name, moment))) as stream:
            stream.write(b"")
    day = date(2026, 11, 23)
    assert within(settings, day, day) == ["a/2026-11-22/17", "a/2026-11-23/16", "b/2026-11-23/16"]
    assert within(settings, day, day, ["b"]) == ["b/2026-11-23/16"]
    with pytest.raises(InputError, match="is after"):
        within(settings, day, day - timedelta(days=1))


def test_keys_that_are_none_are_refused(settings: Settings) -> None:
    with pytest.raises(InputError, match="is no partition"):
        pending(settings, since=None, keys=["kompas"])
    with pytest.raises(InputError, match="nothing of this partition"):
        pending(settings, since=None, keys=["kompas/2026-11-24/07"])
    assert pending(settings, since=None) == []
    assert load_keys(settings, [], since=START.date(), now=START)["partitions"] == 0


def test_operators_are_told_once_a_day(
    settings: Settings, inbox: tuple[str, list[dict[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, received = inbox
    told = Settings(**settings.model_dump() | {"secrets": {"CITRA_NOTIFY_OPERATOR_URLS": address}})
    assert tell_operator(told, ["failed:dag:load", "failed:dag:run-1"], "load failed", "Why.", START)
    assert not tell_operator(told, ["failed:dag:load", "failed:dag:run-2"], "load failed", "Why.", START)
    assert not tell_operator(told, ["failed:dag:analyse", "failed:dag:run-1"], "analyse failed", "Why.", START)
    assert tell_operator(told, ["failed:dag:load"], "load failed", "Why.", START + timedelta(days=1))
    assert [one["title"] for one in received] == ["[Citra] load failed", "[Citra] load failed"]
    assert not tell_operator(settings, ["nobody"], "load failed", "Nobody listens.", START)


def test_operators_are_told_later_when_nobody_could_be_reached(settings: Settings) -> None:
    from citra.alerts.channels import DeliveryFailed

    told = Settings(**settings.model_dump() | {"secrets": {"CITRA_NOTIFY_OPERATOR_URLS": "json://127.0.0.1:9/"}})
    for _ in range(2):  # the failure left no mark
        with pytest.raises(DeliveryFailed):
            tell_operator(told, ["failed:dag:load"], "load failed", "Why.", START)


def test_promotion_moves_one_link_and_refuses_what_is_no_model(tmp_path: Path) -> None:
    first, second, models = tmp_path / "2026.11.24", tmp_path / "2026.12.01", tmp_path / "models"
    for folder in (first, second):
        folder.mkdir()
        (folder / "config.json").write_text("{}", encoding="utf-8")
    assert promote(first, models).resolve() == first
    assert promote(second, models).resolve() == second
    assert [path.name for path in models.iterdir()] == ["current"]
    with pytest.raises(InputError, match="no model there"):
        promote(tmp_path, models)
    assert (models / "current").resolve() == second
