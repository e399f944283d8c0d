"""Collect: source definitions → WARC records, rejects and coverage in the lake, by source and hour."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from citra.documents import Partition, reject_from_json
from citra.erased import read_erased
from citra.errors import CitraError, ConfigError
from citra.lake import Lake
from citra.verbs import publish
from citra.verbs.publish import add_records
from crawlers.job import Job, Tally
from crawlers.links import normalise
from crawlers.source import Source
from crawlers.state import State, locked

#: seconds to wait, for all sources together, until another crawl of them is done
PATIENCE = 10.0

Progress = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """What a crawl did for one source."""

    source: str
    succeeded: bool  #: at least one of its feeds, sitemaps, listings or timelines answered as declared
    fetched: int = 0  #: responses received
    new: int = 0  #: records stored
    unchanged: int = 0  #: items seen before, and places that answered "not modified"
    skipped: int = 0  #: items passed over on purpose (off topic, too old, …); the coverage record says why
    rejected: int = 0
    bytes: int = 0
    error: str | None = None  #: first fault in one line; a source may have succeeded in part
    partitions: tuple[str, ...] = ()  #: keys of the partitions that got records


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlReport:
    sources: tuple[SourceReport, ...]

    @property
    def succeeded(self) -> bool:
        """Whether at least one source did."""
        return any(report.succeeded for report in self.sources)

    @property
    def partitions(self) -> list[Partition]:
        """Where new records lie: what ``extract`` has to do next."""
        return sorted(Partition.from_key(key) for report in self.sources for key in report.partitions)

    def to_json(self) -> dict[str, Any]:
        return {"succeeded": self.succeeded, "sources": [asdict(report) for report in self.sources]}


def crawl(
    sources: Sequence[Source],
    lake: Lake,
    *,
    since: datetime | None,
    now: datetime,
    user_agent: str,
    delay: float = 2.0,
    timeout: float = 30.0,
    max_bytes: int = 10_000_000,
    allow_loopback: bool = False,
    salt: str | None = None,
    secrets: Mapping[str, str] | None = None,
    topic_words: Sequence[str] = (),
    retries: int = 2,
    backoff: float = 2.0,
    budget: float = 3300.0,
    recheck: float = 6.0,
    force: bool = False,
    concurrency: int = 1,
    limit: int | None = None,
    state_folder: Path | None = None,
    progress: Progress | None = None,
) -> CrawlReport:
    """Crawl ``sources`` side by side, each politely one request at a time, and publish what is new to the lake.

    Interrupted at any instant, the next call publishes what was fetched and goes on from there.

    :param since: older items are passed over; None: none. :param now: the beginning; fetch times are counted from it.
    :param concurrency: requests to a site at a time; more than one only for a site of one's own.
    :param budget: seconds, :param limit: articles for one source; what is left then waits for the next run.
    :param recheck: hours until a recent page is asked once more for edits; 0: never. :param force: ask resting feeds.
    :param salt: for pseudonyms of private persons. :param secrets: keys of platforms by name of the variable.
    :param state_folder: where seen addresses and unpublished records lie; by default beside a local lake.
    :raises ConfigError: a social source is asked for and there is no salt, or no key of its platform.
    """
    _need_salt(sources, salt)
    keys = [_secrets_of(source, secrets or {}) for source in sources]
    folder = state_folder or publish.state_folder(lake) / "crawl"
    shared: dict[str, Any] = {
        "since": since, "now": now, "user_agent": user_agent, "delay": delay, "timeout": timeout,
        "max_bytes": max_bytes, "allow_loopback": allow_loopback, "salt": salt or "",
        "topic_words": tuple(topic_words), "retries": retries, "backoff": backoff, "budget": budget,
        "recheck": recheck, "force": force, "limit": limit, "concurrency": concurrency,
    }  # fmt: skip
    jobs = [
        Job(source=source, folder=str(folder / source.name), secrets=own, **shared)
        for source, own in zip(sources, keys, strict=True)
    ]
    return _crawl(jobs, folder, lake, progress)


def _crawl(jobs: Sequence[Job], folder: Path, lake: Lake, progress: Progress | None) -> CrawlReport:
    """Lock each source and catch up on its last run, crawl those that are free, publish what they brought."""
    reports: dict[str, SourceReport] = {}
    free: list[tuple[Job, set[str]]] = []  # with the partitions that the last run had left unpublished
    patience = time.monotonic() + PATIENCE
    erased = read_erased(lake, normalise)
    with ExitStack() as stack:
        handles = []
        for job in jobs:
            name = job.source.name
            try:
                handles.append(stack.enter_context(locked(Path(job.folder), patience - time.monotonic())))
                free.append((job, publish_waiting(name, folder, lake)))
                with _state(job.folder) as state:
                    state.refuse(erased.marks)
                    state.open_run(*_run_of(job, Tally().to_json(), None, "interrupted"))
            except (CitraError, OSError) as wrong:
                reports[name] = SourceReport(source=name, succeeded=False, error=str(wrong))
        ends = _run([job for job, _ in free], handles, progress) if free else {}
        for job, before in free:
            reports[job.source.name] = _close(job, ends, folder, lake, before)
    return CrawlReport(sources=tuple(reports[job.source.name] for job in jobs))


def _need_salt(sources: Iterable[Source], salt: str | None) -> None:
    social = [source.name for source in sources if source.spider != "news"]
    if social and not salt:
        raise ConfigError(
            f"{', '.join(social)}: posts of private persons are pseudonymised before they are stored: "
            "set CITRA_SALT to a long random text and keep it"
        )


def _secrets_of(source: Source, secrets: Mapping[str, str]) -> dict[str, str]:
    """Those that the source's platform asks for; no other process gets to know them."""
    missing = [name for name in source.secrets if not secrets.get(name)]
    if missing:
        raise ConfigError(f"{source.name}: its platform wants a key: set {' and '.join(missing)} in the environment")
    return {name: secrets[name] for name in source.secrets}


@contextmanager
def _state(folder: str | Path) -> Iterator[State]:
    state = State(Path(folder))
    try:
        yield state
    finally:
        state.close()


# --- the process that crawls ---------------------------------------------------------------------------------


def _run(jobs: Sequence[Job], handles: Sequence[int], progress: Progress | None) -> dict[str, dict[str, Any]]:
    """Run the crawl process to its end; returns its ``done`` events by source.

    The process inherits the locks, so that a source stays locked until it is gone, even if we die first.
    """
    command = [sys.executable, "-P", "-m", "crawlers.worker"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    ends: dict[str, dict[str, Any]] = {}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, pass_fds=handles
    ) as process:
        assert process.stdin
        assert process.stdout
        try:
            process.stdin.write(json.dumps([job.model_dump(mode="json") for job in jobs]).encode() + b"\n")
            process.stdin.flush()
            for line in process.stdout:
                event = json.loads(line)
                if event["event"] == "done":
                    ends[event["source"]] = event
                if progress:
                    progress(event)
        except BrokenPipeError:
            pass  # it died while starting; its exit code tells
        except BaseException:
            process.kill()
            raise
        finally:
            # an end of standard input makes it exit
            process.stdout.close()
            with suppress(BrokenPipeError):
                process.stdin.close()
        code = process.wait()
    for job in jobs:
        lost = {"tally": {**Tally().to_json(), "errors": [f"the crawl process ended with code {code}"]}}
        ends.setdefault(job.source.name, {"finished": None, **lost})
    return ends


def _close(job: Job, ends: Mapping[str, Mapping[str, Any]], folder: Path, lake: Lake, before: set[str]) -> SourceReport:
    """Write down how the crawl of a source ended and publish what it brought."""
    end = ends[job.source.name]
    tally = end["tally"]
    error = _first(tally["errors"])
    succeeded = _has_succeeded(tally, end["finished"])
    try:
        with _state(job.folder) as state:
            if succeeded and tally["ways_open"]:
                state.set_fact("last_success", end["finished"])
            state.close_run(*_run_of(job, tally, end["finished"], error, state.fact("last_success")))
        partitions = before | publish_waiting(job.source.name, folder, lake)
    except (CitraError, OSError) as wrong:
        partitions, succeeded = before, False
        error = f"fetched, but not published (the next crawl will): {wrong}"
    return SourceReport(
        source=job.source.name,
        succeeded=succeeded,
        fetched=tally["requests"],
        new=tally["new"],
        unchanged=tally["unchanged"],
        skipped=sum(tally["skipped"].values()),
        rejected=tally["rejected"],
        bytes=tally["bytes"],
        error=error,
        partitions=tuple(sorted(partitions)),
    )


def _has_succeeded(tally: Mapping[str, Any], finished: str | None) -> bool:
    """Whether a place answered as declared, or all that could be asked rest and nothing is wrong."""
    return finished is not None and bool(
        tally["ways_open"] or (tally["skipped"].get("resting") and not tally["errors"])
    )


def _first(errors: Sequence[str]) -> str | None:
    if not errors:
        return None
    return errors[0] + (f" (and {len(errors) - 1} more)" if len(errors) > 1 else "")


def _run_of(
    job: Job, tally: Mapping[str, Any], finished: str | None, error: str | None, last_success: str | None = None
) -> tuple[str, datetime, dict[str, Any]]:
    """Id, hour and coverage record of a run. ``silent``: the source offered nothing at all, old or new."""
    source, started = job.source.name, job.now.astimezone(UTC)
    run = f"{source} {started.isoformat()}"
    record = {
        "run": run,
        "source": source,
        "kind": job.source.kind,
        "started": started.isoformat(),
        "finished": finished,
        "since": job.since.astimezone(UTC).isoformat() if job.since else None,
        "succeeded": _has_succeeded(tally, finished),
        "silent": not (tally["found"] or tally["unchanged"] or tally["skipped"].get("resting")),
        "last_success": last_success,
        "error": error,
        "floor": job.source.expect.floor,
        "ceiling": job.source.expect.ceiling,
        **tally,
    }
    return run, Partition.of(source, started).hour, record


# --- publishing ----------------------------------------------------------------------------------------------


def publish_waiting(source: str, folder: Path, lake: Lake) -> set[str]:
    """Move what lies in a source's spool into the lake; returns the keys of partitions that got records.

    Each step may be repeated: records, rejects and runs that are in the lake already are not added again.
    """
    changed: set[str] = set()
    with _state(folder / source) as state:
        state.recover()
        for hour, file in state.spooled():
            partition = Partition(source=source, hour=hour)
            add_records(lake, partition, file, folder / "locks")
            state.published(hour)
            changed.add(partition.key)
        for hour, rejects in state.rejects().items():
            partition = Partition(source=source, hour=hour)
            known = list(lake.read("rejects", partition, tag="crawl"))
            records = known + [reject for reject in rejects if reject not in known]
            lake.write("rejects", partition, map(reject_from_json, records), tag="crawl")
            state.rejects_published(hour)
        for hour, runs in state.runs().items():
            partition = Partition(source=source, hour=hour)
            ids = {run["run"] for run in runs}
            known = [run for run in lake.read("coverage", partition) if run["run"] not in ids]
            with lake.replacing(lake.path("coverage", partition)) as out:
                for run in known + runs:
                    out.write(json.dumps(run, ensure_ascii=False).encode() + b"\n")
            state.runs_published(hour)
    return changed
