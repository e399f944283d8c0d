"""Keys of platforms: asked for in words, given to their own source alone, written nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from loopback_outlet import Site, collect
from loopback_platforms import SECRETS, Youtube, find_on_disk, shipped

from citra.app import crawl_options, crawlable, left_out
from citra.cli.main import cli
from citra.config import load_settings
from citra.errors import ConfigError
from citra.lake import Lake
from crawlers.job import Job
from crawlers.source import load_sources


def test_a_source_without_its_key_is_left_out_and_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings(environ={"CITRA_SALT": "garam"})
    names = {source.name for source in crawlable(settings)}
    assert {"bluesky", "telegram", "mastodon"} <= names
    assert not {"youtube", "reddit", "x"} & names
    assert left_out(settings) == [
        "left out: reddit (set CITRA_REDDIT_ID and CITRA_REDDIT_SECRET)",
        "left out: x (set CITRA_X_TOKEN)",
        "left out: youtube (set CITRA_YOUTUBE_KEY)",
    ]
    assert any("CITRA_SALT and CITRA_X_TOKEN" in line for line in left_out(load_settings(environ={})))
    everything = load_settings(environ={"CITRA_SALT": "garam", **SECRETS})
    assert left_out(everything) == []
    assert crawl_options(everything)["secrets"] == SECRETS
    assert not any(secret in repr(everything) for secret in SECRETS.values())


def test_a_source_that_is_named_without_its_key_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in SECRETS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CITRA_SALT", "garam")
    wrong = CliRunner().invoke(cli, ["crawl", "--source", "reddit"]).exception
    assert isinstance(wrong, ConfigError)
    assert "set CITRA_REDDIT_ID and CITRA_REDDIT_SECRET in the environment" in str(wrong)
    (tmp_path / "citra.toml").write_text("[secrets]\nCITRA_X_TOKEN = 'abc'\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="set in the environment"):
        load_settings()


def test_a_key_stays_in_the_headers_of_its_own_source(site: Site, other: Site, lake: Lake, tmp_path: Path) -> None:
    # a server that answers with what it was sent, and one that leads elsewhere: neither may draw a key out
    site.routes["/2/tweets/search/recent"] = lambda handler: (403, {}, f'{{"title": "{handler.headers}"}}'.encode())
    other.routes["/youtube/v3/search"] = (302, {"Location": f"{site.url}/youtube"}, b"")
    site.outlet(1)
    events: list[str] = []
    sources = [shipped("x", site), shipped("youtube", other, queries=("PNS",)), site.source()]
    sources[1] = sources[1].model_copy(update={"hosts": ("127.0.0.1",)})
    report = collect(sources, lake, secrets=SECRETS, progress=lambda event: events.append(str(event)))
    assert [one.succeeded for one in report.sources] == [False, False, True]
    told = [secret for secret in SECRETS.values() if secret in str(report) + "".join(events)]
    assert told == []
    assert find_on_disk(tmp_path, tuple(SECRETS.values())) == []
    sent = {path.partition("?")[0]: headers for path, headers in site.headers}
    assert SECRETS["CITRA_X_TOKEN"] in str(sent["/2/tweets/search/recent"])
    assert not any(secret in str(sent["/rss"]) for secret in SECRETS.values())
    assert not any(path.startswith("/youtube") for path in sent)


def test_robots_txt_binds_strangers_and_not_those_with_a_key(site: Site, lake: Lake) -> None:
    site.routes["/robots.txt"] = (200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow: /\n")
    Youtube(site, {"v1": [Youtube.thread("Ug1", 1, "Soal ASN")]})
    sources = [shipped("youtube", site, queries=("ASN",)), shipped("telegram", site), shipped("bluesky", site)]
    report = collect(sources, lake, secrets=SECRETS)
    assert [one.succeeded for one in report.sources] == [True, False, False]
    assert {path.partition("?")[0].split("/")[1] for path in site.asked} == {"robots.txt", "youtube"}


def test_a_job_does_not_show_its_secrets(tmp_path: Path) -> None:
    from loopback_outlet import NOW

    source = load_sources()["x"]
    job = Job(source=source, folder=str(tmp_path), now=NOW, user_agent="x", salt="garam-rahasia", secrets=SECRETS)
    assert not any(secret in repr(job) for secret in (*SECRETS.values(), "garam-rahasia"))
