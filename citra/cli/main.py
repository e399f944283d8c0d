"""The ``citra`` command: loads each sub-command only when it is called, so that ``citra --help`` is quick."""

from __future__ import annotations

import difflib
import importlib
import sys

import click

from citra.cli.common import err
from citra.errors import CitraError

#: command → (module with the click command of the same name, one line of help)
COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("citra.cli.run", "The whole job: crawl, extract, analyse, load, show the trend."),
    "crawl": ("citra.cli.crawl", "Fetch sources into WARC files."),
    "backfill": ("citra.cli.backfill", "Documents out of other people's WARC files (Common Crawl)."),
    "import": ("citra.cli.import_", "Documents out of tables that other tools exported."),
    "extract": ("citra.cli.extract", "WARC or HTML to documents."),
    "analyse": ("citra.cli.analyse", "Documents to mentions: relevance, sentiment, topics, offices, story."),
    "load": ("citra.cli.load", "Mentions into the index."),
    "trend": ("citra.cli.trend", "Counts and shares over time."),
    "compare": ("citra.cli.compare", "Offices, regions, topics or sources beside each other."),
    "export": ("citra.cli.export", "Texts or daily numbers into Parquet, CSV or JSONL."),
    "indicators": ("citra.cli.indicators", "Satisfaction, integrity, trust, transparency, participation."),
    "effect": ("citra.cli.effect", "What an event or a campaign changed, or that one cannot tell."),
    "words": ("citra.cli.words", "Words that tell a period or a topic from its baseline."),
    "story": ("citra.cli.story", "All texts of a story, who had it first, how it spread."),
    "search": ("citra.cli.search", "Find mentions."),
    "label": ("citra.cli.label", "Label texts by hand: your word wins in every count."),
    "explain": ("citra.cli.explain", "Which words moved the model."),
    "watch": ("citra.cli.watch", "What you want to be told about."),
    "detect": ("citra.cli.detect", "Judge the watches: what is unusual, and is it real?"),
    "alerts": ("citra.cli.alerts", "Incidents: list, show, take up, snooze, mark as false."),
    "notify": ("citra.cli.notify", "Send what is waiting; test the channels."),
    "brief": ("citra.cli.brief", "The morning brief: one page about yesterday, for an officer."),
    "sources": ("citra.cli.sources", "List, check and add sources."),
    "retry": ("citra.cli.retry", "Drive rejects again: fetch, extract, analyse, load."),
    "index": ("citra.cli.index", "Make, inspect and renew the index."),
    "status": ("citra.cli.status", "Sources, last success, sizes, rejects."),
    "serve": ("citra.cli.serve", "The dashboard and the REST API, in a browser."),
    "user": ("citra.cli.user", "Who may log in to the dashboard."),
    "key": ("citra.cli.key", "Who may ask the REST API."),
    "erase": ("citra.cli.erase", "Remove a text or a person from everything, with a receipt."),
    "retain": ("citra.cli.retain", "Remove texts whose time has passed."),
    "demo": ("citra.cli.demo", "Serve the demonstration newsroom, or saved sites, on loopback."),
    "model": ("citra.cli.model", "Train, export and evaluate the model."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            near = difflib.get_close_matches(cmd_name, COMMANDS, n=1)
            return ctx.fail(f"no command {cmd_name!r}; did you mean {near[0]!r}?") if near else None
        module, _ = COMMANDS[cmd_name]
        found = importlib.import_module(module)
        # `import` is a keyword: the function is import_
        command: click.Command = getattr(found, cmd_name, None) or getattr(found, f"{cmd_name}_")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", "config_path", type=click.Path(dir_okay=False), help="Settings file [default: citra.toml].")
@click.version_option(package_name="citra")
@click.pass_context
def cli(ctx: click.Context, config_path: str | None) -> None:
    """What news and public posts say about Indonesian civil servants.

    Start with `citra run`: it needs no network and no settings.
    """
    from citra.config import load_settings

    ctx.obj = load_settings(config_path)


def main() -> None:
    """Entry point: known errors become one line and an exit code, others a traceback."""
    try:
        sys.exit(cli.main(standalone_mode=False) or 0)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(wrong.exit_code)
    except click.Abort:
        err.print("interrupted")
        sys.exit(130)
    except CitraError as wrong:
        err.print(f"citra: {wrong}", markup=False, soft_wrap=True)
        sys.exit(wrong.exit_code)
    except BrokenPipeError:  # `citra search … | head`
        sys.stderr.close()
        sys.exit(141)


if __name__ == "__main__":
    main()
