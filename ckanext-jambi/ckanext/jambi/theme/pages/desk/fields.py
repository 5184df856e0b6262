"""What a form of the desk is made of, and the fields that several have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jambi.freshness.ladder import panel
from ckanext.jambi.theme.pages import organization

Typed = Mapping[str, str]


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
    """A form: what it is called, which action takes it, and what comes along unseen (`hidden`).

    `back` is the page to which its reader returns.
    """

    name: str
    action: str
    title: str
    lede: str
    button: str
    fields: tuple[Field, ...]
    hidden: tuple[str, ...] = ()
    made_of: Callable[[Typed], dict[str, Any]] = dict
    back: str = "jambi_desk.index"

    def arguments(self, typed: Typed) -> dict[str, Any]:
        """Return what the action takes; what was left empty is left out."""
        return self.made_of({name: value for name, value in typed.items() if value})


def reason_field(text: str = "") -> Field:
    """Return the field for a reason."""
    help_ = text or tk._("Without names and numbers of persons; the OPD in question and walidata read it.")
    return Field("reason", tk._("Why"), help_, "area")


def disputed_field() -> Field:
    """Return the field for the reason of an objection, and of its decision: the panel reads it too."""
    panels = tk._(
        "Without names and numbers of persons; the OPD in question, walidata and the panel read it."
    )
    return reason_field(panels if panel.seats() else "")


def law_field(*, required: bool = True) -> Field:
    """Return the field for a law or letter."""
    help_ = tk._('Its number, such as "Surat 5/2026"; it is public.')
    if not required:
        help_ = f"{help_} {tk._('May be left out.')}"
    return Field("legal_basis", tk._("Law or letter"), help_, required=required)


def letter_field() -> Field:
    """Return the field for the address of a letter."""
    return Field("document_url", tk._("Address of the letter"), tk._("May be left out."), required=False)


def organization_choices(*, everyone: bool = False) -> tuple[tuple[str, str], ...]:
    """Return the organizations to choose from, by id where all together can be chosen."""
    first = (("all", tk._("all OPD together")),) if everyone else ()
    key = "id" if everyone else "name"
    return (*first, *((each[key], each["title"]) for each in organization.every()))
