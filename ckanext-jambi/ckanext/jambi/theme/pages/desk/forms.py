"""The forms of the desk: data, one entry a form; the actions say who may and what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi.freshness import wording
from ckanext.jambi.freshness.decisions.exemptions import Ground
from ckanext.jambi.freshness.decisions.faults import Cause
from ckanext.jambi.freshness.rules.cases import Ruling
from ckanext.jambi.theme.pages.desk import item_forms
from ckanext.jambi.theme.pages.desk.fields import (
    Field,
    Form,
    Typed,
    disputed_field,
    law_field,
    letter_field,
    organization_choices,
    reason_field,
)

WIB = "+07:00"


def of(name: str) -> Form | None:
    """Return the form of a name, in the language of the page."""
    maker = _FORMS.get(name)
    return maker(name) if maker else None


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
    choices = (("", tk._("Choose the outcome")), *((each.value, told[each]) for each in known))
    return Field("outcome", tk._("Outcome"), "", "choice", choices)


def _object(name: str) -> Form:
    lede = tk._("Others than your OPD decide it. What was late stays marked as disputed until then.")
    fields = (disputed_field(), law_field(required=False), letter_field())
    hidden = ("code", "dataset", "period")
    title, button = tk._("Objection"), tk._("File the objection")
    return Form(name, "jambi_freshness_appeal_create", title, lede, button, fields, hidden)


def _dispute(name: str) -> Form:
    lede = tk._(
        "Others than your OPD decide it. Upheld, the evidence counts from when it was seen, by a further row."
    )
    fields = (disputed_field(), law_field(required=False), letter_field())
    title, button = tk._("Objection to a row of evidence"), tk._("File the objection")
    return Form(name, "jambi_freshness_appeal_create", title, lede, button, fields, ("observation",))


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


def _confirm(name: str) -> Form:
    lede = tk._(
        "Data that is renewed as needed counts as up to date for a year from the last content or "
        "confirmation. Look at it first; if it changed, send the new data instead."
    )
    help_ = tk._('What you looked at, such as "Compared with the register of 30 November: complete".')
    anonymous = tk._("Without names and numbers of persons.")
    fields = (Field("statement", tk._("What you confirm"), f"{help_} {anonymous}", "area"),)
    title, button = tk._("Confirm data that comes as needed"), tk._("The data is still right")
    action = "jambi_freshness_confirmation_create"
    return Form(name, action, title, lede, button, fields, ("code", "dataset"), back="jambi_todo.index")


def _decide(*known: Ruling, days: bool) -> Callable[[str], Form]:
    def make(name: str) -> Form:
        titles = {
            "appeal": tk._("Decide an appeal"),
            "exemption": tk._("Decide an exemption"),
            "attestation": tk._("Approve a statement"),
        }
        span = _days(required=False) if days else ()
        law = (law_field(),) if days else ()
        why = disputed_field() if name == "appeal" else reason_field()
        fields = (_outcome(*known), *span, why, *law, letter_field())
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
        *(reason_field(), law_field(), letter_field()),
    )
    title, button = tk._("Ask for an exemption"), tk._("Ask for it")
    return Form(name, "jambi_freshness_exemption_create", title, lede, button, fields)


def _withdraw(name: str) -> Form:
    lede = tk._("It ends now; the days that have passed stay exempt.")
    fields = (reason_field(), law_field(required=False), letter_field())
    title, button = tk._("Withdraw an exemption"), tk._("Withdraw it")
    return Form(name, "jambi_freshness_exemption_withdraw", title, lede, button, fields, ("id",))


def _report(name: str) -> Form:
    lede = tk._("A draft says what is known now or was then; the OPD may object for five working days.")
    fields = (
        Field("organization_id", tk._("OPD"), "", "choice", organization_choices(everyone=True)),
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
    causes = tuple((each.value, wording.cause(each.value)) for each in Cause)
    fields = (
        Field("from", tk._("From (WIB)"), "", "instant"),
        Field("to", tk._("Until (WIB)"), "", "instant"),
        Field("reason_code", tk._("What was down"), "", "choice", causes),
        *(reason_field(), letter_field()),
    )

    title, button = tk._("Note a fault of the portal"), tk._("Note it")
    action = "jambi_freshness_portal_fault_create"
    return Form(name, action, title, lede, button, fields, (), _in_wib("from", "to"))


def _in_wib(*names: str) -> Callable[[Typed], dict[str, Any]]:
    """Return what reads instants that were typed without an offset as WIB."""

    def made_of(typed: Typed) -> dict[str, Any]:
        return {**typed, **{key: typed[key] + WIB for key in names if typed.get(key)}}

    return made_of


def _own_items() -> tuple[tuple[str, str], ...]:
    """Return the items of the organizations whose admin the reader is."""
    mine = tk.get_action("organization_list_for_user")({}, {"permission": "admin"})
    rows = [
        row
        for one in mine
        for row in tk.get_action("jambi_freshness_item_list")({}, {"organization_id": one["id"]})
    ]
    return tuple((row["code"], f"{row['code']} {row.get('title', '')}".strip()) for row in rows)


_FORMS: Mapping[str, Callable[[str], Form]] = {
    "object": _object,
    "dispute": _dispute,
    "state": _state,
    "confirm": _confirm,
    "appeal": _decide(*Ruling, days=True),
    "exemption": _decide(*Ruling, days=True),
    "attestation": _decide(Ruling.ACCEPTED, Ruling.REFUSED, days=False),
    "exempt": _exempt,
    "withdraw": _withdraw,
    "report": _report,
    "finalize": _finalize,
    "fault": _fault,
    **item_forms.FORMS,
}
