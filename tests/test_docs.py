"""The documents are true: every command is described, every example parses, every link leads somewhere."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from citra.cli.main import COMMANDS, cli

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "models").glob("*/*.md"))]
TEXT = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


def commands(group: click.Group, *path: str) -> list[tuple[str, ...]]:
    found = []
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        found.append((*path, name))
        if isinstance(command, click.Group):
            found.extend(commands(command, *path, name))
    return found


def command_of(words: tuple[str, ...]) -> click.Command:
    command: click.Command | None = cli
    for word in words:
        assert isinstance(command, click.Group)
        command = command.get_command(click.Context(command), word)
        assert command is not None, f"no command {' '.join(words)}"
    assert command is not None
    return command


@pytest.mark.parametrize("name", COMMANDS)
def test_command_is_in_the_documents(name: str) -> None:
    assert re.search(rf"\bcitra {name}\b", TEXT), f"no page says what `citra {name}` is for"


@pytest.mark.parametrize("words", commands(cli), ids=" ".join)
def test_help_has_words_and_every_option_too(words: tuple[str, ...]) -> None:
    command = command_of(words)
    assert command.help
    assert len(words) > 1 or isinstance(command, click.Group) or "citra " in command.help, "no example in --help"
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.name not in {"data", "encoder"}:
            assert parameter.help, f"citra {' '.join(words)} {parameter.opts[0]} has no help"


def test_examples_in_the_documents_parse() -> None:
    lines = re.findall(r"^(?:\.venv/bin/)?(citra [^\n`]*)$", TEXT, re.M)
    assert lines
    for line in lines:
        words = shlex.split(line.partition(" #")[0].partition(" > ")[0].partition(" | ")[0])[1:]
        name = words[0]
        if name.startswith("-") or "…" in line:
            continue
        command = command_of((name,))
        rest = words[1:]
        while isinstance(command, click.Group) and rest:
            command = command.get_command(click.Context(command), rest[0]) or command
            rest = rest[1:]
        command.make_context(name, rest, resilient_parsing=False, obj=None)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_readme_promises_the_targets_that_make_has() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make (\w+)", (ROOT / "README.md").read_text(encoding="utf-8"), re.M):
        assert re.search(rf"^{target}:", makefile, re.M)
