"""BPS as its WebAPI answers: lists in pages, tables keyed by joined ids, the key in the path."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ..city import City
from ..datasets.people import AGES
from ..places import DISTRICTS
from .system import Asked, Reply, System, as_json, part_of, source_named

DOMAIN = "1571"
POPULATION = 31
PER_PAGE = 10
_BPS_CODE = {district.code: district.bps for district in DISTRICTS}


def variables() -> list[dict[str, Any]]:
    """Return the variables: the population, and that of each age group."""
    titles = ["Jumlah Penduduk", *(f"Jumlah Penduduk Umur {age}" for age in AGES)]
    return [
        {
            "var_id": POPULATION + number,
            "title": title,
            "sub_name": "Kependudukan",
            "unit": "Jiwa",
            "def": "Data peraga",
        }
        for number, title in enumerate(titles)
    ]


def population(city: City, variable: int) -> Counter[tuple[int, str]]:
    """Return the population of each (year, BPS code of a kecamatan), of the last half-year of the year."""
    rows = city.rows(source_named(city, "penduduk-kelurahan-umur-kelamin"))
    last = {str(row[0])[:4]: str(row[0]) for row in rows}
    age = None if variable == POPULATION else AGES[variable - POPULATION - 1]
    found: Counter[tuple[int, str]] = Counter()
    for row in rows:
        year = str(row[0])[:4]
        if row[0] == last[year] and age in (None, row[6]):
            found[int(year), _BPS_CODE[row[1]]] += row[-1]
    return found


def answer(city: City, asked: Asked) -> Reply | None:
    """Answer a list or a table; every failure has status 200, as at BPS."""
    steps = asked.path.strip("/").split("/")
    if steps[0] != "list" or len(steps) % 2 == 0:
        return None
    said = dict(zip(steps[1::2], steps[2::2], strict=True))
    if not said.get("key"):
        return as_json({"status": "Error", "message": "API Key is required"})
    if said.get("domain") != DOMAIN:
        return as_json({"status": "OK", "data-availability": "list-not-available", "data": ""})
    if said.get("model") == "var":
        return as_json(_page(variables(), int(said.get("page", "1"))))
    known = {str(one["var_id"]): one for one in variables()}
    if said.get("model") == "data" and said.get("var") in known:
        return as_json(_table(city, known[said["var"]]))
    return as_json({"status": "OK", "data-availability": "not-available", "data": ""})


def _page(items: list[dict[str, Any]], page: int) -> dict[str, Any]:
    part = part_of(items, (page - 1) * PER_PAGE, PER_PAGE)
    pages = -(-len(items) // PER_PAGE)
    head = {"page": page, "pages": pages, "per_page": PER_PAGE, "count": len(part), "total": len(items)}
    return {"status": "OK", "data-availability": "available", "data": [head, part]}


def _table(city: City, variable: dict[str, Any]) -> dict[str, Any]:
    found = population(city, variable["var_id"])
    years = sorted({year for year, _ in found})
    return {
        "status": "OK",
        "data-availability": "available",
        "var": [{"val": variable["var_id"], "label": variable["title"], "unit": "Jiwa", "decimal": 0}],
        "turvar": [{"val": 0, "label": "Tidak ada"}],
        "labelvervar": "Kecamatan",
        "vervar": [{"val": int(one.bps), "label": f"<b>{one.name}</b>"} for one in DISTRICTS],
        "tahun": [{"val": year - 1900, "label": str(year)} for year in years],
        "turtahun": [{"val": 0, "label": "Tahun"}],
        "datacontent": {
            f"{int(code)}{variable['var_id']}0{year - 1900}0": count for (year, code), count in found.items()
        },
    }


SYSTEM = System(
    prefix="/bps/v1/api/",
    title="WebAPI BPS: daftar variabel dan jumlah penduduk menurut kecamatan (kunci apa pun diterima)",
    kind="bps_webapi",
    start=f"list/model/var/domain/{DOMAIN}/key/peraga/",
    answer=answer,
)
