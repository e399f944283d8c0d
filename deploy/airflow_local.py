"""``make airflow``: Airflow on this machine alone, its DAGs at work on the demonstration newsroom. Ctrl-C stops it all.

Everything lies in ``data/airflow``; delete the folder to begin anew. The web page is reached from this machine alone;
Airflow's servers of task logs (ports 8793, 8794) listen everywhere and hand out logs against signed tokens only.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from threading import Thread

from citra.demo.newsroom import Newsroom
from citra.documents import JAKARTA
from citra.verbs.sites import DEMO_SALT

ROOT = Path(__file__).resolve().parents[1]
AIRFLOW = str(Path(sys.executable).with_name("airflow"))


def environment(home: Path, sources: Path, names: list[str], port: int) -> dict[str, str]:
    """Of every process of Airflow: SQLite, one executor of local processes, and our settings for the newsroom."""
    data = home.parent / "newsroom"
    own = {
        "PATH": f"{Path(AIRFLOW).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "AIRFLOW_HOME": home,
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": port,
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API__WORKERS": 1,
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": False,
        "AIRFLOW__CORE__DAGS_FOLDER": ROOT / "dags",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__LOAD_EXAMPLES": False,
        "AIRFLOW__CORE__PARALLELISM": 4,
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": home / "passwords.json",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin",
        "CITRA_ALERTS_PATH": data / "alerts.sqlite",
        "CITRA_CRAWL_ALLOW_LOOPBACK": True,
        "CITRA_CRAWL_DELAY": 0,
        "CITRA_CRAWL_ENABLED": ",".join(names),
        "CITRA_CRAWL_SOURCES": sources,
        "CITRA_INDEX_PATH": data / "index",
        "CITRA_LAKE_PATH": data / "lake",
        "CITRA_SALT": DEMO_SALT,
    }
    others = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW_", "CITRA_"))}
    return others | {name: str(value) for name, value in own.items()}


def password(home: Path) -> str:
    """The administrator's: made once, kept where only we read it."""
    path = home / "passwords.json"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(json.dumps({"admin": secrets.token_urlsafe(12)}), encoding="utf-8")
    return str(json.loads(path.read_text(encoding="utf-8"))["admin"])


def trigger(env: dict[str, str], stopped: list[bool]) -> None:
    """Start the first collection as soon as Airflow has read the DAGs; from then on they run by the clock."""
    while not stopped:
        done = subprocess.run([AIRFLOW, "dags", "trigger", "citra_collect"], env=env, capture_output=True, check=False)
        if done.returncode == 0:
            print("\ncitra_collect has been started; the others follow from it\n", flush=True)
            return
        time.sleep(5)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "data" / "airflow", help="folder of everything it writes")
    parser.add_argument("--port", type=int, default=8080, help="of the user interface, on 127.0.0.1")
    asked = parser.parse_args()
    home = (asked.data / "home").resolve()
    home.mkdir(parents=True, exist_ok=True)
    now = datetime.now(JAKARTA)
    with Newsroom(now.date(), now=now).start() as room:
        names = [path.stem for path in room.write_sources(home.parent / "sources")]
        env = environment(home, home.parent / "sources", names, asked.port)
        subprocess.run([AIRFLOW, "db", "migrate"], env=env, check=True, stdout=subprocess.DEVNULL)
        pools = str(ROOT / "deploy" / "pools.json")
        subprocess.run([AIRFLOW, "pools", "import", pools], env=env, check=True, stdout=subprocess.DEVNULL)
        print(f"\nAirflow: http://127.0.0.1:{asked.port}   user admin, password {password(home)}", flush=True)
        print(f"Lake, index, briefs and reports: {home.parent / 'newsroom'}\nCtrl-C stops it.\n", flush=True)
        stopped: list[bool] = []
        Thread(target=trigger, args=(env, stopped), daemon=True).start()
        server = subprocess.Popen([AIRFLOW, "standalone"], env=env, cwd=home)
        signal.signal(signal.SIGTERM, lambda *_: server.terminate())
        try:
            return server.wait()
        except KeyboardInterrupt:  # the terminal has sent it to Airflow too
            return server.wait()
        finally:
            stopped.append(True)
            server.terminate()


if __name__ == "__main__":
    sys.exit(main())
