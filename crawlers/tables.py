"""Tables of a source's file that hold for one social platform each, and the secrets that platforms ask for."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

#: environment variables without which a platform shows nothing; a platform that is not listed needs none
SECRETS: dict[str, tuple[str, ...]] = {
    "youtube": ("CITRA_YOUTUBE_KEY",),
    "reddit": ("CITRA_REDDIT_ID", "CITRA_REDDIT_SECRET"),
    "x": ("CITRA_X_TOKEN",),
}


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Bluesky(_Table):
    queries: tuple[str, ...] = Field(min_length=1)  #: each a search of its own
    language: str = "id"  #: declared by the author, often missing or wrong; empty: any
    pages: int = Field(default=20, ge=1)  #: most pages of 100 posts for one query and run


class Youtube(_Table):
    """Comments below videos; the two quotas are those of the key, kept by day (midnight US Pacific)."""

    queries: tuple[str, ...] = ()  #: searches for videos
    channels: tuple[str, ...] = ()  #: ids (``UC…``) whose newest videos are read without a search
    region: str = "ID"  #: ISO 3166-1 of the viewer that a search pretends
    pages: int = Field(default=1, ge=1)  #: most pages of 50 videos for one query or channel and run
    comment_pages: int = Field(default=10, ge=1)  #: most pages of 100 threads for one video and run
    searches_per_day: int = Field(default=100, ge=0)  #: lower it where several sources share a key
    units_per_day: int = Field(default=10_000, ge=0)

    @model_validator(mode="after")
    def _has_videos(self) -> Youtube:
        if not (self.queries or self.channels):
            raise ValueError("needs queries or channels")
        return self

    @field_validator("channels")
    @classmethod
    def _are_ids(cls, channels: tuple[str, ...]) -> tuple[str, ...]:
        for channel in channels:
            if not re.fullmatch(r"UC[\w-]{22}", channel):
                raise ValueError(f"{channel!r} is no channel id: it begins with UC and has 24 signs")
        return channels


class Telegram(_Table):
    channels: tuple[str, ...] = Field(min_length=1)  #: names of public channels, without ``@``
    pages: int = Field(default=20, ge=1)  #: most pages of 20 messages for one channel and run

    @field_validator("channels")
    @classmethod
    def _are_names(cls, channels: tuple[str, ...]) -> tuple[str, ...]:
        for channel in channels:
            if not re.fullmatch(r"[A-Za-z]\w{3,31}", channel):
                raise ValueError(f"{channel!r} is no name of a channel")
        return channels


class Reddit(_Table):
    subreddits: tuple[str, ...] = Field(min_length=1)  #: without ``r/``
    queries: tuple[str, ...] = ()  #: searched for in each subreddit; none: its newest posts
    comments: bool = True  #: also the comments below the posts found
    pages: int = Field(default=10, ge=1, le=10)  #: most pages of 100 posts; Reddit lists about 1,000
    token_url: str = "https://www.reddit.com/api/v1/access_token"  # noqa: S105 (an address)

    @field_validator("subreddits")
    @classmethod
    def _are_names(cls, subreddits: tuple[str, ...]) -> tuple[str, ...]:
        for name in subreddits:
            if not re.fullmatch(r"\w{2,30}", name):
                raise ValueError(f"{name!r} is no name of a subreddit")
        return subreddits


class X(_Table):
    queries: tuple[str, ...] = Field(min_length=1)  #: in the syntax of recent search, e.g. ``asn lang:in``
    pages: int = Field(default=5, ge=1)  #: most pages of 100 posts for one query and run: each post read is paid for
