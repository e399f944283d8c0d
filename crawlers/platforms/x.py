"""X: the posts of recent search, API v2."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from crawlers.platforms.post import BadPost, CleanPost, PassedOver, instant, kept, string, table
from crawlers.pseudonym import Pseudonyms

#: what we ask of each post; no ``expansions``, so that no profile is ever sent
FIELDS = "author_id,conversation_id,created_at,entities,lang,note_tweet,public_metrics,referenced_tweets"
COUNTS = ("like_count", "retweet_count", "reply_count", "quote_count", "bookmark_count", "impression_count")


def clean(post: Any, pseudonyms: Pseudonyms) -> CleanPost:
    """A post without author and entities; its shortened links are written out.

    :raises BadPost: not of the documented shape. :raises PassedOver: a repost of another's words.
    """
    post = table(post, "post")
    number, created = string(post, "id"), string(post, "created_at")
    others = [one for one in post.get("referenced_tweets") or () if isinstance(one, Mapping)]
    if any(one.get("type") == "retweeted" for one in others):
        raise PassedOver("repost")
    long = post.get("note_tweet")
    whole = long if isinstance(long, Mapping) and isinstance(long.get("text"), str) else post
    if not isinstance(whole.get("text"), str):
        raise BadPost("text is no string")
    text = whole["text"]
    names: dict[str, str] = {}
    for entities in (post.get("entities"), whole.get("entities")):
        if not isinstance(entities, Mapping):
            continue
        for one in entities.get("mentions") or ():
            names[string(one, "username")] = pseudonyms.of(str(one.get("id") or one["username"]))
        for one in entities.get("urls") or ():
            text = text.replace(string(one, "url"), str(one.get("expanded_url") or one["url"]))
    author = post.get("author_id")
    body: dict[str, Any] = {
        "platform": "x", "id": number, "author": {"id": pseudonyms.of(author) if isinstance(author, str) else None},
        "text": pseudonyms.text(html.unescape(text), names), "created_at": created,
        "public_metrics": kept(table(post.get("public_metrics") or {}, "public_metrics"), COUNTS),
        **kept(post, ("lang", "conversation_id")),
    }  # fmt: skip
    for one in others:
        if one.get("type") == "replied_to":
            body["parent"] = string(one, "id")
    return CleanPost(path=f"/2/tweets/{quote(number, safe='')}", created=instant(created, "created_at"), body=body)
