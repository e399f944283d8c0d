"""Bluesky: the post views of ``app.bsky.feed.searchPosts``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crawlers.platforms.post import BadPost, CleanPost, PassedOver, instant, kept, string, table
from crawlers.pseudonym import Pseudonyms

#: self-label of people whose posts are for members only
MEMBERS_ONLY = "!no-unauthenticated"
_URI = re.compile(r"at://(did:[a-z0-9]+:[\w.:%-]+)/app\.bsky\.feed\.post/([\w.~:-]{1,512})")


def clean(view: Any, pseudonyms: Pseudonyms) -> CleanPost:
    """A post view without author, embeds and labels; links and mentions are put in the text where they belong.

    :raises BadPost: not of the documented shape. :raises PassedOver: its author wants members only to read.
    """
    view = table(view, "post")
    author = table(view.get("author"), "author")
    labels = author.get("labels")
    if any(isinstance(one, Mapping) and one.get("val") == MEMBERS_ONLY for one in labels or ()):
        raise PassedOver("opted-out")
    record = table(view.get("record"), "record")
    uri, who = _uri(view.get("uri"), pseudonyms), pseudonyms.of(string(author, "did"))
    created = string(record, "createdAt")
    text = record.get("text")
    if not isinstance(text, str):
        raise BadPost("text is no string")
    handle = str(author.get("handle") or "")
    names = {handle: who, handle.partition(".")[0]: who} if handle != "handle.invalid" else {}
    linked = with_facets(text, record.get("facets"), pseudonyms)
    body: dict[str, Any] = {
        "platform": "bluesky", "uri": uri, "author": {"id": who}, "createdAt": created,
        "text": pseudonyms.text(linked, names),
        **kept(view, ("indexedAt", "likeCount", "repostCount", "replyCount", "quoteCount")),
    }  # fmt: skip
    langs = record.get("langs")
    if isinstance(langs, list):
        body["langs"] = [one for one in langs if isinstance(one, str)]
    if isinstance(record.get("reply"), Mapping):
        body["parent"] = _uri(table(record["reply"].get("parent"), "reply.parent").get("uri"), pseudonyms)
    path = f"/xrpc/app.bsky.feed.getPosts/{uri.removeprefix('anon:')}"
    return CleanPost(path=path, created=_sorted_at(view, record), body=body)


def oldest(views: list[Any]) -> datetime | None:
    """Place in time of the oldest post of a page, by which the server sorts."""
    times = []
    for view in views:
        try:
            times.append(_sorted_at(view, table(table(view, "post").get("record"), "record")))
        except BadPost:
            continue
    return min(times, default=None)


def with_facets(text: str, facets: Any, pseudonyms: Pseudonyms) -> str:
    """The text with whole links in the place of shortened ones and pseudonyms in the place of mentioned people.

    Facets give places as offsets of UTF-8 bytes. Such as overlap, leave the text or cut a character are passed over.
    """
    data = text.encode("utf-8", "surrogatepass")
    end = len(data)
    for start, stop, new in sorted(_changes(facets, pseudonyms), reverse=True):
        if not 0 <= start < stop <= end:
            continue
        try:
            data[:start].decode()
            data[start:stop].decode()
        except UnicodeDecodeError:
            continue
        data, end = data[:start] + new.encode() + data[stop:], start
    return data.decode("utf-8", "replace")


def _changes(facets: Any, pseudonyms: Pseudonyms) -> list[tuple[int, int, str]]:
    found = []
    for facet in facets if isinstance(facets, list) else ():
        index = facet.get("index") if isinstance(facet, Mapping) else None
        features = facet.get("features") if isinstance(facet, Mapping) else None
        if not isinstance(index, Mapping) or not isinstance(features, list):
            continue
        start, stop = index.get("byteStart"), index.get("byteEnd")
        if not (isinstance(start, int) and isinstance(stop, int)):
            continue
        for feature in features:
            kind = feature.get("$type") if isinstance(feature, Mapping) else None
            if kind == "app.bsky.richtext.facet#link" and isinstance(feature.get("uri"), str):
                found.append((start, stop, feature["uri"]))
            elif kind == "app.bsky.richtext.facet#mention" and isinstance(feature.get("did"), str):
                found.append((start, stop, "@" + pseudonyms.of(feature["did"])))
    return found


def _uri(uri: Any, pseudonyms: Pseudonyms) -> str:
    """``anon:…/key``: the address of a post names its author's account, so that is replaced."""
    found = _URI.fullmatch(uri) if isinstance(uri, str) else None
    if not found:
        raise BadPost("uri is no address of a post")
    return f"{pseudonyms.of(found[1])}/{found[2]}"


def _sorted_at(view: Mapping[str, Any], record: Mapping[str, Any]) -> datetime:
    """When the server says that a post came: what its author claims, unless that lies in the future of its arrival."""
    created = instant(string(record, "createdAt"), "createdAt")
    indexed = view.get("indexedAt")
    return min(created, instant(indexed, "indexedAt")) if isinstance(indexed, str) and indexed else created
