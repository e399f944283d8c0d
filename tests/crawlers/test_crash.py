"""kill -9 at any moment of a crawl: the next run loses nothing and doubles nothing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from loopback_outlet import ARTICLE, NOW, Answer, Site, records

from citra.documents import Reject
from citra.lake import Lake
from citra.verbs.crawl import publish_waiting
from crawlers.links import Link
from crawlers.spool import merge
from crawlers.state import State
from crawlers.warc import pack_page, read_warc

HOUR = NOW.replace(minute=0)


def packed(number: int) -> bytes:
    return pack_page(
        source="contoh",
        url=f"http://contoh.id/{number}",
        fetched=NOW + timedelta(seconds=number),
        status=200,
        headers=[("Content-Type", "text/html")],
        body=b"isi %d" % number,
        request_headers=[],
    )


def slow(handler: BaseHTTPRequestHandler) -> Answer:
    time.sleep(0.01)
    number = handler.path.split("/")[2]
    return 200, {}, ARTICLE.format(title=f"ASN {number}", text=f"isi {number}").encode()


def grow(site: Site, count: int) -> None:
    links = [(f"{site.url}/read/{number}/a", f"ASN {number}") for number in range(count)]
    for url, _ in links:
        site.routes[url.removeprefix(site.url)] = slow
    site.feed("/rss", links)


def start(folder: Path, lake: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "citra.cli.main", "crawl", "--source", "contoh"]
    command += ["--sources", str(folder), "--lake", str(lake), "--since", "2020-01-01"]
    environment = {**os.environ, "CITRA_CRAWL_ALLOW_LOOPBACK": "true", "CITRA_CRAWL_DELAY": "0"}
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    )


@pytest.mark.slow
def test_kill_at_ten_random_moments(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "contoh.toml").write_text(
        f'title = "Contoh"\nkind = "news"\nbase_url = "{site.url}"\nfeeds = ["{site.url}/rss"]\n'
        f'[[listings]]\nurl = "{site.url}/indeks"\n'
    )
    site.routes["/indeks"] = (200, {}, f'<a href="{site.url}/read/0/a">ASN</a>'.encode())
    moments = random.Random(20261124)
    cut_short = 0
    lake = tmp_path / "lake"
    for round_ in range(10):
        grow(site, 50 * (round_ + 1))
        before = sum(site.asked.values())
        process = start(folder, lake)
        # most of a run is the start of two interpreters: aim at what comes after it
        deadline = time.monotonic() + 20
        while sum(site.asked.values()) < 1 + before and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.01)
        time.sleep(moments.uniform(0.0, 0.8))
        cut_short += process.poll() is None
        if round_ % 2:
            with suppress(ProcessLookupError):  # it was done already
                os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()  # the crawl process is left an orphan, and must end by itself
        process.communicate()
    assert cut_short >= 5  # else the moments missed the crawl and this test shows nothing
    last = start(folder, lake)
    _, errors = last.communicate(timeout=60)
    assert last.returncode == 0, errors.decode()

    undisturbed = tmp_path / "undisturbed"
    assert start(folder, undisturbed).wait(60) == 0
    expected = {item.url: item.body for item in records(Lake(str(undisturbed)))}
    found = records(Lake(str(lake)))
    assert len(expected) == 500
    assert {item.url: item.body for item in found} == expected
    assert max(Counter(item.url for item in found).values()) == 1
    assert max(Counter(item.record_id for item in found).values()) == 1


def test_what_lies_beyond_the_last_marked_record_is_cut_off(tmp_path: Path) -> None:
    state = State(tmp_path)
    state.store(HOUR, packed(1), ["1"])
    [(_, file)] = state.spooled()
    whole = file.read_bytes()
    for tail in (packed(2)[:50], packed(2)):  # killed while writing; killed before marking
        file.write_bytes(whole + tail)
        (tmp_path / "spool" / "2026-11-24T09.warc.gz").write_bytes(tail)  # a new hour, never marked
        state.recover()
        assert file.read_bytes() == whole
        assert len(list((tmp_path / "spool").iterdir())) == 1
    file.write_bytes(whole + packed(2)[:50])
    state.store(HOUR, packed(3), ["3"])  # without recovery in between
    with file.open("rb") as stream:
        assert [item.url for item in read_warc(stream)] == ["http://contoh.id/1", "http://contoh.id/3"]
    state.close()


def test_a_spool_that_was_published_but_not_forgotten_is_not_added_again(tmp_path: Path) -> None:
    lake, folder = Lake(str(tmp_path / "lake")), tmp_path / "state"
    state = State(folder / "contoh")
    state.store(HOUR, packed(1) + packed(2), ["1", "2"])
    state.reject(HOUR, Reject(stage="crawl", reason="gone", at=NOW), url="x")
    kept = (folder / "contoh" / "spool" / "2026-11-24T07.warc.gz").read_bytes()
    rejected = state.rejects()
    state.close()
    assert publish_waiting("contoh", folder, lake) == {"contoh/2026-11-24/07"}

    state = State(folder / "contoh")  # as if killed between the rename and the forgetting
    (folder / "contoh" / "spool" / "2026-11-24T07.warc.gz").write_bytes(kept)
    state._db.execute("INSERT INTO spool VALUES ('2026-11-24T07', ?)", (len(kept),))
    state.reject(HOUR, Reject(stage="crawl", reason="gone", at=NOW), url="x")
    assert state.rejects() == rejected
    state.store(HOUR, packed(3), ["3"])
    state.close()
    publish_waiting("contoh", folder, lake)
    assert [item.url[-1] for item in records(lake)] == ["1", "2", "3"]
    assert len(list(lake.read("rejects", lake.partitions("rejects")[0], tag="crawl"))) == 1
    assert publish_waiting("contoh", folder, lake) == set()


def test_merging_keeps_request_and_response_together(tmp_path: Path) -> None:
    spool, old, out = tmp_path / "spool", tmp_path / "old", tmp_path / "out"
    first, second = packed(1), packed(2)
    old.write_bytes(first)
    spool.write_bytes(first + second)
    with old.open("rb") as there, out.open("wb") as stream:
        assert merge(there, spool, stream) == 1
    assert out.read_bytes() == first + second
    with out.open("wb") as stream:
        assert merge(None, spool, stream) == 2
    assert out.read_bytes() == first + second


def test_discovered_but_unfetched_addresses_survive(tmp_path: Path) -> None:
    state = State(tmp_path)
    state.discover([Link(url="a"), Link(url="b")], [Link(url="c")], NOW)
    state.store(HOUR, packed(1), ["a"])
    state.close()
    state = State(tmp_path)
    assert state.pending() == ["b"]
    assert [state.progress(url) for url in "abcd"] == ["seen", "pending", "skipped", None]
    state.discover([Link(url="a"), Link(url="c")], [], NOW)  # other topic words: what was passed over is wanted now
    assert state.pending() == ["b", "c"]
    state.close()
