"""`citra brief` as it is called: files, messages, faults."""

from __future__ import annotations

import email
import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from brief_newsroom import DAY, END, Newsroom
from click.testing import CliRunner, Result
from loopback_mail import Mail

from citra.brief.charts import pictures
from citra.brief.shapes import Brief
from citra.cli.main import cli
from citra.errors import ConfigError, TryAgain
from citra.verbs.brief_mail import send


def call(newsroom: Newsroom, *words: str) -> Result:
    config = newsroom.folder.parents[2] / "brief.toml"
    config.write_text(
        f'[lake]\npath = "{newsroom.lake}"\n[index]\npath = "{newsroom.index}"\n'
        '[web]\npublic_url = "https://citra.example"\n'
    )
    return CliRunner().invoke(cli, ["--config", str(config), "brief", *words], catch_exceptions=True)


def test_all_files_are_written(newsroom: Newsroom, tmp_path: Path) -> None:
    names = {"html": b"<!DOCTYPE html>", "pdf": b"%PDF-", "md": b"# Laporan pagi: ", "xlsx": b"PK", "pptx": b"PK"}
    words = [part for name in names for part in (f"--{name}", str(tmp_path / f"b.{name}"))]
    done = call(newsroom, "--date", END.isoformat(), *words)
    assert done.exit_code == 0, done.output
    for name, beginning in names.items():
        assert (tmp_path / f"b.{name}").read_bytes().startswith(beginning)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(f"b.{name}" for name in names)


def test_json_carries_the_query_of_each_number(newsroom: Newsroom) -> None:
    done = call(newsroom, "--date", END.isoformat(), "--weekly", "--json")
    found = json.loads(done.stdout)
    assert found["title"].startswith("Laporan pekanan: ")
    assert found["texts"]["now"]["command"].startswith("citra search --from ")
    assert found["texts"]["now"]["url"].startswith("https://citra.example/telusur?from=")


def test_a_file_that_cannot_be_written_is_one_line(newsroom: Newsroom, tmp_path: Path) -> None:
    done = call(newsroom, "--date", END.isoformat(), "--md", str(tmp_path / "no" / "b.md"))
    assert done.exit_code != 0
    assert "cannot be written" in str(done.exception)


def test_email_without_an_address_says_where_it_goes(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITRA_NOTIFY_URLS", "json://127.0.0.1:9")
    done = call(newsroom, "--date", END.isoformat(), "--email")
    assert isinstance(done.exception, ConfigError)
    assert "CITRA_NOTIFY_URLS" in str(done.exception)


@pytest.fixture
def letters() -> Iterator[socketserver.ThreadingTCPServer]:
    server = Mail(("127.0.0.1", 0))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def _address(server: socketserver.ThreadingTCPServer) -> str:
    return f"mailto://127.0.0.1:{server.server_address[1]}?from=citra@kota.example&to=humas@kota.example&mode=insecure"


def test_a_letter_brings_its_pictures(newsroom: Newsroom, letters: Mail) -> None:
    made = newsroom.brief(END)
    drawn = pictures(made)
    assert send(made, drawn, f"json://127.0.0.1:9 {_address(letters)}") == 1
    letter = email.message_from_bytes(letters.letters[0])
    assert str(email.header.make_header(email.header.decode_header(letter["Subject"]))).startswith("Laporan pagi: ")
    parts = {part.get_content_type(): part for part in letter.walk()}
    page = parts["text/html"].get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert '<img src="cid:trend.png"' in page
    assert "data:image" not in page
    assert page.count("<img") == 1
    assert parts["image/png"]["Content-ID"] == "<trend.png>"
    assert parts["image/png"].get_payload(decode=True) == drawn["trend"]


def test_one_address_that_fails_stops_no_other_and_shows_no_secret(made: Callable[..., Brief], letters: Mail) -> None:
    bad = "mailto://nama:rahasia123@127.0.0.1:1?from=a@kota.example&to=b@kota.example&mode=insecure"
    with pytest.raises(TryAgain, match=r"1 of 2 .*address 1: ") as told:
        send(made(), {}, f"{bad} {_address(letters)}")
    assert "rahasia123" not in str(told.value)
    assert len(letters.letters) == 1
    assert DAY < END
