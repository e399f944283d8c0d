"""Telegram: the messages on the preview page of a public channel, ``t.me/s/<channel>``."""

from __future__ import annotations

import re
from typing import Any

from lxml import html as lxml_html
from lxml.etree import ParserError

from citra.documents import content_hash
from crawlers.platforms.post import BadPost, CleanPost, PassedOver, instant
from crawlers.pseudonym import Pseudonyms

_POST = re.compile(r"([A-Za-z]\w{3,31})/(\d+)\w?")
_FROM = re.compile(r"https?://t\.me/([A-Za-z]\w{3,31}/\d+)")


def messages(page: bytes) -> list[Any]:
    """The messages of a page, oldest first; empty when it shows none."""
    try:
        root = lxml_html.fromstring(page, parser=lxml_html.HTMLParser(encoding="utf-8"))
    except (ParserError, ValueError):
        return []
    return list(root.xpath(f"//div[{_has('tgme_widget_message')} and @data-post]"))


def is_preview(page: bytes) -> bool:
    """Whether a page is a channel's preview, though it may hold no message."""
    return b"tgme_channel_info" in page or b"tgme_channel_history" in page


def number_of(message: Any) -> int | None:
    """Number of a message in its channel."""
    found = _POST.fullmatch(message.get("data-post") or "")
    return int(found[2]) if found else None


def clean(message: Any, pseudonyms: Pseudonyms) -> CleanPost:
    """The text, counts and marks of a message. The channel is public and stays; whoever it names does not.

    Signatures of authors and names behind forwarded messages are persons' and are dropped; a channel that a message
    was forwarded from is kept.

    :raises BadPost: the page is laid out in another way. :raises PassedOver: a service message, or one without words.
    """
    found = _POST.fullmatch(message.get("data-post") or "")
    if not found:
        raise BadPost("data-post is no address of a message")
    channel, post = found[1], f"{found[1]}/{found[2]}"
    if "service_message" in (message.get("class") or "").split():
        raise PassedOver("service-message")
    text = pseudonyms.text(_words(message), public={channel.lower()})
    if not any(char.isalnum() for char in text):
        raise PassedOver("no-text")
    when = _first(message, f".//a[{_has('tgme_widget_message_date')}]//time[@datetime]")
    if when is None:
        raise BadPost("a message without a time")
    raw = when.get("datetime")
    body: dict[str, Any] = {
        "platform": "telegram", "id": post, "channel": channel, "title": _line(message, "owner_name"), "datetime": raw,
        "text": text, "edited": "edited" in _line(message, "meta").split(), "forwarded": False,
    }  # fmt: skip
    if views := _line(message, "views"):
        body["views"] = views
    if answered := _address(message, "reply"):
        body["parent"] = answered
    forwarded = _first(message, f".//*[{_has('tgme_widget_message_forwarded_from')}]")
    if forwarded is not None:
        body["forwarded"] = True
        if origin := _address(forwarded, "forwarded_from_name"):
            body["forwarded_from"] = origin
    return CleanPost(path=f"/{post}", created=instant(raw, "datetime"), body=body, version=content_hash("", text))


def _words(message: Any) -> str:
    """The message's own text, and the question and options of its poll; not what it quotes or previews."""
    quoted = f"ancestor::*[{_has('tgme_widget_message_reply')} or {_has('tgme_widget_message_link_preview')}]"
    inner = f"ancestor::div[{_has('tgme_widget_message_text')}]"
    names = ("text", "poll_question", "poll_option_text")
    parts = []
    for name in names:
        parts += message.xpath(f".//*[{_has(f'tgme_widget_message_{name}')} and not({quoted}) and not({inner})]")
    lines = []
    for part in parts:
        for line in part.iter("br"):
            line.tail = "\n" + (line.tail or "")
        lines += [" ".join(line.split()) for line in part.text_content().split("\n")]
    return "\n".join(line for line in lines if line)


def _line(message: Any, name: str) -> str:
    part = _first(message, f".//*[{_has(f'tgme_widget_message_{name}')}]")
    return " ".join(part.text_content().split()) if part is not None else ""


def _address(message: Any, name: str) -> str:
    """``channel/number`` that a part links to; empty when it leads to a person or nowhere."""
    link = _first(message, f".//a[{_has(f'tgme_widget_message_{name}')}]")
    found = _FROM.match(link.get("href") or "") if link is not None else None
    return found[1] if found else ""


def _first(message: Any, path: str) -> Any:
    return next(iter(message.xpath(path)), None)


def _has(name: str) -> str:
    return f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')"
