"""Reddit: posts (``t3``) and comments (``t1``) of listings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from crawlers.platforms.post import BadPost, CleanPost, PassedOver, kept, string, table
from crawlers.pseudonym import Pseudonyms

#: stands in the place of what was taken away
GONE = frozenset({"[deleted]", "[removed]", "[ Removed by Reddit ]"})
_NAME = re.compile(r"t[13]_[a-z0-9]+")
_REDDITOR = re.compile(r"(?<![\w/.])/?(?:u|user)/([A-Za-z0-9_-]{3,20})(?![\w-])")


def clean(thing: Any, pseudonyms: Pseudonyms) -> CleanPost:
    """A post or comment without its author, flair, media and previews.

    :raises BadPost: not of the documented shape. :raises PassedOver: deleted, removed, or in a person's own place.
    """
    thing = table(thing, "thing")
    data = table(thing.get("data"), "data")
    name = string(data, "name")
    if not _NAME.fullmatch(name):
        raise BadPost("name is no fullname of a post or comment")
    place = string(data, "subreddit")
    if place.startswith("u_"):  # a profile: its name is a person's
        raise PassedOver("not-public")
    title, text = data.get("title", ""), data.get("body" if name.startswith("t1_") else "selftext", "")
    if not isinstance(title, str) or not isinstance(text, str):
        raise BadPost("title or text is no string")
    if text.strip() in GONE or title.strip() in GONE or data.get("removed_by_category"):
        raise PassedOver("deleted")
    author = data.get("author")
    who = pseudonyms.of(author) if isinstance(author, str) and author not in GONE else None
    names = {str(author): who} if who else {}
    other = data.get("link_author")
    if isinstance(other, str) and other not in GONE:
        names[other] = pseudonyms.of(other)
    body: dict[str, Any] = {
        "platform": "reddit", "name": name, "author": {"id": who}, "subreddit": place,
        "title": _text(title, names, pseudonyms), "text": _text(text, names, pseudonyms),
        **kept(data, ("created_utc", "edited", "score", "num_comments", "parent_id", "link_id", "over_18")),
    }  # fmt: skip
    return CleanPost(
        path=f"/api/info?id={name}", created=_created(data), body=body, version=str(data.get("edited") or "")
    )


def tree(listing: Any) -> Iterator[Any]:
    """The comments of a tree, each before its answers, without their answers; a ``more`` object as it stands."""
    queue = list(_children(listing))
    while queue:
        thing = queue.pop(0)
        yield thing
        if isinstance(thing, Mapping) and thing.get("kind") == "t1":
            queue = [*_children(table(thing.get("data"), "data").get("replies")), *queue]


def _children(listing: Any) -> list[Any]:
    if not isinstance(listing, Mapping):  # an empty string where nobody answered
        return []
    found = table(listing.get("data"), "data").get("children")
    return found if isinstance(found, list) else []


def _text(text: str, names: Mapping[str, str], pseudonyms: Pseudonyms) -> str:
    return pseudonyms.text(_REDDITOR.sub(lambda m: "u/" + pseudonyms.of(m[1]), text), names)


def _created(data: Mapping[str, Any]) -> datetime:
    seconds = data.get("created_utc")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < 1e11:
        raise BadPost("created_utc is no time")
    return datetime.fromtimestamp(seconds, UTC)
