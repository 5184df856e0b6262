"""The forms of the desk: data, one entry a form; the actions say who may and what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi.freshness import wording
from ckanext.jambi.freshness.decisions.exemptions import Ground
from ckanext.jambi.freshness.decisions.faults import Cause
from ckanext.jambi.freshness.rules.cases import Ruling
from ckanext.jambi.freshness.rules.items import ACCESS, CALENDARS, CLASSES
from ckanext.jambi.theme.pages import organization as organizations
from ckanext.jambi.theme.pages import words

Typed = Mapping[str, str]
WIB = "+07:00"
_NUMBERS = ("weight", "lag_days", "grace_days", "max_delay_seconds")


@dataclass(frozen=True)
class Field:
    """One thing to type or to choose; `kind` is `text`, `area`, `day`, `instant` or `choice`."""

    name: str
    label: str
    help: str = ""
    kind: str = "text"
    choices: tuple[tuple[str, str], ...] = ()
    required: bool = True
    value: str = ""


@dataclass(frozen=True)
class Form:
    """A form: what it is called, which action takes it, and what comes along unseen (`hidden`)."""

    name: str
    action: str
    title: str
    lede: str
    button: str
    fields: tuple[Field, ...]
    hidden: tuple[str, ...] = ()
    made_of: Callable[[Typed], dict[str, Any]] = dict

    def arguments(self, typed: Typed) -> dict[str, Any]:
        """Return what the action takes; what was left empty is left out."""
        return self.made_of({name: value for name, value in typed.items() if value})


def of(name: str) -> Form | None:
    """Return the form of a name, in the language of the page."""
    maker = _FORMS.get(name)
    return maker(name) if maker else None


def _why(text: str = "") -> Field:
    help_ = text or tk._("Without names and numbers of persons; the OPD in question and walidata read it.")
    return Field("reason", tk._("Why"), help_, "area")


def _law(*, required: bool = True) -> Field:
    help_ = tk._('Its number, such as "Surat 5/2026"; it is public.')
    return Field("legal_basis", tk._("Law or letter"), help_, required=required)


def _letter() -> Field:
    return Field("document_url", tk._("Address of the letter"), tk._("May be left out."), required=False)


def _days(*, required: bool) -> tuple[Field, ...]:
    first, last = tk._("First day"), tk._("Last day")
    only = "" if required else tk._("Only where it is granted in part.")
    return (Field("from", first, only, "day", (), required), Field("to", last, only, "day", (), required))


def _outcome(*known: Ruling) -> Field:
    told = {
        Ruling.ACCEPTED: tk._("granted"),
        Ruling.PARTLY: tk._("granted in part"),
        Ruling.REFUSED: tk._("refused"),
    }
    choices = tuple((each.value, told[each]) for each in known)
    return Field("outcome", tk._("Outcome"), "", "choice", choices)


def _object(name: str) -> Form:
    lede = tk._("Others than your OPD decide it. What was late stays marked as disputed until then.")
    fields = (_why(), _law(required=False), _letter())
    hidden = ("code", "dataset", "period")
    title, button = tk._("Objection"), tk._("File the objection")
    return Form(name, "jambi_freshness_appeal_create", title, lede, button, fields, hidden)


def _state(name: str) -> Form:
    lede = tk._("Somebody else of your OPD approves it.")
    kinds = (
        ("", tk._("nothing has changed in this period")),
        ("true", tk._("nothing happened in this period")),
    )
    fields = (
        Field("nil", tk._("What you state"), "", "choice", kinds, required=False),
        Field("statement", tk._("In your words"), tk._("Without names and numbers of persons."), "area"),
    )
    hidden = ("code", "dataset", "period")
    title, button = tk._("Statement about a period"), tk._("Send the statement")
    return Form(name, "jambi_freshness_attestation_create", title, lede, button, fields, hidden)


def _decide(*known: Ruling, days: bool) -> Callable[[str], Form]:
    def make(name: str) -> Form:
        titles = {
            "appeal": tk._("Decide an appeal"),
            "exemption": tk._("Decide an exemption"),
            "attestation": tk._("Approve a statement"),
        }
        span = _days(required=False) if days else ()
        law = (_law(),) if days else ()
        fields = (_outcome(*known), *span, _why(), *law, _letter())
        lede = tk._("A decision stands once and is never changed; it becomes a row of the log.")
        action = f"jambi_freshness_{name}_decide"
        return Form(name, action, titles[name], lede, tk._("Decide"), fields, ("id",))

    return make


def _exempt(name: str) -> Form:
    lede = tk._("For at most 90 days. Walidata decides; until then the deadlines stay.")
    grounds = tuple((each.value, wording.ground(each.value)) for each in Ground)
    fields = (
        Field("code", tk._("Item"), "", "choice", _own_items()),
        *_days(required=True),
        Field("reason_code", tk._("Ground"), "", "choice", grounds),
        *(_why(), _law(), _letter()),
    )
    title, button = tk._("Ask for an exemption"), tk._("Ask for it")
    return Form(name, "jambi_freshness_exemption_create", title, lede, button, fields)


def _withdraw(name: str) -> Form:
    lede = tk._("It ends now; the days that have passed stay exempt.")
    fields = (_why(), _law(required=False), _letter())
    title, button = tk._("Withdraw an exemption"), tk._("Withdraw it")
    return Form(name, "jambi_freshness_exemption_withdraw", title, lede, button, fields, ("id",))


def _retire(name: str) -> Form:
    lede = tk._("Periods that end before that day are owed all the same.")
    why = _why(tk._("For the audit ledger, such as the number of a decree."))
    fields = (Field("last_day", tk._("No longer owed from"), tk._("Today or later."), "day"), why)
    title, button = tk._("Retire an item"), tk._("Retire it")
    return Form(name, "jambi_freshness_item_retire", title, lede, button, fields, ("code",))


def _report(name: str) -> Form:
    lede = tk._("A draft says what is known now or was then; the OPD may object for five working days.")
    fields = (
        Field("organization_id", tk._("OPD"), "", "choice", _organizations(everyone=True)),
        Field("period", tk._("Period"), tk._("Such as 2026, 2026-Q3 or 2026-09; it must be over.")),
        Field("as_of", tk._("As known on (WIB)"), tk._("Now where it is empty."), "instant", required=False),
    )
    title, button = tk._("Make a report"), tk._("Make the draft")
    action = "jambi_freshness_report_create"
    return Form(name, action, title, lede, button, fields, (), _in_wib("as_of"))


def _finalize(name: str) -> Form:
    lede = tk._("A final report never changes; what comes later makes a revision.")
    title, button = tk._("Make a report final"), tk._("Make it final")
    return Form(name, "jambi_freshness_report_finalize", title, lede, button, (), ("id",))


def _fault(name: str) -> Form:
    lede = tk._("Its time stops the clock of all OPDs alike. Note it once it is over.")
    causes = {
        Cause.WEB: tk._("public pages and API"),
        Cause.WORKER: tk._("the harvester"),
        Cause.NETWORK: tk._("the city's network"),
    }
    fields = (
        Field("from", tk._("From (WIB)"), "", "instant"),
        Field("to", tk._("Until (WIB)"), "", "instant"),
        Field(
            "reason_code", tk._("What was down"), "", "choice", tuple((k.value, v) for k, v in causes.items())
        ),
        *(_why(), _letter()),
    )

    title, button = tk._("Note a fault of the portal"), tk._("Note it")
    action = "jambi_freshness_portal_fault_create"
    return Form(name, action, title, lede, button, fields, (), _in_wib("from", "to"))


def _in_wib(*names: str) -> Callable[[Typed], dict[str, Any]]:
    """Return what reads instants that were typed without an offset as WIB."""

    def made_of(typed: Typed) -> dict[str, Any]:
        return {**typed, **{key: typed[key] + WIB for key in names if typed.get(key)}}

    return made_of


def _item(name: str) -> Form:
    new = name == "item-new"
    lede = tk._("It counts from its first full period after today; a change holds from the next one.")
    verb = "create" if new else "update"
    title = tk._("Take an item into the Daftar Data") if new else tk._("Change an item")
    hidden = () if new else ("code", "organization", "anchor", "max_delay_seconds", "peristiwa")
    fields = _item_fields(new=new)
    action = f"jambi_freshness_item_{verb}"
    return Form(name, action, title, lede, tk._("Save"), fields, hidden, _as_item)


def _item_fields(*, new: bool) -> tuple[Field, ...]:
    first = (
        Field("code", tk._("Code of the item"), tk._("Such as DD-07; it never changes.")),
        Field("organization", tk._("OPD"), "", "choice", _organizations()),
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
        _why(tk._("For the audit ledger, such as the number of a decree.")),
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


def _own_items() -> tuple[tuple[str, str], ...]:
    """Return the items of the organizations whose admin the reader is."""
    mine = tk.get_action("organization_list_for_user")({}, {"permission": "admin"})
    rows = [
        row
        for one in mine
        for row in tk.get_action("jambi_freshness_item_list")({}, {"organization_id": one["id"]})
    ]
    return tuple((row["code"], f"{row['code']} {row.get('title', '')}".strip()) for row in rows)


def _organizations(*, everyone: bool = False) -> tuple[tuple[str, str], ...]:
    first = (("all", tk._("all OPD together")),) if everyone else ()
    key = "id" if everyone else "name"
    return (*first, *((each[key], each["title"]) for each in organizations.every()))


_FORMS: Mapping[str, Callable[[str], Form]] = {
    "object": _object,
    "state": _state,
    "appeal": _decide(*Ruling, days=True),
    "exemption": _decide(*Ruling, days=True),
    "attestation": _decide(Ruling.ACCEPTED, Ruling.REFUSED, days=False),
    "exempt": _exempt,
    "withdraw": _withdraw,
    "item-new": _item,
    "item-change": _item,
    "retire": _retire,
    "report": _report,
    "finalize": _finalize,
    "fault": _fault,
}
