"""The process that crawls: ``python -m crawlers.worker``. A reactor runs once in a process, so each crawl gets its own.

Standard input: one line of JSON, a list of jobs; then it stays open, and its end (the parent died) ends the crawl.
Standard output: one JSON object a line, the events ``response``, ``stored`` and, for each source, ``done``.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import Settings

from crawlers.job import Clock, Job, Tally
from crawlers.safety import guard
from crawlers.spiders.base import SourceSpider
from crawlers.spiders.bluesky import BlueskySpider
from crawlers.spiders.mastodon import MastodonSpider
from crawlers.spiders.news import NewsSpider
from crawlers.spiders.reddit import RedditSpider
from crawlers.spiders.telegram import TelegramSpider
from crawlers.spiders.x import XSpider
from crawlers.spiders.youtube import YoutubeSpider

SPIDERS: dict[str, type[SourceSpider]] = {
    "news": NewsSpider, "mastodon": MastodonSpider, "bluesky": BlueskySpider, "youtube": YoutubeSpider,
    "telegram": TelegramSpider, "reddit": RedditSpider, "x": XSpider,
}  # fmt: skip
MOST_REDIRECTS = 5


def settings_for(job: Job) -> dict[str, Any]:
    """Scrapy settings of one source's crawl."""
    delay = job.source.delay if job.source.delay is not None else job.delay
    return {
        "CITRA_SOURCE": job.source,
        "CITRA_RETRIES": job.retries,
        "CITRA_BACKOFF": job.backoff,
        "USER_AGENT": job.user_agent,
        "DOWNLOAD_DELAY": delay,
        "DOWNLOAD_DELAY_JITTER": 0.0,
        "DOWNLOAD_TIMEOUT": job.timeout,
        "DOWNLOAD_MAXSIZE": job.max_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "CONCURRENT_ITEMS": 1,  # spiders yield requests alone; Scrapy starts so many tasks for each response
        "CONCURRENT_REQUESTS": job.concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": job.concurrency,
        "REDIRECT_MAX_TIMES": MOST_REDIRECTS,
        "DEFAULT_REQUEST_HEADERS": {
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "Accept-Language": "id,en;q=0.5",
        },
        "DOWNLOADER_MIDDLEWARES": {
            "crawlers.safety.OnSite": 50,
            "crawlers.politeness.Robots": 100,
            "crawlers.politeness.Patience": 550,
            "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
            "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
            "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
            # a proxy would connect for us, unseen by the guard
            "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": None,
            "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
        },
        "HTTPERROR_ALLOW_ALL": True,
        "REFERER_ENABLED": True,
        "COOKIES_ENABLED": False,
        "RETRY_ENABLED": False,
        "ROBOTSTXT_OBEY": False,
        "SCHEDULER_MEMORY_QUEUE": "scrapy.squeues.FifoMemoryQueue",
        "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
        "CLOSESPIDER_TIMEOUT": job.budget,
        "DNS_TIMEOUT": min(job.timeout, 20.0),
        "TELNETCONSOLE_ENABLED": False,
        "LOG_LEVEL": "CRITICAL",
        "LOGSTATS_INTERVAL": 0,
    }


def notify(event: dict[str, Any]) -> None:
    """Tell the parent process."""
    sys.stdout.write(json.dumps(event, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _begin(process: AsyncCrawlerProcess, job: Job, clock: Clock) -> None:
    """Crawl one source and tell how it ended, whatever happens."""
    tally = Tally()

    def done(task: asyncio.Task[None]) -> None:
        wrong = task.exception()
        if wrong:  # one source's crash must not stop the others; it is told, not swallowed
            tally.fault(f"the crawl broke: {type(wrong).__name__}: {wrong}")
        finished = clock.now().isoformat()
        notify({"event": "done", "source": job.source.name, "finished": finished, "tally": tally.to_json()})

    crawler = Crawler(SPIDERS[job.source.spider], Settings(settings_for(job)))
    process.crawl(crawler, job=job, tally=tally, notify=notify).add_done_callback(done)


def _die_with_parent() -> None:
    """End at once when standard input does; every record is durable, so nothing is lost."""
    while os.read(0, 4096):  # not through sys.stdin: its lock would be held while the interpreter ends
        pass
    os._exit(3)


def main() -> None:
    jobs = [Job.model_validate(job) for job in json.loads(sys.stdin.readline())]
    threading.Thread(target=_die_with_parent, daemon=True).start()
    process = AsyncCrawlerProcess({"LOG_LEVEL": "CRITICAL"})
    from twisted.internet import reactor

    guard(reactor, allow_loopback=all(job.allow_loopback for job in jobs))
    clock = Clock(jobs[0].now)
    for job in jobs:
        _begin(process, job, clock)
    process.start()


if __name__ == "__main__":
    main()
