"""Judge what a harvester that is not ours keeps of its source: contents, extras, errors, log lines (HV25).

Installed in the child process of a run, on ckanext-harvest's own tables: whatever way a harvester takes,
what is stored passes here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from ckan.model.types import make_uuid
from ckanext.harvest.model import HarvestGatherError, HarvestObject, HarvestObjectError, HarvestObjectExtra

from ckanext.jambi.harvest import screening
from ckanext.jambi.harvest.stock import gate as gates
from ckanext.jambi.harvest.stock.gate import Gate

MESSAGE_CHARACTERS = 2_000
HELD = {"state": "ERROR", "report_status": "errored", "current": False}


def install(gate: Gate, run_id: str) -> None:
    """Let everything that this process stores pass the gate."""
    _mask_log()
    contents = _Contents(gate, run_id)
    sa.event.listen(HarvestObject, "before_insert", contents.judge_new)
    sa.event.listen(HarvestObject, "after_insert", contents.note)
    sa.event.listen(HarvestObject, "before_update", contents.judge_fetched)
    sa.event.listen(HarvestObjectExtra, "before_insert", _masking("value"))
    for errors in (HarvestGatherError, HarvestObjectError):
        sa.event.listen(errors, "before_insert", _masking("message"))


class _Contents:
    """Judges the contents of objects; one that is held is stored without it, with its end and its reason."""

    def __init__(self, gate: Gate, run_id: str) -> None:
        self._gate = gate
        self._run_id = run_id
        self._reasons: dict[str, str] = {}

    def judge_new(self, _: Any, connection: Any, target: Any) -> None:
        held = self._gate.content(target.guid or "", target.content or "")
        if held is None:
            return
        gates.keep(connection, self._run_id, held)
        target.id, target.guid, target.content = target.id or make_uuid(), held.guid, None
        for name, value in HELD.items():
            setattr(target, name, value)
        self._reasons[target.id] = gates.told(held)

    def note(self, _: Any, connection: Any, target: Any) -> None:
        reason = self._reasons.pop(target.id, None)
        if reason:
            values = {"id": make_uuid(), "harvest_object_id": target.id, "stage": "Import"}
            connection.execute(sa.insert(HarvestObjectError.__table__).values(**values, message=reason))

    def judge_fetched(self, _: Any, connection: Any, target: Any) -> None:
        changed = sa.inspect(target).attrs.content.history.has_changes()
        held = self._gate.content(target.guid or "", target.content) if changed and target.content else None
        if held is not None:
            self._gate.hold(held)


def _masking(name: str) -> Callable[[Any, Any, Any], None]:
    def mask(_: Any, connection: Any, target: Any) -> None:
        text = getattr(target, name)
        if isinstance(text, str):
            setattr(target, name, screening.safe(text)[: MESSAGE_CHARACTERS if name == "message" else None])

    return mask


def _mask_log() -> None:
    """Take personal data out of log lines; a harvester prints what a source sent."""
    make = logging.getLogRecordFactory()

    def masked(*args: Any, **kwargs: Any) -> logging.LogRecord:
        made = make(*args, **kwargs)
        made.msg, made.args = screening.safe(str(made.msg % made.args if made.args else made.msg)), None
        if made.exc_text:
            made.exc_text = screening.safe(made.exc_text)
        return made

    logging.setLogRecordFactory(masked)
