"""Look at an address for a person: what the sniffer proposes, with its personal data marked (HV30).

A column that looks like personal data is proposed as dropped, or as not published where only a person can
tell; its values leave this module for nobody.
"""

from __future__ import annotations

import copy
import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import sqlalchemy as sa
from ckan import model
from sqlalchemy.engine import Engine

from ckanext.jambi import clock
from ckanext.jambi.harvest import config, connections
from ckanext.jambi.harvest.politeness import SharedLimiter
from ckanext.jambi.metadata.pii import Finding, Screen, ScreenColumn, Severity
from jambi_harvesters import sniffer
from jambi_harvesters.addresses import Target
from jambi_harvesters.http import Client
from jambi_harvesters.values import clean_text

SHOWN_ROWS = 20
NAME_CHARACTERS = 60


def look(engine: Engine, url: str, organization: str, kind: str | None = None) -> dict[str, Any]:
    """Return what an address is taken for: `draft`, `guesses`, `columns`, `rows`, `seen`, `kinds`.

    Raises:
        HarvesterError: if nothing can be made of the address; nothing is written either way.
    """
    asked = connections.with_demo_port(_stated(url))
    with engine.connect() as connection:
        targets = [one for one in connections.allowed_targets(connection) if _may_mean(one, asked)]
    policy = sniffer.sniff_policy(
        targets, user_agent=connections.user_agent(), demo=config.loopback_allowed()
    )
    client = Client(policy, resolver=connections.resolver, limiter=SharedLimiter(engine))
    found = sniffer.sniff(asked, client, now=clock.now(), kind=kind)
    findings = _findings(found)
    draft = _named(_screened(found.draft, findings), organization)
    _with_target(draft, targets, asked)
    return {
        **sniffer.as_json(found),
        "draft": draft,
        "columns": [_column(one, findings) for one in found.columns],
        "rows": _shown(found, findings),
    }


def _stated(url: str) -> str:
    """Return an address with its scheme; the simulated city's own one under its reserved name."""
    whole = url.strip() if "://" in url else f"https://{url.strip()}"
    city, parts = urlsplit(config.demo_city_url() or ""), urlsplit(whole)
    if city.netloc and parts.netloc == city.netloc:
        return urlunsplit(parts._replace(netloc=connections.DEMO_HOST))
    return whole


def _may_mean(target: Target, url: str) -> bool:
    return target.host.casefold() == (urlsplit(url).hostname or "")


def _with_target(draft: dict[str, Any], targets: Sequence[Target], asked: str) -> None:
    """Name the allowlist row that was used; the simulated city needs none, nor its port."""
    host = urlsplit(asked).hostname
    if host == connections.DEMO_HOST:
        base = urlsplit(draft["client"]["base_url"])
        draft["client"]["base_url"] = urlunsplit(base._replace(netloc=connections.DEMO_HOST))
    elif targets:
        draft["guard"] = {"internal_target": targets[0].name}


def _findings(found: sniffer.Sniffed) -> dict[str, Finding]:
    """Return the strictest finding of each column, by its name."""
    columns = [ScreenColumn(one.name, one.type, None, one.label) for one in found.columns]
    screen = Screen(columns, key=secrets.token_bytes(16))
    screen.add_rows(found.rows)
    order = list(Severity)
    ranked = sorted(screen.verdicts(), key=lambda one: order.index(one.severity), reverse=True)
    return {one.column: one for one in ranked}


def _screened(draft: Mapping[str, Any], findings: Mapping[str, Finding]) -> dict[str, Any]:
    done = copy.deepcopy(dict(draft))
    fields = done.get("schema", {}).get("fields", {})
    for name, finding in findings.items():
        if name not in fields:
            continue
        if finding.severity is Severity.BLOCK:
            done["schema"].setdefault("drop", []).append(fields.pop(name)["path"].replace('"', ""))
        elif finding.severity is Severity.WARN:
            fields[name] |= {"public": False, "pii": finding.rule}
    if "schema" in done and not fields:
        done["schema"].pop("fields", None)
    return _without_lost_columns(done)


def _without_lost_columns(draft: dict[str, Any]) -> dict[str, Any]:
    """Take away what names a column that is not declared any more."""
    dataset, fields = draft["dataset"], draft.get("schema", {}).get("fields", {})
    if dataset.get("period_column") not in fields:
        dataset.pop("period_column", None)
    if set(dataset.get("key_columns", ())) - set(fields):
        del dataset["key_columns"]
    return draft


def _named(draft: dict[str, Any], organization: str) -> dict[str, Any]:
    """Give the source and its dataset names that are free."""
    stem = draft["dataset"].get("name") or urlsplit(draft["client"]["base_url"]).hostname or "sumber"
    plain = re.sub(r"[^a-z0-9]+", "-", stem.casefold()).strip("-")
    draft["organization"] = organization
    draft["id"] = _free(f"{organization}-{plain}"[:NAME_CHARACTERS].strip("-"))
    if "name" in draft["dataset"]:
        draft["dataset"]["name"] = _free(plain[:NAME_CHARACTERS].strip("-"))
    return draft


def _free(name: str) -> str:
    package = model.Package.__table__
    taken = set(
        model.Session.scalars(
            sa.select(package.c.name).where(package.c.name.startswith(name, autoescape=True))
        )
    )
    number = 2
    wanted = name
    while wanted in taken:
        wanted, number = f"{name}-{number}", number + 1
    return wanted


def _column(column: sniffer.ColumnGuess, findings: Mapping[str, Finding]) -> dict[str, Any]:
    finding = findings.get(column.name)
    return {
        "name": column.name,
        "path": column.path,
        "label": column.label,
        "type": column.type,
        "format": column.format,
        "confidence": column.confidence,
        "personal": {"rule": finding.rule, "severity": finding.severity.value} if finding else None,
    }


def _shown(found: sniffer.Sniffed, findings: Mapping[str, Finding]) -> list[list[str | None]]:
    """Return the first rows as texts; what may be personal data is left out."""
    hidden = (Severity.BLOCK, Severity.WARN)
    closed = [one.name in findings and findings[one.name].severity in hidden for one in found.columns]
    return [
        [None if shut or cell is None else clean_text(cell) for cell, shut in zip(row, closed, strict=True)]
        for row in found.rows[:SHOWN_ROWS]
    ]
