#!/usr/bin/env python3
"""Take a picture of each citizen page to look at: `tests/e2e/screenshots.py URL FOLDER [PAGE ...]`.

URL is that of a running portal. Every page that `addresses.py` names is taken whole, at both widths, in
Indonesian (`--language en` for English, `--dark` for the dark scheme), as FOLDER/<page>-<width>.png.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
from addresses import LANGUAGES, MORE, PATHS, WIDTHS, Places  # noqa: E402 - lies beside
from conftest import CHROMIUM, FLAGS  # noqa: E402 - lies beside
from playwright.sync_api import sync_playwright  # noqa: E402 - after the path

PAGES = (*PATHS, *MORE, "file", "report")


def main() -> None:
    """Take the pictures and print where they are."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("url")
    parser.add_argument("folder", type=Path)
    parser.add_argument("pages", nargs="*", metavar="PAGE", choices=[*PAGES, []], default=[])
    parser.add_argument("--language", choices=LANGUAGES, default="id")
    parser.add_argument("--dark", action="store_true")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    places = Places(given.url.rstrip("/"))
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(color_scheme="dark" if given.dark else "light")
        for name in given.pages or PAGES:
            places.open(page, name, given.language)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                target = given.folder / f"{name}-{width}.png"
                page.screenshot(path=target, full_page=True)
                print(target)  # noqa: T201 - what the command says
        browser.close()


if __name__ == "__main__":
    main()
