"""The served newsroom as a crawler meets it: every way in is complete, pages are well formed, traps are recorded."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree, html

from citra.demo.content import HASHTAGS, Outlet, outlets
from citra.demo.newsroom import Newsroom, RunningNewsroom
from citra.demo.plan import MASTODON, OUTAGE_DAYS, OUTAGE_OUTLET, PlannedItem, plan
from citra.demo.press import OutletSite
from citra.demo.social import MastodonSite
from citra.documents import JAKARTA
from citra.errors import InputError

END = date(2026, 11, 24)
OUTLETS = {outlet.name: outlet for outlet in outlets()}
SITES: list[OutletSite | MastodonSite] = [
    *(OutletSite(outlet, [item for item in plan(END) if item.outlet == outlet.name]) for outlet in outlets()),
    MastodonSite([item for item in plan(END) if item.kind == "social"], datetime(2026, 11, 25, tzinfo=UTC)),
]


@pytest.fixture(scope="module")
def newsroom() -> Iterator[RunningNewsroom]:
    with Newsroom(END).start() as running:
        yield running


def get(url: str, **headers: str) -> tuple[int, Any, bytes]:
    request = urllib.request.Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as wrong:
        with wrong:
            return wrong.code, wrong.headers, wrong.read()


def of(newsroom: RunningNewsroom, name: str) -> list[PlannedItem]:
    return [item for item in newsroom.items if item.outlet == name]


def named(way: str) -> Outlet:
    return next(outlet for outlet in outlets() if outlet.way == way)


def test_each_site_has_its_own_port(newsroom: RunningNewsroom) -> None:
    assert set(newsroom.ports) == {*OUTLETS, MASTODON}
    assert len(set(newsroom.ports.values())) == 7


def test_every_planned_address_answers(newsroom: RunningNewsroom) -> None:
    for item in newsroom.items:
        status, headers, body = get(newsroom.url_of(item))
        assert status == 200, item.key
        assert headers["ETag"]
        if item.kind == "news":
            assert headers["Last-Modified"]
            text = body.decode()
            assert "Redaksi fiktif untuk peragaan Citra" in text
            assert f'<link rel="canonical" href="https://{OUTLETS[item.outlet].host}{item.key}">' in text
            assert html.fromstring(text).xpath("string(//h1)") == item.title


def test_what_is_not_planned_is_not_found(newsroom: RunningNewsroom) -> None:
    base = newsroom.servers["warta-nusa"].base
    for path in ("/tidak/ada", "/rubrik/tiada", "/indeks?date=kemarin", "/indeks?page=0", "/../../etc/passwd", "/%00"):
        assert get(base + path)[0] == 404, path


def test_future_items_are_held_back() -> None:
    now = datetime(2026, 11, 20, 5, tzinfo=UTC)
    with Newsroom(END, now=now).start() as running:
        assert max(item.published for item in running.items) <= now
        feed = feedparser.parse(get(running.servers["warta-nusa"].base + "/rss.xml")[2])
        assert len(feed.entries) == len(of(running, "warta-nusa"))


def test_conditional_requests(newsroom: RunningNewsroom) -> None:
    item = of(newsroom, "cakra")[0]
    for url in (newsroom.url_of(item), newsroom.servers["cakra"].base + "/atom.xml"):
        _, headers, _ = get(url)
        status, again, body = get(url, If_None_Match=headers["ETag"])
        assert (status, body) == (304, b"")
        assert again["ETag"] == headers["ETag"]
        assert get(url, If_Modified_Since=headers["Last-Modified"])[0] == 304
        assert get(url, If_None_Match='"other"')[0] == 200
        assert get(url, If_Modified_Since="nonsense")[0] == 200


@pytest.mark.parametrize(
    "outlet", [outlet for outlet in outlets() if outlet.way in {"rss", "atom"}], ids=lambda o: o.name
)
def test_feeds_hold_everything(newsroom: RunningNewsroom, outlet: Outlet) -> None:
    base = newsroom.servers[outlet.name].base
    feed = feedparser.parse(get(f"{base}/{outlet.way}.xml")[2])
    assert not feed.bozo
    found = {entry.link: datetime(*entry.published_parsed[:6], tzinfo=UTC) for entry in feed.entries}
    assert found == {newsroom.url_of(item): item.published for item in of(newsroom, outlet.name)}


def test_news_sitemaps_hold_everything(newsroom: RunningNewsroom) -> None:
    outlet = named("sitemap")
    base = newsroom.servers[outlet.name].base
    index = etree.fromstring(get(base + "/sitemap.xml")[2])
    children = index.xpath("//*[local-name()='loc']/text()")
    assert len(children) >= 2
    found = {}
    for child in children:
        for entry in etree.fromstring(get(child)[2]):
            stamp = entry.xpath("string(.//*[local-name()='publication_date'])")
            found[entry.xpath("string(*[local-name()='loc'])")] = datetime.fromisoformat(stamp)
    assert found == {newsroom.url_of(item): item.published for item in of(newsroom, outlet.name)}


def test_dated_index_pages_hold_everything_and_end(newsroom: RunningNewsroom) -> None:
    base = newsroom.servers[OUTAGE_OUTLET].base
    found = []
    for step in range(-59, 1):
        for page in range(1, 50):
            address = f"{base}/indeks?date={END + timedelta(days=step)}&page={page}"
            tree = html.fromstring(get(address)[2].decode())
            links = tree.xpath("//main//ul//a/@href")
            assert tree.xpath("//main//a[@href]"), "an empty day still links on"
            if not links:
                break
            found += links
        if step in OUTAGE_DAYS:
            assert page == 1
    assert sorted(found) == sorted(item.key for item in of(newsroom, OUTAGE_OUTLET))


def test_whole_index_is_paged(newsroom: RunningNewsroom) -> None:
    base = newsroom.servers[OUTAGE_OUTLET].base
    pages = [
        html.fromstring(get(f"{base}/indeks?page={n}")[2].decode()).xpath("//main//ul//a/@href") for n in range(1, 5)
    ]
    assert len(pages[0]) == 20
    assert pages[-1] == []
    assert len({link for page in pages for link in page}) == len(of(newsroom, OUTAGE_OUTLET))


def test_cut_up_articles_add_up(newsroom: RunningNewsroom) -> None:
    item = next(item for item in of(newsroom, OUTAGE_OUTLET) if len(item.paragraphs) >= 5)
    url = newsroom.url_of(item)
    pages = [get(f"{url}?page={n}")[2].decode() for n in (1, 2, 3)]
    whole = get(f"{url}?page=all")[2].decode()
    last = html.fromstring(f"<p>{item.paragraphs[-1]}</p>").text_content()
    assert last not in html.fromstring(pages[0]).text_content()
    assert last in html.fromstring(pages[2]).text_content()
    assert all(paragraph in html.fromstring(whole).text_content() for paragraph in item.paragraphs)
    assert get(f"{url}?page=9")[0] == 404


def test_dates_are_given_in_each_outlets_manner(newsroom: RunningNewsroom) -> None:
    for outlet in outlets():
        item = of(newsroom, outlet.name)[0]
        local = item.published.astimezone(JAKARTA)
        page = get(newsroom.url_of(item))[2].decode()
        tree = html.fromstring(page)
        match outlet.stamp:
            case "jsonld":
                data = json.loads(tree.xpath("string(//script[@type='application/ld+json'])"))
                assert data["@type"] == "NewsArticle"
                assert data["headline"] == item.title
                assert datetime.fromisoformat(data["datePublished"]) == item.published
            case "prose":
                assert re.search(rf"\w+, {local.day} \w+ {local.year} \| {local:%H:%M} WIB", page)
                assert "<time" not in page
            case "meta":
                stamp = tree.xpath("string(//meta[@property='article:published_time']/@content)")
                assert datetime.fromisoformat(stamp) == item.published
            case "time":
                assert datetime.fromisoformat(tree.xpath("string(//time/@datetime)")) == item.published
            case "microdata":
                stamp = tree.xpath("string(//*[@itemprop='datePublished']/@content)")
                assert datetime.fromisoformat(stamp) == item.published
                assert "<br><br>" in page
            case other:
                pytest.fail(f"untested manner {other}")


def test_amp_twin_points_to_the_desktop_page(newsroom: RunningNewsroom) -> None:
    outlet = next(outlet for outlet in outlets() if outlet.body == "br")
    item = of(newsroom, outlet.name)[0]
    tree = html.fromstring(get(newsroom.url_of(item))[2].decode())
    twin = tree.xpath("string(//link[@rel='amphtml']/@href)")
    status, _, body = get(newsroom.servers[outlet.name].base + twin)
    assert status == 200
    assert html.fromstring(body.decode()).xpath("string(//link[@rel='canonical']/@href)").endswith(item.key)


def test_fronts_sections_and_tags_are_lists(newsroom: RunningNewsroom) -> None:
    base = newsroom.servers["warta-nusa"].base
    for path in ("/", "/rubrik/daerah", "/tag/service", "/indeks"):
        status, _, body = get(base + path)
        assert status == 200
        assert len(html.fromstring(body.decode()).xpath("//main//ul//a")) > 1


def test_traps_are_linked_forbidden_and_recorded() -> None:
    with Newsroom(END).start() as running:
        base = running.servers["cakra"].base
        assert "Disallow: /admin/" in get(base + "/robots.txt")[2].decode()
        links = html.fromstring(get(base + "/")[2].decode()).xpath("//a/@href")
        trap = next(link for link in links if link.startswith("/admin/"))
        assert running.trap_hits == 0
        get(base + trap)
        assert running.trap_hits == 1


def test_same_day_same_bytes() -> None:
    bodies = []
    for _ in range(2):
        with Newsroom(END).start() as running:
            item = of(running, "kabar-tirtakarsa")[3]
            port = str(running.ports["kabar-tirtakarsa"]).encode()
            page = get(running.url_of(item))[2]
            feed = get(running.servers["kabar-tirtakarsa"].base + "/rss.xml")[2]
            bodies.append((page, feed.replace(port, b"PORT")))
    assert bodies[0] == bodies[1]


def test_timelines_page_back_to_the_first_post(newsroom: RunningNewsroom) -> None:
    base = newsroom.servers[MASTODON].base
    found: dict[str, dict[str, Any]] = {}
    seen_twice = 0
    for tag in HASHTAGS:
        url: str | None = f"{base}/api/v1/timelines/tag/{tag}?limit=40"
        last = None
        while url:
            _, headers, body = get(url)
            page = json.loads(body)
            assert headers["X-RateLimit-Remaining"]
            ids = [int(post["id"]) for post in page]
            assert ids == sorted(ids, reverse=True)
            assert all(any(entry["name"] == tag for entry in post["tags"]) for post in page)
            assert last is None or not ids or ids[0] < last
            last = ids[-1] if ids else last
            seen_twice += sum(post["id"] in found for post in page)
            found |= {post["id"]: post for post in page}
            following = re.search(r'<([^>]+)>; rel="next"', headers.get("Link", ""))
            url = following[1] if following else None
    planned = of(newsroom, MASTODON)
    assert set(found) == {item.key for item in planned}
    assert seen_twice > 10
    for item in planned:
        post = found[item.key]
        assert datetime.fromisoformat(post["created_at"]) == item.published
        assert html.fromstring(post["content"]).text_content() == re.sub(r"(@[\w.]+)@[\w.]+", r"\1", item.paragraphs[0])
        assert post["in_reply_to_id"] == item.answers
        assert post["account"]["acct"] == item.author
    assert sum(post["favourites_count"] for post in found.values()) > 100
    assert any(post["mentions"] for post in found.values())


def test_timeline_cursors(newsroom: RunningNewsroom) -> None:
    url = newsroom.servers[MASTODON].base + "/api/v1/timelines/tag/asn"
    newest = [post["id"] for post in json.loads(get(url)[2])]
    assert len(newest) == 20
    assert len(json.loads(get(url + "?limit=999")[2])) == 40
    assert [p["id"] for p in json.loads(get(f"{url}?since_id={newest[3]}")[2])] == newest[:3]
    assert [p["id"] for p in json.loads(get(f"{url}?min_id={newest[3]}&limit=2")[2])] == newest[1:3]
    assert [p["id"] for p in json.loads(get(f"{url}?max_id={newest[3]}&limit=2")[2])] == newest[4:6]
    assert json.loads(get(url.replace("/asn", "/tiada"))[2]) == []
    assert get(url + "?max_id=abc")[0] == 422
    assert get(url.replace("timelines/tag/asn", "accounts/1"))[0] == 404


PIECES = st.sampled_from(
    [
        "api",
        "v1",
        "timelines",
        "tag",
        "asn",
        "statuses",
        "indeks",
        "rubrik",
        "daerah",
        "amp",
        "..",
        "",
        "%",
        "\0",
        "rss.xml",
    ]
)
VALUES = st.one_of(
    st.sampled_from(["all", "0", "2", "-1", "9" * 5000, "²", "9999-12-31", "0001-01-01"]), st.text(max_size=9)
)
NAMES = st.sampled_from(["page", "date", "limit", "max_id", "min_id", "since_id"])


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=5), st.dictionaries(NAMES, VALUES, max_size=3), st.booleans())
def test_no_request_breaks_a_site(pieces: list[str], query: dict[str, str], on_article: bool) -> None:
    for site in SITES:
        path = site.items[0].key if on_article else f"/{'/'.join(pieces)}"
        assert site.reply(path, query, "http://127.0.0.1:1").status in {200, 404, 422}


def test_absurd_last_days_are_refused() -> None:
    for end in (date.min, date(1970, 1, 1), date.max):
        with pytest.raises(InputError, match="needs a last day"):
            Newsroom(end)


def test_taken_port_is_one_clear_line(newsroom: RunningNewsroom) -> None:
    with pytest.raises(InputError, match="cannot listen on"):
        Newsroom(END).start(next(iter(newsroom.ports.values())))
