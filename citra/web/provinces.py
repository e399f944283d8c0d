"""A map of the 38 provinces as tiles, one for each: small provinces are seen as well as large ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: Kemendagri code → column, row, short name. Drawn by us: neighbours stay neighbours, roughly.
PLACES: Mapping[str, tuple[int, int, str]] = {
    "11": (0, 0, "Aceh"), "12": (1, 1, "Sumut"), "13": (1, 2, "Sumbar"), "14": (2, 2, "Riau"), "15": (2, 3, "Jambi"),
    "16": (3, 4, "Sumsel"), "17": (2, 4, "Bengkulu"), "18": (3, 5, "Lampung"), "19": (4, 3, "Babel"),
    "21": (3, 1, "Kepri"), "31": (4, 5, "DKI"), "32": (4, 6, "Jabar"), "33": (5, 6, "Jateng"), "34": (5, 7, "DIY"),
    "35": (6, 6, "Jatim"), "36": (3, 6, "Banten"), "51": (7, 7, "Bali"), "52": (8, 7, "NTB"), "53": (9, 7, "NTT"),
    "61": (5, 2, "Kalbar"), "62": (6, 2, "Kalteng"), "63": (7, 3, "Kalsel"), "64": (7, 2, "Kaltim"),
    "65": (7, 1, "Kaltara"), "71": (10, 1, "Sulut"), "72": (9, 2, "Sulteng"), "73": (9, 4, "Sulsel"),
    "74": (10, 4, "Sultra"), "75": (9, 1, "Gorontalo"), "76": (9, 3, "Sulbar"), "81": (11, 4, "Maluku"),
    "82": (11, 2, "Malut"), "91": (15, 2, "Papua"), "92": (13, 2, "Pabar"), "93": (15, 4, "Pasel"),
    "94": (14, 3, "Pateng"), "95": (15, 3, "Papeg"), "96": (12, 2, "PBD"),
}  # fmt: skip

#: Side of a tile and the gap between two, in the drawing's own units.
SIDE, GAP = 58, 4
WIDTH = (1 + max(place[0] for place in PLACES.values())) * (SIDE + GAP)
HEIGHT = (1 + max(place[1] for place in PLACES.values())) * (SIDE + GAP)
#: Lower ends of the shades: shares of negative.
SHADES = (0.0, 0.15, 0.3, 0.45, 0.6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One province; ``shade`` is its class of ``SHADES``, None where there are no texts."""

    code: str
    short: str
    x: int
    y: int
    shade: int | None


def tiles(shares: Mapping[str, float]) -> list[Tile]:
    """All provinces, north-west to south-east, row by row: the order in which the keyboard reaches them.

    :param shares: code → share of negative, 0…1.
    """
    found = [
        Tile(
            code=code,
            short=short,
            x=column * (SIDE + GAP),
            y=row * (SIDE + GAP),
            shade=sum(shares[code] >= end for end in SHADES[1:]) if code in shares else None,
        )
        for code, (column, row, short) in PLACES.items()
    ]
    return sorted(found, key=lambda tile: (tile.y, tile.x))
