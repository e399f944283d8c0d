"""``citra serve``."""

from __future__ import annotations

import threading

import click

from citra.cli.common import err
from citra.config import Settings
from citra.errors import ConfigError


@click.command()
@click.option("--host", help="Address to listen on [default: web.host, 127.0.0.1].")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on [default: web.port, 8000].")
@click.pass_obj
def serve(settings: Settings, /, host: str | None, port: int | None) -> None:
    """The dashboard and the REST API, in a browser.

    By itself it listens on this machine alone, and while there are no users it is open to whoever sits at it. To be
    reached from elsewhere it needs users (`citra user add`), and TLS: web.tls_cert and web.tls_key, or a proxy that
    speaks it.

    \b
    Examples:
      citra serve
      citra --config data/demo/2026-11-24/citra.toml serve --port 8080
      citra serve --host 0.0.0.0
    """
    import uvicorn

    from citra.web.app import create_app
    from citra.web.pages.overview import warm
    from citra.web.state import is_loopback

    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    web = settings.web.model_copy(update=given)
    app = create_app(settings.model_copy(update={"web": web}))
    if not app.state.citra.users.all() and (web.hosts or not is_loopback(web.host)):
        raise ConfigError("others could reach this server and it has no users: run `citra user add NAME --role admin`")
    if bool(web.tls_cert) != bool(web.tls_key):
        raise ConfigError("web.tls_cert and web.tls_key go together")
    scheme = "https" if web.tls_cert else "http"
    err.print(
        f"Citra: {scheme}://{f'[{web.host}]' if ':' in web.host else web.host}:{web.port}/  (Ctrl-C ends it)",
        markup=False,
    )
    threading.Thread(target=warm, args=(app.state.citra,), daemon=True).start()
    uvicorn.run(
        app,
        host=web.host,
        port=web.port,
        ssl_certfile=web.tls_cert or None,
        ssl_keyfile=web.tls_key or None,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=10,
        timeout_keep_alive=75,  # longer than clients and proxies keep theirs: else they send into a closing connection
    )
