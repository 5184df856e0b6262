"""Made-up documents and queries that meet: seeded, so that a failure can be seen again."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

WORDS = [
    "air",
    "bersih",
    "penduduk",
    "kependudukan",
    "rumah",
    "perumahan",
    "sekolah",
    "pdam",
    "minum",
    "kecamatan",
    "kota",
    "jambi",
    "data",
    "jumlah",
    "menurut",
    "sungai",
    "pasar",
    "harga",
    "beras",
    "puskesmas",
    "kesehatan",
    "tahun",
    "laporan",
    "jalan",
    "wi-fi",
    "PM10",
    "Jum'at",
    "peta",
    "layanan",
    "pelayanan",
]
TAGS = ("air bersih", "Kesehatan", "pasar", "peta", "country-sweden", "data.terbuka")
ORGS = ("dinas-a", "dinas-b", "dinas-kesehatan")
FORMATS = ("CSV", "XLSX", "csv", "")
LABELS = ("public", "member-1", "member-2", "creator-9")
START = datetime(2024, 1, 1, tzinfo=UTC)
FACETS = (
    "organization",
    "tags",
    "groups",
    "res_format",
    "license_id",
    "dataset_type",
    "kode",
    "state",
    "nowhere",
)


def text(rng: random.Random, least: int, most: int) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(least, most)))


def maybe(rng: random.Random, value: Any, chance: float = 0.7) -> Any:
    return value if rng.random() < chance else None


def document(rng: random.Random, number: int) -> dict[str, Any]:
    """Return a document as CKAN would send it, with fields missing here and there."""
    title = text(rng, 1, 5)
    private = rng.random() < 0.2
    tahun = str(rng.randint(2018, 2026))
    made = {
        "index_id": f"ix{number}",
        "id": f"id{number}",
        "name": f"{rng.choice(ORGS)}-{number}",
        "title": title,
        "title_string": title,
        "site_id": "test.ckan.net",
        "entity_type": "package",
        "dataset_type": rng.choice(("dataset", "dataset", "harvest")),
        "state": rng.choice(("active", "active", "active", "draft", "deleted")),
        "capacity": "private" if private else "public",
        "permission_labels": [rng.choice(LABELS[1:])] if private else ["public"],
        "notes": maybe(rng, text(rng, 3, 25)),
        "author": maybe(rng, text(rng, 1, 2), 0.3),
        "tags": rng.sample(TAGS, rng.randint(0, 3)),
        "groups": rng.sample(("sosial", "ekonomi", "air"), rng.randint(0, 2)),
        "organization": maybe(rng, rng.choice(ORGS), 0.9),
        "owner_org": maybe(rng, rng.choice(("o1", "o2"))),
        "license_id": maybe(rng, rng.choice(("cc-by", "cc0"))),
        "res_format": [rng.choice(FORMATS) for _ in range(rng.randint(0, 4))],
        "res_name": [text(rng, 1, 3) for _ in range(rng.randint(0, 2))],
        "metadata_created": _written(START + timedelta(days=rng.randint(0, 900))),
        "metadata_modified": _written(
            START + timedelta(hours=rng.randint(0, 20_000), milliseconds=rng.randint(0, 999))
        ),
        "extras_tahun": tahun,
        "tahun": tahun,
        "kode": maybe(rng, rng.choice(("1571", "15.71.01", "1572", "Z")), 0.8),
        "views_total": maybe(rng, rng.randint(-3, 40)),
        "vocab_wilayah": maybe(rng, [rng.choice(("utara", "selatan"))], 0.4),
        "data_dict": "{}",
    }
    if rng.random() < 0.5:
        made["issued_date"] = _written(START + timedelta(days=rng.randint(0, 700)))
    return made


def _written(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def leaf(rng: random.Random) -> str:
    """Return one clause of Lucene's syntax."""
    word = rng.choice(WORDS)
    return rng.choice(
        (
            word,
            word,
            f'"{rng.choice(WORDS)} {word}"',
            f'"{rng.choice(WORDS)} {word}"~{rng.randint(1, 3)}',
            f"title:{word}",
            f"notes:{word}",
            f'title:"{rng.choice(WORDS)} {word}"',
            f"author:{word}",
            f"res_name:{word[:3]}*",
            f"{word[:3]}*",
            f"*{word[-3:]}",
            f"{word[0]}?{word[2:]}",
            f"{word[:-1]}~1",
            f"title:{word[:2]}*",
            f'tags:"{rng.choice(TAGS)}"',
            f"tags:{rng.choice(('pasar', 'country-sweden', 'kesehatan', 'p*', '*'))}",
            f"organization:{rng.choice(ORGS)}",
            f"organization:({rng.choice(ORGS)} OR {rng.choice(ORGS)})",
            f"groups:{rng.choice(('sosial', 'air', 'nowhere'))}",
            f"name:{rng.choice(ORGS)}-*",
            f"name:[{rng.choice('abcd')} TO {rng.choice('efz')}]",
            f"name:dinas-a-{rng.randint(0, 120)}",
            f"id:id{rng.randint(0, 120)}",
            f"kode:{rng.choice(('1571', '15.71.01', '15*', '*'))}",
            f"kode:[15 TO {rng.choice(('1571', '16', '*'))}}}",
            f"extras_tahun:[2020 TO {rng.randint(2020, 2026)}]",
            f"tahun:{rng.randint(2018, 2026)}",
            f"views_total:[{rng.randint(-3, 5)} TO {rng.choice((10, 30, '*'))}]",
            f"metadata_modified:[{rng.choice(('2024', '2025-03', 'NOW-700DAYS', '2024-06-01T00:00:00Z'))} TO *]",
            f"issued_date:{{* TO {rng.choice(('2024-09', '2025', 'NOW/YEAR'))}]",
            f"res_format:{rng.choice(('CSV', 'csv', 'XLSX'))}",
            f"vocab_wilayah:{rng.choice(('utara', 'selatan', '*'))}",
            f'title_ngram:"{word[1:4]}"',
            f"dataset_type:{rng.choice(('dataset', 'harvest'))}",
            f"owner_org:{rng.choice(('o1', 'o3', '*'))}",
            "*:*",
        )
    )


def lucene(rng: random.Random, depth: int = 0) -> str:
    """Return a query in Lucene's syntax; it always has a colon, as CKAN decides by that."""
    parts = []
    for n in range(rng.randint(1, 3)):
        if n:
            parts.append(rng.choice((" ", " ", " AND ", " OR ", " OR ")))
        clause = f"({lucene(rng, depth + 1)})" if depth < 2 and rng.random() < 0.2 else leaf(rng)
        clause += rng.choice(("", "", "", "^3")) if "*" not in clause[-1:] else ""
        parts.append(rng.choice(("", "", "", "", "+", "-", "NOT ")) + clause)
    return "".join(parts)


def free_words(rng: random.Random) -> str:
    """Return what somebody types into a search box."""
    words = [rng.choice(("", "", "", "", "+", "-")) + rng.choice(WORDS) for _ in range(rng.randint(1, 8))]
    if rng.random() < 0.3:
        words.append(f'"{rng.choice(WORDS)} {rng.choice(WORDS)}"')
    return " ".join(words)


def request(rng: random.Random) -> dict[str, Any]:
    """Return the parameters of a search as CKAN's own query builder sends them."""
    made: dict[str, Any] = {
        "df": "text",
        "q.op": "AND",
        "fl": "id",
        "wt": "json",
        "rows": rng.choice((0, 5, 21, 100)),
    }
    kind = rng.random()
    if kind < 0.2:
        made["q"] = "*:*"
    elif kind < 0.55:
        made |= {"q": free_words(rng), "defType": "dismax", "mm": "2<-1 5<80%", "tie": "0.1"}
        made["qf"] = "name^4 title^4 tags^2 groups^2 text"
    else:
        made["q"] = lucene(rng)
    if made["q"] != "*:*" and "defType" not in made and ":" not in made["q"]:
        made["q"] = f"{made['q']} (*:*)"
    made["fq"] = ['+site_id:"test.ckan.net"', "+state:active", *_filters(rng)]
    made["sort"] = rng.choice(
        (
            *(None, "score desc, metadata_modified desc", "metadata_modified desc", "title_string asc"),
            *(
                "name desc",
                "views_total desc, name asc",
                "view_recent desc",
                "issued_date asc",
                "kode asc, score desc",
            ),
        )
    )
    made |= {"facet": rng.choice(("true", "true", "false")), "facet.limit": rng.choice((50, 2, -1, 0))}
    made |= {"facet.mincount": rng.choice((1, 1, 2)), "start": rng.choice((0, 0, 3))}
    made["facet.field"] = rng.sample(FACETS, rng.randint(1, 5))
    return made


def _filters(rng: random.Random) -> list[str]:
    filters = []
    if rng.random() < 0.6:
        labels = rng.sample(LABELS, rng.randint(1, 3))
        filters.append("+permission_labels:(" + " OR ".join(f'"{label}"' for label in labels) + ")")
    if rng.random() < 0.5:
        filters.append("+capacity:public")
    if rng.random() < 0.3:
        filters.append(f'organization:"{rng.choice(ORGS)}" -dataset_type:harvest')
    if rng.random() < 0.2:
        filters.append(
            rng.choice(('+tags:"air bersih"', "-organization:*", "metadata_modified:[2025 TO NOW]", ""))
        )
    return filters
