"""The Daftar Data as a file: what each item says, and what is wrong with it. Imports no CKAN."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from ckanext.jambi import frequency
from ckanext.jambi.freshness.errors import FreshnessError
from ckanext.jambi.freshness.rules.items import ACCESS, CALENDARS, CLASSES

KEYS = frozenset(
    [
        "code",
        "organization",
        "title",
        "frequency",
        "class",
        "weight",
        "calendar",
        "access",
        "peristiwa",
        "valid_from",
        "anchor",
        "lag_days",
        "grace_days",
        "max_delay_seconds",
        "datasets",
    ]
)
NEEDED = ("code", "organization", "title", "frequency", "weight", "valid_from")
DEFAULTS: Mapping[str, Any] = {
    "class": "biasa",
    "calendar": "kerja",
    "access": "terbuka",
    "peristiwa": False,
    "anchor": None,
    "lag_days": None,
    "grace_days": None,
    "max_delay_seconds": None,
    "datasets": [],
}
DATASETS = frozenset(map(frozenset, (("name",), ("name", "resource_id"), ("name", "column", "value"))))
"""Which keys an entry of `datasets` has: a dataset whole, one resource, or the rows of one value."""
_NAME = re.compile(r"[a-z0-9_-]{2,100}")
Item = dict[str, Any]
Translate = Callable[[str], str]


class ItemError(FreshnessError):
    """An item cannot be taken; `problems` name the item and what is wrong with it."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def load(path: Path) -> list[Item]:
    """Return the items of a file, complete and checked.

    Raises:
        ItemError: naming every problem of the file.
    """
    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, yaml.YAMLError) as err:
        raise ItemError([f"{path} cannot be read: {err}"]) from err
    rows = read.get("items") if isinstance(read, Mapping) else None
    if not isinstance(rows, list):
        raise ItemError([f"{path} needs a list `items`."])
    problems = [text for row in rows for text in problems_of(row)] + _repeated(rows)
    if problems:
        raise ItemError(problems)
    return [complete(row) for row in rows]


def complete(row: Mapping[str, Any]) -> Item:
    """Return an item with everything that it leaves unsaid, as plain JSON values.

    Of data that is not open the log, which everyone may read, gets the code alone (F24).
    """
    said = {**DEFAULTS, **row, "frequency": _spelled(row["frequency"])}
    for name in ("valid_from", "anchor"):
        said[name] = said[name].isoformat() if isinstance(said[name], date) else said[name] or None
    said["datasets"] = [{"name": each} if isinstance(each, str) else dict(each) for each in said["datasets"]]
    if said["access"] != "terbuka":
        said["title"] = said["code"]
    return {name: said[name] for name in sorted(KEYS)}


def problems_of(row: object, _: Translate = str) -> list[str]:
    """Return what is wrong with an item, each sentence beginning with its code; `_` translates a message."""
    if not isinstance(row, Mapping):
        return [_("{value} is no item.").format(value=repr(row))]
    name = row.get("code") or row.get("title") or _("An item without code")
    missing = [_("`{key}` is missing.").format(key=key) for key in NEEDED if row.get(key) in (None, "")]
    unknown = [_("Nobody knows `{key}`.").format(key=key) for key in row if key not in KEYS]
    judges = (_of_texts, _of_values, _of_numbers, _of_days, _of_datasets)
    wrong = [*missing, *unknown] or [text for judge in judges for text in judge(row, _)]
    return [f"{name}: {text}" for text in wrong]


def _spelled(promised: str | int) -> str:
    """Return a frequency as a text that means the same wherever it is read; a count of days is none."""
    if isinstance(promised, str):
        return promised
    read = frequency.parse(promised)
    return read.iso8601 if read.code == frequency.UNKNOWN_CODE and read.iso8601 else read.code


def _of_texts(row: Mapping[str, Any], _: Translate) -> list[str]:
    said = _("`{key}` must be a text that can be printed, not {value}.")
    texts = [(key, row[key]) for key in ("code", "organization", "title")]
    return [
        said.format(key=key, value=repr(value))
        for key, value in texts
        if not isinstance(value, str) or not value.isprintable()
    ]


def _of_values(row: Mapping[str, Any], _: Translate) -> list[str]:
    said = _("`{key}` must be one of {known}, not {value}.")
    found = [
        said.format(key=key, known=", ".join(known), value=repr(row[key]))
        for key, known in (("class", CLASSES), ("calendar", CALENDARS), ("access", ACCESS))
        if row.get(key) is not None and row[key] not in known
    ]
    if not isinstance(row.get("peristiwa", False), bool):
        found.append(
            _("`peristiwa` must be true or false, not {value}.").format(value=repr(row["peristiwa"]))
        )
    if not _is_frequency(row["frequency"]):
        said = _(
            "`frequency` {value} is no frequency: give a code such as bulanan, or a duration such as P2M."
        )
        found.append(said.format(value=repr(row["frequency"])))
    return found


def _is_frequency(value: object) -> bool:
    try:
        return type(value) in (str, int) and bool(frequency.parse(value))  # type: ignore[arg-type]
    except frequency.FrequencyError:
        return False


def _of_numbers(row: Mapping[str, Any], _: Translate) -> list[str]:
    weight, of_class = row["weight"], row.get("class", "biasa")
    found = []
    if type(weight) is not int or weight not in (1, 2, 3):
        found.append(_("`weight` must be 1, 2 or 3, not {value}.").format(value=repr(weight)))
    elif (weight == 3) != (of_class != "biasa"):
        found.append(_("`weight` 3 is for `class` prioritas and spm, and for these alone."))
    for key in ("lag_days", "grace_days"):
        if row.get(key) is not None and (type(row[key]) is not int or not 0 <= row[key] <= 180):
            found.append(_("`{key}` must be a number of working days from 0 to 180.").format(key=key))
    delay = row.get("max_delay_seconds")
    if delay is not None and (type(delay) is not int or not 60 <= delay <= 86_400):
        found.append(_("`max_delay_seconds` must lie between a minute and a day."))
    return found


def _of_days(row: Mapping[str, Any], _: Translate) -> list[str]:
    found = []
    for key in ("valid_from", "anchor"):
        if row.get(key) is not None and _day(row[key]) is None:
            found.append(_("`{key}` must be a day, such as 2026-01-01.").format(key=key))
    anchor = _day(row.get("anchor"))
    if anchor and anchor.day != 1:
        found.append(_("`anchor` must be the first day of a month."))
    return found


def _of_datasets(row: Mapping[str, Any], _: Translate) -> list[str]:
    found = row.get("datasets") or []
    if not isinstance(found, list):
        return [_("`datasets` must be a list.")]
    said = _(
        "`datasets`: {value} must be the name of a dataset, or have `name` and either `resource_id`, or "
        "`column` and `value`."
    )
    return [said.format(value=repr(each)) for each in found if not _is_dataset(each)]


def _is_dataset(each: object) -> bool:
    said = {"name": each} if isinstance(each, str) else each
    if not isinstance(said, Mapping) or not all(isinstance(value, str) and value for value in said.values()):
        return False
    return frozenset(said) in DATASETS and bool(_NAME.fullmatch(said["name"]))


def _day(value: object) -> date | None:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def _repeated(rows: Sequence[object]) -> list[str]:
    codes = [row.get("code") for row in rows if isinstance(row, Mapping)]
    return [
        f"{code}: stands in the file more than once."
        for code in sorted({c for c in codes if codes.count(c) > 1 and c})
    ]
