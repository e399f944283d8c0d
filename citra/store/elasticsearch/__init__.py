"""Elasticsearch 9 as the index: the same answers as the embedded engine, for more than one machine holds."""

from citra.store.elasticsearch.connection import Address, Credentials
from citra.store.elasticsearch.store import ElasticsearchStore

__all__ = ["Address", "Credentials", "ElasticsearchStore"]
