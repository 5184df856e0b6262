"""Let the ladder ask whether data that comes as needed is still right: three steps more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "jambi_freshness_020"
down_revision = "jambi_freshness_019"

TABLE = "jambi_freshness_notice"
CHECK = f"{TABLE}_step_check"
BEFORE = "due_in_14_days due_in_7_days due_in_1_day ladder_1 ladder_2 ladder_3 ladder_4"
ASKS = "confirm_1 confirm_2 confirm_3"


def upgrade() -> None:
    """Allow the steps that ask."""
    _allow(f"{BEFORE} {ASKS}")


def downgrade() -> None:
    """Forget what was asked, and allow the other steps alone."""
    table = sa.table(TABLE, sa.column("step"))
    op.execute(sa.delete(table).where(table.c.step.in_(ASKS.split())))
    _allow(BEFORE)


def _allow(steps: str) -> None:
    op.drop_constraint(CHECK, TABLE, type_="check")
    op.create_check_constraint(CHECK, TABLE, f"step IN ({_listed(steps)})")


def _listed(steps: str) -> str:
    return ", ".join(f"'{step}'" for step in steps.split())
