from __future__ import annotations

import multiprocessing
import random
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path

import pytest

from citra.errors import ConfigError
from nlp.stories import StoryIndex

DAY = datetime(2026, 3, 2, 5, tzinfo=UTC)
WIRE = (
    "Pemerintah Kota Lembayung membuka kembali kantor pelayanan kependudukan di Jalan Kenanga setelah dua pekan"
    " ditutup karena banjir. Kepala dinas setempat, Ratna Dewanti, mengatakan pelayanan KTP dan kartu keluarga"
    " berjalan seperti biasa mulai Senin pagi. Warga yang berkasnya rusak terendam air dapat mengurus gantinya tanpa"
    ' biaya dengan membawa surat pengantar dari lurah. "Kami menambah tiga loket supaya antrean tidak mengular," ujar'
    " Ratna. Menurut catatan dinas, ada 1.240 dokumen warga yang rusak akibat banjir tersebut. Petugas juga mendatangi"
    " tempat pengungsian untuk merekam data warga lanjut usia dan penyandang disabilitas yang tidak dapat datang"
    " sendiri ke kantor. Ketua RW 05, Slamet Hartono, menyambut baik langkah itu dan berharap jam layanan diperpanjang"
    " sampai sore selama masa pemulihan. Dinas menargetkan seluruh dokumen pengganti selesai dicetak dalam tiga pekan."
)


def _weather(city: str, low: int, high: int, wind: int, day: str) -> str:
    return (
        f"BMKG memprakirakan cuaca di {city} pada {day} didominasi hujan ringan pada siang hingga malam. Suhu udara"
        f" berkisar antara {low} hingga {high} derajat Celsius dengan kelembapan {low + 40} hingga {high + 60} persen."
        f" Angin bertiup dari barat dengan kecepatan {wind} kilometer per jam. Masyarakat {city} diimbau tetap waspada"
        " terhadap potensi hujan disertai kilat dan angin kencang, serta menghindari berteduh di bawah pohon atau papan"
        f" reklame. Informasi terbaru untuk wilayah {city} dapat dilihat di aplikasi Info BMKG."
    )


def _cpns(office: str, posts: int, closing: str) -> str:
    return (
        f"{office} membuka {posts} formasi calon pegawai negeri sipil tahun ini. Pendaftaran dilakukan secara daring"
        f" melalui laman SSCASN sampai {closing}. Pelamar wajib warga negara Indonesia, berusia paling rendah 18 tahun"
        " dan paling tinggi 35 tahun, tidak pernah dipidana penjara, serta tidak menjadi anggota partai politik. Berkas"
        " yang diunggah meliputi KTP, ijazah, transkrip nilai, pasfoto berlatar merah, dan surat lamaran bermeterai."
        f" Panitia seleksi {office} mengingatkan pelamar agar tidak percaya kepada pihak yang menjanjikan kelulusan."
        " Seluruh tahapan seleksi tidak dipungut biaya."
    )


def _rates(day: str, buy: int, sell: int) -> str:
    return (
        f"Kurs rupiah terhadap dolar Amerika Serikat pada {day}. Bank Nusa membeli dolar di Rp {buy} dan menjual"
        f" di Rp {sell}. Bank Karya membeli di Rp {buy + 12} dan menjual di Rp {sell + 17}. Bank Sentosa membeli di Rp"
        f" {buy - 8} dan menjual di Rp {sell - 5}. Kurs dapat berubah sewaktu-waktu mengikuti pasar, sehingga"
        " nasabah disarankan menghubungi kantor cabang terdekat sebelum bertransaksi dalam jumlah besar pada hari itu."
    )


@pytest.fixture
def index() -> StoryIndex:
    return StoryIndex()


def _stories(index: StoryIndex, texts: list[str], title: str = "") -> list[str]:
    with index.batch():
        return [index.assign(f"d{n}", title, text, DAY).story_id for n, text in enumerate(texts)]


def test_wire_copies_are_one_story(index: StoryIndex) -> None:
    words = WIRE.split(" ")
    copies = [
        WIRE,
        "LEMBAYUNG, KabarKita.com - " + WIRE,
        " ".join(words[:60]),
        " ".join(words[:50]) + "\nBaca juga: Banjir Lembayung Surut, Warga Bersih-bersih\n" + " ".join(words[50:]),
        WIRE.replace("mengatakan", "menyebut").replace("ujar", "tutur") + " Editor: Sari Puspita. Ikuti kami di Kanal.",
        WIRE.upper(),
        "Kabar gembira bagi warga kota. " + " ".join(words[14:]),
    ]
    with index.batch():
        found = [index.assign(f"c{n}", f"Judul ke-{n}", text, DAY) for n, text in enumerate(copies)]
    assert {story.story_id for story in found} == {"c0"}
    assert [story.is_first for story in found] == [True] + [False] * (len(copies) - 1)


def test_same_template_is_not_the_same_story(index: StoryIndex) -> None:
    weather = [
        _weather("Kota Lembayung", 24, 31, 12, "Senin"),
        _weather("Kota Seruni", 22, 29, 15, "Senin"),
        _weather("Kota Lembayung", 25, 33, 9, "Selasa"),
    ]
    cpns = [
        _cpns("Pemkab Arjuna", 250, "6 September"),
        _cpns("Pemkab Bima Sakti", 131, "6 September"),
        _cpns("Kementerian Angin", 78, "10 September"),
    ]
    rates = [_rates("Senin", 16_210, 16_330), _rates("Selasa", 16_190, 16_295), _rates("Rabu", 16_255, 16_371)]
    assert len(set(_stories(index, weather + cpns + rates))) == 9


def test_posts_join_only_when_nearly_identical(index: StoryIndex) -> None:
    post = "urus kk di kelurahan melati bolak balik tiga kali tetap ditolak padahal berkas lengkap tolong dibenahi"
    found = _stories(
        index,
        [
            post,
            post + " #viral",
            "RT @pengguna: " + post,
            post.replace("melati", "kenanga"),
            "urus kk di kelurahan melati cepat sekali, terima kasih pak lurah",
            "terima kasih pak",
            "terima kasih pak",
            "terima kasih bu",
        ],
    )
    assert found == ["d0", "d0", "d0", "d3", "d4", "d5", "d5", "d7"]


def test_answer_for_an_id_never_changes(index: StoryIndex) -> None:
    first = _stories(index, [WIRE, WIRE + " Tamat."])
    with index.batch():
        again = [index.assign(f"d{n}", "", "teks yang sama sekali lain dari semula", DAY).story_id for n in (1, 0)]
    assert again == first[::-1]
    assert len(index) == 2


def test_yearly_copy_is_another_story(index: StoryIndex) -> None:
    with index.batch():
        assert index.assign("a", "", WIRE, DAY).is_first
        assert not index.assign("b", "", WIRE, DAY + timedelta(days=13)).is_first
        assert index.assign("c", "", WIRE, DAY + timedelta(days=300)).is_first
        assert not index.assign("d", "", WIRE, DAY - timedelta(days=2)).is_first


def test_failed_batch_leaves_nothing(tmp_path: Path) -> None:
    index = StoryIndex(tmp_path / "s.sqlite")
    with pytest.raises(KeyboardInterrupt), index.batch():
        raise KeyboardInterrupt(index.assign("a", "", WIRE, DAY))
    assert len(index) == 0
    index.close()


def test_same_in_another_process_and_after_reopening(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    index = StoryIndex(path)
    before = _stories(index, [WIRE, _cpns("Pemkab Arjuna", 250, "6 September")])
    index.close()
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        after = pool.apply(_assign_elsewhere, (str(path),))
    assert after == [before[0], before[1], "d0"]


def _assign_elsewhere(path: str) -> list[str]:
    index = StoryIndex(path)
    with index.batch():
        return [index.assign(id_, "", text, DAY).story_id for id_, text in (("d0", ""), ("d1", ""), ("new", WIRE))]


def test_only_the_newest_texts_are_kept_for_comparison(tmp_path: Path) -> None:
    index = StoryIndex(tmp_path / "s.sqlite", capacity=10)
    rng = random.Random(1)
    for n in range(40):
        with index.batch():
            index.assign(f"x{n}", "", " ".join(f"kata{rng.randrange(500)}" for _ in range(80)), DAY)
    rows = index._db.execute("SELECT count(DISTINCT number) FROM anchors").fetchone()[0]
    kept = index._db.execute("SELECT count(*) FROM texts WHERE words IS NOT NULL").fetchone()[0]
    assert (rows, kept, len(index)) == (10, 10, 40)
    index.close()


def test_forget(tmp_path: Path) -> None:
    index = StoryIndex(tmp_path / "s.sqlite")
    _stories(index, [WIRE, "lain sekali dan tidak ada hubungannya dengan yang itu"])
    assert index.forget(["d0", "unknown"]) == 1
    assert index._db.execute("SELECT count(*) FROM anchors WHERE number = 1").fetchone()[0] == 0
    with index.batch():
        assert index.assign("new", "", WIRE, DAY).is_first
    index.close()


def test_file_that_is_no_index_is_refused(tmp_path: Path) -> None:
    (tmp_path / "s.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(ConfigError, match="no story index"):
        StoryIndex(tmp_path / "s.sqlite")


@pytest.mark.parametrize("text", ["", " ", "😀", "a", "1 2 3", "kata " * 100_000, "x" * 1_000_000])
def test_odd_texts(index: StoryIndex, text: str) -> None:
    found = _stories(index, [text, text])
    assert found in (["d0", "d0"], ["d0", "d1"])


def test_pairwise_f1_on_perturbed_news(shared: Path, index: StoryIndex) -> None:
    """Copies of real articles with another headline, cut end, inserted lines: pairwise F1 ≥ .95."""
    import gzip
    import json

    with gzip.open(shared / "data/asn_texts.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = [text for line in lines if len((text := json.loads(line)["text"]).split()) > 120]
    rng = random.Random(20)
    documents = []
    for number, text in enumerate(rng.sample(texts, 400)):
        documents.append((number, text))
        documents.extend((number, _perturbed(text, rng)) for _ in range(rng.choice([0, 1, 3])))
    rng.shuffle(documents)
    found = _stories(index, [text for _, text in documents])
    same = {pair for pair in combinations(range(len(documents)), 2) if documents[pair[0]][0] == documents[pair[1]][0]}
    joined = {pair for pair in combinations(range(len(documents)), 2) if found[pair[0]] == found[pair[1]]}
    f1 = 2 * len(same & joined) / (len(same) + len(joined))
    print(f"stories: pairwise F1 {f1:.3f} over {len(documents)} texts")
    assert f1 >= 0.95


def _perturbed(text: str, rng: random.Random) -> str:
    words = text.split(" ")
    words = words[rng.choice([0, 8]) : max(70, int(len(words) * rng.choice([1, 0.9, 0.7, 0.5])))]
    place = rng.randrange(10, len(words))
    line = rng.choice(
        ["", "\nBaca juga: Bupati Resmikan Pasar Baru\n", " ADVERTISEMENT SCROLL TO CONTINUE WITH CONTENT "]
    )
    head = rng.choice(["", "Judul Lain Untuk Kabar Ini ", "LEMBAYUNG, KABARKITA.ID - "])
    return (
        head + " ".join(words[:place]) + line + " ".join(words[place:]) + rng.choice(["", " (ant/red)", " Editor: S."])
    )
