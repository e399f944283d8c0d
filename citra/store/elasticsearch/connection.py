"""To the server: where it is, who we are, and what its refusals mean in words."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import elastic_transport
import elasticsearch
from elasticsearch import Elasticsearch
from elasticsearch.serializer import OrjsonSerializer

from citra.errors import CitraError, ConfigError, QueryError, StoreError, TryAgain

#: The release line whose interface we speak.
MAJOR = 9
#: Seconds for one request; a bulk or an aggregation over everything may take its time.
TIMEOUT = 60.0
#: Connections kept open to each node.
CONNECTIONS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """``http(s)://host:port/prefix?shards=1&replicas=1&ca_certs=FILE``; all after the port may be missing."""

    url: str  #: scheme, host and port
    prefix: str = "citra"  #: what our indices' names begin with
    shards: int = 1  #: of each index, when it is made
    replicas: int = 1
    ca_certs: str | None = None

    @classmethod
    def parse(cls, location: str) -> Self:
        """:raises ConfigError: for an address that cannot be."""
        parts = urlsplit(location)
        try:
            options = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
            port = parts.port or {"http": 9200, "https": 443}[parts.scheme]
            if parts.username or not parts.hostname or set(options) - {"shards", "replicas", "ca_certs"}:
                raise ValueError(location)
            host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
            numbers = {name: int(options[name]) for name in ("shards", "replicas") if name in options}
        except (ValueError, KeyError):
            example = "https://search.example:9200/citra?shards=1&replicas=1"
            raise ConfigError(f"{_without_user(location)}: no address of an index; write it as {example}") from None
        return cls(
            url=f"{parts.scheme}://{host}:{port}",
            prefix=parts.path.strip("/") or "citra",
            ca_certs=options.get("ca_certs") or None,
            **numbers,
        )

    def __str__(self) -> str:
        return f"{self.url}/{self.prefix}"


def _without_user(location: str) -> str:
    """An address as it may be shown: what stands before ``@`` can be a password."""
    scheme, found, rest = location.partition("://")
    return f"{scheme}{found}{rest.rpartition('@')[2]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """An API key, or a user and a password, or nothing."""

    api_key: str | None = None
    user: str | None = None
    password: str | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """From ``CITRA_ELASTICSEARCH_API_KEY``, or ``CITRA_ELASTICSEARCH_USER`` and ``CITRA_ELASTICSEARCH_PASSWORD``.

        :raises ConfigError: for half a pair.
        """
        key, user, password = (environ.get(f"CITRA_ELASTICSEARCH_{n}") for n in ("API_KEY", "USER", "PASSWORD"))
        if not key and bool(user) != bool(password):
            raise ConfigError("set both CITRA_ELASTICSEARCH_USER and CITRA_ELASTICSEARCH_PASSWORD, or neither")
        return cls(api_key=key or None, user=user or None, password=password or None)

    def __repr__(self) -> str:
        kind = "api_key" if self.api_key else "user" if self.user else "none"
        return f"Credentials({kind})"


def connect(address: Address, credentials: Credentials) -> Elasticsearch:
    """A client of a server that answers, is Elasticsearch, and of our release line.

    :raises TryAgain: nobody answers. :raises StoreError: it is another server, or does not let us in.
    :raises ConfigError: the file of certificates cannot be read.
    """
    options: dict[str, Any] = {}
    if credentials.api_key:
        options["api_key"] = credentials.api_key
    elif credentials.user and credentials.password:
        options["basic_auth"] = (credentials.user, credentials.password)
    if address.ca_certs and address.url.startswith("https"):
        if not os.path.isfile(address.ca_certs):  # noqa: PTH113
            raise ConfigError(f"index.ca_certs: no such file: {address.ca_certs}")
        options["ca_certs"] = address.ca_certs
    with telling(address):
        client = Elasticsearch(
            address.url,
            request_timeout=TIMEOUT,
            serializer=OrjsonSerializer(),
            connections_per_node=CONNECTIONS,
            max_retries=1,
            **options,
        )
        try:
            version = str(client.info()["version"]["number"])
        except elasticsearch.AuthorizationException:
            return client  # a key without the right to look at the cluster may still use its indices
        except elasticsearch.BadRequestError as wrong:
            if wrong.error != "media_type_header_exception":
                raise
            raise StoreError(
                f"{address.url}: an Elasticsearch older than {MAJOR}; this Citra needs {MAJOR}.x"
            ) from None
    if version.split(".", maxsplit=1)[0] != str(MAJOR):
        client.close()
        raise StoreError(f"{address.url}: Elasticsearch {version}; this Citra needs {MAJOR}.x")
    return client


@contextmanager
def telling(address: Address) -> Iterator[None]:
    """What goes wrong inside the block becomes one line that says what to do."""
    try:
        yield
    except elastic_transport.TransportError as wrong:
        raise transport_fault(address, wrong) from wrong
    except elasticsearch.UnsupportedProductError as wrong:  # one of the next kind, so it comes first
        raise StoreError(f"{address.url}: this is no Elasticsearch") from wrong
    except elasticsearch.ApiError as wrong:
        raise api_fault(address, wrong) from wrong


def transport_fault(address: Address, wrong: elastic_transport.TransportError) -> CitraError:
    if isinstance(wrong, elastic_transport.TlsError):
        return StoreError(f"{address.url}: its certificate is not trusted ({_line(wrong)}); set index.ca_certs")
    if isinstance(wrong, elastic_transport.ConnectionTimeout):
        return TryAgain(f"{address.url}: no answer within {TIMEOUT:.0f} s; is the server overloaded?")
    if isinstance(wrong, elastic_transport.ConnectionError):
        return TryAgain(f"{address.url}: Elasticsearch cannot be reached ({_line(wrong)}); is it running?")
    return StoreError(f"{address.url}: cannot be understood ({_line(wrong)})")


def api_fault(address: Address, wrong: elasticsearch.ApiError) -> CitraError:
    """The server's answer in words."""
    reason = reason_of(wrong)
    if wrong.status_code == 401:
        ways = "CITRA_ELASTICSEARCH_API_KEY, or CITRA_ELASTICSEARCH_USER and CITRA_ELASTICSEARCH_PASSWORD"
        return StoreError(f"{address.url}: Elasticsearch does not let us in ({reason}); check {ways}")
    if "cluster_block" in str(wrong.error) or "blocked by" in reason:
        return read_only(address, reason)
    if "nested depth" in reason:
        return QueryError("the query is nested too deep for Elasticsearch; write it with fewer parentheses and NOTs")
    if wrong.status_code == 403:
        return StoreError(f"{address}: not allowed ({reason}); give the key or user these rights")
    if "index_not_found" in str(wrong.error) or ("alias" in reason and wrong.status_code == 404):
        return StoreError(f"{address}: no index yet; run `citra load` or `citra index create` first")
    if wrong.status_code in {429, 502, 503, 504}:
        return TryAgain(f"{address.url}: Elasticsearch is busy or starting ({wrong.status_code}: {reason})")
    return StoreError(f"{address}: Elasticsearch refused ({wrong.status_code}: {reason})")


def read_only(address: Address, reason: str) -> StoreError:
    return StoreError(f"{address}: the index is read-only ({reason}); free some disk, then lift the block")


def reason_of(wrong: elasticsearch.ApiError) -> str:
    """The innermost cause that the answer names."""
    body: Any = wrong.body
    error = body.get("error", body) if isinstance(body, Mapping) else body
    while isinstance(error, Mapping):
        inner = error.get("caused_by") or (error.get("root_cause") or [None])[0]
        if not isinstance(inner, Mapping) or inner.get("reason") in {None, error.get("reason")}:
            return _line(f"{error.get('type', '')}: {error.get('reason', '')}")
        error = inner
    return _line(error or wrong.message)


def _line(wrong: object) -> str:
    return " ".join(str(wrong).split())[:300]
