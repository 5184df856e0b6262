"""Keep the words of statements and decisions beside the log; let each case be decided once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "jambi_freshness_003"
down_revision = "jambi_freshness_002"

LOG = "jambi_freshness_observation"
TABLE = "jambi_freshness_writing"


def upgrade() -> None:
    """Create the table, guarded as the log is, and the index that refuses a second decision."""
    op.create_table(
        TABLE,
        sa.Column("seq", sa.BigInteger, sa.ForeignKey(f"{LOG}.seq"), primary_key=True, autoincrement=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("legal_basis", sa.Text, nullable=False),
        sa.Column("document_url", sa.Text, nullable=False),
    )
    op.execute(
        """
        CREATE OR REPLACE FUNCTION jambi_freshness_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
                USING ERRCODE = 'insufficient_privilege';
        END
        $$
        """
    )
    op.execute(
        f"""
        CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {TABLE}
        FOR EACH STATEMENT EXECUTE FUNCTION jambi_freshness_refuse_change()
        """
    )
    for step in ("ask", "decide", "withdraw"):
        op.create_index(
            f"{LOG}_{step}_once",
            LOG,
            [sa.text("(detail ->> 'case')")],
            unique=True,
            postgresql_where=sa.text(f"detail ->> 'case' IS NOT NULL AND detail ->> 'event' = '{step}'"),
        )


def downgrade() -> None:
    """Drop what upgrade made; the words go with it, the log stays."""
    for step in ("ask", "decide", "withdraw"):
        op.drop_index(f"{LOG}_{step}_once", LOG)
    op.drop_table(TABLE)
