"""`citra label texts`: one text at once, or a sitting over several."""

from __future__ import annotations

import getpass
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import click
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from citra.cli.common import echo_json, err
from citra.cli.filters import query_of
from citra.cli.label_keys import HELP, Draft, sit
from citra.config import Settings
from citra.corrections import Sampling
from citra.documents import JAKARTA, Mention, to_json
from citra.errors import InputError, StoreError
from citra.indonesian import date_words
from citra.verbs.index import open_index
from citra.verbs.label import Labelled, choose, label, sampling_of

#: characters of a text shown at once: what the model reads, about
SHOWN = 1_800
_ID = re.compile(r"[0-9a-f]{24}")
_SAYING = ("relevant", "no_topics", "retract")
#: options that choose texts; with an id they mean nothing
_CHOOSING = ("since", "until", "last", "sources", "kinds", "offices", "regions")


def run(settings: Settings, query: tuple[str, ...], options: dict[str, Any]) -> None:
    """Label one text when it is named and something is said of it; else show texts one by one."""
    who = options.pop("who") or _login()
    said = {name: options.pop(name) for name in _SAYING}
    said |= {"note": options.pop("note")}
    as_json = options.pop("as_json")
    sitting = {name: options.pop(name) for name in ("sample", "size", "seed", "blind")}
    named = _named(settings, query)
    if named is not None and (_says(said) or options["sentiments"] or options["topics"]):
        _at_once(settings, named, who, said, options, blind=sitting["blind"], as_json=as_json)
        return
    if _says(said):
        raise click.UsageError("--relevant, --irrelevant, --no-topics and --retract go with the ID of one text")
    if as_json:
        raise click.UsageError("--json goes with the ID of one text and what you say of it")
    _one_by_one(settings, query, named, who, said["note"], options, **sitting)


def _says(said: Mapping[str, Any]) -> bool:
    return said["relevant"] is not None or said["no_topics"] or said["retract"]


def _named(settings: Settings, query: tuple[str, ...]) -> Mention | None:
    """The text that the only word is the id of.

    :raises InputError: it looks like an id and is none.
    """
    if len(query) != 1:
        return None
    with open_index(settings.index.location) as store:
        found = store.get(query[0])
    if found is None and _ID.fullmatch(query[0]):
        raise InputError(f"{query[0]}: no text with this id in the index; `citra search --json` shows ids")
    return found


def _at_once(
    settings: Settings, mention: Mention, who: str, said: Mapping[str, Any], options: Mapping[str, Any], *,
    blind: bool, as_json: bool,
) -> None:  # fmt: skip
    if odd := [name for name in _CHOOSING if options[name]]:
        raise click.UsageError(f"with the ID of one text there is nothing to choose by {', '.join(odd)}")
    if len(options["sentiments"]) > 1:
        raise click.UsageError("a text has one sentiment")
    if said["no_topics"] and options["topics"]:
        raise click.UsageError("--topic and --no-topics exclude each other")
    done = label(
        settings.lake.path, settings.index.location, mention.id, who=who, now=datetime.now(UTC),
        relevant=said["relevant"], sentiment=next(iter(options["sentiments"]), None),
        topics=() if said["no_topics"] else options["topics"] or None,
        note=said["note"], blind=blind, retract=said["retract"],
    )  # fmt: skip
    if as_json:
        answer = {"is_new": done.is_new, "is_applied": done.is_applied}
        echo_json(to_json(done.mention) | {"label": answer | done.correction.to_json()})
        return
    topics = ", ".join(topic.id for topic in done.mention.topics) or "no topics"
    by = f"by {done.mention.corrected_by}" if done.mention.corrected_by else "by the model"
    image, relevance = done.mention.sentiment.label, done.mention.relevance
    click.echo(f"{done.mention.id}: {image}, {topics}, relevance {relevance:.2f}, {by}")
    _warn(done)


def _warn(done: Labelled) -> None:
    if not done.is_applied:
        err.print("kept; the index is busy: the next `citra load` applies it")


def _one_by_one(
    settings: Settings, query: tuple[str, ...], named: Mention | None, who: str, note: str, options: dict[str, Any], *,
    sample: str, size: int, seed: int, blind: bool,
) -> None:  # fmt: skip
    asked = query_of(settings, query, **options)
    sampling: Sampling = "id" if named else sampling_of(asked, "query" if sample == "newest" else sample)  # type: ignore[arg-type]
    mentions = [named] if named else _chosen(settings, asked, sample, size, seed, who, blind=blind)
    if not mentions:
        err.print("nothing to label: all that matches has a label" if not blind else "no labelled text without yours")
        return
    hidden = blind or sampling == "random"
    console = Console(highlight=False)
    console.print(HELP, style="dim", markup=False)

    def store(mention: Mention, draft: Draft) -> None:
        _warn(
            label(
                settings.lake.path, settings.index.location, mention.id, who=who, now=datetime.now(UTC), note=note,
                relevant=draft.relevant, sentiment=draft.sentiment, topics=draft.topics, sampling=sampling, blind=blind,
            )
        )  # fmt: skip

    def take_back(mention: Mention) -> None:
        now = datetime.now(UTC)
        _warn(label(settings.lake.path, settings.index.location, mention.id, who=who, now=now, retract=True))

    done = sit(
        mentions,
        draft_of=lambda mention: Draft() if hidden else Draft.of(mention, settings.trend.relevance),
        show=lambda number, mention: _show(console, mention, f"{number + 1}/{len(mentions)}"),
        tell=lambda line: console.print(line, markup=False),
        key=_key,
        store=store,
        take_back=take_back,
    )
    console.print(f"\n{done.saved} disimpan, {done.skipped} dilewati", markup=False)


def _key() -> str:
    try:
        return click.getchar()
    except OSError as wrong:
        raise InputError("going through texts needs a terminal; else name an ID and --sentiment") from wrong


def _chosen(
    settings: Settings, asked: Any, sample: str, size: int, seed: int, who: str, *, blind: bool
) -> list[Mention]:
    try:
        return choose(
            settings.lake.path, settings.index.location, asked, sampling="query" if sample == "newest" else sample,  # type: ignore[arg-type]
            size=size, seed=seed, who=who, again=blind,
        )  # fmt: skip
    except StoreError as wrong:
        raise InputError(str(wrong)) from wrong


def _show(console: Console, mention: Mention, place: str) -> None:
    document = mention.document
    day = date_words(document.published.astimezone(JAKARTA).date()) if document.published else "tanpa tanggal"
    console.print(f"\n[{place}] {document.source}, {day}  {mention.id}", style="cyan", markup=False)
    if document.title:
        console.print(Text(document.title, style="bold"))
    text = document.text if len(document.text) <= SHOWN else f"{document.text[:SHOWN]} […]"
    console.print(Padding(Text(text), (0, 2)))


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        raise InputError("no login name is known here: say who you are with --by NAME") from None
