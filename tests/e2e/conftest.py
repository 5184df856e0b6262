"""Fixtures of the browser tests: a portal with data, Debian's chromium, and axe-core."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))
from addresses import Places
from portal import STEWARD

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 240


@pytest.fixture(scope="session")
def portal_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the portal that the tests start."""
    folder = Path(os.environ.get("JAMBI_TEST_DIR") or tmp_path_factory.mktemp("portal")) / "e2e"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def portal_url(portal_folder: Path) -> Iterator[str]:
    """Return the address of a portal with the demo city's data; JAMBI_E2E_URL names one that runs."""
    given = os.environ.get("JAMBI_E2E_URL")
    if given:
        yield given.rstrip("/")
        return
    folder = portal_folder
    port = _free_port()
    log = (folder / "portal.log").open("wb")
    script = [sys.executable, str(Path(__file__).with_name("portal.py")), str(folder), str(port)]
    process = subprocess.Popen(script, stdout=log, stderr=log)
    try:
        yield _answering(f"http://127.0.0.1:{port}", process, folder / "portal.log")
    finally:
        process.terminate()
        process.wait(timeout=30)
        log.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answering(url: str, process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"The portal ended: {log.read_text(errors='replace')[-2000:]}")
        try:
            requests.get(f"{url}/about", timeout=5)
        except requests.RequestException:
            _wait(process)
        else:
            return url
    pytest.fail(f"The portal did not answer within {START_SECONDS} s.")


def _wait(process: subprocess.Popen[bytes]) -> None:
    """Wait a moment for the portal, or for its end."""
    try:
        process.wait(timeout=0.5)
    except subprocess.TimeoutExpired:
        return


@pytest.fixture(scope="session")
def places(portal_url: str, request: pytest.FixtureRequest) -> Places:
    """Return where the pages of the portal are."""
    external = "JAMBI_E2E_URL" in os.environ
    return Places(portal_url, None if external else request.getfixturevalue("portal_folder"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return Debian's chromium, driven by Playwright."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"chromium is missing: {CHROMIUM}")
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def steward(browser: Browser, portal_url: str) -> Iterator[BrowserContext]:
    """Return a browser in which the steward is logged in, without JavaScript."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800})
    page = context.new_page()
    page.goto(f"{portal_url}/user/login")
    page.locator("[name=login]").fill(STEWARD["name"])
    page.locator("[name=password]").fill(STEWARD["password"])
    page.locator("[name=password]").press("Enter")
    page.wait_for_load_state()
    yield context
    context.close()


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the script of axe-core, fetched from the npm registry for this run."""
    npm = shutil.which("npm")
    if not npm:
        pytest.skip("npm is missing: axe-core comes from its registry")
    folder = tmp_path_factory.mktemp("axe")
    packed = subprocess.run([npm, "pack", "axe-core@4"], cwd=folder, capture_output=True, text=True)
    if packed.returncode:
        pytest.skip("axe-core is missing: the npm registry does not answer")
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        member = archive.extractfile("package/axe.min.js")
        assert member is not None
        return member.read().decode("utf-8")
