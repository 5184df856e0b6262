"""Find every message that the enabled plugins can show, and complete the Indonesian catalogue.

`python -m ckanext.jambi.theme.messages` brings `i18n/id/LC_MESSAGES/ckanext-jambi.po` up to the
messages of this release and compiles the `.mo` beside it; the tests call the same functions. CKAN's own
Indonesian catalogue knows a fifth of its messages, so ours repeats and completes it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ckan
import polib
from babel.messages.extract import extract as babel_extract
from ckan.lib.extract import extract_ckan

LANGUAGE = "id"
CATALOGUE = Path(__file__).parent / "i18n" / LANGUAGE / "LC_MESSAGES" / "ckanext-jambi.po"
CORE = Path(ckan.__file__).parent
EXTENSIONS = CORE.parent / "ckanext"
OURS = Path(__file__).parents[1]
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "ugettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "ungettext": (1, 2),
    "_n": (1, 2),
    "N_": None,
    "P_": (1, 2),
}
SKIPPED = {"tests", "cli", "migration", "development", "vendor", "2.8_templates", "demo_city"}


@dataclass(frozen=True)
class Message:
    """One message with its plural (empty for none) and the place it was found first."""

    singular: str
    plural: str
    place: str


def roots() -> list[tuple[str, Path]]:
    """Return the folders whose messages a citizen, steward or administrator can meet."""
    plugins = [
        (f"ckanext/{name}", EXTENSIONS / name) for name in ("activity", "datastore", "scheming", "harvest")
    ]
    return [("ckan", CORE), *plugins, ("ckanext/jambi", OURS)]


def messages() -> list[Message]:
    """Return every message once, in a stable order."""
    found: dict[str, Message] = {}
    for label, root in roots():
        for path in sorted(_files(root)):
            for singular, plural in _in_file(path):
                place = f"{label}/{path.relative_to(root)}"
                known = found.get(singular)
                if known is None or (plural and not known.plural):
                    found[singular] = Message(singular, plural, place)
    return sorted(found.values(), key=lambda each: (each.place, each.singular))


def _files(root: Path) -> Iterator[Path]:
    for path in root.rglob("*"):
        parts = set(path.relative_to(root).parts)
        if (
            path.suffix in (".html", ".py", ".js", ".txt", ".text")
            and not parts & SKIPPED
            and _shown(root, path)
        ):
            yield path


def _shown(root: Path, path: Path) -> bool:
    """Tell whether a file is code or a template in use, not a library or an unused look."""
    inner = path.relative_to(root)
    if path.suffix == ".js":
        return "vendor" not in inner.parts and not path.name.endswith(".min.js")
    if path.suffix in (".txt", ".text"):
        return "templates" in inner.parts
    return inner.parts[0] not in ("templates-midnight-blue", "public-midnight-blue")


def _in_file(path: Path) -> Iterator[tuple[str, str]]:
    method: Any = {".py": "python", ".js": "javascript"}.get(path.suffix, extract_ckan)
    text = io.BytesIO(path.read_bytes())
    for found in babel_extract(method, text, KEYWORDS, options={"encoding": "utf-8"}):
        message = found[1]
        several = message if isinstance(message, tuple) else (message, "")
        if several[0] and str(several[0]).strip():
            yield str(several[0]), str(several[1] or "")


def complete(catalogue: polib.POFile) -> list[str]:
    """Add the messages that the catalogue lacks, mark those no longer used, return the untranslated."""
    current = {each.singular: each for each in messages()}
    known = {entry.msgid: entry for entry in catalogue}
    for entry in catalogue:
        entry.obsolete = entry.msgid not in current
    for singular, message in current.items():
        if singular not in known:
            catalogue.append(_entry(message))
        else:
            known[singular].occurrences = [(message.place, "")]
    return [entry.msgid for entry in catalogue if not entry.obsolete and not entry.translated()]


def _entry(message: Message) -> polib.POEntry:
    place = [(message.place, "")]
    if message.plural:
        return polib.POEntry(
            msgid=message.singular, msgid_plural=message.plural, msgstr_plural={0: ""}, occurrences=place
        )
    return polib.POEntry(msgid=message.singular, msgstr="", occurrences=place)


def main() -> None:
    """Complete and compile the catalogue, and say what is left to translate."""
    catalogue = polib.pofile(str(CATALOGUE), wrapwidth=100)
    missing = complete(catalogue)
    catalogue.sort(key=lambda entry: (entry.obsolete, entry.occurrences, entry.msgid))
    catalogue.save()
    catalogue.save_as_mofile(str(CATALOGUE.with_suffix(".mo")))
    for message in missing:
        print(f"untranslated: {message!r}")  # noqa: T201 (a command for maintainers)


if __name__ == "__main__":
    main()
