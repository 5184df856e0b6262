"""Tables of the live room; migrations make them, this module only names them."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

signature = sa.Table(
    "jambi_live_signature",
    metadata,
    sa.Column("source_id", sa.Text, primary_key=True),
    sa.Column("signature", sa.LargeBinary, primary_key=True),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
)
