"""Further stories and posts from combinable paragraphs and phrases, always the same ones."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from citra.demo.content import Story, Utterance, parts

#: how many texts are composed of each kind of story, and of each voice of posts
STORY_COUNTS = {
    "antrean": 14, "tipikor": 10, "disiplin": 8, "kemudahan": 14, "teladan": 8, "pengumuman": 14, "rapat": 8,
    "niaga": 17, "laga": 17,
}  # fmt: skip
POST_COUNTS = {"keluhan": 75, "geram": 28, "pujian": 60, "tanya": 55, "obrolan": 70}
#: the slow shift: from this day on, for three weeks, half of the composed praise is said
PRAISE_DAYS = range(-35, -14)


@cache
def composed_stories() -> tuple[Story, ...]:
    """Stories whose paragraphs are combined such that no two share more than a few sentences."""
    found = []
    for kind in parts()["kind"]:
        for index in range(STORY_COUNTS[kind["id"]]):
            found.append(_story(kind, index))
    return tuple(found)


@cache
def composed_posts() -> tuple[Utterance, ...]:
    """Posts of opening, core and closing; no combination comes twice."""
    found = []
    for voice in parts()["voice"]:
        for index in range(POST_COUNTS[voice["id"]]):
            found.append(_post(voice, index))
    return tuple(found)


def _story(kind: dict[str, Any], index: int) -> Story:
    rng = random.Random(f"citra-demo:{kind['id']}:{index}")
    opening = index % len(kind["open"])
    turn = index // len(kind["open"])
    fill = _Filler(rng, place=_of(parts()["real"] if kind.get("real") else parts()["places"], index * 4 + turn),
                   office=_of(kind["offices"], index + turn))  # fmt: skip
    middles = _fitting(kind["mid"], opening)
    first = turn % len(middles)
    second = (first + 1 + (turn // len(middles)) % max(1, len(middles) - 1)) % len(middles)
    pieces = [kind["open"][opening], middles[first]]
    if second != first:
        pieces.append(middles[second])
    pieces.append(_of(_fitting(kind["quote"], opening), turn + opening))
    pieces.append(_of(_fitting(kind["end"], opening), turn * 2 + opening))
    titles = kind["titles"]
    title = titles[opening] if len(titles) == len(kind["open"]) else _of(titles, index)
    section = kind.get("section", "daerah")
    return Story(
        id=f"{kind['id']}-{index:02}",
        titles=(_capitalised(fill(title)),),
        paragraphs=tuple(_capitalised(fill(piece)) for piece in pieces),
        sentiment=kind["sentiment"],
        relevant=kind.get("relevant", True),
        topics=tuple(kind["topics"]),
        place=fill.place.split(" ", 1)[-1] if kind.get("relevant", True) else "Jakarta",
        office=fill("{dinas}") if kind.get("relevant", True) else "",
        section=section,
    )


def _post(voice: dict[str, Any], index: int) -> Utterance:
    rng = random.Random(f"citra-demo:{voice['id']}:{index}")
    core = _of(voice["core"], index)
    turn, number = divmod(index, len(voice["core"]))
    fill = _Filler(rng, place=_of(parts()["places"], index * 7 + turn).split(" ", 1)[1], office="")
    # a core that comes again has another opening and another closing each time
    text = f"{_of(voice['open'], number + turn)} {core} {_of(voice['close'], number + turn * 3)}"
    praise_day = rng.choice(PRAISE_DAYS) if voice["id"] == "pujian" and index % 2 else None
    return Utterance(
        id=f"{voice['id']}-{index:02}",
        text=fill(text),
        sentiment=voice["sentiment"],
        relevant=voice.get("relevant", True),
        topics=tuple(voice["topics"]),
        day=praise_day,
    )


class _Filler:
    """Fills slots: one place, office and hero for a text, a fresh number or name for each other slot."""

    def __init__(self, rng: random.Random, place: str, office: str) -> None:
        self.rng, self.place, self.office = rng, place, office
        self.hero = self._person()
        self.real = place if place in parts()["real"] else str(rng.choice(parts()["real"]))

    def __call__(self, text: str) -> str:
        return re.sub(r"{(kota|dinas|nyata|n|m|rp|pct|mnt|orang|tokoh)}", self._value, text)

    def _value(self, slot: re.Match[str]) -> str:
        match slot[1]:
            case "kota":
                return self.place
            case "dinas":
                return self.office.replace("{kota}", self.place)
            case "nyata":
                return self.real.removeprefix("Provinsi ")
            case "orang":
                return self._person()
            case "tokoh":
                return self.hero
            case number:
                low, high = {"n": (3, 12), "m": (130, 4800), "rp": (2, 60), "pct": (21, 88), "mnt": (10, 55)}[number]
                return f"{self.rng.randint(low, high):,}".replace(",", ".")

    def _person(self) -> str:
        return f"{self.rng.choice(parts()['first'])} {self.rng.choice(parts()['last'])}"


def _fitting(pieces: Sequence[str], opening: int) -> list[str]:
    """The pieces that may follow an opening, without their ``[0,2]`` marks."""
    fitting = []
    for piece in pieces:
        mark = re.match(r"\[([\d,]+)\]", piece)
        if mark is None:
            fitting.append(piece)
        elif str(opening) in mark[1].split(","):
            fitting.append(piece[mark.end() :])
    return fitting


def _of(items: Sequence[str], index: int) -> str:
    return items[index % len(items)]


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
