"""Names and shapes of our indices: monthly ones behind aliases, made of ``index_mappings/*.json``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from elasticsearch import BadRequestError, Elasticsearch

from citra.errors import StoreError
from citra.store.elasticsearch.connection import Address

#: Month of mentions without a day.
UNDATED = "undated"
_HERE = Path(__file__).resolve()
#: In a wheel the mappings lie beside the store, in a checkout at its root.
_FOLDERS = (_HERE.parents[1] / "index_mappings", _HERE.parents[3] / "index_mappings")
_CONCRETE = re.compile(r"(?P<month>\d{4}\.\d{2}|undated)-(?P<generation>\d{6})")


@cache
def _text(name: str) -> str:
    for folder in _FOLDERS:
        if (folder / name).is_file():
            return (folder / name).read_text(encoding="utf-8")
    raise StoreError(f"{name} is missing: this installation of Citra is not complete")


def mapping_version() -> int:
    """The version of the mapping that this Citra writes."""
    return int(json.loads(_text("mentions.json"))["template"]["mappings"]["_meta"]["version"])


class Layout:
    """The names below one prefix, and what makes them."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.state = f"{address.prefix}-state"
        self.mentions = f"{address.prefix}-mentions"  #: alias of all months, for reading
        self.template = f"{address.prefix}-mentions"

    def alias(self, month: str) -> str:
        """What a month is written to: ``citra-mentions-2026.11``."""
        return f"{self.mentions}-{month}"

    def concrete(self, month: str, generation: int = 1) -> str:
        """The index behind the alias; reindexing makes the next generation."""
        return f"{self.mentions}-{month}-{generation:06d}"

    def month_of(self, index: str) -> str:
        """Month of a concrete index."""
        return self._parts(index)["month"]

    def generation_of(self, index: str) -> int:
        return int(self._parts(index)["generation"])

    def _parts(self, index: str) -> re.Match[str]:
        found = _CONCRETE.fullmatch(index.removeprefix(f"{self.mentions}-"))
        if found is None:
            raise StoreError(f"{index}: no index of ours, yet behind {self.mentions}; take the alias from it")
        return found

    def template_body(self) -> dict[str, Any]:
        """``index_mappings/mentions.json`` for this prefix, with the shards and replicas asked for."""
        body: dict[str, Any] = json.loads(_text("mentions.json"))
        body["index_patterns"] = [f"{self.mentions}-*"]
        body["template"]["settings"]["index"] |= self._copies()
        return body

    def put_template(self, client: Elasticsearch) -> None:
        client.indices.put_index_template(name=self.template, **self.template_body())

    def create(self, client: Elasticsearch) -> None:
        """Template, state and the index of undated mentions; what exists stays as it is."""
        self.put_template(client)
        self.ensure(client, [UNDATED], {})
        body: dict[str, Any] = json.loads(_text("state.json"))
        body["settings"]["index"] |= self._copies() | {"number_of_shards": 1}
        _create(client, self.state, body)

    def exists(self, client: Elasticsearch) -> bool:
        """Whether there is an index to read from; the state is made last."""
        return bool(client.indices.exists(index=self.state))

    def months(self, client: Elasticsearch) -> dict[str, str]:
        """Month → the index that the alias of reading holds for it."""
        found = client.indices.get_alias(name=self.mentions, index=f"{self.mentions}-*")
        return {self.month_of(index): index for index in sorted(found)}

    def ensure(self, client: Elasticsearch, months: Iterable[str], known: Mapping[str, str]) -> dict[str, str]:
        """``known``, with an index for each of ``months``."""
        made = dict(known)
        for month in months:
            if month not in made:
                made[month] = self.concrete(month)
                _create(client, made[month], {"aliases": self.aliases(month)})
        return made

    def aliases(self, month: str) -> dict[str, Any]:
        return {self.mentions: {}, self.alias(month): {"is_write_index": True}}

    def _copies(self) -> dict[str, int]:
        return {"number_of_shards": self.address.shards, "number_of_replicas": self.address.replicas}


def _create(client: Elasticsearch, name: str, body: Mapping[str, Any]) -> None:
    try:
        client.indices.create(index=name, wait_for_active_shards=1, **body)
    except BadRequestError as wrong:
        if wrong.error != "resource_already_exists_exception":
            raise
