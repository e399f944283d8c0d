"""Verbs and commands on Elasticsearch: one address is all they need; what it refuses is retried."""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from search_server import wipe

from citra.cli.main import cli
from citra.documents import Mention, Partition
from citra.errors import InputError
from citra.lake import Lake
from citra.store import Query
from citra.verbs.index import create_index, index_status, is_server, open_index, reindex
from citra.verbs.load import load
from citra.verbs.retry import retry
from citra.verbs.search import search

sys.path.append(str(Path(__file__).parents[1] / "store"))
from mention_factory import mentions

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
PART = Partition(source="kompas", hour=datetime(2026, 11, 24, 7, tzinfo=UTC))
EVERYTHING = Query(min_relevance=None)


@pytest.fixture
def index(search_server: str) -> Iterator[str]:
    """An address where nothing is yet."""
    prefix = f"v{uuid.uuid4().hex[:12]}"
    where = f"{search_server}/{prefix}?shards=1&replicas=0"
    yield where
    from citra.verbs.index import server_index

    server = server_index(where, create=True)
    wipe(server.client, prefix)
    server.close()


def given(count: int = 8) -> list[Mention]:
    return [replace(m, document=replace(m.document, source="kompas")) for m in mentions(count)]


def test_load_search_and_retry(index: str, tmp_path: Path) -> None:
    lake, made = Lake(str(tmp_path)), given()
    long = replace(made[0], story_id="s" * 40_000)
    lake.write("mentions", PART, [long, *made[1:]])
    report = load(index, str(tmp_path), now=NOW)
    assert (report.result.added, len(report.rejects)) == (7, 1)
    (reject,) = lake.read("rejects", PART, "load")
    assert reject["locator"].endswith(":1")
    assert made[0].id in reject["record"]
    assert search(index, EVERYTHING).page.total == 7

    def again() -> tuple[int, int]:
        nothing: dict[str, dict[str, object]] = {"sources": {}, "crawl_options": {}, "analyse_options": {}}
        (stage,) = retry(str(tmp_path), index, now=NOW, crawlable=(), stages=["load"], **nothing).stages
        return stage.fixed, stage.still

    assert again() == (0, 1)
    lake.write("mentions", PART, made)
    assert again() == (1, 0)
    assert search(index, EVERYTHING).page.total == 8
    assert load(index, str(tmp_path), now=NOW).skipped == 1


def test_a_partition_that_shrinks(index: str, tmp_path: Path) -> None:
    lake, made = Lake(str(tmp_path)), given()
    lake.write("mentions", PART, made)
    load(index, str(tmp_path), now=NOW)
    lake.write("mentions", PART, made[:3])
    assert load(index, str(tmp_path), now=NOW).result.removed == 5
    with open_index(index) as store:
        assert sorted(m.id for m in store.iterate(EVERYTHING)) == sorted(m.id for m in made[:3])


def test_administration(index: str, tmp_path: Path) -> None:
    assert create_index(index)["mentions"] == 0
    assert create_index(index)["older"] == []  # again: what exists stays
    Lake(str(tmp_path)).write("mentions", PART, given())
    load(index, str(tmp_path), now=NOW)
    before = index_status(index)
    assert sum(month["mentions"] for month in before["months"]) == before["mentions"] == 8
    assert {month["replicas"] for month in before["months"]} == {0}
    copied = reindex(index.replace("shards=1", "shards=2"))
    assert sum(copied.values()) == 8
    after = index_status(index)
    assert {month["shards"] for month in after["months"]} == {2}
    assert after["snapshot"] == before["snapshot"]
    assert search(index, EVERYTHING).page.total == 8


def test_commands(index: str, tmp_path: Path) -> None:
    url, _, rest = index.rpartition("/")
    prefix = rest.partition("?")[0]
    config = tmp_path / "citra.toml"
    config.write_text(
        f"[lake]\npath = '{tmp_path}/lake'\n"
        f"[index]\nengine = 'elasticsearch'\nurl = '{url}'\nprefix = '{prefix}'\nreplicas = 0\n"
    )

    def run(*words: str) -> str:
        done = CliRunner().invoke(cli, ["--config", str(config), *words], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    assert "0 mentions" in run("index", "create")
    Lake(f"{tmp_path}/lake").write("mentions", PART, given())
    assert "8 added" in run("load")
    assert json.loads(run("index", "status", "--json"))["mentions"] == 8
    assert "nothing to do" in run("index", "migrate")
    assert sum(json.loads(run("index", "reindex", "--json"))["copied"].values()) == 8
    assert json.loads(run("search", "--json", "id:*").splitlines()[-1])["total"] <= 8


def test_an_embedded_index_is_made_and_shown(tmp_path: Path) -> None:
    where = str(tmp_path / "index")
    assert not is_server(where)
    assert create_index(where)["engine"] == "embedded"
    with pytest.raises(InputError, match="delete the folder and run `citra load`"):
        reindex(where)
