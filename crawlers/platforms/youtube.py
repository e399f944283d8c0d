"""YouTube: the comments of ``commentThreads.list`` and ``comments.list``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from crawlers.platforms.post import BadPost, CleanPost, instant, kept, string, table
from crawlers.pseudonym import Pseudonyms


def comments_of(thread: Any) -> list[Any]:
    """The top comment of a thread and those of its replies that came along (five at most).

    :raises BadPost: no thread of the documented shape.
    """
    snippet = table(table(thread, "thread").get("snippet"), "snippet")
    replies = thread.get("replies")
    found = replies.get("comments") if isinstance(replies, Mapping) else None
    return [snippet.get("topLevelComment"), *(found if isinstance(found, list) else [])]


def replies_missing(thread: Any) -> bool:
    """Whether a thread has more replies than came along."""
    count = thread["snippet"].get("totalReplyCount", 0)
    return isinstance(count, int) and count > len(comments_of(thread)) - 1


def names_in(comments: list[Any], pseudonyms: Pseudonyms) -> dict[str, str]:
    """What the authors of comments are called → their pseudonyms: those who answer begin with the other's name."""
    names = {}
    for comment in comments:
        snippet = comment.get("snippet") if isinstance(comment, Mapping) else None
        if isinstance(snippet, Mapping):
            handle = str(snippet.get("authorChannelUrl") or "").rpartition("/@")[2]
            for name in {str(snippet.get("authorDisplayName") or ""), handle}:
                names[name] = _author(snippet, pseudonyms)["id"]
    return {name: who for name, who in names.items() if name and who and "/" not in name}


def clean(comment: Any, video: str, names: Mapping[str, str], pseudonyms: Pseudonyms) -> CleanPost:
    """A comment without its author's name, picture and channel.

    :param names: of the people in the thread, see :func:`names_in`.
    :raises BadPost: not of the documented shape.
    """
    comment = table(comment, "comment")
    number, snippet = string(comment, "id"), table(comment.get("snippet"), "snippet")
    text = snippet.get("textOriginal", snippet.get("textDisplay"))
    if not isinstance(text, str):
        raise BadPost("textOriginal is no string")
    published = string(snippet, "publishedAt")
    body = {
        "platform": "youtube", "id": number, "videoId": video, "author": _author(snippet, pseudonyms),
        "text": pseudonyms.text(text, names),
        **kept(snippet, ("parentId", "publishedAt", "updatedAt", "likeCount")),
    }  # fmt: skip
    return CleanPost(
        path=f"/youtube/v3/comments?part=snippet&id={quote(number, safe='')}",
        created=instant(published, "publishedAt"),
        body=body,
        version=str(snippet.get("updatedAt") or ""),
    )


def _author(snippet: Mapping[str, Any], pseudonyms: Pseudonyms) -> dict[str, Any]:
    """By the channel, which stays when a name changes; comments of closed accounts have none."""
    channel = snippet.get("authorChannelId")
    value = channel.get("value") if isinstance(channel, Mapping) else None
    name = value or snippet.get("authorDisplayName")
    return {"id": pseudonyms.of(str(name)) if name else None}
