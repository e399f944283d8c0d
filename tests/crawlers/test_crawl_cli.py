"""``citra crawl``, the door."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from loopback_outlet import NOW, Site

from citra.cli.crawl import moment
from citra.cli.main import cli
from citra.errors import ConfigError, InputError


@pytest.fixture
def folder(site: Site, tmp_path: Path) -> Path:
    folder = tmp_path / "sources"
    folder.mkdir()
    site.outlet(3)
    text = 'title = "Contoh"\nkind = "news"\nbase_url = "{0}"\nfeeds = ["{0}/{1}"]\n'
    (folder / "contoh.toml").write_text(text.format(site.url, "rss"))
    (folder / "rusak.toml").write_text(text.format(site.url, "nowhere"))
    return folder


def run(folder: Path, *arguments: str) -> Result:
    settings = {"CITRA_CRAWL_ALLOW_LOOPBACK": "true", "CITRA_CRAWL_DELAY": "0", "CITRA_SALT": ""}
    command = [
        "crawl",
        "--sources",
        str(folder),
        "--lake",
        str(folder.parent / "lake"),
        "--since",
        "2020-01-01",
        *arguments,
    ]
    return CliRunner().invoke(cli, command, env=settings)


def test_crawl_reports_successes_and_failures(folder: Path) -> None:
    result = run(folder, "--source", "contoh", "--source", "rusak", "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert {one["source"]: (one["succeeded"], one["new"]) for one in report["sources"]} == {
        "contoh": (True, 3), "rusak": (False, 0),
    }  # fmt: skip
    assert "gone" in report["sources"][1]["error"]
    assert list((folder.parent / "lake" / "raw" / "contoh").rglob("*.warc.gz"))

    table = run(folder, "--source", "contoh")
    assert table.exit_code == 0
    assert "contoh" in table.stdout
    assert "contoh: 1 requests, 0 new, done" in table.stderr


def test_exit_code_is_1_when_nothing_succeeded(folder: Path) -> None:
    result = run(folder, "--source", "rusak")
    assert result.exit_code == 1
    assert "rusak: failed:" in result.stderr


def test_wrong_words_get_the_right_ones(folder: Path) -> None:
    unknown = run(folder, "--source", "contho").exception
    assert isinstance(unknown, ConfigError)
    assert "did you mean 'contoh'?" in str(unknown)
    salt = run(folder, "--source", "mastodon").exception
    assert isinstance(salt, ConfigError)
    assert "CITRA_SALT" in str(salt)
    since = run(folder, "--source", "contoh", "--since", "soon").exception
    assert isinstance(since, InputError)
    assert "24h" in str(since)


def test_help_shows_examples() -> None:
    result = CliRunner().invoke(cli, ["crawl", "--help"])
    assert "citra crawl --source kompas" in result.output


def test_moments() -> None:
    assert moment("24h", NOW) == datetime(2026, 11, 23, 7, tzinfo=UTC)
    assert moment("7d", NOW) == datetime(2026, 11, 17, 7, tzinfo=UTC)
    assert moment("2026-11-01", NOW) == datetime(2026, 10, 31, 17, tzinfo=UTC)
