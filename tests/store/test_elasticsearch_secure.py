"""TLS, users and API keys: what is let in, and what a refusal says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mention_factory import mentions, stem
from search_server import server

from citra.errors import CitraError, ConfigError, StoreError
from citra.store import Query
from citra.store.elasticsearch import Address, Credentials, ElasticsearchStore
from citra.verbs.index import index_status, open_index

#: A server that makes its certificates takes half a minute to start; on a busy machine much longer.
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def secure(shared: Path) -> Iterator[dict[str, Any]]:
    with server(shared, secure=True) as started:
        yield started


@pytest.fixture(scope="module")
def address(secure: dict[str, Any]) -> Address:
    return Address(url=secure["url"], prefix="asn", replicas=0, ca_certs=secure["ca_certs"])


@pytest.fixture(scope="module")
def owner(secure: dict[str, Any], address: Address) -> Iterator[ElasticsearchStore]:
    """The administrator's index, with three mentions."""
    credentials = Credentials(user=secure["user"], password=secure["password"])
    store = ElasticsearchStore(address, credentials, stem=stem, create=True)
    with store.writing() as writer:
        writer.upsert(mentions(3), version=1)
    yield store
    store.close()


def api_key(owner: ElasticsearchStore, privileges: list[str], names: list[str]) -> str:
    roles = {"r": {"cluster": [], "indices": [{"names": names, "privileges": privileges}]}}
    return str(owner.client.security.create_api_key(name="k", role_descriptors=roles)["encoded"])


def test_a_user_with_a_password(owner: ElasticsearchStore) -> None:
    assert owner.stats().mentions == 3


def test_a_key_that_may_load(owner: ElasticsearchStore, address: Address) -> None:
    """The rights that docs/scaling.md names are enough; it may neither look at the cluster nor change templates."""
    rights = ["read", "write", "create_index", "manage", "view_index_metadata"]
    key = api_key(owner, rights, ["asn-*"])
    store = ElasticsearchStore(address, Credentials(api_key=key), stem=stem)
    with store.writing() as writer:
        assert writer.upsert(mentions(40), version=1).added == 37
    assert store.count(Query(min_relevance=None)).placements == 40
    store.close()


def test_a_key_that_may_only_read(owner: ElasticsearchStore, address: Address) -> None:
    key = api_key(owner, ["read", "view_index_metadata", "monitor"], ["asn-*"])
    store = ElasticsearchStore(address, Credentials(api_key=key), stem=stem)
    assert store.stats().mentions == owner.stats().mentions

    def load() -> None:
        with store.writing() as writer:
            writer.upsert(mentions(50), version=1)

    with pytest.raises(StoreError, match=r"not allowed.*unauthorized") as caught:
        load()
    one_line(caught.value)
    store.close()


def one_line(wrong: BaseException) -> None:
    assert "\n" not in str(wrong)


@pytest.mark.parametrize(
    "credentials",
    [
        Credentials(),
        Credentials(api_key="d3Jvbmc6Z2VoZWlt"),
        Credentials(user="elastic", password="geheim"),
    ],
    ids=repr,
)
def test_who_is_not_known(owner: ElasticsearchStore, address: Address, credentials: Credentials) -> None:
    with pytest.raises(StoreError, match=r"does not let us in.*CITRA_ELASTICSEARCH_API_KEY") as caught:
        ElasticsearchStore(address, credentials, stem=stem)
    one_line(caught.value)
    assert "geheim" not in str(caught.value)
    assert "geheim" not in repr(credentials)


def test_a_key_of_another_index(owner: ElasticsearchStore, address: Address) -> None:
    key = api_key(owner, ["all"], ["other-*"])
    with pytest.raises(StoreError, match="not allowed"):
        ElasticsearchStore(address, Credentials(api_key=key), stem=stem)


def test_a_certificate_that_nobody_knows(secure: dict[str, Any], address: Address) -> None:
    credentials = Credentials(user=secure["user"], password=secure["password"])
    with pytest.raises(CitraError, match=r"certificate is not trusted.*set index\.ca_certs") as caught:
        ElasticsearchStore(replace(address, ca_certs=None), credentials, stem=stem)
    one_line(caught.value)
    with pytest.raises(ConfigError, match=r"no such file: nowhere.pem"):
        ElasticsearchStore(replace(address, ca_certs="nowhere.pem"), credentials, stem=stem)


def test_verbs_know_us_by_the_environment(
    owner: ElasticsearchStore, secure: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    where = f"{secure['url']}/asn?ca_certs={secure['ca_certs']}"
    for name in ("API_KEY", "USER", "PASSWORD"):
        monkeypatch.delenv(f"CITRA_ELASTICSEARCH_{name}", raising=False)
    with pytest.raises(StoreError, match="does not let us in"), open_index(where):
        pass
    monkeypatch.setenv("CITRA_ELASTICSEARCH_USER", secure["user"])
    with pytest.raises(ConfigError, match="both"), open_index(where):
        pass
    monkeypatch.setenv("CITRA_ELASTICSEARCH_PASSWORD", secure["password"])
    assert index_status(where)["mentions"] == owner.stats().mentions
