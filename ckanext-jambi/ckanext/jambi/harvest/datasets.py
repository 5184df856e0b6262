"""Turn a screened record into the dict that CKAN's actions take: pure (harvesting.md 3, metadata.md 2, 3).

Ids derive from (source, guid), so that a second dataset for a record is impossible (HV22) and a run
that is resumed after a kill meets its own work again.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from jambi_harvesters.canonical import METHOD
from jambi_harvesters.definition import Definition

TABLE_RESOURCE = "utama"
# ckanext-harvest adds these to what it shows; writing them back would store them.
SHOWN_EXTRAS = frozenset({"harvest_object_id", "harvest_source_id", "harvest_source_title"})
COLUMN_TYPES = {
    "text": "teks",
    "integer": "bilangan",
    "decimal": "desimal",
    "boolean": "ya_tidak",
    "date": "tanggal",
    "timestamp": "waktu",
    "geometry": "geometri",
    "area": "kode",
    "organization": "kode",
}


def package_id(source_id: str, guid: str) -> str:
    """Return the id of the dataset of a record; `guid` in the form that is compared."""
    return str(uuid.uuid5(uuid.UUID(source_id), guid))


def dataset_of(source_id: str, item: Any) -> str:
    """Return the id of the dataset of an incoming record; one that was renamed keeps the dataset it had."""
    return item.package_id or package_id(source_id, item.guid)


def resource_id(dataset_id: str) -> str:
    """Return the id of a dataset's table."""
    return str(uuid.uuid5(uuid.UUID(dataset_id), TABLE_RESOURCE))


def name_of(fields: Mapping[str, Any], source_name: str, dataset_id: str) -> str:
    """Return the name that a new dataset asks for: its own, or one of its source and id."""
    return str(fields.get("name") or f"{source_name}-{dataset_id[:8]}")


def resource_ids(content: Mapping[str, Any], dataset_id: str) -> list[str]:
    """Return the ids of the resources that a record describes."""
    if content.get("table"):
        return [resource_id(dataset_id)]
    links = content["fields"].get("resources") or ()
    return [link_id(dataset_id, at, link["url"]) for at, link in enumerate(links)]


def load_id(run_id: str, guid: str) -> uuid.UUID:
    """Return the id under which a run loads the rows of a record."""
    return uuid.uuid5(uuid.UUID(run_id), guid)


def dataset_dict(
    definition: Definition, content: Mapping[str, Any], dataset_id: str, site_url: str
) -> dict[str, Any]:
    """Return the dataset that a record describes, with its resources; who owns it is not said here."""
    fields = dict(content["fields"])
    tags = fields.pop("tags", None)
    links = fields.pop("resources", [])
    dataset = {**fields, "id": dataset_id, "type": "dataset"}
    if tags:
        dataset["tags"] = [{"name": tag} for tag in dict.fromkeys(tags)]
    table = content.get("table")
    if table:
        first, last = table["period"]
        dataset.update({"periode_mulai": first, "periode_akhir": last} if last else {})
        dataset["resources"] = [table_resource(definition, table, dataset, site_url)]
    else:
        dataset["resources"] = [
            {**link, "id": link_id(dataset_id, at, link["url"]), "asal": "panen"}
            for at, link in enumerate(links)
        ]
    return dataset


def link_id(dataset_id: str, at: int, url: str) -> str:
    """Return the id of a linked resource: stable while its address and place are."""
    return str(uuid.uuid5(uuid.UUID(dataset_id), f"{at}:{url}"))


def table_resource(
    definition: Definition, table: Mapping[str, Any], dataset: Mapping[str, Any], site_url: str
) -> dict[str, Any]:
    """Return the resource that shows a DataStore table."""
    own_id = resource_id(dataset["id"])
    names = [column["name"] for column in table["columns"]]
    keys = [name for name in definition.dataset.key_columns if name in names]
    stated = {
        "kolom_periode": definition.dataset.period_column,
        "kolom_wilayah": definition.dataset.area_column,
        "kolom_kunci": keys or None,
        "tanggal_data": table["period"][1] or dataset.get("periode_akhir"),
    }
    return {
        "id": own_id,
        "name": dataset["title"],
        "url": f"{site_url}/datastore/dump/{own_id}",
        "url_type": "datastore",
        "format": "CSV",
        "mimetype": "text/csv",
        "jenis_berkas": TABLE_RESOURCE,
        "asal": "panen",
        "datastore_active": True,
        "hash": table["hash"],
        "hash_metode": METHOD,
        "jumlah_baris": table["rows"],
        "kamus_data": [dictionary_row(column) for column in table["columns"]],
        **{name: value for name, value in stated.items() if value},
    }


def dictionary_row(column: Mapping[str, Any]) -> dict[str, Any]:
    """Return one row of the data dictionary; what the definition leaves out is left out."""
    label = column["label"] or column["name"].replace("_", " ").capitalize()
    row = {
        "nama": column["name"],
        "tipe": "kode"
        if column["reference_code"] and column["type"] == "text"
        else COLUMN_TYPES[column["type"]],
        "label": label,
        "konsep": column["concept"],
        "definisi": column["definition"],
        "satuan": column["unit"],
        "kode_referensi": column["reference_code"],
        "akses_publik": "true",
    }
    return {name: value for name, value in row.items() if value is not None}


def extended(wanted: dict[str, Any], present: Mapping[str, Any], rows: int) -> None:
    """Let a dataset whose table was added to cover both what was there and what came.

    Args:
        rows: number of rows of the table now.
    """
    table = wanted["resources"][0]
    own: Mapping[str, Any] = next((one for one in present["resources"] if one["id"] == table["id"]), {})
    _widen(wanted, present, "periode_mulai", min)
    _widen(wanted, present, "periode_akhir", max)
    _widen(table, own, "tanggal_data", max)
    table["jumlah_baris"] = rows


def _widen(
    wanted: dict[str, Any], present: Mapping[str, Any], name: str, wider: Callable[[str, str], str]
) -> None:
    if wanted.get(name) and present.get(name):
        wanted[name] = wider(wanted[name], present[name])


def merged(present: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return a dataset as it is with what the source states put over it.

    Resources of the source replace those of the same id, or those that came from a harvest before;
    what stewards added stays.
    """
    ids = {one.get("id") for one in wanted["resources"]}
    kept = [
        one for one in present.get("resources", []) if one["id"] not in ids and one.get("asal") != "panen"
    ]
    known = {one["id"]: one for one in present.get("resources", [])}
    resources = [{**known.get(one.get("id"), {}), **one} for one in wanted["resources"]]
    extras = [one for one in present.get("extras", []) if one["key"] not in SHOWN_EXTRAS]
    return {**present, "extras": extras, **wanted, "resources": resources + kept}
