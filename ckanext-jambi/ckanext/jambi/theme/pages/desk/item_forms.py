"""The forms by which walidata keeps the Daftar Data: take in, change, review, retire an item (F10, F25)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi.freshness.rules.items import ACCESS, CALENDARS, CLASSES
from ckanext.jambi.theme.pages import words
from ckanext.jambi.theme.pages.desk.fields import Field, Form, Typed, organization_choices, reason_field

_NUMBERS = ("weight", "lag_days", "grace_days", "max_delay_seconds")
LIST = "jambi_desk.daftar"


def _item(name: str) -> Form:
    new = name == "item-new"
    lede = tk._("It counts from its first full period after today; a change holds from the next one.")
    verb = "create" if new else "update"
    title = tk._("Take an item into the Daftar Data") if new else tk._("Change an item")
    hidden = () if new else ("code", "organization", "anchor", "max_delay_seconds", "peristiwa")
    fields = _fields(new=new)
    action = f"jambi_freshness_item_{verb}"
    return Form(name, action, title, lede, tk._("Save"), fields, hidden, _as_item, LIST)


def _fields(*, new: bool) -> tuple[Field, ...]:
    first = (
        Field("code", tk._("Code of the item"), tk._("Such as DD-07; it never changes.")),
        Field("organization", tk._("OPD"), "", "choice", organization_choices()),
    )
    working = tk._("Working days; the policy's where it is empty.")
    datasets = tk._(
        "One name a line, or with commas between: name, id of a resource; name, column, value of its rows."
    )
    return (
        *(first if new else ()),
        Field("title", tk._("Title")),
        Field("frequency", tk._("Frequency"), tk._("A code such as bulanan, or a duration such as P2M.")),
        Field("class", tk._("Class"), "", "choice", tuple((each, words.readable(each)) for each in CLASSES)),
        Field("weight", tk._("Weight"), tk._("1 or 2; 3 for prioritas and spm alone."), value="1"),
        Field("calendar", tk._("Calendar"), "", "choice", _readable(CALENDARS)),
        Field("lag_days", tk._("Days until it is due"), working, required=False),
        Field("grace_days", tk._("Days of grace"), working, required=False),
        Field("access", tk._("Access"), "", "choice", _readable(ACCESS)),
        Field("valid_from", tk._("Valid from"), "", "day"),
        Field("datasets", tk._("Datasets that stand for it"), datasets, "area", required=False),
        reason_field(tk._("For the audit ledger, such as the number of a decree.")),
    )


def _readable(codes: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((each, words.readable(each)) for each in codes)


def _as_item(typed: Typed) -> dict[str, Any]:
    """Return an item as its action takes it: numbers as numbers, datasets as a list."""
    row: dict[str, Any] = {name: value for name, value in typed.items() if name != "reason"}
    for name in _NUMBERS:
        if str(row.get(name, "")).isdecimal():
            row[name] = int(row[name])
    row["peristiwa"] = row.get("peristiwa") == "True"
    row["datasets"] = [_dataset(line) for line in typed.get("datasets", "").splitlines() if line.strip()]
    return {"item": row, "reason": typed.get("reason", "")}


_ENTRIES = {1: ("name",), 2: ("name", "resource_id"), 3: ("name", "column", "value")}
"""What the parts of a line are, by how many there are."""


def _dataset(line: str) -> str | dict[str, str]:
    parts = [part.strip() for part in line.split(",", 2)]
    keys = _ENTRIES[len(parts)]
    return dict(zip(keys, parts, strict=True)) if len(parts) > 1 else parts[0]


def typed_of_item(said: Mapping[str, Any]) -> dict[str, str]:
    """Return an item as its form shows it."""
    lines = [
        ", ".join(str(each[key]) for keys in _ENTRIES.values() if len(keys) == len(each) for key in keys)
        for each in said["datasets"]
    ]
    plain = {name: "" if value is None else str(value) for name, value in said.items()}
    return plain | {"datasets": "\n".join(lines)}


def _review(name: str) -> Form:
    lede = tk._(
        "An archive (once, never renewed) may stay one if walidata looked at it within a year. Without that, "
        "and beyond the fifth of an OPD's weight that may be so, it is owed each year."
    )
    why = reason_field(tk._("What you looked at and why it may stay, for the audit ledger."))
    title, button = tk._("Review an archive"), tk._("It may stay an archive")
    return Form(name, "jambi_freshness_item_review", title, lede, button, (why,), ("code",))


def _retire(name: str) -> Form:
    lede = tk._("Periods that end before that day are owed all the same.")
    why = reason_field(tk._("For the audit ledger, such as the number of a decree."))
    fields = (Field("last_day", tk._("No longer owed from"), tk._("Today or later."), "day"), why)
    title, button = tk._("Retire an item"), tk._("Retire it")
    return Form(name, "jambi_freshness_item_retire", title, lede, button, fields, ("code",), back=LIST)


FORMS: Mapping[str, Callable[[str], Form]] = {
    "item-new": _item,
    "item-change": _item,
    "review": _review,
    "retire": _retire,
}
