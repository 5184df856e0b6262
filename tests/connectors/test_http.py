from __future__ import annotations

import gzip
import os
import shutil
import socket
import ssl
import subprocess
from datetime import timedelta
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path

import misbehaving
import pytest
from misbehaving import Source
from reading import NOW, Attempts, SteppingClock, client, sumber

from jambi_harvesters import addresses, errors
from jambi_harvesters.credentials import Credentials
from jambi_harvesters.http import Client, Policy, Target

CREDENTIALS = {"headers": {"Authorization": "Bearer rahasia-kota"}, "params": {"kunci": "rahasia-kota"}}


def public_only(**options: object) -> Client:
    return Client(Policy(max_rps=1_000), sleep=lambda seconds: None, **options)


def test_answer_comes_whole_with_validators(server: Source) -> None:
    server.put("/x", b"a,b\n", headers={"ETag": '"1"', "Last-Modified": "Tue, 24 Nov 2026 00:00:00 GMT"})
    with client(server).get(f"{server.url}/x") as response:
        assert response.read() == b"a,b\n"
        assert response.validators == {"etag": '"1"', "last_modified": "Tue, 24 Nov 2026 00:00:00 GMT"}


def test_unchanged_answer_is_known_by_its_validators(server: Source) -> None:
    server.routes["/x"] = misbehaving.with_validators(b"isi", '"v1"')
    with client(server).get(f"{server.url}/x", validators={"etag": '"v1"'}) as response:
        assert response.not_modified
        assert response.body.size == 0


def test_s29_unchanged_is_no_answer_to_who_did_not_ask_for_changes(server: Source) -> None:
    server.put("/x", b"", 304)
    with pytest.raises(errors.UnexpectedContentError, match="304"):
        client(server).get(f"{server.url}/x")


def test_s01_unknown_name_and_refused_connection_are_source_down(server: Source) -> None:
    def no_name(host: str, port: int) -> list[str]:
        raise OSError("name not known")

    with pytest.raises(errors.SourceDownError, match="name is not known"):
        public_only(resolver=no_name).get("http://tidak-ada.test/")
    clock = SteppingClock()
    target = Target("t", "mati.test", "127.0.0.1/32", 9, "/")
    policy = Policy(targets=(target,), demo=True, max_rps=1_000)
    recorder = Attempts()
    down = Client(
        policy, resolver=lambda h, p: ["127.0.0.1"], clock=clock, sleep=clock.sleep, recorder=recorder
    )
    with pytest.raises(errors.SourceDownError):
        down.get("http://mati.test:9/")
    assert len(recorder.all) == 5
    waits = [round(wait) for wait in clock.slept if wait > 0.5]
    assert len(waits) == 4
    assert waits == sorted(waits)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, errors.AuthFailedError),
        (403, errors.AuthFailedError),
        (404, errors.NotFoundError),
        (410, errors.NotFoundError),
        (418, errors.StatusError),
        (300, errors.StatusError),
        (501, errors.SourceDownError),
    ],
)
def test_s02_s03_lasting_failure_is_asked_once(
    server: Source, status: int, error: type[errors.FetchError]
) -> None:
    server.put("/x", b"", status)
    recorder = Attempts()
    with pytest.raises(error):
        client(server, recorder=recorder).get(f"{server.url}/x")
    assert [one.status for one in recorder.all] == [status]
    assert recorder.all[0].outcome == error.code


@pytest.mark.parametrize("as_date", [False, True])
def test_s04_retry_after_is_obeyed(server: Source, as_date: bool) -> None:
    clock = SteppingClock()
    due = format_datetime(clock.now() + timedelta(seconds=30), usegmt=True) if as_date else "30"
    server.routes["/x"] = misbehaving.in_turn((429, b"", {"Retry-After": due}), (200, b"ok", {}))
    with client(server, clock=clock, sleep=clock.sleep).get(f"{server.url}/x") as response:
        assert response.read() == b"ok"
    assert sum(clock.slept) >= 30


def test_s04_long_retry_after_ends_with_the_next_due_time(server: Source) -> None:
    server.put("/x", b"", 503, {"Retry-After": "7200"})
    clock = SteppingClock()
    with pytest.raises(errors.RateLimitedError) as caught:
        client(server, clock=clock, sleep=clock.sleep).get(f"{server.url}/x")
    assert caught.value.due_at == NOW + timedelta(hours=2)
    assert len(server.log) == 1


def test_turn_that_comes_after_the_deadline_is_not_slept_for(server: Source) -> None:
    server.put("/x", b"ok")
    clock = SteppingClock()
    slow = Policy(targets=(server.target,), demo=True, max_rps=0.001)
    asked = client(server, slow, clock=clock, sleep=clock.sleep)
    asked.get(f"{server.url}/x").close()
    with pytest.raises(errors.DeadlineError):
        asked.get(f"{server.url}/x")
    assert clock.slept == []


def test_s05_three_failures_then_success(server: Source) -> None:
    failed = (500, b"", {})
    server.routes["/x"] = misbehaving.in_turn(failed, failed, failed, (200, b"ok", {}))
    clock, recorder = SteppingClock(), Attempts()
    with client(server, clock=clock, sleep=clock.sleep, recorder=recorder).get(f"{server.url}/x") as response:
        assert response.read() == b"ok"
    assert [one.status for one in recorder.all] == [500, 500, 500, 200]
    assert 7 <= sum(clock.slept) <= 11


def test_content_is_sent_byte_for_byte(server: Source) -> None:
    bodies = []

    def keep(handler: misbehaving.Handler) -> None:
        bodies.append(handler.rfile.read(int(handler.headers["Content-Length"])))
        handler.answer()

    server.routes["/x"] = keep
    client(server).get(f"{server.url}/x", method="POST", content=b'{"a":  "\xc3\xa9"}').close()

    assert bodies == [b'{"a":  "\xc3\xa9"}']


def test_f18_head_follows_a_redirect_as_head(server: Source) -> None:
    server.put("/x", b"a,b\n", headers={"ETag": '"1"'})
    server.routes["/r"] = misbehaving.redirect("/x")
    with client(server).get(f"{server.url}/r", method="HEAD") as response:
        assert (response.status, response.validators, response.body.size) == (200, {"etag": '"1"'}, 0)
    assert [method for method, _, _ in server.log] == ["HEAD", "HEAD"]


def test_post_is_never_repeated_and_never_redirected(server: Source) -> None:
    server.put("/x", b"", 500)
    server.routes["/r"] = misbehaving.redirect("/x")
    with pytest.raises(errors.SourceDownError):
        client(server).get(f"{server.url}/x", method="POST", json={"tahun": 2026})
    with pytest.raises(errors.RedirectRefusedError):
        client(server).get(f"{server.url}/r", method="POST", json={})
    assert len(server.log) == 2


@pytest.mark.parametrize(
    "name", ["halaman-masuk.html", "gsheet-halaman-masuk.html", "http200-php-warning.txt"]
)
def test_s06_web_page_instead_of_data(server: Source, name: str) -> None:
    server.put("/x", sumber(name), headers={"Content-Type": "application/json"})
    with pytest.raises(errors.UnexpectedContentError) as caught:
        client(server).get(f"{server.url}/x")
    assert "halaman" in caught.value.pesan


def test_unlisted_media_type_is_refused(server: Source) -> None:
    server.put("/x", b"a,b", headers={"Content-Type": "application/octet-stream"})
    policy = Policy(targets=(server.target,), demo=True, max_rps=1_000, content_types=("text/csv",))
    with pytest.raises(errors.UnexpectedContentError, match="application/octet-stream"):
        client(server, policy).get(f"{server.url}/x")


@pytest.mark.parametrize("cut", [misbehaving.short(b"a,b\n1,2", 100), misbehaving.cut_chunk(b"a,b\n1,2")])
def test_s09_cut_body_is_truncated(server: Source, cut: misbehaving.Behaviour) -> None:
    server.routes["/x"] = cut
    with pytest.raises(errors.TruncatedError):
        client(server).get(f"{server.url}/x")


def test_s09_cut_gzip_is_truncated(server: Source) -> None:
    server.put("/x", gzip.compress(os.urandom(5_000))[:-2_000], headers={"Content-Encoding": "gzip"})
    with pytest.raises(errors.TruncatedError):
        client(server).get(f"{server.url}/x")


def test_s10_dripping_source_is_cut_at_the_deadline(server: Source) -> None:
    server.routes["/x"] = misbehaving.drip(server)
    policy = Policy(targets=(server.target,), demo=True, max_rps=1_000, deadline=0.3)
    with pytest.raises(errors.DeadlineError):
        client(server, policy).get(f"{server.url}/x")


def test_silent_source_is_down(server: Source) -> None:
    server.routes["/x"] = lambda handler: server.let_go.wait(20) and None
    policy = Policy(targets=(server.target,), demo=True, max_rps=1_000, timeout=0.2)
    with pytest.raises(errors.SourceDownError, match="silent"):
        client(server, policy).get(f"{server.url}/x")


def test_s11_endless_body_is_cut_at_the_cap(server: Source) -> None:
    server.routes["/x"] = misbehaving.endless(b"a" * 65_536)
    policy = Policy(targets=(server.target,), demo=True, max_rps=1_000, max_bytes=2_000_000)
    recorder = Attempts()
    with pytest.raises(errors.TooLargeError, match="2 MB"):
        client(server, policy, recorder=recorder).get(f"{server.url}/x")
    assert recorder.all[0].bytes < 3_000_000


def test_s12_compression_bomb_is_refused(server: Source) -> None:
    server.put("/x", gzip.compress(b"0" * 20_000_000), headers={"Content-Encoding": "gzip"})
    with pytest.raises(errors.CompressionBombError):
        client(server).get(f"{server.url}/x")


def test_honest_gzip_of_two_members_is_read(server: Source) -> None:
    body = gzip.compress(b"a,b\n") + gzip.compress(b"1,2\n")
    server.put("/x", body, headers={"Content-Encoding": "gzip"})
    with client(server).get(f"{server.url}/x") as response:
        assert response.read() == b"a,b\n1,2\n"


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://[::ffff:7f00:1]/",
        "http://2130706433/",
        "http://0177.0.0.1/",
        "file:///etc/passwd",
        "ftp://sumber.test/x",
        "http://pengguna:sandi@sumber.test/",
    ],
)
def test_s13_hostile_redirect_is_refused(server: Source, location: str) -> None:
    server.routes["/x"] = misbehaving.redirect(location)
    asked: list[tuple[str, int]] = []

    def resolver(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return {"sumber.test": ["127.0.0.1"], "2130706433": ["127.0.0.1"], "0177.0.0.1": ["127.0.0.1"]}.get(
            host, [host]
        )

    with pytest.raises(errors.RedirectRefusedError) as caught:
        client(server, resolver=resolver).get(f"{server.url}/x")
    assert caught.value.code == "redirect_refused"
    assert "ditolak" in caught.value.pesan
    assert "sandi" not in str(caught.value)
    assert len(server.log) == 1


def test_s13_redirect_loop_ends_after_five_hops(server: Source) -> None:
    server.routes["/x"] = misbehaving.redirect("/x")
    with pytest.raises(errors.RedirectRefusedError, match="more than 5"):
        client(server).get(f"{server.url}/x")
    assert len(server.log) == 6


def test_s14_second_lookup_cannot_lead_elsewhere(server: Source) -> None:
    answers = [["127.0.0.1"], ["10.0.0.1"]]
    connected: list[str] = []

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        connected.append(address[0])
        return socket.create_connection(address, timeout)

    server.put("/x", b"ok")
    rebinding = client(server, resolver=lambda host, port: answers.pop(0), connect=connect)
    rebinding.get(f"{server.url}/x").close()
    assert connected == ["127.0.0.1"]
    with pytest.raises(errors.AddressRefusedError):
        rebinding.get(f"{server.url}/x")
    assert connected == ["127.0.0.1"]


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://contoh.test/",
        "gopher://contoh.test/",
        "http://a:b@contoh.test/",
        "http:///",
        "http://contoh.test:99999/",
    ],
)
def test_s15_other_schemes_and_userinfo_are_refused(url: str) -> None:
    with pytest.raises(errors.AddressRefusedError):
        public_only(resolver=lambda host, port: ["93.184.216.34"]).get(url)


def test_p11_hv09_no_socket_is_opened_to_an_unjudged_address() -> None:
    opened: list[object] = []
    watched = public_only(resolver=lambda host, port: ["10.1.2.3"], connect=lambda *a: opened.append(a))
    with pytest.raises(errors.AddressRefusedError):
        watched.get("http://dalam.test/")
    assert opened == []


def test_credentials_stay_with_their_origin(server: Source) -> None:
    server.routes["/same"] = misbehaving.redirect("/x")
    server.put("/x", b"ok")
    server.routes["/other"] = misbehaving.redirect(f"http://lain.test:{server.port}/x")
    lain = Target("lain", "lain.test", "127.0.0.0/8", server.port, "/")
    policy = Policy(targets=(server.target, lain), demo=True, max_rps=1_000)
    credentials = Credentials(("http", "sumber.test", server.port), **CREDENTIALS)
    opened = client(server, policy)
    opened.get(f"{server.url}/same", credentials=credentials).close()
    opened.get(f"{server.url}/other", credentials=credentials).close()
    sent = [("Authorization" in headers, "kunci=" in path) for _, path, headers in server.log]
    assert sent == [(True, True), (True, True), (True, True), (False, False)]


def test_environment_proxies_are_ignored(server: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.put("/x", b"ok")
    client(server).get(f"{server.url}/x").close()


def test_s31_secrets_never_show(server: Source) -> None:
    server.put("/api/key/RAHASIA-BPS/x", b"", 404)
    recorder = Attempts()
    opened = client(server, recorder=recorder, secrets=("RAHASIA-BPS",))
    with pytest.raises(errors.NotFoundError) as caught:
        opened.get(
            f"{server.url}/api/key/RAHASIA-BPS/x", {"API-KEY": "KUNCI-CONTOH", "nip": "198501012010011000"}
        )
    texts = f"{caught.value} {caught.value.pesan} {caught.value.context} {recorder.all}"
    for secret in ("RAHASIA-BPS", "KUNCI-CONTOH", "198501012010011000"):
        assert secret not in texts
    assert caught.value.__cause__ is None


def test_turns_of_a_host_are_kept_apart(server: Source) -> None:
    server.put("/x", b"ok")
    clock = SteppingClock()
    policy = Policy(targets=(server.target,), demo=True, max_rps=2)
    opened = client(server, policy, clock=clock, sleep=clock.sleep)
    for _ in range(3):
        opened.get(f"{server.url}/x").close()
    assert clock.slept == [0.5, 0.5]


def test_run_deadline_ends_the_run(server: Source) -> None:
    clock = SteppingClock()
    policy = Policy(targets=(server.target,), demo=True, max_rps=1_000, run_deadline=10)
    opened = client(server, policy, clock=clock, sleep=clock.sleep)
    clock.sleep(11)
    with pytest.raises(errors.DeadlineError) as caught:
        opened.get(f"{server.url}/x")
    assert "panen ini" in caught.value.pesan


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, str]:
    """A self-signed certificate for sumber.test with its key in one file, and its fingerprint."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is missing: no certificate can be made")
    both = tmp_path / "sumber.pem"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=sumber.test"
    )
    names = ["-addext", "subjectAltName=DNS:sumber.test", "-keyout", str(both), "-out", str(tmp_path / "c")]
    subprocess.run([*command.split(), *names], check=True, capture_output=True)
    text = (tmp_path / "c").read_text()
    both.write_text(both.read_text() + text)
    return both, sha256(ssl.PEM_cert_to_DER_cert(text)).hexdigest()


@pytest.fixture
def tls_server(server: Source, certificate: tuple[Path, str]) -> Source:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate[0])
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.put("/x", b"ok")
    return server


def test_s16_unknown_certificate_is_refused(tls_server: Source) -> None:
    with pytest.raises(errors.TlsRefusedError) as caught:
        client(tls_server).get(f"https://sumber.test:{tls_server.port}/x")
    assert "guard.tls" in caught.value.pesan


def test_s16_pinned_certificate_is_accepted_and_only_it(
    tls_server: Source, certificate: tuple[Path, str]
) -> None:
    allowed = {"targets": (tls_server.target,), "demo": True, "max_rps": 1_000}
    url = f"https://sumber.test:{tls_server.port}/x"
    client(tls_server, Policy(**allowed, sha256=certificate[1])).get(url).close()
    client(tls_server, Policy(**allowed, ca_file=str(certificate[0]))).get(url).close()
    with pytest.raises(errors.TlsRefusedError):
        client(tls_server, Policy(**allowed, sha256="0" * 64)).get(url)


def test_hv09_redirect_to_a_host_that_is_not_the_sources_own_is_a_move(server: Source) -> None:
    server.routes["/a"] = misbehaving.redirect(f"http://lain.test:{server.port}/b", "/b")
    server.put("/b", b"isi")
    policy = Policy(targets=(server.target,), demo=True, max_rps=1_000, redirect_hosts=("sumber.test",))
    with pytest.raises(errors.MovedError) as caught:
        client(server, policy).get(f"{server.url}/a")
    assert caught.value.context["host"] == "lain.test"
    assert "lain.test" in caught.value.pesan
    assert client(server, policy).get(f"{server.url}/a").read() == b"isi"


@pytest.mark.parametrize(
    ("host", "known"), [("a.test", True), ("B.A.test", True), ("xa.test", False), ("c.test", False)]
)
def test_hosts_are_named_one_by_one_or_below_a_name(host: str, known: bool) -> None:
    assert addresses.is_one_of(host, ("a.test", ".a.test")) is known
