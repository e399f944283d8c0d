"""Where a crawl may connect to. The address is checked at the moment of connecting, so no DNS trick gets around it."""

from __future__ import annotations

import ipaddress
from typing import Any, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest

from crawlers.source import Source

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NAT64_LOCAL = ipaddress.ip_network("64:ff9b:1::/48")


class ForbiddenAddress(Exception):
    """A connection to an address that is not on the public internet was refused."""


class Refused(IgnoreRequest):  # type: ignore[misc]
    """A request that we do not send; ``reason`` is the code of the reject."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def why_forbidden(host: str, *, allow_loopback: bool = False) -> str | None:
    """Why no connection to the IP address ``host`` may be made, or None when it is a public one.

    Addresses that carry an IPv4 address inside (mapped, 6to4, Teredo, NAT64) are judged by both.
    """
    try:
        address: Address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return f"{host!r} is no IP address"
    inner = _inside(address)
    if inner is not None:
        if inner.is_loopback:  # the loopback permission is for plain 127.0.0.0/8 and ::1 alone
            return f"{host} wraps the loopback address {inner}"
        if reason := why_forbidden(str(inner)):
            return f"{host} wraps a forbidden address: {reason}"
        return None
    if address.is_loopback:
        return None if allow_loopback else f"{host} is a loopback address"
    for name in ("is_link_local", "is_multicast", "is_private", "is_unspecified", "is_reserved"):
        if getattr(address, name):
            return f"{host} is a {name.removeprefix('is_').replace('_', '-')} address"
    return None if address.is_global else f"{host} is not a public address"


def _inside(address: Address) -> ipaddress.IPv4Address | None:
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64 or address in _NAT64_LOCAL:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address.teredo:
        return address.teredo[1]
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour
    if int(address) >> 32 == 0 and int(address) > 1:  # ::a.b.c.d, deprecated but routed by some systems
        return ipaddress.IPv4Address(int(address))
    return None


def guard(reactor: Any, *, allow_loopback: bool = False) -> None:
    """Make every outgoing TCP connection of ``reactor`` pass the check, whatever asked for it.

    Names are resolved before ``connectTCP`` is called with an address, so what is checked is what is connected to.
    """
    connect = reactor.connectTCP

    def checked(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        if reason := why_forbidden(host, allow_loopback=allow_loopback):
            raise ForbiddenAddress(reason)
        return connect(host, port, *args, **kwargs)

    reactor.connectTCP = checked


class OnSite:
    """Downloader middleware: a source fetches from its own hosts only, also after a redirect."""

    def __init__(self, source: Source) -> None:
        self._source = source

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler.settings["CITRA_SOURCE"])

    def process_request(self, request: Request) -> None:
        if not self._source.allows(request.url):
            redirected = "redirected to " if request.meta.get("redirect_times") else ""
            raise Refused("off-site", f"{redirected}{request.url}, not a host of {self._source.name}")
