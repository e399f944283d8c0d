"""All settings: one frozen object read once from ``citra.toml`` and the environment by a door, never by a stage.

``CITRA_<SECTION>_<KEY>`` overrides a file's value. Secrets (``CITRA_SALT``) come from the environment alone.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from citra.errors import ConfigError
from crawlers.tables import SECRETS

#: environment variables that hold keys of platforms
PLATFORM_SECRETS = tuple(sorted(name for names in SECRETS.values() for name in names))
#: and those that say where alerts are sent: addresses of apprise, and of the signed webhook with its key
NOTIFY_SECRETS = (
    "CITRA_NOTIFY_URLS", "CITRA_NOTIFY_ESCALATE_URLS", "CITRA_WEBHOOK_URL", "CITRA_WEBHOOK_SECRET",
)  # fmt: skip
#: where those who run Citra hear of failed and late tasks
OPERATOR_URLS = "CITRA_NOTIFY_OPERATOR_URLS"
DEFAULT_FILE = "citra.toml"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LakeSettings(_Section):
    path: str = "data/lake"  #: folder or fsspec URL


class IndexSettings(_Section):
    engine: Literal["embedded", "elasticsearch"] = "embedded"
    path: str = "data/index"  #: folder of the embedded engine
    url: str = "http://127.0.0.1:9200"  #: of Elasticsearch; ``CITRA_ELASTICSEARCH_URL`` wins
    prefix: str = Field(default="citra", pattern=r"^[a-z0-9][a-z0-9_.-]{0,60}$")  #: what our indices' names begin with
    ca_certs: str = ""  #: file with the certificates that Elasticsearch's is signed by; empty: those of the system
    shards: int = Field(default=1, ge=1, le=64)  #: of each monthly index, when it is made
    replicas: int = Field(default=1, ge=0, le=10)

    @property
    def location(self) -> str:
        """What every verb takes as ``index``: the folder, or the address of Elasticsearch with its options."""
        if self.engine == "embedded":
            return self.path
        options: dict[str, str | int] = {"shards": self.shards, "replicas": self.replicas}
        if self.ca_certs:
            options["ca_certs"] = self.ca_certs
        return f"{self.url.rstrip('/')}/{self.prefix}?{urlencode(options)}"


class CrawlSettings(_Section):
    sources: str = ""  #: folder with further source definitions; they win over the shipped ones of the same name
    enabled: tuple[str, ...] = ()  #: names of the sources to crawl when none is named; empty: all
    contact: str = "https://github.com/citra-asn/citra"  #: goes into the User-Agent, so that a site can reach you
    delay: float = Field(default=2.0, ge=0)  #: seconds between two requests to one site
    timeout: float = Field(default=30.0, gt=0)  #: seconds for one request
    max_bytes: int = Field(default=10_000_000, gt=0)  #: largest body, after decompression
    recheck: float = Field(default=6.0, ge=0)  #: hours after which a recent article is asked for edits, once; 0: never
    allow_loopback: bool = False  #: let sources point at this machine (demonstrations, tests)
    topic_words: tuple[
        str, ...
    ] = ()  #: replaces the built-in ASN words that decide what a listing's link is fetched for


class AnalyseSettings(_Section):
    model: str = "citra-asn-small"  #: a shipped model's name, or a folder
    threads: int = Field(default=0, ge=0)  #: 0: one for each core
    batch: int = Field(default=32, ge=1)


class TrendSettings(_Section):
    relevance: float = Field(default=0.7, ge=0, le=1)  #: texts below are not counted; the shipped model's own threshold
    results: str = ""  #: folder where results are kept under their ids; empty: ``results`` beside the index's folder


class ApiSettings(_Section):
    keys: str = "data/keys.sqlite"  #: file of the API's keys (hashed) and its audit log
    rate: int = Field(default=600, ge=0)  #: requests a minute for each key; 0: any number
    max_bytes: int = Field(default=500_000, gt=0)  #: largest body of a request


class WebSettings(_Section):
    host: str = "127.0.0.1"  #: address to listen on; off loopback there must be users
    port: int = Field(default=8000, ge=0, le=65535)
    hosts: tuple[str, ...] = ()  #: names it is reached by from elsewhere; others are refused; then there must be users
    data: str = "data/web"  #: folder of users, sessions and audit log
    public_url: str = Field(default="", pattern=r"^(https?://\S+)?$")  #: of the dashboard; links begin with it
    tls_cert: str = ""  #: PEM files, unless something before it speaks TLS
    tls_key: str = ""


class AlertSettings(_Section):
    path: str = ""  #: file of watches, incidents and messages; empty: alerts.sqlite beside the lake's folder
    budget: float = Field(default=2.0, gt=0)  #: false alarms allowed a month over all watches
    quiet: str = ""  #: hours (Asia/Jakarta) in which only what is urgent goes out: 21:00-06:00
    bundle: int = Field(default=5, ge=1)  #: more messages than this for one channel go out as one
    escalate_hours: float = Field(default=0.0, ge=0)  #: an incident nobody took up by then is escalated, once; 0: never


class RetentionSettings(_Section):
    """Days after fetching that texts of a kind are kept (`citra retain`); 0: for ever."""

    news: int = Field(default=0, ge=0)
    social: int = Field(default=0, ge=0)
    complaint: int = Field(default=0, ge=0)
    review: int = Field(default=0, ge=0)


class Settings(_Section):
    """The whole of ``citra.toml``."""

    lake: LakeSettings = LakeSettings()
    index: IndexSettings = IndexSettings()
    crawl: CrawlSettings = CrawlSettings()
    analyse: AnalyseSettings = AnalyseSettings()
    trend: TrendSettings = TrendSettings()
    api: ApiSettings = ApiSettings()
    web: WebSettings = WebSettings()
    alerts: AlertSettings = AlertSettings()
    retention: RetentionSettings = RetentionSettings()
    salt: SecretStr | None = None  #: from ``CITRA_SALT`` only
    secrets: dict[str, SecretStr] = Field(default_factory=dict)  #: keys of platforms, from the environment only


S = TypeVar("S", bound=BaseModel)


def load_settings(path: str | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read ``path`` (or ``citra.toml`` when it exists) and the environment.

    :raises ConfigError: unreadable file, unknown key (with the nearest right one), value of a wrong type.
    """
    file = Path(path or DEFAULT_FILE)
    if not file.exists():
        if path:
            raise ConfigError(f"{path}: no such file")
        values: dict[str, Any] = {}
    else:
        try:
            values = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
            raise ConfigError(f"{file}: not valid TOML: {wrong}") from wrong
    if "salt" in values:
        raise ConfigError(f"{file}: salt is a secret: set it in the environment as CITRA_SALT")
    if "secrets" in values:
        raise ConfigError(f"{file}: secrets are set in the environment: {', '.join(PLATFORM_SECRETS)}")
    _override(values, environ)
    try:
        return Settings(**values)
    except ValidationError as wrong:
        raise ConfigError(f"{file}: {explain(wrong, Settings)}") from wrong


def _override(values: dict[str, Any], environ: Mapping[str, str]) -> None:
    if environ.get("CITRA_ELASTICSEARCH_URL"):
        values.setdefault("index", {})["url"] = environ["CITRA_ELASTICSEARCH_URL"]
    if environ.get("CITRA_SALT"):
        values["salt"] = environ["CITRA_SALT"]
    values["secrets"] = {
        name: environ[name] for name in (*PLATFORM_SECRETS, *NOTIFY_SECRETS, OPERATOR_URLS) if environ.get(name)
    }
    for name, field in Settings.model_fields.items():
        section = field.annotation
        if not (isinstance(section, type) and issubclass(section, BaseModel)):
            continue
        for key in section.model_fields:
            text = environ.get(f"CITRA_{name}_{key}".upper())
            if text is not None:
                is_list = section.model_fields[key].annotation == tuple[str, ...]
                values.setdefault(name, {})[key] = text.split(",") if is_list else text


def explain(wrong: ValidationError, model: type[BaseModel]) -> str:
    """The first fault in words: where it is, what is wrong, and the nearest right key for an unknown one."""
    fault = wrong.errors()[0]
    where = [str(part) for part in fault["loc"]]
    if fault["type"] != "extra_forbidden":
        return f"{'.'.join(where)}: {fault['msg'].lower()} (got {fault['input']!r})"
    for part in where[:-1]:
        field = model.model_fields.get(part)
        if field and isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            model = field.annotation
    known = [name for name in model.model_fields if name not in {"salt", "secrets"}]
    near = difflib.get_close_matches(where[-1], known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(known)}"
    return f"unknown key {'.'.join(where)!r}; {hint}"
