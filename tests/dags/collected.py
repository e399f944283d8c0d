"""What the DAG tests collect, and from whom."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from airflow_runs import Ran

#: two outlets are enough to see that tasks are mapped over sources; the third is always down
SOURCES = ("suara-abdi", "warta-nusa")
DEAD = "mati"


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What ``citra_collect`` brought."""

    env: dict[str, str]
    lake: Path
    ran: Ran
    again: Ran  #: the same interval's crawl, run a second time at once

    def copy(self, work: Path, **changes: str) -> dict[str, str]:
        """An environment with a lake of its own that holds the same raw records."""
        shutil.copytree(self.lake, work / "lake")
        return self.env | {"CITRA_LAKE_PATH": str(work / "lake"), "CITRA_INDEX_PATH": str(work / "index"), **changes}
