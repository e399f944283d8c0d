"""``citra user``: who may log in to the dashboard."""

from __future__ import annotations

import dataclasses
import getpass
import os
import sys
from datetime import UTC, datetime

import click

from citra.cli.common import echo_json, err, json_option
from citra.config import Settings
from citra.errors import InputError
from citra.web.access import ROLES, AccessDatabase
from citra.web.access.audit import Audit
from citra.web.access.users import Users

#: Where a password may come from, besides a prompt. Never the command line: others on the machine can read that.
PASSWORD = "CITRA_USER_PASSWORD"  # noqa: S105


@click.group()
def user() -> None:
    """Users of the dashboard: add, list, remove, change the role.

    Readers look, editors also correct labels and handle alerts, admins also manage users and data. With the first
    user the dashboard asks for a login, on this machine too.

    \b
    Examples:
      citra user add siti --role admin
      CITRA_USER_PASSWORD=… citra user add budi
      citra user role budi editor
    """


@user.command()
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), default="reader", show_default=True, help="What the user may do.")
@click.pass_obj
def add(settings: Settings, /, name: str, role: str) -> None:
    """Add a user; the password is asked for, or read from CITRA_USER_PASSWORD."""
    users, audit = _of(settings)
    users.add(name, role, _password(), datetime.now(UTC))
    _note(audit, "user-add", f"{name} {role}")
    err.print(f"added {name} ({role})", markup=False)


@user.command()
@click.argument("name")
@click.pass_obj
def password(settings: Settings, /, name: str) -> None:
    """Give a user another password and end the user's sessions."""
    users, audit = _of(settings)
    users.set_password(name, _password())
    _note(audit, "user-password", name)
    err.print(f"changed the password of {name}", markup=False)


@user.command()
@click.argument("name")
@click.argument("role", type=click.Choice(ROLES))
@click.pass_obj
def role(settings: Settings, /, name: str, role: str) -> None:
    """Change what a user may do, and end the user's sessions."""
    users, audit = _of(settings)
    users.set_role(name, role)
    _note(audit, "user-role", f"{name} {role}")
    err.print(f"{name} is {role}", markup=False)


@user.command()
@click.argument("name")
@click.pass_obj
def remove(settings: Settings, /, name: str) -> None:
    """Remove a user and end the user's sessions."""
    users, audit = _of(settings)
    users.remove(name)
    _note(audit, "user-remove", name)
    err.print(f"removed {name}", markup=False)


@user.command(name="list")
@json_option
@click.pass_obj
def list_(settings: Settings, /, as_json: bool) -> None:
    """All users with their roles."""
    found = _of(settings)[0].all()
    if as_json:
        echo_json([dataclasses.asdict(one) for one in found])
        return
    for one in found:
        click.echo(f"{one.name:<24} {one.role:<8} since {one.created:%Y-%m-%d}")
    if not found:
        err.print("no users: the dashboard opens on this machine alone, without a login")


def _of(settings: Settings) -> tuple[Users, Audit]:
    database = AccessDatabase(settings.web.data)
    return Users(database), Audit(database)


def _note(audit: Audit, what: str, detail: str) -> None:
    audit.note(f"cli:{getpass.getuser()}", what, datetime.now(UTC), detail=detail)


def _password() -> str:
    """:raises InputError: nobody is there to be asked."""
    given = os.environ.get(PASSWORD)
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise InputError(f"no terminal to ask for the password on: set {PASSWORD}")
    asked: str = click.prompt("Password (15 characters or more)", hide_input=True, confirmation_prompt=True)
    return asked
