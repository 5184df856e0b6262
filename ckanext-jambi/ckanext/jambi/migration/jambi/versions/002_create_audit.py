"""Create the audit ledger: append-only by right and by trigger (RL10)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "jambi_002"
down_revision = "jambi_001"


def upgrade() -> None:
    """Create the table, take the right to change it away, and refuse changes by those who keep it."""
    op.create_table(
        "jambi_audit",
        sa.Column("seq", sa.BigInteger, sa.CheckConstraint("seq > 0"), primary_key=True, autoincrement=False),
        sa.Column("actor", sa.Text),
        sa.Column(
            "actor_class",
            sa.Text,
            sa.CheckConstraint("actor_class IN ('person', 'token', 'harvester', 'system')"),
            nullable=False,
        ),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("object", sa.Text, nullable=False),
        sa.Column("before_hash", sa.Text),
        sa.Column("after_hash", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("request_id", sa.Text),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("prev_hash", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("row_hash", sa.LargeBinary, nullable=False, unique=True),
        sa.CheckConstraint("octet_length(row_hash) = 32", name="jambi_audit_row_hash_length"),
    )
    op.create_index("jambi_audit_object", "jambi_audit", ["object", "seq"])
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON jambi_audit FROM CURRENT_USER")
    op.execute(
        """
        CREATE OR REPLACE FUNCTION jambi_audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'jambi_audit is append-only: % is refused', TG_OP
                USING ERRCODE = 'insufficient_privilege';
        END
        $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER jambi_audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON jambi_audit
        FOR EACH STATEMENT EXECUTE FUNCTION jambi_audit_refuse_change()
        """
    )


def downgrade() -> None:
    """Drop the ledger; export it before."""
    op.drop_table("jambi_audit")
    op.execute("DROP FUNCTION IF EXISTS jambi_audit_refuse_change()")
