"""Files that lie in the portal: is each still what was uploaded (F22)?

Each is read again once in 24 hours, or as often as the bytes that one run may read let. A file that is gone
or damaged is not available, and whoever runs the portal reads of it in the log of the server.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from hashlib import file_digest
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.lib import uploader
from sqlalchemy.dialects.postgresql import insert

from ckanext.jambi.freshness.model import file as table
from ckanext.jambi.freshness.model import measured
from ckanext.jambi.ticks import Tick

log = logging.getLogger(__name__)

EVERY, BYTES_AT_ONCE = timedelta(hours=24), 200 * 10**6
_resource = model.Resource.__table__
_NOW = sa.func.clock_timestamp()
_BEFORE = datetime(1970, 1, 1, tzinfo=UTC)
_UPLOADED = sa.and_(_resource.c.url_type == "upload", _resource.c.state == "active")


def keep(resource_id: str, package_id: str, path: str) -> None:
    """Note the checksum of a file that was just stored."""
    values = {"package_id": package_id, "sha256": _digest(Path(path)), "sound": True, "checked_at": _NOW}
    put = insert(table).values(resource_id=resource_id, **values)
    model.Session.execute(put.on_conflict_do_update(index_elements=["resource_id"], set_=values))


def unsound(package_ids: Collection[str]) -> set[str]:
    """Return the resources of these datasets whose file is gone or damaged."""
    where = (table.c.package_id.in_(package_ids), sa.not_(table.c.sound))
    return set(model.Session.scalars(sa.select(table.c.resource_id).where(*where)))


def check() -> None:
    """Read the files whose turn it is; each is committed by itself."""
    _follow()
    model.Session.commit()
    read = 0
    while read < BYTES_AT_ONCE and (due := _due()):
        read += _check(due)
        model.Session.commit()


tick = Tick("freshness.files", timedelta(minutes=10), check)


def _follow() -> None:
    """Let the table follow the resources; what lay there before is taken as it is found."""
    gone = sa.not_(sa.exists().where(_resource.c.id == table.c.resource_id, _UPLOADED))
    model.Session.execute(sa.delete(table).where(gone))
    new = sa.select(_resource.c.id, _resource.c.package_id, sa.true(), sa.literal(_BEFORE)).where(_UPLOADED)
    put = insert(table).from_select(["resource_id", "package_id", "sound", "checked_at"], new)
    model.Session.execute(put.on_conflict_do_nothing())


def _due() -> Any:
    """Take the file that was not read for longest; another worker skips it while this transaction lasts."""
    query = sa.select(table).where(table.c.checked_at <= _NOW - EVERY).order_by(table.c.checked_at).limit(1)
    return model.Session.execute(query.with_for_update(skip_locked=True)).mappings().first()


def _check(due: Any) -> int:
    """Read a file, and let the facts of its dataset be measured again where the answer is another."""
    path = Path(uploader.get_resource_uploader({"id": due["resource_id"]}).get_path(due["resource_id"]))
    try:
        found, size = _digest(path), path.stat().st_size
    except OSError as err:
        found, size = None, 0
        log.error("The file of resource %s cannot be read: %s", due["resource_id"], err)
    sound = found is not None and due["sha256"] in (None, found)
    if found and not sound:
        log.error("The file of resource %s is not the one that was uploaded", due["resource_id"])
    mine = table.c.resource_id == due["resource_id"]
    values = {"sha256": due["sha256"] or found, "sound": sound, "checked_at": _NOW}
    model.Session.execute(sa.update(table).where(mine).values(**values))
    if sound != due["sound"]:
        model.Session.execute(sa.delete(measured).where(measured.c.package_id == due["package_id"]))
    return size


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()
