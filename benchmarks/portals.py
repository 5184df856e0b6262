"""Two portals on one PostgreSQL server: ours, and stock CKAN with ckanext-harvest and real Solr.

Both know the same dataset type, so that both validate the same; stock has none of our harvester, our search
engine and our freshness. Each runs in a process of its own that has loaded its CKAN, and does what a module
of this folder offers (`ours`, `stock`).
"""

from __future__ import annotations

import importlib
import multiprocessing
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import services
from ckanext.jambi import append_only

_SHARED = (
    "jambi_metadata jambi scheming_datasets scheming_organizations harvest ckan_harvester datastore activity"
)
OURS = f"jambi_live jambi_harvest jambi_freshness jambi_search {_SHARED}"
NO_SOLR = "http://127.0.0.1:9/solr/ckan"


def settings(solr_url: str) -> tuple[Path, Path]:
    """Start PostgreSQL and Valkey, make the tables, and return the ini files of ours and of stock."""
    services.PLUGINS = OURS
    ini = services.start()
    # Only a demonstration may read a source on loopback.
    stated = ini.read_text(encoding="utf-8").replace("testing = true", "ckanext.jambi.demo.enabled = true")
    ini.write_text(stated, encoding="utf-8")
    stock = ini.with_name("stock.ini")
    stock.write_text(stated.replace(OURS, _SHARED).replace(NO_SOLR, solr_url), encoding="utf-8")
    _upgrade(ini, stated)
    return ini, stock


def _upgrade(ini: Path, stated: str) -> None:
    """Make the tables as the role that may: logs that only grow are not the portal's own."""
    upgrading = ini.with_name("upgrade.ini")
    own, upgrader = services.url(services.ROLE), services.url(append_only.UPGRADER)
    upgrading.write_text(stated.replace(own, upgrader), encoding="utf-8")
    ckan = [str(Path(sys.executable).with_name("ckan")), "-c", str(upgrading)]
    subprocess.run([*ckan, "db", "upgrade"], check=True, capture_output=True)


class Side:
    """A portal in a process of its own.

    Args:
        ini: its settings.
        module: name of the module whose functions it does.
        engine: process of a search engine of its own, whose processor time counts as well.
    """

    def __init__(self, ini: Path, module: str, engine: int | None = None) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(str(ini), module, engine, theirs))
        self._process.start()
        theirs.close()

    def done(self, name: str, *given: Any) -> Any:
        """Let it do something and return the answer."""
        return self._asked(False, name, given)

    def cost(self, name: str, *given: Any) -> Any:
        """Let it do something in a process of its own and return the cost."""
        return self._asked(True, name, given)

    def end(self) -> None:
        """Let its process end."""
        self._pipe.send(None)
        self._process.join()

    def _asked(self, measured: bool, name: str, given: tuple[Any, ...]) -> Any:
        self._pipe.send((measured, name, given))
        try:
            return self._pipe.recv()
        except EOFError:
            raise RuntimeError(f"{name} ended without an answer; its error stands above.") from None


def _serve(ini: str, module: str, engine: int | None, pipe: Any) -> None:
    """Load CKAN and do what is asked for, until nothing more is."""
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    app = make_app(load_config(ini))._wsgi_app
    with app.test_request_context():
        import measuring

        doing = importlib.import_module(module)
        while asked := pipe.recv():
            measured, name, given = asked
            work = partial(getattr(doing, name), *given)
            pipe.send(measuring.cost_of(work, engine) if measured else work())
