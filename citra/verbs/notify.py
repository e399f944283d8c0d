"""Notify: deliver what detect left, escalate what nobody took up, test the channels."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from citra.alerts import english, indonesia, outbox
from citra.alerts.channels import Channel, DeliveryFailed, apprise_channels
from citra.alerts.outbox import Outgoing, Quiet
from citra.alerts.state import Message, State
from citra.alerts.webhook import SignedWebhook
from crawlers.safety import why_forbidden

#: A channel that has not answered by then hangs.
PATIENCE = 45.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What became of the messages that were due."""

    sent: int  #: message × channel
    failed: int
    errors: tuple[str, ...]  #: ``channel: reason``
    channels: tuple[str, ...]


def channels_of(
    urls: str, webhook: str = "", secret: str = "", *, allow_loopback: bool = False, variable: str = "CITRA_NOTIFY_URLS"
) -> list[Channel]:
    """The channels that the environment names.

    :param allow_loopback: let the signed webhook reach this machine (tests, demonstrations).
    :raises ConfigError: for an address that cannot be used.
    """
    found = apprise_channels(urls, variable)
    if webhook:
        found.append(
            SignedWebhook(
                webhook, secret, why_forbidden=lambda address: why_forbidden(address, allow_loopback=allow_loopback)
            )
        )
    return found


def notify(
    state: str,
    channels: Sequence[Channel],
    *,
    clock: Callable[[], datetime],
    quiet: str = "",
    bundle: int = 5,
    escalation: Sequence[Channel] = (),
    escalate_hours: float = 0.0,
    patience: float = PATIENCE,
) -> Delivered:
    """Send what is due. Safe to call at any time, by any number of workers, and again after a kill.

    :param quiet: ``21:00-06:00``: hours in which only what is urgent goes out.
    :param bundle: more messages than this for one channel become one.
    :param escalation: channels for incidents that nobody took up within ``escalate_hours`` (0: never).
    :param clock: the time of day; asked again as sending takes its time.
    """
    hours, errors = Quiet.read(quiet), []
    count = failures = 0
    with State(state) as opened:
        if escalate_hours and escalation:
            _escalate(opened, timedelta(hours=escalate_hours), clock())
        outbox.plan(opened, [channel.name for channel in channels], clock(), quiet=hours)
        outbox.plan(opened, [channel.name for channel in escalation], clock(), quiet=None, escalation=True)
        for channel in {channel.name: channel for channel in (*channels, *escalation)}.values():
            due = outbox.claim(opened, channel.name, clock())
            for parcel in _parcels(due, bundle):
                try:
                    _send(channel, *_written(parcel), clock(), patience)
                except DeliveryFailed as wrong:
                    outbox.failed(opened, channel.name, parcel, str(wrong), clock())
                    errors.append(f"{channel.name}: {wrong}")
                    failures += len(parcel)
                else:
                    outbox.sent(opened, channel.name, parcel, clock())
                    count += len(parcel)
    names = tuple(channel.name for channel in (*channels, *escalation))
    return Delivered(sent=count, failed=failures, errors=tuple(errors), channels=names)


def probe(channels: Sequence[Channel], now: datetime, *, patience: float = PATIENCE) -> dict[str, str | None]:
    """Send a test message through each channel; name → why it failed, or None. Nothing is kept."""
    found: dict[str, str | None] = {}
    for channel in channels:
        body = indonesia.WORDS["test-body"].format(when=indonesia.moment(now, "hour"))
        try:
            _send(channel, indonesia.WORDS["test-subject"], body, {"event": "test"}, now, patience)
            found[channel.name] = None
        except DeliveryFailed as wrong:
            found[channel.name] = str(wrong)
    return found


def _parcels(due: list[Outgoing], bundle: int) -> list[list[Outgoing]]:
    return [due] if len(due) > bundle else [[one] for one in due]


def _written(parcel: Sequence[Outgoing]) -> tuple[str, str, dict[str, Any]]:
    """Subject, body and payload; of several messages the first paragraph each."""
    if len(parcel) == 1:
        return parcel[0].subject, parcel[0].body, parcel[0].payload | {"message": parcel[0].message}
    words = english.WORDS if all(one.payload.get("language") == "en" for one in parcel) else indonesia.WORDS
    lines = [words["bundle-head"].format(count=len(parcel))]
    lines += [f"{number}. {one.body.partition(chr(10) * 2)[0]}" for number, one in enumerate(parcel, 1)]
    payload = {"event": "bundle", "messages": [one.payload | {"message": one.message} for one in parcel]}
    return words["bundle"].format(count=len(parcel)), "\n\n".join(lines), payload


def _send(channel: Channel, subject: str, body: str, payload: dict[str, Any], now: datetime, patience: float) -> None:
    """Send in a thread of its own: a channel that hangs is left alone, the others are served.

    :raises DeliveryFailed:
    """
    body = _fitted(channel, subject, body, (english if payload.get("language") == "en" else indonesia).WORDS["cut"])
    outcome: list[BaseException | None] = []

    def attempt() -> None:
        try:
            channel.send(subject, body, payload, now)
            outcome.append(None)
        except BaseException as wrong:
            outcome.append(wrong)

    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(patience)
    if not outcome:
        raise DeliveryFailed(f"no answer within {patience:.0f} s")
    if outcome[0] is not None:
        raise outcome[0]


def _fitted(channel: Channel, subject: str, body: str, cut: str) -> str:
    """``body``, or the longest beginning of it that the channel takes, with a line that says so."""
    if channel.fits(subject, body):
        return body
    low, high = 0, len(body)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if channel.fits(subject, f"{body[:middle]}\n{cut}") else (low, middle - 1)
    return f"{body[:low]}\n{cut}"


def _escalate(state: State, after: timedelta, now: datetime) -> None:
    """A message for each open incident that nobody took up in time; its words are those of the first message."""
    with state.changing():
        for one in state.incidents(only_open=True):
            snoozed = one.snoozed_until and one.snoozed_until > now
            if one.acknowledged_by or one.false_by or snoozed or one.opened_at + after > now:
                continue
            row = state.db.execute("SELECT * FROM messages WHERE key = ?", (f"incident:{one.id}:opened",)).fetchone()
            if row is None:
                continue
            words = english.WORDS if '"language": "en"' in row["payload"] else indonesia.WORDS
            state.enqueue(
                Message(
                    key=f"incident:{one.id}:escalated", kind="escalated", incident=one.id, created=now, urgent=True,
                    subject=words["escalated-subject"].format(subject=row["subject"].removeprefix("[Citra] ")),
                    body=f"{words['escalated']}\n\n{row['body']}",
                    payload={"event": "escalated", "incident": one.id},
                )
            )  # fmt: skip
