"""``citra notify``: delivery."""

from __future__ import annotations

import click


@click.group()
def notify() -> None:
    """Send what `citra detect` left, and test the channels.

    \b
    Examples:
      citra notify --help
    """
