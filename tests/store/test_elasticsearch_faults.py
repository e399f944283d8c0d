"""What the server may do to us: be busy, be away, be another one, refuse a mention, or be read-only."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError

import pytest
from mention_factory import mentions, stem
from search_server import free_port

from citra.errors import CitraError, QueryError, StoreError, TryAgain
from citra.store import Query
from citra.store.elasticsearch import Address, Credentials, ElasticsearchStore, bulk

EVERYTHING = Query(min_relevance=None)
BUSY = {"error": {"type": "es_rejected_execution_exception", "reason": "queue is full"}, "status": 429}


class Door(ThreadingHTTPServer):
    """A server on loopback that passes requests on to ``behind`` unless ``answer`` has something to say."""

    daemon_threads = True

    def __init__(self, behind: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.behind = behind
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.refusals = 0  #: bulk requests still to be answered 429
        self.item_refusals = 0  #: bulk requests one of whose items still is to be answered 429
        self.info: tuple[dict[str, str], object] | None = None
        self.bulks = 0

    def answer(self, method: str, path: str) -> tuple[int, dict[str, str], bytes] | None:
        if path == "/" and self.info:
            headers, body = self.info
            return 200, headers, json.dumps(body).encode()
        if path.startswith("/_bulk"):
            self.bulks += 1
            if self.refusals:
                self.refusals -= 1
                return 429, {"x-elastic-product": "Elasticsearch"}, json.dumps(BUSY).encode()
        return None


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Door

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        found = self.server.answer(self.command, self.path) or self._behind(body)
        status, headers, content = found
        if self.path.startswith("/_bulk") and self.server.item_refusals and status == 200:
            self.server.item_refusals -= 1
            content = self._refused(content)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_POST = do_PUT = do_DELETE = do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        return

    def _behind(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        kept = {name: v for name, v in self.headers.items() if name.lower() in {"content-type", "accept"}}
        request = urllib.request.Request(self.server.behind + self.path, body or None, kept, method=self.command)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, _headers(answer.headers), answer.read()
        except HTTPError as wrong:
            return wrong.code, _headers(wrong.headers), wrong.read()

    def _refused(self, content: bytes) -> bytes:
        """The last item of a bulk was too much for the server (it was not: it is told so, and comes again)."""
        answer = json.loads(content)
        ((_, item),) = answer["items"][-1].items()
        item.update(status=429, error=BUSY["error"])
        answer["errors"] = True
        return json.dumps(answer).encode()


def _headers(found: object) -> dict[str, str]:
    names = ("content-type", "x-elastic-product")
    return {name: value for name in names if (value := found.get(name))}  # type: ignore[attr-defined]


@contextmanager
def door(behind: str = "") -> Iterator[Door]:
    server = Door(behind)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def through(store: ElasticsearchStore, server: Door) -> ElasticsearchStore:
    return ElasticsearchStore(
        replace(store.address, url=server.url), Credentials.from_environment(), stem=stem, create=False
    )


def test_a_busy_server_is_asked_again(elastic: ElasticsearchStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "FIRST_PAUSE", 0.01)
    given = mentions(60)
    with door(elastic.address.url) as server:
        store = through(elastic, server)
        server.refusals, server.item_refusals = 5, 2
        with store.writing() as writer:
            result = writer.upsert(given, version=1) + writer.commit()
        assert (server.refusals, server.item_refusals) == (0, 0)
        store.close()
    assert (result.added, result.rejects) == (60, ())
    assert {m.id for m in elastic.iterate(EVERYTHING)} == {m.id for m in given}


def test_a_server_that_stays_busy_is_told(elastic: ElasticsearchStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(bulk, "RETRIES", 2)
    with door(elastic.address.url) as server:
        store = through(elastic, server)
        server.refusals = 1000

        def load() -> None:
            with store.writing() as writer:
                writer.upsert(mentions(3), version=1)

        with pytest.raises(TryAgain, match="busy"):
            load()
        server.refusals = 0
        load()  # nothing is left in the way
        store.close()
    assert elastic.stats().mentions == 3


def test_what_the_server_refuses_is_a_reject(elastic: ElasticsearchStore) -> None:
    given = mentions(4)
    bad = replace(given[1], story_id="s" * 40_000)  # a longer word than the server's dictionary holds
    with elastic.writing() as writer:
        result = writer.upsert([given[0], bad, *given[2:]], version=1)
        result += writer.commit()
    assert (result.added, len(result.rejects)) == (3, 1)
    (reject,) = result.rejects
    assert (reject.locator, reject.stage, reject.source) == (bad.id, "load", bad.document.source)
    assert "immense term" in reject.detail or "whose UTF8 encoding is longer" in reject.detail
    assert elastic.stats().mentions == 3
    with elastic.writing() as writer:  # a refused replacement leaves what is there
        result = writer.upsert([replace(given[0], story_id="t" * 40_000)], version=2)
        assert (result + writer.commit()).replaced == 0
    assert elastic.get(given[0].id) == given[0]


def one_line(wrong: BaseException) -> None:
    assert "\n" not in str(wrong)


def test_a_read_only_index_says_so(elastic: ElasticsearchStore) -> None:
    with elastic.writing() as writer:
        writer.upsert(mentions(3), version=1)
    index = ",".join(month.index for month in elastic.status().months)
    elastic.client.indices.put_settings(index=index, settings={"index.blocks.read_only_allow_delete": True})

    def load() -> None:
        with elastic.writing() as writer:
            writer.upsert(mentions(30), version=1)

    with pytest.raises(StoreError, match=r"read-only.*free some disk") as caught:
        load()
    one_line(caught.value)
    assert elastic.stats().mentions == 3
    elastic.client.indices.put_settings(index=index, settings={"index.blocks.read_only_allow_delete": None})
    load()
    assert elastic.stats().mentions == 30


def test_a_query_that_is_too_deep_for_the_server(elastic: ElasticsearchStore) -> None:
    text = "korupsi"
    for _ in range(18):
        text = f"suap OR -(bola {text})"
    with pytest.raises(QueryError, match="nested too deep"):
        elastic.search(Query.of(text))


def test_nobody_there() -> None:
    with pytest.raises(TryAgain, match=r"cannot be reached.*is it running") as caught:
        ElasticsearchStore(Address.parse(f"http://127.0.0.1:{free_port()}"), Credentials(), stem=stem)
    one_line(caught.value)


PRODUCT = {"x-elastic-product": "Elasticsearch", "content-type": "application/json"}


@pytest.mark.parametrize(
    ("headers", "body", "message"),
    [
        (PRODUCT, {"version": {"number": "8.19.1"}}, r"Elasticsearch 8\.19\.1; this Citra needs 9\.x"),
        ({"content-type": "application/json"}, {"version": {"number": "9.1.0"}}, "this is no Elasticsearch"),
        ({"content-type": "text/html"}, "hello", "this is no Elasticsearch"),
    ],
)
def test_another_server(headers: dict[str, str], body: object, message: str) -> None:
    with door() as server:
        server.info = (headers, body)
        with pytest.raises(CitraError, match=message) as caught:
            ElasticsearchStore(Address.parse(server.url), Credentials(), stem=stem)
    one_line(caught.value)
