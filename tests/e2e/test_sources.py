"""A steward makes a source of the drop folder, in a real browser without script, by keyboard (HV30, web.md 1)."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from portal import AGENCY
from test_pages import violations

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif("JAMBI_E2E_URL" in os.environ, reason="JAMBI_E2E_URL: the drop folder is not known"),
]
FILE = "penanaman-pohon.csv"
SOURCE = f"{AGENCY}-penanaman-pohon"
ADDRESS = f"http://kota-peraga.invalid/titipan/{FILE}"
WIDTHS = (360, 1280)
MOST_SECONDS = 300
RUN_SECONDS = 90_000


def rows(count: int) -> str:
    """Return a table in the form that offices write."""
    lines = [
        f"{at % 28 + 1:02d}/10/2026;Kelurahan {at};{at * 3};1.{at % 900 + 100},50" for at in range(count)
    ]
    return "\n".join(["Tanggal;Kelurahan;Jumlah Pohon;Biaya", *lines])


@pytest.fixture(scope="module")
def dropped(portal_folder: Path, portal_url: str) -> Path:
    """Lay a file into the drop folder of the simulated city."""
    file = portal_folder / "drop" / FILE
    file.parent.mkdir(exist_ok=True)
    file.write_text(rows(60), encoding="utf-8")
    return file


class Hands:
    """Counts what the steward presses; every button is reached and pressed by keyboard."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.pressed = 0
        self.began = time.monotonic()

    def press(self, name: str) -> None:
        """Press a button or follow a link by its name."""
        button = self.page.get_by_role("button", name=name, exact=True).and_(
            self.page.locator(":not(.jambi-hush)")
        )
        found = button if button.count() else self.page.get_by_role("link", name=name, exact=True)
        found.first.focus()
        self.pressed += 1
        found.first.press("Enter")
        self.page.wait_for_load_state()


@pytest.fixture(scope="module")
def made(steward: BrowserContext, portal_url: str, dropped: Path) -> str:
    """Make the source through the form and return the address of its first run."""
    page = steward.new_page()
    page.goto(f"{portal_url}/harvest-sources")
    hands = Hands(page)
    hands.press("Tambah sumber")
    page.get_by_label("Alamat data").fill(ADDRESS)
    hands.press("Lihat alamat ini")
    expect(page.locator("#contoh")).to_be_visible()
    page.get_by_label("Judul", exact=True).fill("Penanaman Pohon menurut Kelurahan")
    page.get_by_label("Frekuensi pemutakhiran").select_option("bulanan")
    hands.press("Lihat barisnya")
    expect(page.get_by_text("1100.5")).to_be_visible()
    hands.press("Hitung dulu akibatnya")
    expect(page.get_by_role("status")).to_contain_text("60 baris")
    hands.press("Simpan dan panen")
    expect(page.locator(".jambi-state")).to_contain_text("Berhasil", timeout=RUN_SECONDS)
    spent = time.monotonic() - hands.began
    print(f"a source through the form: {hands.pressed} buttons, {spent:.0f} s")  # noqa: T201 - the figure is the point
    assert spent <= MOST_SECONDS
    address = page.url
    page.close()
    return address


def test_hv30_steward_makes_a_source_within_five_minutes_without_code(made: str) -> None:
    assert f"/harvest-sources/{SOURCE}/runs/" in made


def test_hv30_wrong_input_stands_at_its_field_and_nothing_is_lost(
    steward: BrowserContext, portal_url: str, made: str
) -> None:
    page = steward.new_page()
    page.goto(f"{portal_url}/harvest-sources/{SOURCE}/edit")
    page.get_by_label("Judul", exact=True).fill("Judul baru")
    page.locator("details", has_text="Waktu").last.locator("summary").press("Enter")
    page.locator("[id='trigger.every']").fill("sering")
    Hands(page).press("Simpan dan panen")
    expect(page.locator("[id='trigger.every-e']")).to_be_visible()
    expect(page.locator("[id='trigger.every']")).to_have_value("sering")
    expect(page.get_by_label("Judul", exact=True)).to_have_value("Judul baru")
    page.close()


@pytest.fixture(scope="module")
def held(steward: BrowserContext, portal_url: str, made: str, dropped: Path) -> str:
    """Let most rows vanish, run the source, and return the address of the decision that waits."""
    dropped.write_text(rows(4), encoding="utf-8")
    page = steward.new_page()
    page.goto(f"{portal_url}/harvest-sources/{SOURCE}")
    hands = Hands(page)
    hands.press("Panen sekarang")
    expect(page.locator(".jambi-state")).to_contain_text("Menunggu keputusan", timeout=RUN_SECONDS)
    page.goto(f"{portal_url}/harvest-sources/{SOURCE}")
    page.get_by_role("link", name="Banyak baris akan hilang").click()
    address = page.url
    page.close()
    return address


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("width", WIDTHS)
def test_pages_of_sources_break_no_rule_and_do_not_scroll_sideways(
    browser: Browser,
    steward: BrowserContext,
    portal_url: str,
    axe: str,
    made: str,
    held: str,
    width: int,
    language: str,
) -> None:
    prefix = "" if language == "id" else "/en"
    paths = {
        "board": "/harvest-sources",
        "source": f"/harvest-sources/{SOURCE}",
        "run": made.removeprefix(portal_url),
        "decision": held.removeprefix(portal_url),
        "start": "/harvest-sources/new",
        "form": f"/harvest-sources/{SOURCE}/edit",
    }
    found: dict[str, list[str]] = {}
    context = browser.new_context(
        storage_state=steward.storage_state(), viewport={"width": width, "height": 900}, bypass_csp=True
    )
    with context:
        page = context.new_page()
        for name, path in paths.items():
            page.goto(portal_url + prefix + path)
            for closed in page.query_selector_all("details:not([open]) > summary"):
                closed.click()
            overflow = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            found[name] = violations(page, axe) + (["scrolls sideways"] if overflow > 0 else [])
            if "JAMBI_E2E_SHOTS" in os.environ:
                shot = Path(os.environ["JAMBI_E2E_SHOTS"]) / f"{name}-{width}-{language}.png"
                page.screenshot(path=shot, full_page=True)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_hv26_steward_decides_with_a_note(steward: BrowserContext, held: str) -> None:
    page = steward.new_page()
    page.goto(held)
    expect(page.locator("#ubah ~ section tbody td").last).to_have_text("4")
    page.get_by_label("Alasan").fill("Sudah dipastikan kepada pengelola sistem.")
    Hands(page).press("Setujui tepat yang ini")
    expect(page.locator(".jambi-state")).to_contain_text("Berhasil", timeout=RUN_SECONDS)
    page.close()
