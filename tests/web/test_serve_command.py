"""`citra serve` and `citra user` as they are typed."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result
from dashboard import PASSWORD

from citra.cli.main import cli
from citra.errors import CitraError, ConfigError, InputError

CITRA = str(Path(sys.executable).with_name("citra"))


@pytest.fixture
def config(tmp_path: Path) -> str:
    file = tmp_path / "citra.toml"
    file.write_text(
        f"[web]\ndata = '{tmp_path}/web'\n[lake]\npath = '{tmp_path}/lake'\n[index]\npath = '{tmp_path}/index'\n"
        f"[api]\nkeys = '{tmp_path}/keys.sqlite'\n",
        encoding="utf-8",
    )
    return str(file)


def run(config: str, *words: str, password: str | None = PASSWORD) -> Result:
    env = {} if password is None else {"CITRA_USER_PASSWORD": password}
    return CliRunner().invoke(cli, ["--config", config, *words], env=env, catch_exceptions=True)


def fault(result: Result) -> CitraError:
    assert isinstance(result.exception, CitraError)
    return result.exception


@pytest.mark.parametrize("words", [("--host", "0.0.0.0"), ("--host", "::"), ("--host", "192.0.2.1")])
def test_off_loopback_it_refuses_to_start_without_users(config: str, words: tuple[str, ...]) -> None:
    wrong = fault(run(config, "serve", *words))
    assert isinstance(wrong, ConfigError)
    assert "citra user add" in str(wrong)


def test_names_from_elsewhere_need_users_too(config: str) -> None:
    Path(config).write_text(Path(config).read_text() + "[web.x]\n", encoding="utf-8")
    assert "unknown key" in str(fault(run(config, "serve")))
    text = Path(config).read_text().replace("[web.x]\n", "").replace("[web]\n", "[web]\nhosts = ['citra.example']\n")
    Path(config).write_text(text, encoding="utf-8")
    assert "has no users" in str(fault(run(config, "serve")))


def test_users_are_added_listed_changed_and_removed(config: str) -> None:
    assert run(config, "user", "add", "ani", "--role", "admin").exit_code == 0
    assert run(config, "user", "add", "budi").exit_code == 0
    assert run(config, "user", "role", "budi", "editor").exit_code == 0
    found = json.loads(run(config, "user", "list", "--json").stdout)
    assert [(one["name"], one["role"]) for one in found] == [("ani", "admin"), ("budi", "editor")]
    assert "ani" in run(config, "user", "list").stdout
    assert "only administrator" in str(fault(run(config, "user", "remove", "ani")))
    assert run(config, "user", "remove", "budi").exit_code == 0


def test_a_password_never_stands_on_the_command_line(config: str) -> None:
    without = run(config, "user", "add", "ani", password=None)
    assert isinstance(fault(without), InputError)
    assert "CITRA_USER_PASSWORD" in str(without.exception)
    assert run(config, "user", "add", "ani", "--password", PASSWORD).exit_code != 0
    assert "15 to" in str(fault(run(config, "user", "add", "ani", password="pendek")))


def test_it_serves_until_it_is_told_to_stop(config: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {name: value for name, value in os.environ.items() if not name.startswith("CITRA_")}
    command = [CITRA, "--config", config, "serve", "--port", str(port)]
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as server:
        try:
            for _ in range(600):
                try:
                    answer = httpx.get(f"http://127.0.0.1:{port}/sumber", timeout=5)
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            else:
                raise AssertionError("it never answered")
            assert answer.status_code == 200
            assert "Sumber &amp; data" in answer.text
            assert "server" not in answer.headers
        finally:
            server.terminate()
        assert f"http://127.0.0.1:{port}/" in server.communicate(timeout=30)[1]
    assert server.returncode in {0, -15}
