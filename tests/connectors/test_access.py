from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

import pytest
from misbehaving import Handler, Source, redirect
from reading import NOW, Attempts, SteppingClock, client, definition, sumber

from jambi_harvesters import errors
from jambi_harvesters.sources import connector_for, policy_for

TOKEN = "abc.DEF-123_~+/xyz=="
SECRET = "jingga-kelabu-9"
CSV = b"nama\nsatu\n"


class Giver:
    """Gives tokens at `/token` and notes what it was told."""

    def __init__(self, server: Source, **answer: Any) -> None:
        self.forms: list[dict[str, list[str]]] = []
        self.answer = {"access_token": TOKEN, "token_type": "Bearer", **answer}
        server.routes["/token"] = self.give

    def give(self, handler: Handler) -> None:
        length = int(handler.headers["Content-Length"])
        self.forms.append(parse_qs(handler.rfile.read(length).decode()))
        body = json.dumps({name: value for name, value in self.answer.items() if value is not None})
        handler.answer(body.encode(), headers={"Content-Type": "application/json"})


def spec(server: Source, **changes: Any) -> Any:
    auth = {
        "type": "oauth2_client_credentials",
        "access_token_url": f"{server.url}/token",
        "client_id": "portal",
        "client_secret": "secret:KLIEN",
    }
    return definition(server, **{"client__auth": auth, **changes})


def made(server: Source, **options: Any) -> Any:
    asked = options.pop("definition", None) or spec(server)
    policy = policy_for(asked, connector_for(asked), targets=(server.target,), demo=True)
    opened = client(server, policy, sleep=lambda seconds: None, **options)
    return connector_for(asked)(asked, opened, now=NOW, secrets={"KLIEN": SECRET})


def sent(server: Source, path: str) -> list[str | None]:
    return [headers.get("Authorization") for _, full, headers in server.log if full == path]


def test_token_is_fetched_once_a_run_and_sent_to_the_source(server: Source) -> None:
    giver = Giver(server)
    server.put("/x.csv", CSV)
    connector = made(server)
    assert server.log == []
    for _ in range(2):
        assert list(connector.pages())[-1].complete
    assert giver.forms == [
        {"grant_type": ["client_credentials"], "client_id": ["portal"], "client_secret": [SECRET]}
    ]
    assert sent(server, "/x.csv") == [f"Bearer {TOKEN}"] * 2
    assert sent(server, "/token") == [None]


def test_token_that_runs_out_is_renewed(server: Source) -> None:
    giver, clock = Giver(server, expires_in=300), SteppingClock()
    server.put("/x.csv", CSV)
    connector = made(server, clock=clock)
    for seconds in (0, 200, 100):
        clock.seconds += seconds
        list(connector.pages())
    assert len(giver.forms) == 2


def test_token_goes_to_the_pinned_origin_only(server: Source) -> None:
    Giver(server)
    server.routes["/x.csv"] = redirect(f"http://lain.test:{server.port}/y.csv")
    server.put("/y.csv", CSV)
    asked = spec(server)
    with pytest.raises(errors.AddressRefusedError):
        list(made(server, definition=asked).pages())
    assert sent(server, "/y.csv") == []


def test_s31_token_and_client_secret_are_masked_everywhere(server: Source) -> None:
    Giver(server)
    attempts = Attempts()
    server.routes["/x.csv"] = redirect(f"/hilang?a={TOKEN}&b={SECRET}")
    connector = made(server, recorder=attempts)
    with pytest.raises(errors.NotFoundError) as caught:
        list(connector.pages())
    shown = f"{caught.value} {caught.value.pesan} {caught.value.context} {attempts.all}"
    assert TOKEN not in shown
    assert "abc.DEF" not in shown
    assert SECRET not in shown
    assert [attempt.outcome for attempt in attempts.all] == ["ok", "ok", "not_found"]


@pytest.mark.parametrize("status", [400, 401, 403])
def test_s02_refused_client_is_auth_failed_without_a_second_attempt(server: Source, status: int) -> None:
    server.put("/token", b'{"error": "invalid_client"}', status)
    server.put("/x.csv", CSV)
    with pytest.raises(errors.AuthFailedError) as caught:
        list(made(server).pages())
    assert caught.value.context["status"] == status
    assert [method for method, _, _ in server.log] == ["POST"]


def test_s01_token_that_nobody_gives_is_an_outage(server: Source) -> None:
    server.put("/token", b"", 503)
    with pytest.raises(errors.SourceDownError):
        list(made(server).pages())


@pytest.mark.parametrize(
    "answer",
    [
        {"access_token": None},
        {"access_token": ""},
        {"access_token": "a b"},
        {"access_token": "a\r\nX: y"},
        {"access_token": 12},
        {"token_type": "mac"},
    ],
)
def test_answer_without_a_bearer_token_is_refused(server: Source, answer: dict[str, Any]) -> None:
    Giver(server, **answer)
    server.put("/x.csv", CSV)
    with pytest.raises(errors.UnexpectedContentError):
        list(made(server).pages())
    assert server.asked("/x.csv") == []


def test_s06_sign_in_page_instead_of_a_token_is_refused(server: Source) -> None:
    server.put("/token", sumber("halaman-masuk.html"))
    with pytest.raises(errors.UnexpectedContentError):
        list(made(server).pages())


def test_media_types_of_the_data_do_not_hold_for_the_token(server: Source) -> None:
    Giver(server)
    server.put("/x.csv", CSV, headers={"Content-Type": "text/csv"})
    asked = spec(server, guard__content_types=["text/csv"])
    assert list(made(server, definition=asked).pages())[-1].complete


def test_s13_address_of_the_token_is_judged_like_any_other(server: Source) -> None:
    auth = {**spec(server).client.auth, "access_token_url": "http://169.254.169.254/token"}
    with pytest.raises(errors.AddressRefusedError):
        list(made(server, definition=spec(server, client__auth=auth)).pages())
    assert server.log == []


def test_secret_that_is_not_stored_is_named(server: Source) -> None:
    asked = spec(server)
    with pytest.raises(errors.SecretMissingError) as caught:
        connector_for(asked)(asked, client(server), now=NOW, secrets={})
    assert caught.value.context["name"] == "KLIEN"
