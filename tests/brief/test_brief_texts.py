"""Which texts a brief chooses, on a small index whose truth is known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from citra.alerts.incident import Incident
from citra.alerts.state import State
from citra.alerts.watch import Watch
from citra.brief.render import html
from citra.brief.shapes import Brief, Period
from citra.documents import JAKARTA, Document, Mention, Model, Sentiment, Topic
from citra.store import Store
from citra.verbs.brief import brief, brief_in
from citra.verbs.brief_counts import Asker
from citra.verbs.brief_texts import Texts
from citra.verbs.index import open_index
from nlp.stem import stem_text

DAY = date(2026, 11, 16)
NOW = datetime(2026, 11, 17, 7, 30, tzinfo=JAKARTA)
CLAIM = "Gaji ke-13 PNS dan pensiunan dihapus mulai Januari menurut surat edaran Menteri Keuangan"


def mention(id_: str, title: str, text: str = "", **more: object) -> Mention:
    """A text of the day; ``label`` sets the probabilities."""
    label = str(more.pop("label", "negative"))
    p = {"negative": 0.05, "neutral": 0.05, "positive": 0.05, label: 0.9}
    document = Document(
        id=id_, source=str(more.pop("source", "harian")), kind=more.pop("kind", "news"),  # type: ignore[arg-type]
        url=f"https://h.example/{id_}", canonical_url=f"https://h.example/{id_}", title=title, text=text or title,
        published=more.pop("published", datetime(2026, 11, 16, 3, tzinfo=UTC)),  # type: ignore[arg-type]
        fetched=datetime(2026, 11, 16, 4, tzinfo=UTC), content_hash=id_, engagement=more.pop("engagement", {}),  # type: ignore[arg-type]
        thread_id=more.pop("thread", None), author=more.pop("author", None), section=more.pop("section", None),  # type: ignore[arg-type]
    )  # fmt: skip
    return Mention(
        document=document, relevance=float(more.pop("relevance", 0.9)),  # type: ignore[arg-type]
        sentiment=Sentiment(label=label, p_negative=p["negative"], p_neutral=p["neutral"], p_positive=p["positive"]),  # type: ignore[arg-type]
        topics=tuple(Topic(id=topic, p=0.9) for topic in more.pop("topics", ())),  # type: ignore[attr-defined]
        story_id=str(more.pop("story", id_)), stems=stem_text(f"{title} {text}"), model=Model(name="m", version="1"),
    )  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_index(str(tmp_path / "index"), create=True) as opened:
        yield opened


def load(store: Store, *mentions: Mention) -> None:
    with store.writing() as writer:
        writer.upsert(mentions, version=1)


def texts(store: Store) -> Texts:
    return Texts.read(Asker(store, 0.6), Period.of("day", DAY))


def made(store: Store, alerts: str = "") -> Brief:
    return brief_in(store, Period.of("day", DAY), now=NOW, coverage=None, relevance=0.6, alerts=alerts)


def test_complaints_and_accusations_wait_for_an_answer(store: Store) -> None:
    load(
        store,
        mention("post", "", "Antre KTP dari subuh", kind="social", engagement={"likes": 9, "replies": 0}),
        mention("loud", "", "Sertifikat tanah nyangkut", kind="social", engagement={"likes": 99, "views": 10**6}),
        mention("answered", "", "Air mati lima hari", kind="social", engagement={"likes": 500}),
        mention("answer", "", "Mohon maaf, sedang diperbaiki", kind="social", label="neutral", thread="answered",
                author="Perumda Air"),
        mention("complaint", "", "Jalan rusak", kind="complaint"),
        mention("accusing", "Pejabat diduga menerima suap", topics=("corruption",)),
        mention("told", "Pejabat diduga menerima suap lagi", "Dinas membantah tuduhan itu.", topics=("corruption",)),
        mention("plain", "Banjir merendam kantor kelurahan"),
        mention("happy", "", "Terima kasih", kind="social", label="positive"),
    )  # fmt: skip
    assert [one.id for one in texts(store).worth_answering()] == ["loud", "post", "accusing", "complaint"]


def test_an_answer_of_a_private_person_is_none(store: Store) -> None:
    load(
        store,
        mention("post", "", "Antre KTP dari subuh", kind="social", engagement={"replies": 1}),
        mention("echo", "", "Sama kak", kind="social", label="neutral", thread="post", author="anon:0f"),
    )
    assert [(one.id, one.replies) for one in texts(store).worth_answering()] == [("post", 1)]


def test_copies_and_reactions_decide_what_is_worth_reading(store: Store) -> None:
    wire = [mention(f"w{number}", "Bupati resmikan mal", story="w", label="neutral") for number in range(6)]
    load(
        store, *wire, mention("quiet", "Rapat", label="neutral"), mention("moving", "Kepala dinas ditangkap"),
        mention("post", "", "Mantap", kind="social", label="neutral", engagement={"likes": 300}),
    )  # fmt: skip
    found = texts(store).worth_reading(frozenset({"moving"}))
    assert [one.story for one in found] == ["moving", "w", "post", "quiet"]
    assert found[1].copies.value == 6


def test_only_surely_good_stories_are_worth_spreading(store: Store) -> None:
    mixed = [
        mention("a", "Puskesmas dipuji", story="s", label="positive"),
        mention("b", "Puskesmas dikritik", story="s"),
    ]
    load(store, *mixed, mention("good", "Bidan teladan", label="positive"), mention("bad", "Pungli", label="negative"))
    assert [one.id for one in texts(store).worth_spreading()] == ["good"]


def test_pseudonyms_do_not_stand_in_titles(store: Store) -> None:
    load(store, mention("p", "", "@anon:16b7d72759e56f62 sama kak, dimintai uang", kind="social"))
    assert texts(store).worth_answering()[0].title == "@… sama kak, dimintai uang"


def _claims(store: Store, check_title: str, **check: object) -> None:
    others = [
        mention(f"o{number}", title, f"{title} di kabupaten, kata warga dan pegawai negeri sipil.")
        for number, title in enumerate(
            (
                "Antrean Samsat mengular",
                "Guru honorer menunggu SK",
                "Pelayanan rumah sakit dikeluhkan",
                "Izin usaha lambat",
            )
        )
    ]
    told = mention("claim", CLAIM, f"{CLAIM}. Kabar itu membuat pegawai negeri resah.")
    body = f"Beredar klaim bahwa {CLAIM.lower()}. Kementerian Keuangan menyatakan surat edaran itu tidak benar."
    fields = {
        "source": "turnbackhoax",
        "label": "neutral",
        "relevance": 0.2,
        "published": datetime(2026, 11, 10, tzinfo=UTC),
    }
    load(store, *others, told, mention("check", check_title, body, **(fields | check)))


def test_a_refuted_claim_is_found_by_its_words(store: Store) -> None:
    _claims(store, "[SALAH] Surat edaran gaji ke-13 PNS dihapus")
    made_of = made(store)
    refuted = {one.id: [check.url for check in one.refuted] for one in made_of.read}
    assert refuted.pop("claim") == ["https://h.example/check"]
    assert not any(refuted.values())
    assert "Cek fakta membantah klaim serupa" in html(made_of, {})


@pytest.mark.parametrize(
    ("title", "fields"),
    [
        ("Cek Fakta: gaji ke-13 PNS dihapus, hoaks", {"source": "liputan6", "section": "Cek Fakta"}),
        ("Hoaks gaji ke-13 PNS dihapus mulai Januari", {"source": "liputan6"}),
    ],
)
def test_fact_checks_stand_in_sections_too(store: Store, title: str, fields: dict[str, object]) -> None:
    _claims(store, title, **fields)
    assert [one.id for one in texts(store).worth_reading(frozenset()) if one.refuted] == ["claim"]


@pytest.mark.parametrize(
    "fields",
    [
        {"published": datetime(2026, 8, 1, tzinfo=UTC)},
        {"published": datetime(2026, 11, 20, tzinfo=UTC)},
        {"source": "harian"},
    ],
)
def test_old_and_later_checks_and_other_texts_refute_nothing(store: Store, fields: dict[str, object]) -> None:
    _claims(store, "Surat edaran gaji PNS dihapus, kata Menteri itu keliru", **fields)
    assert not [one for one in texts(store).worth_reading(frozenset()) if one.refuted]


def test_what_a_check_confirms_is_not_refuted(store: Store) -> None:
    body = {"text": f"{CLAIM}. Surat edaran itu asli."}
    load(store, mention("claim", CLAIM), mention("check", "[BENAR] Gaji ke-13 PNS", source="turnbackhoax", **body))
    assert not texts(store).worth_reading(frozenset())[0].refuted


def test_open_incidents_are_told_with_their_texts(store: Store, tmp_path: Path) -> None:
    load(store, mention("a", "Antrean Samsat", topics=("service",)))
    path, begun = str(tmp_path / "alerts.sqlite"), datetime(2026, 11, 16, tzinfo=JAKARTA)
    watch = Watch(name="Keluhan <layanan>", topics=("service",))
    with State(path) as state:
        state.add_watches([watch], NOW)
        for first in (begun, begun + timedelta(days=5)):
            state.save(
                Incident(
                    watch=watch.id, name=watch.name, window="day", status="open", first=first, last=first,
                    opened_at=NOW,
                    opening_count=30, opening_expected=9, count=30, expected=9.25, deviation=3, p=1e-6, peak=first,
                    total=30, total_expected=9,
                )
            )  # fmt: skip
    found = made(store, path)
    assert [one.number for one in found.incidents] == [1]  # the other begins after the day
    page = html(found, {})
    assert "Keluhan &lt;layanan&gt;" in page
    assert "30 cerita negatif, biasanya sekitar 9,2" in page
    assert "citra search --from 2026-11-16 --to 2026-11-16 --topic service" in page


def test_an_empty_index_and_a_missing_alerts_file_are_said(store: Store, tmp_path: Path) -> None:
    found = made(store, str(tmp_path / "none.sqlite"))
    assert found.warnings == ("Indeks masih kosong: belum ada teks yang dimuat.",)
    assert not (tmp_path / "none.sqlite").exists()
    assert "Tidak ada teks tentang ASN pada masa ini." in html(found, {})


def test_texts_beyond_the_limit_are_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("citra.verbs.brief_texts.MOST", 2)
    load(store, *(mention(f"m{number}", f"Judul {number}") for number in range(3)))
    found = made(store)
    assert found.texts.now.value == 3
    assert any("Teks pilihan diambil dari" in warning for warning in found.warnings)


def test_a_folder_without_lake_needs_no_coverage(store: Store, tmp_path: Path) -> None:
    load(store, mention("a", "Antrean Samsat"))
    found = brief(str(tmp_path / "index"), str(tmp_path / "lake"), DAY, now=NOW, relevance=0.6)
    assert found.caveats == ()
    assert found.texts.now.value == 1
