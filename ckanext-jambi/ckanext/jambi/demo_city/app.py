"""The WSGI application that plays the city's systems.

Started by `python -m ckanext.jambi.demo_city`, and by tests through `create_app`. Imports neither CKAN nor
any room of the portal.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from werkzeug.wrappers import Request, Response

from ckanext.jambi import clock

from . import drop_folder, native, pages
from .catalogue import catalogue
from .city import DEFAULT_SEED, Answer, City, sealed
from .faults import FAULTS, Case
from .json_shapes import Ask, RefusedError
from .source import Source

HTML = "text/html; charset=utf-8"
JSON = "application/json; charset=utf-8"
DROP_PREFIX = "/titipan/"
CONTROL_PREFIX = "/_kendali/"
FAULT_PARAM = "_galat"


class App:
    """The city as a WSGI application.

    Attributes:
        city: the sources and the clock.
        control: whether changes and faults can be asked for.
        faults: the fault that is switched on for a dataset, by its name.
    """

    def __init__(self, city: City, folder: Path | None, control: bool) -> None:
        self.city = city
        self.control = control
        self.faults: dict[str, str] = {}
        self._folder = folder
        self._sources = {
            f"/{source.path}{endpoint}": source for source in city.sources for endpoint in source.endpoints
        }

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        response = self._respond(request)
        response.headers["X-Data-Peraga"] = "ya"
        response.headers.setdefault("Cache-Control", "no-cache")
        return response(environ, start_response)

    def _respond(self, request: Request) -> Response:
        if self.control and request.path.startswith(CONTROL_PREFIX):
            return self._control(request)
        if request.method not in ("GET", "HEAD"):
            return Response("Hanya GET dan HEAD.", status=405, headers={"Allow": "GET, HEAD"})
        source = self._sources.get(request.path)
        if source:
            return self._from_source(request, source)
        return self._page(request)

    def _page(self, request: Request) -> Response:
        path = request.path
        if path == "/":
            return _conditional(
                request, sealed(pages.index(self.city.sources, native.SYSTEMS).encode(), HTML)
            )
        if path == "/data.json":
            origin = request.host_url.rstrip("/")
            return _conditional(request, sealed(catalogue(self.city.sources, origin), JSON))
        if path == DROP_PREFIX:
            listing = pages.drop_listing(drop_folder.dropped(self._folder), self._today())
            return _conditional(request, sealed(listing.encode(), HTML))
        if path.startswith(DROP_PREFIX):
            return self._dropped(request, path.removeprefix(DROP_PREFIX))
        system = native.find(path)
        if system:
            return self._from_system(request, system)
        return _not_found(path)

    def _today(self) -> date:
        return self.city.now().astimezone(clock.WIB).date()

    def _dropped(self, request: Request, name: str) -> Response:
        file = drop_folder.find(self._folder, name)
        if file is None:
            return _not_found(request.path)
        return _conditional(request, file.answer(), file.changed_at)

    def _from_system(self, request: Request, system: native.System) -> Response:
        path = request.path.removeprefix(system.prefix)
        asked = native.Asked(request.host_url.rstrip("/"), path, request.args.to_dict())
        reply = system.answer(self.city, asked)
        if reply is None:
            return _not_found(request.path)
        if reply.status == 200:
            response = _conditional(request, sealed(reply.body, reply.media_type))
        else:
            response = Response(reply.body, reply.status, content_type=reply.media_type)
        response.headers.update(reply.headers)
        return response

    def _from_source(self, request: Request, source: Source) -> Response:
        ask = Ask(request.base_url, request.args.to_dict())
        fault = self._fault_of(request, source)
        try:
            if fault:
                return FAULTS[fault](Case(source, self.city.rows(source), ask))
            return _conditional(request, self.city.answer(source, ask))
        except RefusedError as refused:
            return _json(refused.document, refused.status)

    def _fault_of(self, request: Request, source: Source) -> str | None:
        """Return the fault of this request: by its own parameter or as switched on, only under control."""
        if not self.control:
            return None
        asked = request.args.get(FAULT_PARAM)
        return asked if asked in FAULTS else self.faults.get(source.name)

    def _control(self, request: Request) -> Response:
        if request.method != "POST":
            return _said("Kendali hanya menerima POST.", 405)
        command = request.path.removeprefix(CONTROL_PREFIX)
        if command == "ubah":
            return self._change(request.args.get("n", "1"))
        if command == "galat":
            return self._switch(request.args.get("dataset", ""), request.args.get("mode", ""))
        return _said(f"Perintah {command} tidak dikenal; yang ada: ubah, galat.", 404)

    def _change(self, count: str) -> Response:
        most = len(self.city.sources)
        if not (count.isascii() and count.isdigit() and 1 <= int(count) <= most):
            return _said(f"n harus bilangan 1 sampai {most}.", 400)
        return _json({"berubah": self.city.change(int(count))})

    def _switch(self, name: str, mode: str) -> Response:
        if name not in {source.name for source in self.city.sources}:
            return _said(f"Dataset {name} tidak dikenal.", 404)
        if mode and mode not in FAULTS:
            return _said(f"Mode {mode} tidak dikenal; yang ada: {', '.join(FAULTS)}.", 400)
        self.faults.pop(name, None)
        if mode:
            self.faults[name] = mode
        return _json({"galat": self.faults})


def create_app(
    *,
    seed: str = DEFAULT_SEED,
    drop: Path | None = None,
    control: bool = False,
    now: Callable[[], datetime] = clock.now,
) -> App:
    """Return the city as a WSGI application.

    Args:
        seed: two applications of one seed serve the same data at the same instant.
        drop: the drop folder, or None for none.
        control: whether `/_kendali/` and the parameter `_galat` work.
        now: tells the instant (aware); by default the portal's clock.
    """
    return App(City(seed, now), drop, control)


def _conditional(request: Request, answer: Answer, changed_at: datetime | None = None) -> Response:
    """Return the answer, or 304 where the client has it already."""
    response = Response(answer.body, content_type=answer.media_type)
    response.set_etag(answer.etag)
    if changed_at:
        response.last_modified = changed_at
    response.make_conditional(request)
    del response.headers["Date"]  # the server writes its own
    return response


def _not_found(path: str) -> Response:
    return Response(pages.not_found(path), status=404, content_type=HTML)


def _json(document: Any, status: int = 200) -> Response:
    return Response(json.dumps(document, ensure_ascii=False), status=status, content_type=JSON)


def _said(sentence: str, status: int) -> Response:
    return Response(sentence, status=status, content_type="text/plain; charset=utf-8")
