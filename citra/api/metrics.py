"""What Prometheus reads at ``/metrics``: requests, latency, the index, silent sources."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

from fastapi import FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from citra.api.access import needs
from citra.api.problems import ProblemError, of_citra, respond
from citra.api.state import ApiState
from citra.app import alerts_path
from citra.documents import KINDS
from citra.errors import CitraError
from citra.verbs.incidents import incidents

#: seconds; 0.3 and 0.5 are what we promise of pages and of answers
EDGES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Measured:
    """ASGI middleware: counts and times each request under its route's template, never under its address."""

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        self.app = app
        self.requests = Counter(
            "citra_http_requests", "Requests answered.", ("method", "route", "status"), registry=registry
        )
        self.seconds = Histogram(
            "citra_http_request_seconds", "From the request to the end of the answer.", ("route",), buckets=EDGES,
            registry=registry,
        )  # fmt: skip

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun, status = time.perf_counter(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noted)
        finally:
            route = _template(scope)
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self.requests.labels(method, route, str(status)).inc()
            self.seconds.labels(route).observe(time.perf_counter() - begun)


def _template(scope: Scope) -> str:
    """``/api/v1/documents/{id}``: a few values, however many addresses are asked for."""
    route = scope.get("route")
    path = None if isinstance(route, Mount) else getattr(route, "path", None)
    return f"{scope.get('root_path', '')}{path}" if path else "none"


class _State(Collector):
    """Gauges that are looked up when they are asked for."""

    def __init__(self, state: ApiState) -> None:
        self.state = state

    def collect(self) -> Iterator[GaugeMetricFamily]:
        up = GaugeMetricFamily("citra_index_up", "Whether the index can be read.")
        try:
            stats = self.state.lately(("stats",), lambda: self.state.store().stats())
        except CitraError:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield GaugeMetricFamily("citra_index_mentions", "Texts in the index.", value=stats.mentions)
        yield GaugeMetricFamily("citra_index_stories", "Stories in the index.", value=stats.stories)
        yield GaugeMetricFamily("citra_index_bytes", "Size of the index.", value=stats.bytes)
        today = self.state.now().date()
        newest = self.state.coverage((), KINDS, today - timedelta(days=1), today).newest()
        status = GaugeMetricFamily("citra_sources", "Sources by how they were yesterday and today.", labels=["status"])
        for name in ("ok", "silent", "flood", "layout"):
            status.add_metric([name], sum(day.status == name for day in newest.values()))
        yield status
        known = self.state.lately(("incidents",), lambda: incidents(alerts_path(self.state.settings), only_open=True))
        yield GaugeMetricFamily("citra_incidents_open", "Incidents that go on.", value=len(known))


def install(app: FastAPI, state: ApiState) -> None:
    """Measure every request of ``app`` and show the numbers at ``/metrics``, to those who may read."""
    registry = CollectorRegistry()
    registry.register(_State(state))
    app.add_middleware(Measured, registry=registry)
    reader = needs("read")

    @app.get("/metrics", include_in_schema=False)
    def metrics(request: Request) -> Response:
        try:
            reader(request)
            return Response(generate_latest(registry), 200, media_type=CONTENT_TYPE_LATEST)
        except ProblemError as wrong:
            return respond(request.url.path, wrong)
        except CitraError as wrong:
            return respond(request.url.path, of_citra(wrong))
