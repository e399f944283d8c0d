"""Mentions made for tests: every field varies, stories have copies, some texts are undated. Seeded, fictional."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime, timedelta

from citra.documents import (
    KINDS,
    SENTIMENTS,
    TOPICS,
    Document,
    Mention,
    Model,
    Sentiment,
    Topic,
    content_hash,
    document_id,
)

START = datetime(2026, 9, 25, tzinfo=UTC)
_SUFFIXES = ("an", "kan", "nya", "i")
_WORDS = [
    "layanan",
    "pelayanan",
    "melayani",
    "korupsi",
    "mengorupsi",
    "suap",
    "dana",
    "desa",
    "bupati",
    "camat",
    "pegawai",
    "negeri",
    "olahraga",
    "bola",
    "inovasi",
    "aplikasi",
    "antrean",
    "KTP",
    "e-KTP",
    "anak-anak",
    "Rp5.000",
    "rakyat",
    "jujur",
    "pungli",
    "cepat",
    "lambat",
    "ramah",
]
_OFFICES = ("bkn", "kemenpanrb", "pemkot-bandung", "disdukcapil")
_REGIONS = ("32", "32.71", "32.73", "31", "3", "33.1")


def stem(text: str) -> str:
    """A stemmer small enough to follow by hand: cuts me-/pe-/mengo- and -an/-kan/-nya/-i."""
    return " ".join(_stem_word(word) for word in re.findall(r"[^\W_]+", text.lower()))


def _stem_word(word: str) -> str:
    for prefix in ("pe", "mengo", "me"):
        if word.startswith(prefix) and len(word) > 5:
            word = word.removeprefix(prefix)
            break
    return next((word.removesuffix(s) for s in _SUFFIXES if word.endswith(s) and len(word) > 5), word)


def mention(rng: random.Random, number: int, *, story: str, **document: object) -> Mention:
    title = " ".join(rng.choices(_WORDS, k=rng.randint(0, 5)))
    text = ". ".join(" ".join(rng.choices(_WORDS, k=rng.randint(3, 12))).capitalize() for _ in range(3))
    source = rng.choice(("kompas", "detik", "antara", "mastodon"))
    published = START + timedelta(minutes=rng.randrange(60 * 24 * 60))
    values: dict[str, object] = {
        "id": document_id(source, str(number)),
        "source": source,
        "kind": rng.choice(KINDS),
        "url": f"https://{source}.example/{number}?utm=x",
        "canonical_url": f"https://{source}.example/{number}",
        "title": title,
        "text": text,
        "author": rng.choice((None, "Budi S", "anon:ab12")),
        "published": None if rng.random() < 0.05 else published,
        "fetched": published + timedelta(hours=1),
        "language": rng.choice(("id", "id", "su", None)),
        "section": rng.choice(("Nasional", "Daerah", None)),
        "content_hash": content_hash(title, text),
    } | document
    label = rng.choices(SENTIMENTS, weights=(3, 5, 2))[0]
    p = {name: 0.8 if name == label else 0.1 for name in SENTIMENTS}
    return Mention(
        document=Document(**values),  # type: ignore[arg-type]
        relevance=round(rng.random(), 2),
        sentiment=Sentiment(label=label, p_negative=p["negative"], p_neutral=p["neutral"], p_positive=p["positive"]),
        topics=tuple(Topic(id=t, p=0.9) for t in rng.sample(TOPICS, rng.randint(0, 3))),
        offices=tuple(rng.sample(_OFFICES, rng.randint(0, 2))),
        regions=tuple(rng.sample(_REGIONS, rng.randint(0, 2))),
        story_id=story,
        is_first=rng.random() < 0.5,
        stems="" if number % 3 else " ".join(stem(w) for w in _plain(f"{values['title']} {values['text']}")),
        model=Model(name="tiny", version=rng.choice(("1", "2"))),
    )


def _plain(text: str) -> list[str]:
    from citra.store.words import words

    return words(text)


def mentions(count: int, seed: int = 7) -> list[Mention]:
    """``count`` mentions of about half as many stories."""
    rng = random.Random(seed)
    return [mention(rng, i, story=f"s{rng.randrange(max(1, count // 2))}") for i in range(count)]
