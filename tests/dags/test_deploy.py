"""What ``deploy/`` promises: pinned versions, limits, health checks, no password in it, settings that exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from citra.config import NOTIFY_SECRETS, OPERATOR_URLS, Settings

yaml = pytest.importorskip("yaml", reason="comes with the airflow extra")
DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
OTHERS = {
    "CITRA_ALERTS_PATH", "CITRA_CONFIG", "CITRA_ELASTICSEARCH_API_KEY", "CITRA_ELASTICSEARCH_PASSWORD",
    "CITRA_ELASTICSEARCH_URL", "CITRA_ELASTICSEARCH_USER", "CITRA_SALT", "CITRA_STATE_QUEUE",
    OPERATOR_URLS, *NOTIFY_SECRETS,
}  # fmt: skip


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]
    return found


def test_every_service_is_pinned_and_bounded(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert re.fullmatch(r"[^:]+:\d+\.\d+(\.\d+)?(-\w+)?", service["image"]), name
        assert service["mem_limit"], name
        assert service["restart"] == ("no" if name.endswith(("init", "certs")) else "unless-stopped"), name
        assert ("healthcheck" in service) == (service["restart"] != "no"), name


def test_nothing_is_open_to_the_world_and_no_password_is_written_down(services: dict[str, Any]) -> None:
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert sorted(ports) == ["127.0.0.1:8000:8000", "127.0.0.1:8080:8080"]
    for file in ("compose.yaml", "env.example"):
        text = (DEPLOY / file).read_text(encoding="utf-8")
        for name, value in re.findall(r"^\s*(\w*(?:PASSWORD|SECRET|SALT|KEY)) *[:=] *(.*)$", text, re.M):
            assert value == "" or "${" in value, (file, name)
    assert services["elasticsearch"]["environment"]["xpack.security.http.ssl.enabled"] == "true"


def test_one_worker_alone_holds_the_state(services: dict[str, Any]) -> None:
    queues = {
        name: service["command"][service["command"].index("--queues") + 1]
        for name, service in services.items()
        if "worker" in service.get("command", [])
    }
    assert queues == {"worker-state": services["worker"]["environment"]["CITRA_STATE_QUEUE"], "worker": "default"}


@pytest.mark.parametrize("path", sorted(DEPLOY.rglob("*.*")), ids=lambda path: path.name)
def test_settings_named_in_deploy_exist(path: Path) -> None:
    known = {
        f"CITRA_{section}_{key}".upper()
        for section, field in Settings.model_fields.items()
        for key in getattr(field.annotation, "model_fields", {})
    }
    named = set(re.findall(r"\bCITRA_[A-Z_]+\b", path.read_text(encoding="utf-8")))
    assert named <= known | OTHERS
