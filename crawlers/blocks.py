"""Tells a page that keeps robots out from the page that was asked for. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from crawlers.shown import shown_text

#: statuses by which a site says "not you"
BLOCKING = frozenset({401, 403, 406, 429, 451})

_TITLES = re.compile(
    r"<[tT](?i:itle)[^<>]*>\s*((?i:just a moment|attention required|access denied|access to this page has been denied|"
    r"ddos-guard|are you (a )?(human|robot)|robot check|captcha|pardon our interruption|security check|"
    r"verif(y|ying) you are human|you have been blocked|403 forbidden|request blocked|human verification|"
    r"checking your browser|one moment, please|bot verification|error 1015))"
)
#: of the challenge pages themselves; scripts that ordinary pages embed too are not among them
_MARKS = re.compile(
    r"_cf_chl_opt|cf-chl-|cf-browser-verification|geo\.captcha-delivery\.com|_Incapsula_Resource|"
    r"px-captcha|/_sec/cp_challenge|ddos-guard/js-challenge|sucuri_cloudproxy|AwsWafIntegration|"
    r"g-recaptcha-response|hcaptcha\.com/1/api",
    re.IGNORECASE,
)
_PLEAS = re.compile(
    r"(please )?(enable|turn on|activate) (javascript|js)( and cookies)?|aktifkan javascript|"
    r"unusual traffic|bot detected|access denied",
    re.IGNORECASE,
)
#: a challenge shows little text; an article that merely speaks of one shows more
_MOST_TEXT = 1500


def why_blocked(status: int, headers: Mapping[str, str], page: str) -> str | None:
    """In a few words why a response is a block page, or None. ``headers`` have lower-case names.

    >>> why_blocked(200, {}, "<title>Just a moment...</title><script>window._cf_chl_opt={}</script>")
    'the page is titled "just a moment"'
    >>> why_blocked(200, {}, "<title>Gaji PNS naik</title><p>Isi berita.</p>") is None
    True
    """
    if status in BLOCKING:
        return f"HTTP {status}"
    if headers.get("cf-mitigated") == "challenge":
        return "Cloudflare challenge"
    head = page[:200_000]
    if found := _TITLES.search(head):
        return f'the page is titled "{found[1].lower()}"'
    text = shown_text(head, most=_MOST_TEXT)
    if len(text) > _MOST_TEXT:
        return None
    if found := _MARKS.search(head):
        return f"challenge page ({found[0]})"
    if found := _PLEAS.search(text):
        return f'the page says "{found[0].lower()}"'
    return None
