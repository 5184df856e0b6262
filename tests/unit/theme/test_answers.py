"""What caches may keep (RL05): anonymous pages with a strong ETag, nothing that belongs to a session."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.jambi.theme.answers import FOREVER, PRIVATE, PUBLIC, Answers

PAGE = b"<p>Kota Jambi</p>"


def application(
    headers: list[tuple[str, str]] | None = None, status: str = "200 OK", body: bytes = PAGE
) -> Any:
    sent = headers or [("Content-Type", "text/html; charset=utf-8")]

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response(status, [*sent, ("Content-Length", str(len(body)))])
        return [body]

    return app


def ask(app: Any, path: str = "/", **more: str) -> tuple[str, dict[str, str], bytes]:
    answered: list[Any] = []
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path} | more
    body = b"".join(Answers(app, "ckan")(environ, lambda *said: answered.append(said)))
    status, headers = answered[0][:2]
    return status, {key.lower(): value for key, value in headers}, body


def test_rl05_anonymous_page_may_be_kept_by_caches():
    status, headers, body = ask(application())
    assert (status, body) == ("200 OK", PAGE)
    assert headers["cache-control"] == PUBLIC
    assert headers["etag"].startswith('"')


def test_rl05_reader_who_has_the_page_gets_304_without_a_body():
    _, headers, _ = ask(application())
    status, again, body = ask(application(), HTTP_IF_NONE_MATCH=f'"other", {headers["etag"]}')
    assert (status, body) == ("304 Not Modified", b"")
    assert again["etag"] == headers["etag"]
    assert "content-length" not in again


def test_rl05_other_bytes_have_another_etag():
    assert ask(application())[1]["etag"] != ask(application(body=b"<p>Lain</p>"))[1]["etag"]


@pytest.mark.parametrize(
    "more",
    [
        {"HTTP_COOKIE": "ckan=abc"},
        {"HTTP_COOKIE": "x=1; remember_token=abc"},
        {"HTTP_AUTHORIZATION": "token"},
    ],
)
def test_rl05_page_of_a_session_is_private(more):
    _, headers, _ = ask(application(), **more)
    assert headers["cache-control"] == PRIVATE
    assert "etag" not in headers


def test_rl05_page_that_opens_a_session_is_private():
    opened = [("Content-Type", "text/html"), ("Set-Cookie", "ckan=abc")]
    assert ask(application(opened))[1]["cache-control"] == PRIVATE


def test_error_pages_and_writes_are_not_kept():
    assert "etag" not in ask(application(status="404 NOT FOUND"))[1]
    assert "etag" not in ask(application(), REQUEST_METHOD="POST")[1]


def test_hashed_files_are_kept_for_ever():
    css = [("Content-Type", "text/css")]
    assert ask(application(css), "/jambi-assets/abc/jambi.css")[1]["cache-control"] == FOREVER
    assert ask(application(css), "/webassets/vendor/abc_x.css")[1]["cache-control"] == FOREVER
    assert (
        ask(application(css, status="404 NOT FOUND"), "/jambi-assets/x/y.css")[1].get("cache-control") is None
    )


def test_other_answers_pass_untouched():
    data = [("Content-Type", "application/json"), ("Cache-Control", "no-cache")]
    assert ask(application(data), "/api/3/action/x")[1]["cache-control"] == "no-cache"
