"""Read and write the launcher's small JSON files so that a kill leaves the old or the new, never half."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ckanext.jambi.launcher.errors import DamagedFolderError


def read(path: Path) -> dict[str, Any]:
    """Return the object in `path`, an empty one if there is no such file.

    Raises:
        DamagedFolderError: if the file holds no JSON object.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise DamagedFolderError(f"{path} cannot be read: {error}.") from error
    if not isinstance(found, dict):
        raise DamagedFolderError(f"{path} does not hold what the launcher writes.")
    return found


def write(path: Path, value: dict[str, Any]) -> None:
    """Replace `path` by `value`; only we can read it."""
    fresh = path.with_name(f"{path.name}.new")
    with os.fdopen(
        os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as out:
        json.dump(value, out, indent=1, ensure_ascii=False)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(path)
