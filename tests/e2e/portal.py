"""A portal for the browser tests: real services, the enabled plugins, CKAN's application on loopback.

With JAMBI_E2E_URL set the tests visit that portal and nothing is started here. Otherwise the portal
runs in a process of its own (`python tests/e2e/portal.py FOLDER PORT`), so that the browser's driver
and CKAN do not share an interpreter.
"""

from __future__ import annotations

import atexit
import base64
import configparser
import os
import re
import secrets
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def plugins() -> str:
    """Return the plugins that a deployment enables, as `config/portal.ini` lists them."""
    listed = configparser.ConfigParser(interpolation=None)
    listed.read(ROOT / "config" / "portal.ini", encoding="utf-8")
    return " ".join(listed["app:main"]["ckan.plugins"].split())


SETTINGS = {
    "ckan.plugins": os.environ.get("JAMBI_E2E_PLUGINS") or plugins(),
    "ckan.site_title": "Satu Data Kota Jambi",
    "ckan.locale_default": "id",
    "ckan.locales_offered": "id en",
    "ckanext.jambi.demo.enabled": "true",
    "ckan.datastore.sqlsearch.enabled": "false",
    "testing": "false",
}


STEWARD = {"name": "pengelola-uji", "password": "sandi-pengelola-uji", "email": "pengelola@example.go.id"}
AGENCY = "dlh"
ANSWER_FILE = "answer.txt"
"""Holds the path of a reminder's link, in the portal's folder."""


def write_ini(template: Path, folder: Path, port: int) -> Path:
    """Write the ini file of the portal from the one that names the services."""
    key = folder / "vault.key"
    key.write_text(base64.b64encode(secrets.token_bytes(32)).decode(), encoding="ascii")
    key.chmod(0o400)
    settings = SETTINGS | {
        "ckan.site_url": f"http://127.0.0.1:{port}",
        "ckanext.jambi.vault.key_file": str(key),
        "ckanext.jambi.harvest.demo_city_url": f"http://127.0.0.1:{port + 1}",
    }
    text = template.read_text(encoding="utf-8")
    for key, value in settings.items():
        pattern = re.compile(rf"^{re.escape(key)} = .*$", re.MULTILINE)
        line = f"{key} = {value}"
        text = (
            pattern.sub(lambda _, line=line: line, text)
            if pattern.search(text)
            else text.replace("use = egg:ckan", f"use = egg:ckan\n{line}", 1)
        )
    ini = folder / "portal.ini"
    ini.write_text(text, encoding="utf-8")
    return ini


def prepare(ini: Path) -> None:
    """Migrate the databases as the role that may: logs that only grow are not the portal's own."""
    import services
    from ckanext.jambi import append_only

    upgrading = ini.with_name("upgrade.ini")
    stated = ini.read_text(encoding="utf-8")
    own, upgrader = services.url(services.ROLE), services.url(append_only.UPGRADER)
    upgrading.write_text(stated.replace(own, upgrader), encoding="utf-8")
    ckan = [str(Path(sys.executable).with_name("ckan")), "-c", str(upgrading)]
    subprocess.run([*ckan, "db", "upgrade"], check=True, capture_output=True)


def application(ini: Path) -> Any:
    """Return CKAN's WSGI application, its portal filled."""
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    app = make_app(load_config(str(ini)))
    with app._wsgi_app.test_request_context():  # type: ignore[attr-defined]
        fill(ini.parent, datetime.now(UTC))
    return app


def fill(folder: Path, now: datetime) -> None:
    """Make organizations with their promises, datasets, a steward, and a reminder that waits for an answer."""
    import city_data
    import promises

    city_data.make_organizations()
    promises.adopt(folder, now)
    city_data.make_datasets(now)
    make_steward()
    promises.judge()
    (folder / ANSWER_FILE).write_text(promises.remind(AGENCY, STEWARD["name"], now), encoding="utf-8")


def make_steward() -> None:
    """Make an admin of one agency, and let its sources reach the simulated city."""
    import ckan.plugins.toolkit as tk
    from ckan import model

    from ckanext.jambi.harvest.connections import allow_demo_city

    context = {"ignore_auth": True, "user": tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]}
    if not model.User.get(STEWARD["name"]):
        tk.get_action("user_create")({**context}, dict(STEWARD))
    member = {"id": AGENCY, "username": STEWARD["name"], "role": "admin"}
    tk.get_action("organization_member_create")({**context}, member)
    with model.meta.engine.begin() as connection:
        allow_demo_city(connection)


def beside(folder: Path, ini: Path, port: int) -> list[subprocess.Popen[bytes]]:
    """Start the simulated city with its drop folder, and a worker."""
    log = (folder / "beside.log").open("ab")
    ckan = str(Path(sys.executable).with_name("ckan"))
    city = [
        *("-m", "ckanext.jambi.demo_city", "--port", str(port + 1)),
        "--drop-folder",
        str(folder / "drop"),
    ]
    return [
        subprocess.Popen(command, stdout=log, stderr=log)
        for command in ([sys.executable, *city], [ckan, "-c", str(ini), "jambi", "harvest", "worker"])
    ]


def end(*_: object) -> None:
    """Leave by the front door, so that the services end too."""
    sys.exit(0)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from werkzeug.serving import run_simple

    import services

    signal.signal(signal.SIGTERM, end)
    place, number = Path(sys.argv[1]), int(sys.argv[2])
    os.environ["JAMBI_TEST_DIR"] = str(place)
    portal = write_ini(services.start(), place, number)
    prepare(portal)
    whole = application(portal)
    children = beside(place, portal, number)
    atexit.register(lambda: [child.terminate() for child in children])
    run_simple("127.0.0.1", number, whole, threaded=True)
