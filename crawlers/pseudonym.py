"""Takes private persons out of a post before anything is stored: one salted hash stands for each of them.

What is not on the list of kept fields is dropped, so a field that the platform adds tomorrow cannot leak.
"""

from __future__ import annotations

import hashlib
import hmac
import html
import re
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from lxml import html as lxml_html
from lxml.etree import ParserError

#: fields of a status that say nothing about who wrote it
KEPT = (
    "id", "created_at", "edited_at", "in_reply_to_id", "language", "visibility", "sensitive",
    "replies_count", "reblogs_count", "favourites_count", "quotes_count",
)  # fmt: skip

# what repeats is bounded: a post that is one long word must not take minutes
_MAIL = re.compile(r"(?<![\w@])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_MENTION = re.compile(r"(?<![\w@])@(?!anon:[0-9a-f]{16})([\w](?:[\w.-]*\w)?)(?:@([\w-]+(?:\.[\w-]+)*(?::\d+)?))?")
_PROFILE = re.compile(
    r"(?:https?://(?P<host>[\w.-]+(?::\d+)?)|(?<![\w-])(?P<bare>[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}(?::\d+)?))"
    r"/(?:@|(?:ap/)?users/|u/)(?P<user>[\w.-]*\w)(?:@(?P<home>[\w.-]+\w))?[^\s<>\"]*"
)

#: profiles on other platforms, with or without a scheme
_ELSEWHERE = re.compile(
    r"(?<![\w@./-])(?:https?://)?(?:[\w-]{1,63}\.){0,8}?"
    r"(?P<site>bsky\.app|twitter\.com|x\.com|instagram\.com|facebook\.com|fb\.com|"
    r"threads\.(?:net|com)|tiktok\.com|youtube\.com|reddit\.com|t\.me|telegram\.me|wa\.me|linkedin\.com)/"
    r"(?:profile/|profile\.php\?id=|channel/|c/|user/|u/|in/|s/|@)?(?P<user>[\w.:+-]*\w)[^\s<>\"]*",
    re.IGNORECASE,
)
#: first parts of a path there that name nobody
_NOBODY = re.compile(
    r"watch|shorts|live|playlist|results|embed|feed|hashtag|search|i|r|p|reels?|tv|explore|events|groups|share|sharer|"
    r"(?:story|photo|permalink)\.php|comments?|gallery|company|posts|jobs|send|joinchat|intent|home",
    re.IGNORECASE,
)
_BLUESKY = re.compile(r"(?<![\w@./-])[\w-]+\.bsky\.social(?![\w-])", re.IGNORECASE)


class Pseudonyms:
    """Replaces handles by ``anon:<16 hex>``: HMAC-SHA256 of ``user@instance`` with the office's salt."""

    def __init__(self, salt: str, instance: str) -> None:
        """:param instance: host of the API; a handle without a host belongs to it."""
        if not salt:
            raise ValueError("a salt is needed")
        self._salt = salt.encode()
        self._instance = instance.lower()

    def of(self, handle: str) -> str:
        """The pseudonym of ``user`` or ``user@host``; the same whatever case and leading ``@``."""
        name = handle.strip().lstrip("@").lower()
        if "@" not in name:
            name = f"{name}@{self._instance}"
        return "anon:" + hmac.new(self._salt, name.encode(), hashlib.sha256).hexdigest()[:16]

    def text(self, text: str, names: Mapping[str, str] | None = None, public: Collection[str] = ()) -> str:
        """Plain text of a post without handles, addresses of profiles and mail.

        :param names: what people of the post are called (handle, ``@``-name) → their pseudonym.
        :param public: handles, in lower case, that stand for no private person and stay.
        """
        known = {name.lower().lstrip("@"): pseudonym for name, pseudonym in (names or {}).items() if name.strip("@ ")}

        def pseudonym_of(name: str, place: str | None = None) -> str:
            return known.get(name.lower()) or self.of(f"{name}@{place}" if place else name)

        def elsewhere(found: re.Match[str]) -> str:
            user, site = found["user"], found["site"].lower()
            stays = _NOBODY.fullmatch(user) or user.lower() in public
            return found[0] if stays else pseudonym_of(user, site)

        def mention(found: re.Match[str]) -> str:
            return found[0] if found[1].lower() in public else "@" + pseudonym_of(found[1], found[2])

        for name in sorted(known, key=len, reverse=True):  # display names after an @ may hold spaces
            text = re.sub(rf"(?<!\w)@{re.escape(name)}(?!\w)", "@" + known[name], text, flags=re.IGNORECASE)
        text = _ELSEWHERE.sub(elsewhere, text)
        text = _PROFILE.sub(lambda m: self.of(f"{m['user']}@{m['home'] or m['host'] or m['bare']}"), text)
        text = _MAIL.sub(lambda m: self.of(m[0]), text)
        text = _BLUESKY.sub(lambda m: pseudonym_of(m[0]), text)
        text = _MENTION.sub(mention, text)
        for name, pseudonym in known.items():
            if _is_no_word(name):
                text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", pseudonym, text, flags=re.IGNORECASE)
        return text

    def status(self, status: Mapping[str, Any], url: str) -> dict[str, Any]:
        """A status of the Mastodon API without handle, name, avatar, note, media and cards.

        :param url: address that names nobody, put in the place of the status's own.
        :raises KeyError, TypeError, ValueError: no status of the documented shape.
        """
        account = status["account"]
        clean: dict[str, Any] = {name: status[name] for name in KEPT if name in status}
        if not isinstance(clean["id"], str) or not isinstance(clean["created_at"], str):
            raise TypeError("id or created_at is no string")
        clean["url"] = url
        clean["account"] = {"id": self.of(account["acct"]), "bot": account.get("bot") is True}
        handles = {str(m["url"]): str(m["acct"]) for m in status.get("mentions") or () if m.get("url")}
        own = {str(account.get("username") or ""), str(account["acct"])}
        own |= {str(m.get("username") or "") for m in status.get("mentions") or ()}
        own |= _named(f"{status.get('content') or ''} {status.get('spoiler_text') or ''}")
        clean["content"] = self._content(str(status.get("content") or ""), handles, own)
        clean["spoiler_text"] = self._text(_without_tags(str(status.get("spoiler_text") or "")), own)
        clean["tags"] = [{"name": str(tag["name"])} for tag in status.get("tags") or ()]
        return clean

    def _content(self, markup: str, handles: Mapping[str, str], own: set[str]) -> str:
        """The text of a post as paragraphs without attributes or links, all handles replaced."""
        try:
            root = lxml_html.fragment_fromstring(markup, create_parent="div")
        except ParserError:
            return ""
        for link in root.iter("a"):
            classes = (link.get("class") or "").split()
            href = link.get("href") or ""
            if href in handles or ("mention" in classes and "hashtag" not in classes):
                name = handles.get(href) or _handle_of(href) or link.text_content()
                for child in list(link):
                    link.remove(child)
                link.text = f"@{self.of(name)}"
        for line in root.iter("br"):
            line.tail = "\n" + (line.tail or "")
        blocks = root.xpath("./p | ./ul | ./ol | ./blockquote | ./pre")
        texts = [block.text_content() for block in blocks] if blocks else [root.text_content()]
        scrubbed = [html.escape(self._text(text, own), quote=False) for text in texts]
        return "".join(f"<p>{text.strip().replace(chr(10), '<br>')}</p>" for text in scrubbed if text.strip())

    def _text(self, text: str, own: set[str]) -> str:
        text = _PROFILE.sub(lambda m: self.of(f"{m['user']}@{m['home'] or m['host'] or m['bare']}"), text)
        text = _MAIL.sub(lambda m: self.of(m[0]), text)
        text = _MENTION.sub(lambda m: "@" + self.of(f"{m[1]}@{m[2]}" if m[2] else m[1]), text)
        for name in own:
            if _is_no_word(name):
                text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", self.of(name), text, flags=re.IGNORECASE)
        return text


def _is_no_word(name: str) -> bool:
    """Whether a bare name is one: shorter and plainer ones may be words of the language, such as ``jakarta``."""
    return " " not in name and (len(name) >= 9 or (len(name) >= 4 and re.search(r"[\d_@.]", name) is not None))


def _without_tags(markup: str, gap: str = "") -> str:
    return html.unescape(re.sub(r"<[^>]*>", gap, markup))


def _named(markup: str) -> set[str]:
    """User names that a post gives as ``@user`` or by a profile's address: they may stand there bare, too."""
    text = f"{_without_tags(markup)} {_without_tags(markup, ' ')} " + " ".join(re.findall(r'href="([^"]*)"', markup))
    return {found["user"] for found in _PROFILE.finditer(text)} | {found[1] for found in _MENTION.finditer(text)}


def _handle_of(url: str) -> str:
    """``https://host/@user`` → ``user@host``; empty when the address has another shape."""
    place = urlsplit(url)
    found = re.match(r"/(?:@|(?:ap/)?users/)([\w.-]+)(?:@([\w.-]+))?/?$", place.path)
    return f"{found[1]}@{found[2] or place.netloc}" if found else ""
