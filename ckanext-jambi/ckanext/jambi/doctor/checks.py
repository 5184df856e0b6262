"""The ground floor's checks: services, tables, options, keys, clock, disk, events, duties."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from ckan import model
from ckan.cli.db import current_revision
from ckan.lib.redis import is_redis_available

from ckanext.jambi import vault
from ckanext.jambi.doctor import databases, options
from ckanext.jambi.doctor.examining import Check, UnwellError
from ckanext.jambi.model import event, tick
from ckanext.jambi.vault import keys

SKEW = timedelta(seconds=2)
FREE_BYTES = 2 * 10**9
UNSETTLED = timedelta(minutes=10)
OVERDUE = timedelta(minutes=15)


def valkey() -> str:
    """Valkey (or Redis) answers."""
    if not is_redis_available():
        raise UnwellError(
            "Valkey does not answer; readers and harvests go on, CKAN's own jobs wait.",
            "Start it, or correct ckan.redis.url.",
        )
    return "Valkey answers"


def migrations() -> str:
    """All tables are at their newest revision."""
    with model.meta.engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    core = Config(model.repo._alembic_ini)
    behind = [] if found == ScriptDirectory.from_config(core).get_current_head() else ["ckan"]
    states = ((name, current_revision(name)) for name in tk.config["ckan.plugins"])
    behind += [name for name, state in states if state and not state.endswith("(head)")]
    if behind:
        raise UnwellError(
            f"Tables of {', '.join(behind)} are not at their newest revision.", "ckan db upgrade"
        )
    return "All tables are at their newest revision"


def safe_options() -> str:
    """The options are those that a safe portal needs."""
    wrong = options.differences(tk.config)
    if wrong:
        names = "; ".join(str(one) for one in wrong)
        raise UnwellError(names, "Set them as config/portal.ini does, and start the portal anew.")
    return f"{len(options.table()['options'])} options are as they must be"


def vault_key() -> str:
    """The vault has a key that only we can read."""
    try:
        ring = keys.load()
    except vault.KeyFileError as err:
        raise UnwellError(str(err), "See docs/secrets.md, The key.") from err
    return f"The vault opens with key {ring.current.id} ({'file' if ring.path else 'environment'})"


def clock_skew() -> str:
    """This machine and the database agree on the time."""
    before = datetime.now(UTC)
    with model.meta.engine.connect() as connection:
        theirs = connection.scalar(sa.select(sa.func.clock_timestamp()))
    after = datetime.now(UTC)
    skew = max(before - theirs, theirs - after, timedelta())
    if skew > SKEW:
        raise UnwellError(
            f"The database's clock and this machine's differ by {skew.total_seconds():.1f} s.",
            "Let both follow an NTP server.",
        )
    return "Clocks agree"


def disk() -> str:
    """Files can still be stored."""
    free = shutil.disk_usage(tk.config["ckan.storage_path"]).free
    if free < FREE_BYTES:
        raise UnwellError(
            f"{free / 10**9:.1f} GB are free where files are stored.", "Make room, or give the disk more."
        )
    return f"{free / 10**9:.0f} GB are free where files are stored"


def outbox_age() -> str:
    """Events become readable: no transaction stays open over them."""
    unsettled = sa.text("jambi_event.transaction >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
    query = sa.select(sa.func.clock_timestamp() - sa.func.min(event.c.emitted_at)).where(unsettled)
    with model.meta.engine.connect() as connection:
        age = connection.scalar(query)
    if age and age > UNSETTLED:
        raise UnwellError(
            f"Events wait for {int(age.total_seconds() // 60)} minutes: a transaction is open.",
            "Find it in pg_stat_activity (the oldest xact_start) and end it.",
        )
    return "Events are readable"


def duties() -> str:
    """The duties by the clock are done in time, and do not fail."""
    now = sa.func.clock_timestamp()
    at_work = sa.func.coalesce(tick.c.lease_until >= now, sa.false())
    late = sa.and_(tick.c.due_at < now - OVERDUE, sa.not_(at_work))
    query = sa.select(tick.c.name, tick.c.last_error, late.label("late")).order_by(tick.c.name)
    with model.meta.engine.connect() as connection:
        rows = connection.execute(query).all()
    overdue = [row.name for row in rows if row.late]
    if overdue:
        raise UnwellError(f"Overdue: {', '.join(overdue)}.", "Start a worker: ckan jambi harvest worker")
    failed = [f"{row.name} ({row.last_error})" for row in rows if row.last_error]
    if failed:
        raise UnwellError(f"Failed last time: {'; '.join(failed)}.", "Look into the worker's log.")
    return f"{len(rows)} duties are done in time"


CHECKS = (
    Check("postgresql", databases.main),
    Check("datastore", databases.datastore),
    Check("databases", databases.separate),
    Check("permissions", databases.permissions),
    Check("logs", databases.logs),
    Check("valkey", valkey),
    Check("migrations", migrations),
    Check("options", safe_options),
    Check("vault", vault_key),
    Check("clock", clock_skew),
    Check("disk", disk),
    Check("outbox", outbox_age),
    Check("duties", duties),
)
