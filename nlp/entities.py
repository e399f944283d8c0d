"""Offices and regions that a text names, from gazetteers; what stays ambiguous is left open.

*Regions*: "Kota Bogor" is ``32.71``, "Bupati Bogor" speaks of ``32.01``, "Bogor" alone of whichever of the two the
text names elsewhere, else only of the province both lie in. *Offices*: "Disdukcapil Kota Bogor" is
``disdukcapil@32.71``; without a region beside it, it is that of the only region in the text, else ``disdukcapil``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nlp.districts import regencies_of_districts
from nlp.gazetteer import LocalOffice, Match, Nothing, Office, Region, gazetteer, lower_same_length

#: Governments of a region: the id follows from the region's level.
_GOVERNMENT = {"kota": "pemkot", "kab": "pemkab", "prov": "pemprov"}
_GOVERNMENTS = frozenset({"pemkot", "pemkab", "pemprov", "pemda"})

#: What may stand between an office and its region: a short form in brackets, and words for regions.
_BETWEEN = re.compile(
    r"\s*(?:\([^()]{1,40}\)\s*)?"
    r"(?:(?:pemerintah|daerah|administrasi|khusus ibu ?kota|khusus|istimewa|wilayah|provinsi|propinsi|prov\.?|kota|"
    r"kabupaten|kab\.?|pemprov|pemkot|pemkab|pemda|metro|negeri|resor|kelas \w+|tipe \w+)\s+)*"
)
#: Named hospitals: "RSUD Dr. Soetomo Surabaya".
_NAMED = re.compile(r"\s+(?:(?:[A-Z][\w.'’]*|dr\.?|prof\.?)\s+){1,5}(?:(?:Kota|Kabupaten|Kab\.)\s+)?")
_LEVEL_BEFORE = re.compile(
    r"(?:^|\W)(kota administrasi|kota adm\.?|kotamadya|kota|kabupaten administrasi|kabupaten|kab\.?|"
    r"provinsi|propinsi|prov\.?)\s+$"
)
_LEVEL_AFTER = re.compile(r"\s+(kota|kabupaten)(?=\W|$)(?!\s+[a-z])", re.I)
_LOCATIVE = re.compile(
    r"(?:^|\W)(?:di|ke|dari|asal|warga|wilayah|masyarakat|daerah|kawasan|se|seluruh|pusat|luar|pulau|tanah|"
    r"utara|selatan|timur|barat|kecamatan [\w ]{3,20},|desa [\w ]{3,30},)[\s-]+$"
)
#: Words before a name that make it part of another one: firms, streets, papers, schools.
_NAME_BEFORE = re.compile(
    r"(?:^|\W)(?:pt|cv|bpd|bank(?: pembangunan daerah)?(?: [a-z]+ (?:[a-z]+ )?dan)?|jl\.?|jln\.?|jalan|jalan raya|"
    r"hotel|stadion|tribun|radar|harian|koran|detik|universitas|univ\.?|institut|institut teknologi|"
    r"institut pertanian|politeknik|uin|iain|universitas negeri|universitas islam negeri|kereta api|tol|pasar|plaza|"
    r"pesawat|kapal|km|kmp|klub|fc)\s+$"
)
#: Candidates hold no office yet: "calon gubernur dan wakil gubernur".
_CANDIDATE_BEFORE = re.compile(r"(?:^|\W)(?:calon|cagub|cabup|cawalkot|bacalon)(?: \w+){0,2} $")
_FOREIGN_AFTER = re.compile(
    r"\s+(?:malaysia|singapura|jepang|amerika(?: serikat)?|as|china|tiongkok|cina|rusia|inggris|israel|palestina|iran|"
    r"korea(?: selatan| utara)?|arab saudi|saudi|australia|filipina|thailand|india|jerman|prancis|perancis|ukraina|"
    r"turki|belanda|vietnam|myanmar|mesir|brasil|timor leste)(?=\W|$)"
)
#: Jakarta as the place where the news was written or said, not as its subject.
_DATELINE_AFTER = re.compile(
    r"\s*(?:,\s*[\w. ]{2,30})?\s*(?:\([^)]{1,25}\))?\s*(?:-{1,2}\s|[–—|]|:\s)|\s*,?\s*[\w]+\.(?:com|id|co|net)|"
    r"\s*,?\s*(?:pada |hari )*(?:senin|selasa|rabu|kamis|jum'?at|sabtu|minggu|ahad)(?=\W)|\s*\(\d{1,2}/\d{1,2}"
)
_LIST = re.compile(r"(?:, | dan | & |, dan |/)")
_DATELINE_BEFORE = re.compile(r"(?:\.com|\.co\.id|\.id|\.co|\.net|detikcom|antara)[\s,|-]*$")


@dataclass(frozen=True, slots=True)
class Entities:
    offices: tuple[str, ...] = ()  #: ids, in the order of the text
    regions: tuple[str, ...] = ()  #: Kemendagri codes, in the order of the text


@dataclass(slots=True)
class _Place:
    """One naming of a region, while it is being resolved."""

    match: Match
    name: str
    candidates: tuple[Region, ...]
    level: str = ""  #: what the words around it say: ``kota``, ``kab``, ``prov`` or nothing
    cued: bool = False  #: words around it say that it is a region
    code: str = ""  #: empty while open


def find_entities(text: str) -> Entities:
    """The offices and regions named in ``text`` (cleaned by ``nlp.text.clean``), each once."""
    lower = lower_same_length(text)
    matches = list(gazetteer().find(text, lower))
    by_district = regencies_of_districts(text, lower)
    if not matches:
        return Entities(regions=by_district)
    reader = _Reader(text, lower, matches)
    regions = reader.regions()
    added = _fitting(by_district, regions)
    offices = _unique(reader.offices(added))
    regions = [code for code in regions if code not in {more[:2] for more in added}] + added
    located = {office.split("@")[0] for office in offices if "@" in office}
    return Entities(offices=tuple(office for office in offices if office not in located), regions=_unique(regions))


def _fitting(districts: Sequence[str], regions: Sequence[str]) -> list[str]:
    """The regencies of districts, where the text names no regency itself and no other province.

    What a text says of its place beats what a name of a district makes of it.
    """
    if any(len(code) > 2 for code in regions):
        return []
    return [code for code in districts if not regions or code[:2] in regions]


class _Reader:
    """Resolves the matches of one text."""

    def __init__(self, text: str, lower: str, matches: Sequence[Match]) -> None:
        self.text, self.lower, self.matches = text, lower, matches
        self.mixed_case = not (text.islower() or text.isupper())
        self.places = {
            number: _Place(match, lower[match.start : match.end], regions)
            for number, match in enumerate(matches)
            if (regions := tuple(entry for entry in match.entries if isinstance(entry, Region)))
        }
        self.owners = self._owners()

    def regions(self) -> list[str]:
        """Codes of the places that are regions; resolves ``self.places`` on the way."""
        for number, place in self.places.items():
            self._read_level(number, place)
            if place.level in {"kab", "kota"} and all(region.level == "prov" for region in place.candidates):
                place.candidates = ()  # "Kabupaten Lampung …": the beginning of another name
            place.code = _choose(place.candidates, place.level)
        known: dict[str, set[str]] = {}
        for place in self.places.values():
            if place.cued and place.code:
                known.setdefault(place.name, set()).add(place.code)
        for place in self.places.values():
            if place.cued and place.code:
                continue
            if not place.cued and not self._stands_alone(place) and not self._listed(place):
                place.candidates, place.code = (), ""
            elif place.candidates and len(same := known.get(place.name, set())) == 1:
                place.code = next(iter(same))
        self._use_hint()
        return [code for place in self.places.values() if (code := place.code or _common(place.candidates))]

    def _use_hint(self) -> None:
        """ "Semarang hebat, walikotanya hebat": a government named alone decides between a city and its regency."""
        alone = {
            entry.level
            for number, match in enumerate(self.matches)
            if number not in self.owners
            for entry in match.entries
            if isinstance(entry, LocalOffice) and entry.level in {"kota", "kab"}
        }
        if len(alone) == 1:
            level = alone.pop()
            for place in self.places.values():
                if not place.code and all(region.level != "prov" for region in place.candidates):
                    place.code = _choose(place.candidates, level)

    def offices(self, added: Iterable[str] = ()) -> Iterable[str]:
        """Office ids; call after ``regions``. ``added``: further regencies, which take their provinces' place."""
        resolved = {place.code or _common(place.candidates) for place in self.places.values()} - {""}
        resolved = resolved - {code[:2] for code in added} | set(added)
        for number, match in enumerate(self.matches):
            for entry in match.entries:
                if isinstance(entry, Office):
                    if not _FOREIGN_AFTER.match(self.lower, match.end):
                        yield entry.id
                elif isinstance(entry, LocalOffice) and (id_ := self._local(number, entry, resolved)):
                    yield id_

    def _local(self, number: int, office: LocalOffice, resolved: set[str]) -> str:
        start = self.matches[number].start
        if office.official and _CANDIDATE_BEFORE.search(self.lower[max(0, start - 40) : start]):
            return ""
        owner = self.owners.get(number)
        place = self.places[owner] if owner is not None else None
        code = (place.code or _common(place.candidates, exact=True)) if place else self._only(office, resolved)
        if code:
            return f"{_GOVERNMENT[_level(code)] if office.id in _GOVERNMENTS else office.id}@{code}"
        return "" if office.official or office.id in _GOVERNMENTS else office.id

    @staticmethod
    def _only(office: LocalOffice, resolved: set[str]) -> str:
        """The region of an office named without one: the only one in the text that can have it."""
        if office.id == "pemda":  # "pemerintah daerah" mostly means any
            return ""
        if office.level == "prov":
            fitting = {code for code in resolved if len(code) == 2}
        elif office.level in {"-", "sub"}:
            fitting = {code for code in resolved if len(code) > 2} or (resolved if office.level == "-" else set())
        else:
            fitting = {code for code in resolved if len(code) > 2 and _level(code) == office.level}
        return next(iter(fitting)) if len(fitting) == 1 else ""

    def _owners(self) -> dict[int, int]:
        """Number of a local office's match → number of the region that follows it and names it."""
        found: dict[int, int] = {}
        for number, match in enumerate(self.matches[:-1]):
            local = next((entry for entry in match.entries if isinstance(entry, LocalOffice)), None)
            following = number + 1
            # "Dinas Kesehatan (Dinkes) Kota Bogor", "Satpol PP Pemkot Bogor": one office between is passed over
            for following in (number + 1, number + 2):
                if local is None or following >= len(self.matches):
                    break
                if following in self.places:
                    if self._adjoins(match, local, self.matches[following], passed=following > number + 1):
                        found[number] = following
                    break
                if any(isinstance(entry, Nothing) for entry in self.matches[following].entries):
                    break
        return found

    def _adjoins(self, match: Match, local: LocalOffice, region: Match, passed: bool) -> bool:
        if region.start - match.end > 60:
            return False
        if _BETWEEN.fullmatch(self.lower, match.end, region.start):
            return not self.lower[match.end : region.start].startswith((".", ","))
        if passed:
            return False
        return local.id == "rsud" and bool(_NAMED.fullmatch(self.text, match.end, region.start))

    def _read_level(self, number: int, place: _Place) -> None:
        start, end = place.match.start, place.match.end
        before = self.lower[max(0, start - 45) : start]
        if found := _LEVEL_BEFORE.search(before):
            word = found[1]
            place.level = "kota" if word.startswith("kota") else "kab" if word.startswith("kab") else "prov"
            place.cued = True
        owners = [
            entry
            for office, region in self.owners.items()
            if region == number
            for entry in self.matches[office].entries
            if isinstance(entry, LocalOffice)
        ]
        if owners:
            place.cued = True
            levels = {entry.level for entry in owners} - {"-"}
            levels = levels - {"sub"} or levels
            place.level = place.level or (levels.pop() if len(levels) == 1 else "")
        if place.level in {"", "sub"} and len(place.candidates) > 1 and (found := _LEVEL_AFTER.match(self.text, end)):
            place.level = "kota" if found[1].lower() == "kota" else "kab"

    def _stands_alone(self, place: _Place) -> bool:
        """Whether a name with no word for a region before it means the region."""
        start, end = place.match.start, place.match.end
        before = self.lower[max(0, start - 45) : start]
        if _NAME_BEFORE.search(before):
            return False
        if place.name == "jakarta" and (_DATELINE_AFTER.match(self.lower, end) or _DATELINE_BEFORE.search(before)):
            return False
        bare = max((region.bare for region in place.candidates), key="-cx".index)
        if bare == "-":
            return True
        if bare == "x":
            return False
        if _LOCATIVE.search(before):
            return True
        return self.mixed_case and self._inside_sentence(start)

    def _listed(self, place: _Place) -> bool:
        """Whether it follows another region in a list: "Palembang, Pekanbaru, Dumai"."""
        start = place.match.start
        return any(
            other.candidates and other.match.end < start and _LIST.fullmatch(self.text, other.match.end, start)
            for other in self.places.values()
        )

    def _inside_sentence(self, start: int) -> bool:
        """A capital where only names have one: after a word in lower case and a space."""
        previous = re.search(r"(\w+) $", self.text[max(0, start - 30) : start])
        return bool(previous) and self.text[start].isupper() and previous[1].islower()  # type: ignore[index]


def _choose(candidates: Sequence[Region], level: str) -> str:
    """The only candidate of ``level``; without a level, the only candidate; "" when that leaves it open."""
    if level:
        fitting = [
            region
            for region in candidates
            if level in {region.level, "sub"} and (level, region.level) != ("sub", "prov")
        ]
        if level not in {"prov", "sub"} and not fitting:  # "kota Garut": loosely said of a regency's town
            fitting = [region for region in candidates if region.level != "prov"]
    else:
        fitting = list(candidates)
    return fitting[0].code if len(fitting) == 1 else ""


def _common(candidates: Sequence[Region], exact: bool = False) -> str:
    """The province in which all candidates lie; "" when there is none.

    :param exact: only when the province itself is among them ("Jambi", "Yogyakarta").
    """
    provinces = {region.code[:2] for region in candidates}
    if len(provinces) != 1 or (exact and all(region.level != "prov" for region in candidates)):
        return ""
    return provinces.pop()


def _level(code: str) -> str:
    """Kemendagri numbers regencies from 01 and cities from 71."""
    return "prov" if len(code) == 2 else "kota" if code[3] >= "7" else "kab"


def _unique(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))
