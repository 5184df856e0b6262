"""Follow docs/try.md to the letter: its file, its definition, its commands as they stand there.

What a reader is told and what works cannot part: a command that the page names is run as it is written.
"""

from __future__ import annotations

import html
import re
import shlex
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import machine
from portal import Portal

HARVEST_SECONDS = 600.0
BLOCK = re.compile(r"^( *)```\n(.*?)^ *```$", re.M | re.S)
FILE = re.compile(r"for example `([^`]+\.csv)`")
PAGE = re.compile(r"`(/dataset/[^`]+)` is its page")


class Walk:
    """One reader with the page in hand."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.text = (portal.checkout / "docs" / "try.md").read_text("utf-8")
        self.blocks = [
            re.sub(rf"^{indent}", "", body, flags=re.M) for indent, body in BLOCK.findall(self.text)
        ]
        self.file = portal.data / "drop" / self._named(FILE)
        self.page = self._named(PAGE)

    def add_source(self) -> str:
        """Lay the file down, make its source, and see its dataset as everybody sees it."""
        self.file.write_text(self._block("bulan,"), "utf-8")
        definition = self.portal.checkout / "uji.yaml"
        definition.write_text(self._mended(self._shown()), "utf-8")
        said = [self._run(command) for command in self._block(".venv/bin/ckan").splitlines()]
        assert '"gaps": []' in said[1], f"preview names gaps: {said[1]}"
        seen = machine.eventually(lambda: self._status() == 200, HARVEST_SECONDS)
        assert seen, f"{self.page} answers {self._status()} after {HARVEST_SECONDS:.0f} s"
        self.portal.added.add(Path(self.page).name)
        return f"{self.page} with {self._rows()} rows"

    def change_file(self) -> str:
        """Add a row to the file and see it in the dataset."""
        before = self._rows()
        with self.file.open("a", encoding="utf-8") as file:
            file.write("2025-11,Telanaipura,140\n")
        followed = machine.eventually(lambda: self._rows() == before + 1, HARVEST_SECONDS)
        assert followed, f"still {self._rows()} rows after {HARVEST_SECONDS:.0f} s"
        return f"{before} -> {self._rows()} rows"

    def misspell(self) -> str:
        """Write a key wrong and be told which one was meant."""
        definition = self.portal.checkout / "uji.yaml"
        right = definition.read_text("utf-8")
        definition.write_text(right.replace("  title:", "  titel:"), "utf-8")
        checked = self.portal.ckan("source", "validate", "uji.yaml")
        definition.write_text(right, "utf-8")
        assert checked.returncode == 1, checked.stdout
        assert "title?" in checked.stdout, checked.stdout
        assert "Traceback" not in checked.stdout, checked.stdout
        return checked.stdout.strip()

    def clear(self) -> None:
        """Take away what lies in the checkout."""
        (self.portal.checkout / "uji.yaml").unlink()

    def _shown(self) -> str:
        """Return the definition that the demo city shows for the file."""
        city = self.portal.entries()["demo-city"]["address"]
        with urllib.request.urlopen(f"{city}/titipan/", timeout=30) as page:
            shown = page.read().decode()
        return html.unescape(re.findall(r"<pre>(.*?)</pre>", shown, re.S)[0])

    def _mended(self, shown: str) -> str:
        """Return the definition with the column that the page mends."""
        line = self._block("jumlah_pohon:").strip()
        name = line.partition(":")[0]
        mended, count = re.subn(rf"^( +){name}: .*$", rf"\g<1>{line}", shown, flags=re.M)
        assert count == 1, f"the definition shows no column {name}: {shown}"
        return mended

    def _run(self, command: str) -> str:
        done = subprocess.run(
            shlex.split(command),
            cwd=self.portal.checkout,
            env=self.portal.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stdout}"
        return done.stdout

    def _status(self) -> int:
        try:
            with urllib.request.urlopen(f"{self.portal.address}{self.page}", timeout=30) as page:
                return int(page.status)
        except urllib.error.HTTPError as error:
            return error.code

    def _rows(self) -> int:
        dataset = self.portal.action("package_show", id=Path(self.page).name)
        [table] = dataset["resources"]
        return int(self.portal.action("datastore_search", resource_id=table["id"], limit=0)["total"])

    def _block(self, start: str) -> str:
        found = [block for block in self.blocks if block.startswith(start)]
        assert len(found) == 1, f"docs/try.md has {len(found)} blocks that begin with {start}"
        return found[0]

    def _named(self, pattern: re.Pattern[str]) -> str:
        found = pattern.search(self.text)
        assert found, f"docs/try.md does not say {pattern.pattern}"
        return found[1]
