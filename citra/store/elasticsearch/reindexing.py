"""The index as an administrator sees it: what is there, and how it is copied into a newer shape while it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from elasticsearch import Elasticsearch

from citra.documents import mention_from_json
from citra.errors import StoreError
from citra.store.elasticsearch import months
from citra.store.elasticsearch.bulk import Operation, send
from citra.store.elasticsearch.connection import telling
from citra.store.elasticsearch.layout import Layout, mapping_version
from citra.store.elasticsearch.lease import Lease
from citra.store.elasticsearch.sources import external_version, month_of, ordinal_of, to_source
from citra.store.elasticsearch.state import Commit, State
from citra.store.encoding import encode

#: Mentions copied by one round of reading.
_STRIDE = 1_000
Progress = Callable[[Iterable[Any], str, int], Iterator[Any]]


def quiet(items: Iterable[Any], _label: str, _total: int) -> Iterator[Any]:
    """No progress shown."""
    return iter(items)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthStatus:
    """One index behind the alias of reading."""

    month: str  #: ``2026.11``, or ``undated``
    index: str
    mapping: int  #: version of the mapping it was made with
    mentions: int
    bytes: int  #: of the primary shards
    shards: int
    replicas: int
    health: str  #: green, yellow (a copy is missing) or red (mentions are missing)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexStatus:
    mapping: int  #: version that this Citra writes
    clean: bool  #: False while a load is under way, or after one was killed: the next repairs it
    months: tuple[MonthStatus, ...]

    @property
    def older(self) -> tuple[str, ...]:
        """Months in an older shape: readable, but worth a `citra index migrate`."""
        return tuple(month.month for month in self.months if month.mapping < self.mapping)


def status(client: Elasticsearch, layout: Layout) -> IndexStatus:
    with telling(layout.address):
        found = layout.months(client)
        versions = _mappings(client, layout)
        rows = client.cat.indices(
            index=f"{layout.mentions}-*", format="json", bytes="b", h="index,health,docs.count,pri.store.size,pri,rep"
        )
    by_index: dict[str, Any] = {str(row["index"]): row for row in rows}  # type: ignore[index]
    return IndexStatus(
        mapping=mapping_version(),
        clean=State(client, layout).read().clean,
        months=tuple(
            MonthStatus(
                month=month,
                index=index,
                mapping=versions[index],
                mentions=int(by_index[index]["docs.count"] or 0),
                bytes=int(by_index[index]["pri.store.size"] or 0),
                shards=int(by_index[index]["pri"]),
                replicas=int(by_index[index]["rep"]),
                health=by_index[index]["health"],
            )
            for month, index in sorted(found.items())
        ),
    )


def _mappings(client: Elasticsearch, layout: Layout) -> dict[str, int]:
    answer = client.indices.get_mapping(index=layout.mentions)
    return {index: int(body["mappings"].get("_meta", {}).get("version", 0)) for index, body in answer.items()}


def reindex(
    client: Elasticsearch,
    layout: Layout,
    stem: Callable[[str], str],
    *,
    wanted: Iterable[str] = (),
    only_older: bool = False,
    progress: Progress = quiet,
) -> dict[str, int]:
    """Copy months into fresh indices of today's template; returns month → mentions copied.

    Each month is swapped in one step when its copy is whole: whoever reads sees the old or the new, never both or
    none. Loading waits meanwhile. Killed at any moment, what was swapped stays, the rest is as it was.

    :param wanted: months, by default all. :param only_older: leave months alone that have today's mapping.
    :raises StoreError: for a month that is not there, or a copy that does not hold the same.
    """
    copied: dict[str, int] = {}
    with telling(layout.address), Lease(client, layout.state) as lease:
        layout.put_template(client)
        found, versions = layout.months(client), _mappings(client, layout)
        chosen = sorted(set(wanted) or set(found))
        for month in chosen:
            if month not in found:
                raise StoreError(f"{layout.address}: no month {month!r}; there are {', '.join(sorted(found))}")
        chosen = [m for m in chosen if not only_older or versions[found[m]] < mapping_version()]
        for month in progress(chosen, "reindex", len(chosen)):
            copied[month] = _copy(client, layout, stem, month, found[month])
            lease.check()
            _swap(client, layout, month, found[month])
        state = State(client, layout)
        commit = state.read()
        if copied and commit.clean:  # readers look again, and see the new indices
            state.write(Commit(clean=True, contents=months.contents(_asking(client, layout.mentions), layout)))
    return copied


def _next(layout: Layout, month: str, index: str) -> str:
    return layout.concrete(month, layout.generation_of(index) + 1)


def _asking(client: Elasticsearch, index: str) -> months.Ask:
    def ask(**request: Any) -> Any:
        return client.search(index=index, allow_partial_search_results=False, **request).body

    return ask


def _copy(client: Elasticsearch, layout: Layout, stem: Callable[[str], str], month: str, index: str) -> int:
    """The next generation of a month, filled and not yet behind any alias."""
    fresh = _next(layout, month, index)
    client.options(ignore_status=404).indices.delete(index=fresh)  # of a killed attempt
    client.indices.create(index=fresh, wait_for_active_shards=1)
    client.indices.refresh(index=index)
    failures = send(client, _operations(client, layout, stem, index, fresh))
    if failures:
        _, item = failures[0]
        client.indices.delete(index=fresh)
        raise StoreError(f"{layout.address}: {month}: {len(failures)} mentions cannot be copied: {item.get('error')}")
    client.indices.refresh(index=fresh)
    before, after = (int(client.count(index=name)["count"]) for name in (index, fresh))
    if before != after:
        client.indices.delete(index=fresh)
        raise StoreError(f"{layout.address}: {month}: {after:,} of {before:,} mentions arrived; the old index stays")
    return after


def _operations(
    client: Elasticsearch, layout: Layout, stem: Callable[[str], str], index: str, fresh: str
) -> Iterator[Operation]:
    """Every mention of an index, encoded anew: what is derived comes from today's code."""
    for source in _documents(client, index):
        mention = mention_from_json(source)
        encoded = encode(mention)
        ordinal = ordinal_of(mention)
        if month_of(ordinal) != layout.month_of(index):
            raise StoreError(f"{layout.address}: {mention.id} lies in {index}, its day in {month_of(ordinal)}")
        version, stems = int(source.get("version", 0)), mention.stems
        stems = stems or stem(f"{mention.document.title}\n{mention.document.text}")
        partition = source.get("partition", "")
        body = to_source(encoded, ordinal=ordinal, stems=stems, version=version, partition=partition)
        action = {
            "_index": fresh,
            "_id": mention.id,
            "version": external_version(encoded.fetched_us, version),
            "version_type": "external_gte",
        }
        yield {"index": action}, body


def _documents(client: Elasticsearch, index: str) -> Iterator[Mapping[str, Any]]:
    pit = client.open_point_in_time(index=index, keep_alive="10m")["id"]
    after: dict[str, Any] = {}
    try:
        while True:
            answer = client.search(
                pit={"id": pit, "keep_alive": "10m"}, sort=[{"_shard_doc": "asc"}], size=_STRIDE,
                track_total_hits=False, allow_partial_search_results=False, **after,
            )  # fmt: skip
            hits, pit = answer["hits"]["hits"], answer.get("pit_id", pit)
            for hit in hits:
                yield hit["_source"]
            if len(hits) < _STRIDE:
                return
            after = {"search_after": hits[-1]["sort"]}
    finally:
        client.close_point_in_time(id=pit)


def _swap(client: Elasticsearch, layout: Layout, month: str, index: str) -> None:
    """Both aliases from the old index to the new one, and the old one away, in one step."""
    fresh = _next(layout, month, index)
    aliases = [{"add": {"index": fresh, "alias": name, **options}} for name, options in layout.aliases(month).items()]
    client.indices.update_aliases(actions=[*aliases, {"remove_index": {"index": index}}])
