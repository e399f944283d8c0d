"""The answers by brute force: every mention is looked at with plain Python, nothing of the engines is used."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date, timedelta

from citra.documents import JAKARTA, Mention
from citra.store import Query, Tally
from citra.store.nodes import And, Between, Equals, Node, Not, Or, Phrase, Wildcard, Word


def day(mention: Mention) -> date | None:
    published = mention.document.published
    return published.astimezone(JAKARTA).date() if published else None


def tokens(text: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[^\W_]+", text)]


class Oracle:
    def __init__(self, mentions: Iterable[Mention], stem: Callable[[str], str]) -> None:
        self.mentions, self.stem = list(mentions), stem
        self._found: dict[Query, list[Mention]] = {}

    def matches(self, query: Query) -> list[Mention]:
        """Newest first."""
        if query not in self._found:
            wanted = (m for m in self.mentions if self._wanted(query, m))
            self._found[query] = sorted(wanted, key=_published, reverse=True)
        return self._found[query]

    def tallies(self, query: Query, interval: str) -> dict[date, Tally]:
        dated = [(day(m), m) for m in self.matches(query)]
        dated = [(d, m) for d, m in dated if d]
        grouped: dict[date, list[Mention]] = defaultdict(list)
        for d, m in dated:
            start = {
                "day": d, "week": d - timedelta(days=d.weekday()), "month": d.replace(day=1),
                "all": min(x for x, _ in dated),
            }[interval]  # fmt: skip
            grouped[start].append(m)
        return {start: _tally(grouped[start]) for start in sorted(grouped)}

    def facet(self, query: Query, field: str) -> dict[str, int]:
        found: Counter[str] = Counter()
        for m in self.matches(query):
            found.update(_values(m, field))
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    def _wanted(self, q: Query, m: Mention) -> bool:
        d = day(m)
        if (q.since or q.until) and (d is None or (q.since and d < q.since) or (q.until and d > q.until)):
            return False
        if q.min_relevance is not None and m.relevance < q.min_relevance:
            return False
        for field, wanted in (
            ("source", q.sources), ("kind", q.kinds), ("sentiment", q.sentiments), ("topic", q.topics),
            ("office", q.offices),
        ):  # fmt: skip
            if wanted and not set(wanted) & set(_values(m, field)):
                return False
        if q.regions and not any(_in_region(r, code) for r in m.regions for code in q.regions):
            return False
        return q.text is None or self._holds(q.text, m)

    def _holds(self, node: Node, m: Mention) -> bool:
        match node:
            case And(children):
                return all(self._holds(child, m) for child in children)
            case Or(children):
                return any(self._holds(child, m) for child in children)
            case Not(child):
                return not self._holds(child, m)
            case Between(field, low, high, open_low, open_high):
                value = day(m) if field == "day" else m.relevance
                if value is None:
                    return False
                above = low is None or value > low or (value == low and not open_low)  # type: ignore[operator]
                return above and (high is None or value < high or (value == high and not open_high))  # type: ignore[operator]
            case Equals("region", (code,)):
                return any(_in_region(region, code) for region in m.regions)
            case Equals(field, parts):
                pattern = re.compile(".*".join(map(re.escape, parts)), re.DOTALL)
                return any(pattern.fullmatch(value) for value in _values(m, field))
            case _:
                return self._says(node, m)

    def _says(self, node: Node, m: Mention) -> bool:
        title, body = tokens(m.document.title), tokens(m.document.text)
        stems = [s for word in title + body for s in tokens(self.stem(word))]
        match node:
            case Word(text):
                return self.stem(text) in stems
            case Phrase(phrase, only_title):
                return any(_inside(list(phrase), where) for where in ([title] if only_title else [title, body]))
            case Wildcard(parts, only_title):
                pattern = re.compile(".*".join(map(re.escape, parts)))
                return any(pattern.fullmatch(w) for w in (title if only_title else title + body + stems))
        raise AssertionError(node)


def _published(m: Mention) -> float:
    return m.document.published.timestamp() if m.document.published else float("-inf")


def _inside(phrase: list[str], where: list[str]) -> bool:
    return any(where[i : i + len(phrase)] == phrase for i in range(len(where)))


def _in_region(region: str, code: str) -> bool:
    return region == code or region.startswith(f"{code}.")


def _values(m: Mention, field: str) -> list[str]:
    d = m.document
    values: list[str | None] = {
        "source": [d.source], "kind": [d.kind], "sentiment": [m.sentiment.label], "topic": [t.id for t in m.topics],
        "office": list(m.offices), "region": list(m.regions), "author": [d.author], "section": [d.section],
        "language": [d.language], "url": [d.url, d.canonical_url], "story": [m.story_id], "id": [d.id],
        "model": [f"{m.model.name}@{m.model.version}"],
    }[field]  # fmt: skip
    return [v.lower() if field in {"author", "section"} else v for v in values if v]


def _tally(mentions: list[Mention]) -> Tally:
    by_story: dict[str, Counter[str]] = defaultdict(Counter)
    for m in mentions:
        by_story[m.story_id][m.sentiment.label] += 1
    labels: Counter[str] = Counter()
    for counts in by_story.values():
        (first, most), *rest = counts.most_common()
        labels[first if not rest or rest[0][1] < most else "neutral"] += 1
    texts = Counter(m.sentiment.label for m in mentions)
    return Tally(
        placements=len(mentions), stories=len(by_story),
        negative=texts["negative"], neutral=texts["neutral"], positive=texts["positive"],
        negative_stories=labels["negative"], neutral_stories=labels["neutral"], positive_stories=labels["positive"],
        sum_mm=sum(c.total() ** 2 for c in by_story.values()),
        sum_my=sum(c.total() * c["negative"] for c in by_story.values()),
        sum_yy=sum(c["negative"] ** 2 for c in by_story.values()),
    )  # fmt: skip
