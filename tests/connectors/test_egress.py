"""The proxy for stock harvesters lets nothing through that our own client would refuse (P11, HV19)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from jambi_harvesters.addresses import Target
from jambi_harvesters.egress import Egress, Limits
from jambi_harvesters.errors import HarvesterError


class _Source(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/pindah":
            self.send_response(302)
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_address[1] + 1}/dalam")
            self.end_headers()
            return
        body = b"x" * 200_000 if self.path.startswith("/besar") else self.path.encode()
        self.send_response(200)
        if self.path != "/besar-tanpa-panjang":
            self.send_header("Content-Length", str(len(body) + (self.path == "/putus")))
        self.send_header("X-Host", self.headers["Host"])
        self.send_header("X-Proxy", str(self.headers.get("Proxy-Authorization")))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    """Return the port of a source on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Source)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def _allowed(port: int) -> tuple[Target, ...]:
    return (
        Target("uji", "sumber.example", "127.0.0.1/32", port),
        Target("ip", "127.0.0.1", "127.0.0.1/32", port),
    )


def _egress(port: int, **over: object) -> Egress:
    values = {"resolver": lambda host, at: ["127.0.0.1"], "targets": _allowed(port), "demo": True}
    return Egress(**{**values, **over})  # type: ignore[arg-type]


def _get(egress: Egress, url: str, **kwargs: object) -> requests.Response:
    return requests.get(url, proxies={"http": egress.url, "https": egress.url}, timeout=10, **kwargs)  # type: ignore[arg-type]


def test_p11_allowed_place_is_reached_at_the_judged_address(port: int) -> None:
    opened: list[tuple[str, str, int]] = []
    with _egress(port, opened=lambda *where: opened.append(where)) as egress:
        answer = _get(egress, f"http://sumber.example:{port}/data?a=1")
    assert (answer.status_code, answer.text) == (200, "/data?a=1")
    assert answer.headers["X-Host"] == f"sumber.example:{port}"
    assert answer.headers["X-Proxy"] == "None"
    assert opened == [("sumber.example", "127.0.0.1", port)]


def test_body_of_a_post_goes_through(port: int) -> None:
    with _egress(port) as egress:
        answer = requests.post(
            f"http://sumber.example:{port}/", data=b"isi", proxies={"http": egress.url}, timeout=10
        )
    assert answer.content == b"isi"


def test_s13_internal_address_is_refused_directly_and_after_a_redirect(port: int) -> None:
    with _egress(port) as egress:
        assert _get(egress, f"http://lain.example:{port}/").status_code == 403
        assert _get(egress, f"http://sumber.example:{port}/pindah").status_code == 403


def test_s14_each_request_is_judged_anew(port: int) -> None:
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    with _egress(port, resolver=lambda host, at: next(answers)) as egress:
        assert _get(egress, f"http://sumber.example:{port}/").status_code == 200
        assert _get(egress, f"http://sumber.example:{port}/").status_code == 403


@pytest.mark.parametrize("path", ["besar", "besar-tanpa-panjang"])
def test_s11_answer_that_is_cut_is_told_and_never_taken_for_the_whole(port: int, path: str) -> None:
    told: list[HarvesterError] = []
    with (
        _egress(port, limits=Limits(max_bytes=50_000), refused=told.append) as egress,
        pytest.raises(requests.exceptions.ChunkedEncodingError),
    ):
        _get(egress, f"http://sumber.example:{port}/{path}")
    assert [(one.code, one.context["max_bytes"]) for one in told] == [("answer_cut", 50_000)]


def test_answer_of_unknown_length_comes_whole(port: int) -> None:
    with _egress(port) as egress:
        assert _get(egress, f"http://sumber.example:{port}/besar-tanpa-panjang").content == b"x" * 200_000


def test_s09_answer_that_the_source_breaks_off_is_never_taken_for_the_whole(port: int) -> None:
    with _egress(port) as egress, pytest.raises(requests.exceptions.ChunkedEncodingError):
        _get(egress, f"http://sumber.example:{port}/putus")


def test_s13_refusal_says_why(port: int) -> None:
    told: list[HarvesterError] = []
    with _egress(port, refused=told.append) as egress:
        answer = _get(egress, f"http://lain.example:{port}/")
    assert "it leads to an internal address" in answer.reason
    assert answer.text == answer.reason
    assert [one.code for one in told] == ["address_refused"]


def test_tls_is_tunnelled_to_judged_addresses_only(port: int) -> None:
    with _egress(port) as egress, pytest.raises(requests.exceptions.ProxyError, match="403"):
        _get(egress, f"https://lain.example:{port}/")
    with _egress(port) as egress, pytest.raises(requests.exceptions.SSLError):
        _get(egress, f"https://sumber.example:{port}/")


def test_other_programs_are_kept_out(port: int) -> None:
    with _egress(port) as egress:
        stranger = egress.url.replace(egress.token, "salah")
        answer = requests.get(f"http://sumber.example:{port}/", proxies={"http": stranger}, timeout=10)
    assert answer.status_code == 407
