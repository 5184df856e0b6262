"""Schemas of the freshness actions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any, TypeVar

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.logic.schema import validator_args

from ckanext.jambi.freshness.board import ORDERS
from ckanext.jambi.freshness.decisions.exemptions import Ground
from ckanext.jambi.freshness.decisions.faults import Cause
from ckanext.jambi.freshness.promises import quarters
from ckanext.jambi.freshness.reports import records
from ckanext.jambi.freshness.reports.files import FORMATS
from ckanext.jambi.freshness.rules import periods
from ckanext.jambi.freshness.rules.cases import OBSERVATION, Ruling, Status
from ckanext.jambi.freshness.rules.closing import Outcome
from ckanext.jambi.freshness.rules.exclusions import Interval
from ckanext.jambi.freshness.rules.states import State

Schema = dict[str, Any]
_LONGEST_TEXT = 2_000
_FIRST_PRINTED = 32
_FIRST_YEAR, _LAST_YEAR = 1970, 2999
Read = TypeVar("Read", date, datetime)


@validator_args
def jambi_freshness_show(not_empty: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_freshness_show`."""
    return {"id": [not_empty, unicode_safe]}


@validator_args
def jambi_freshness_list(
    default: Any, ignore_missing: Any, unicode_safe: Any, int_validator: Any, natural_number_validator: Any
) -> Schema:
    """Return the schema of `jambi_freshness_list`."""
    return {
        "organization_id": [ignore_missing, unicode_safe],
        "state": [ignore_missing, unicode_safe, _one_of(State)],
        "limit": [default(100), int_validator, at_most(1_000)],
        "offset": [default(0), natural_number_validator],
    }


@validator_args
def jambi_freshness_leaderboard_list(default: Any, ignore_missing: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_freshness_leaderboard_list`."""
    return {
        "period": [ignore_missing, unicode_safe, _time],
        "sort": [default("rank"), unicode_safe, _one_of(ORDERS)],
    }


@validator_args
def jambi_freshness_item_list(ignore_missing: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_freshness_item_list`."""
    return {name: [ignore_missing, unicode_safe] for name in ("organization_id", "code")}


@validator_args
def jambi_freshness_item_create(not_empty: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_freshness_item_create`."""
    return {"item": [not_empty], "reason": [not_empty, unicode_safe]}


def jambi_freshness_item_update() -> Schema:
    """Return the schema of `jambi_freshness_item_update`."""
    return jambi_freshness_item_create()


@validator_args
def jambi_freshness_item_retire(not_empty: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_freshness_item_retire`."""
    return {
        "code": [not_empty, unicode_safe],
        "last_day": [not_empty, day],
        "reason": [not_empty, unicode_safe],
    }


@validator_args
def jambi_freshness_obligation_list(
    default: Any, ignore_missing: Any, unicode_safe: Any, int_validator: Any, natural_number_validator: Any
) -> Schema:
    """Return the schema of `jambi_freshness_obligation_list`."""
    return {
        "id": [ignore_missing, unicode_safe],
        "organization_id": [ignore_missing, unicode_safe],
        "code": [ignore_missing, unicode_safe],
        "period": [ignore_missing, unicode_safe, _time],
        "outcome": [ignore_missing, unicode_safe, _one_of(Outcome)],
        "limit": [default(100), int_validator, at_most(1_000)],
        "offset": [default(0), natural_number_validator],
    }


@validator_args
def jambi_freshness_organization_show(not_empty: Any, ignore_missing: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_freshness_organization_show`."""
    return {"id": [not_empty, unicode_safe], "as_of": [ignore_missing, instant]}


@validator_args
def jambi_freshness_promise_list(not_empty: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_freshness_promise_list`."""
    return {"id": [not_empty, unicode_safe]}


@validator_args
def jambi_freshness_timeline_show(not_empty: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_freshness_timeline_show`."""
    return {"id": [not_empty, unicode_safe]}


@validator_args
def jambi_freshness_release_list(ignore_missing: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_freshness_release_list`."""
    return {"organization_id": [ignore_missing, unicode_safe]}


@validator_args
def jambi_freshness_item_show(not_empty: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_freshness_item_show`."""
    return {"code": [not_empty, unicode_safe]}


@validator_args
def jambi_freshness_shortcut_show(not_empty: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_freshness_shortcut_show`."""
    return {"organization_id": [not_empty, unicode_safe]}


@validator_args
def jambi_freshness_todo_list(not_empty: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_freshness_todo_list`."""
    return {"organization_id": [not_empty, unicode_safe]}


@validator_args
def jambi_freshness_as_of_show(not_empty: Any, ignore_missing: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_freshness_as_of_show`."""
    return {
        "as_of": [not_empty, instant],
        "id": [ignore_missing, unicode_safe],
        "organization_id": [ignore_missing, unicode_safe],
    }


@validator_args
def jambi_freshness_history_list(ignore_missing: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_freshness_history_list`."""
    return {
        "id": [ignore_missing, unicode_safe],
        "organization_id": [ignore_missing, unicode_safe],
        "from": [ignore_missing, day],
        "to": [ignore_missing, day],
    }


@validator_args
def jambi_freshness_exemption_create(not_empty: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_freshness_exemption_create`."""
    return {
        "code": [not_empty, unicode_safe],
        "from": [not_empty, day],
        "to": [not_empty, day],
        "reason_code": [not_empty, unicode_safe, _one_of(Ground)],
        "legal_basis": [not_empty, unicode_safe, words],
        **_written(),
    }


@validator_args
def jambi_freshness_exemption_decide(not_empty: Any, ignore_missing: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_freshness_exemption_decide`."""
    return {
        "id": [not_empty, unicode_safe],
        "outcome": [not_empty, unicode_safe, _one_of(Ruling)],
        "from": [ignore_missing, day],
        "to": [ignore_missing, day],
        "legal_basis": [not_empty, unicode_safe, words],
        **_written(),
    }


@validator_args
def jambi_freshness_exemption_withdraw(not_empty: Any, ignore_missing: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_freshness_exemption_withdraw`."""
    return {
        "id": [not_empty, unicode_safe],
        "legal_basis": [ignore_missing, unicode_safe, words],
        **_written(),
    }


@validator_args
def jambi_freshness_exemption_list(
    default: Any, ignore_missing: Any, unicode_safe: Any, int_validator: Any, natural_number_validator: Any
) -> Schema:
    """Return the schema of `jambi_freshness_exemption_list`."""
    return {
        "id": [ignore_missing, unicode_safe],
        "organization_id": [ignore_missing, unicode_safe],
        "code": [ignore_missing, unicode_safe],
        "status": [ignore_missing, unicode_safe, _one_of(Status)],
        "limit": [default(100), int_validator, at_most(1_000)],
        "offset": [default(0), natural_number_validator],
    }


@validator_args
def jambi_freshness_appeal_create(
    ignore_missing: Any, ignore_empty: Any, unicode_safe: Any, natural_number_validator: Any
) -> Schema:
    """Return the schema of `jambi_freshness_appeal_create`: of a row of evidence, or of an obligation."""
    of_obligation = _of_obligation()
    of_either = {name: [_unless_of_row, *of_obligation[name][1:]] for name in ("code", "period")}
    return {
        **of_obligation,
        **of_either,
        OBSERVATION: [ignore_empty, natural_number_validator],
        "legal_basis": [ignore_missing, unicode_safe, words],
        **_written(),
    }


def jambi_freshness_appeal_decide() -> Schema:
    """Return the schema of `jambi_freshness_appeal_decide`."""
    return jambi_freshness_exemption_decide()


def jambi_freshness_appeal_list() -> Schema:
    """Return the schema of `jambi_freshness_appeal_list`."""
    return jambi_freshness_exemption_list()


@validator_args
def jambi_freshness_attestation_create(
    default: Any, not_empty: Any, unicode_safe: Any, boolean_validator: Any
) -> Schema:
    """Return the schema of `jambi_freshness_attestation_create`."""
    return {
        **_of_obligation(),
        "statement": [not_empty, unicode_safe, words],
        "nil": [default(False), boolean_validator],
    }


@validator_args
def jambi_freshness_attestation_decide(not_empty: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_freshness_attestation_decide`."""
    return {
        "id": [not_empty, unicode_safe],
        "outcome": [not_empty, unicode_safe, _one_of((Ruling.ACCEPTED, Ruling.REFUSED))],
        **_written(),
    }


def jambi_freshness_attestation_list() -> Schema:
    """Return the schema of `jambi_freshness_attestation_list`."""
    return jambi_freshness_exemption_list()


@validator_args
def jambi_freshness_portal_fault_create(not_empty: Any, ignore_missing: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_freshness_portal_fault_create`."""
    return {
        "from": [not_empty, instant],
        "to": [not_empty, instant],
        "reason_code": [not_empty, unicode_safe, _one_of(Cause)],
        "organizations": [ignore_missing, _texts],
        **_written(),
    }


@validator_args
def jambi_freshness_portal_fault_list(
    default: Any, ignore_missing: Any, unicode_safe: Any, int_validator: Any, natural_number_validator: Any
) -> Schema:
    """Return the schema of `jambi_freshness_portal_fault_list`."""
    return {
        "id": [ignore_missing, unicode_safe],
        "organization_id": [ignore_missing, unicode_safe],
        "limit": [default(100), int_validator, at_most(1_000)],
        "offset": [default(0), natural_number_validator],
    }


@validator_args
def jambi_freshness_report_create(not_empty: Any, ignore_missing: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_freshness_report_create`."""
    return {
        "organization_id": [not_empty, unicode_safe, _organization_or_all],
        "period": [not_empty, unicode_safe, _time],
        "as_of": [ignore_missing, instant],
    }


@validator_args
def jambi_freshness_report_verify(not_empty: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_freshness_report_verify`."""
    return {"id": [not_empty, unicode_safe]}


@validator_args
def jambi_freshness_report_finalize(not_empty: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_freshness_report_finalize`."""
    return {"id": [not_empty, unicode_safe]}


@validator_args
def jambi_freshness_report_show(
    ignore_missing: Any, unicode_safe: Any, natural_number_validator: Any
) -> Schema:
    """Return the schema of `jambi_freshness_report_show`."""
    return {
        "id": [ignore_missing, unicode_safe],
        "organization_id": [_unless_id, ignore_missing, unicode_safe, _organization_or_all],
        "period": [_unless_id, ignore_missing, unicode_safe, _time],
        "revision": [ignore_missing, natural_number_validator],
    }


@validator_args
def jambi_freshness_report_export(not_empty: Any, unicode_safe: Any) -> Schema:
    """Return the schema of `jambi_freshness_report_export`."""
    return {
        "id": [not_empty, unicode_safe],
        "format": [not_empty, unicode_safe, _one_of((*FORMATS, records.BUNDLE))],
    }


@validator_args
def jambi_freshness_report_list(
    default: Any,
    ignore_missing: Any,
    unicode_safe: Any,
    int_validator: Any,
    natural_number_validator: Any,
) -> Schema:
    """Return the schema of `jambi_freshness_report_list`."""
    return {
        "organization_id": [ignore_missing, unicode_safe],
        "period": [ignore_missing, unicode_safe],
        "status": [ignore_missing, unicode_safe, _one_of((records.OBJECTION, records.FINAL))],
        "limit": [default(100), int_validator, at_most(1_000)],
        "offset": [default(0), natural_number_validator],
    }


def _unless_of_row(key: Any, data: Any, errors: Any, context: Any) -> None:
    """Need a value where no row of evidence is named; leave out what came beside one."""
    if data.get((OBSERVATION,)):
        data.pop(key, None)
        raise tk.StopOnError
    tk.get_validator("not_empty")(key, data, errors, context)


@validator_args
def _of_obligation(not_empty: Any, ignore_missing: Any, unicode_safe: Any) -> Schema:
    """Return what names an obligation: item, period, and the dataset where several stand for the item."""
    return {
        "code": [not_empty, unicode_safe],
        "dataset": [ignore_missing, unicode_safe],
        "period": [not_empty, unicode_safe, _last_day],
    }


@validator_args
def _written(not_empty: Any, ignore_missing: Any, unicode_safe: Any) -> Schema:
    """Return what everybody writes who asks or decides: why, and where the letter lies."""
    return {
        "reason": [not_empty, unicode_safe, words],
        "document_url": [ignore_missing, unicode_safe, _web_address],
    }


def words(value: str) -> str:
    """Take a text that can be kept: of at most 2,000 characters, without control characters."""
    if len(value) > _LONGEST_TEXT:
        raise tk.Invalid(tk._("Write at most {n} characters.").format(n=_LONGEST_TEXT))
    if any(ord(each) < _FIRST_PRINTED and each not in "\n\r\t" for each in value):
        raise tk.Invalid(tk._("This holds characters that cannot be printed."))
    return value


def _web_address(value: str) -> str:
    if not value.startswith(("https://", "http://")):
        raise tk.Invalid(tk._("Give a web address that begins with https://."))
    return words(value)


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise tk.Invalid(tk._("Give a list of ids."))
    return value


def _last_day(value: str) -> date:
    found = periods.last_day(value)
    if found is None:
        raise tk.Invalid(tk._("Give a period such as 2026-09, 2026-Q3, 2026-W38, or its last day."))
    return found


def _time(value: str) -> Interval:
    try:
        return quarters.interval(value)
    except ValueError as err:
        raise tk.Invalid(tk._("Give a period such as 2026, 2026-Q3 or 2026-09.")) from err


def _unless_id(key: Any, data: Any, errors: Any, context: Any) -> None:
    """Ask for a value where no `id` is given."""
    if not data.get(("id",)) and not data.get(key):
        errors[key].append(tk._("Missing value"))
        raise tk.StopOnError


def _organization_or_all(value: str) -> str | None:
    """Take the id of an organization; None stands for all."""
    if value == "all":
        return None
    found = model.Group.get(value)
    if found is None or not found.is_organization or found.state != "active":
        raise tk.Invalid(tk._("There is no organization of the id {id}.").format(id=value))
    organization_id: str = found.id
    return organization_id


def _one_of(words: Iterable[str]) -> Any:
    """Return a validator that takes one of these words; CKAN's own fails at telling of a tuple."""
    known = {str(word): word for word in words}

    def validator(value: str) -> Any:
        if value not in known:
            raise tk.Invalid(tk._("Give one of: {states}.").format(states=", ".join(known)))
        return known[value]

    return validator


def day(value: str) -> date:
    """Read a civil day."""
    try:
        return _in_reach(date.fromisoformat(value))
    except (TypeError, ValueError) as err:
        raise tk.Invalid(tk._("Give a day such as 2026-01-31.")) from err


def instant(value: str) -> datetime:
    """Read an instant as UTC, which it is where it has no offset."""
    try:
        read = _in_reach(datetime.fromisoformat(value))
    except (TypeError, ValueError) as err:
        raise tk.Invalid(tk._("Give an instant such as 2026-10-01T00:00:00+07:00.")) from err
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)


def _in_reach(read: Read) -> Read:
    """Refuse years with which nobody can reckon: the calendar ends right before or behind them."""
    if not _FIRST_YEAR <= read.year <= _LAST_YEAR:
        raise ValueError("No such year can be meant.")
    return read


def at_most(highest: int) -> Any:
    """Return a validator of whole numbers from 1 to `highest`."""

    def validator(value: int) -> int:
        if not 1 <= value <= highest:
            raise tk.Invalid(tk._("Give a number from 1 to {highest}.").format(highest=highest))
        return value

    return validator
