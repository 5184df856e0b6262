"""The form of an audit row in the chain: canonical JSON, written in Python and read back from SQL.

PostgreSQL writes texts as JSON by the same rules as `chain.canonical` does, so that a check of a million
rows need not take each apart. Were the two ever to differ, the row that shows it would not verify.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from ckanext.jambi import chain
from ckanext.jambi.model import audit

GENESIS = chain.genesis("jambi-audit/1")
_HASHES = ("prev_hash", "row_hash")
_INSTANT: sa.ColumnElement[str] = sa.literal_column("""'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'""")


def instant(at: datetime) -> str:
    """Return an instant as it stands in a payload: UTC with microseconds."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def payload() -> sa.ColumnElement[str]:
    """Return the expression that writes a row of `jambi_audit` as canonical JSON."""
    names = sorted(column.name for column in audit.columns if column.name not in _HASHES)
    members = [sa.func.concat(f'"{name}":', _json(name)) for name in names]
    return sa.func.concat("{", sa.func.concat_ws(",", *members), "}")


def _json(name: str) -> sa.ColumnElement[str]:
    return sa.func.coalesce(sa.cast(sa.func.to_json(_value(name)), sa.Text), "null")


def _value(name: str) -> sa.ColumnElement[object]:
    if name == "recorded_at":
        return sa.func.to_char(sa.func.timezone("UTC", audit.c.recorded_at), _INSTANT)
    return audit.c[name]
