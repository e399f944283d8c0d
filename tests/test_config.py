"""Settings: defaults, file, environment, and refusals that say what to do."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from citra.config import Settings, load_settings
from citra.errors import ConfigError

ROOT = Path(__file__).resolve().parents[1]


def write(tmp_path: Path, text: str) -> str:
    path = tmp_path / "citra.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_defaults_need_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings(environ={}) == Settings()


def test_environment_wins_over_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "[crawl]\ndelay = 5\n[lake]\npath = 'a'\n")
    settings = load_settings(path, environ={"CITRA_CRAWL_DELAY": "7.5", "CITRA_CRAWL_TOPIC_WORDS": "asn,pns"})
    assert settings.crawl.delay == 7.5
    assert settings.crawl.topic_words == ("asn", "pns")
    assert settings.lake.path == "a"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[crawl]\ndelai = 2\n", r"unknown key 'crawl\.delai'; did you mean 'delay'"),
        ("[crwal]\ndelay = 2\n", "did you mean 'crawl'"),
        ("[lake]\nzzz = 2\n", "known keys: path"),
        ("[crawl]\ndelay = 'soon'\n", r"crawl\.delay: input should be a valid number"),
        ("[crawl]\ndelay = -1\n", r"crawl\.delay"),
        ("[crawl\n", "not valid TOML"),
        ("salt = 'x'\n", "set it in the environment as CITRA_SALT"),
    ],
)
def test_wrong_settings_are_refused_in_one_line(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(ConfigError, match=expected) as caught:
        load_settings(write(tmp_path, text), environ={})
    assert "\n" not in str(caught.value).strip() or "TOML" in str(caught.value)


def test_named_file_must_exist() -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load_settings("nowhere.toml", environ={})


def test_salt_is_secret() -> None:
    settings = load_settings(environ={"CITRA_SALT": "geheim"})
    assert settings.salt is not None
    assert settings.salt.get_secret_value() == "geheim"
    assert "geheim" not in repr(settings)


def test_example_file_documents_every_setting_with_its_default() -> None:
    example = tomllib.loads((ROOT / "citra.example.toml").read_text(encoding="utf-8"))
    assert Settings(**example) == Settings()
    for name, section in Settings().model_dump(exclude={"salt", "secrets"}).items():
        assert set(example[name]) == set(section), f"[{name}] in citra.example.toml"


def test_texts_count_from_the_shipped_models_own_threshold_on() -> None:
    model = json.loads((ROOT / "models" / Settings().analyse.model / "config.json").read_text(encoding="utf-8"))
    assert Settings().trend.relevance == model["relevance_threshold"]
