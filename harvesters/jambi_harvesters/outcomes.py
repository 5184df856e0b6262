"""What an answer's status line and headers mean for a harvest (harvesting.md 3.1)."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import requests

from jambi_harvesters.errors import (
    AuthFailedError,
    FetchError,
    NotFoundError,
    RateLimitedError,
    SourceDownError,
    StatusError,
    UnexpectedContentError,
)

NOT_MODIFIED = 304
FIRST_REDIRECT = 300
FIRST_FAILURE = 400
FIRST_SERVER_FAILURE = 500
TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
NO_HINT_WAIT_SECONDS = 300.0
LONGEST_WAIT_SECONDS = 86_400.0
"""Who asks for more is asked the next day: a slip in a header must not silence a source for a year."""
CONDITIONS = {"etag": "If-None-Match", "last_modified": "If-Modified-Since"}


def conditional(validators: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that ask whether anything changed."""
    return {CONDITIONS[name]: value for name, value in validators.items() if name in CONDITIONS and value}


def is_conditional(headers: Mapping[str, str]) -> bool:
    """Say whether a request asked whether anything changed, so that it may be told that nothing did."""
    return any(name in headers for name in CONDITIONS.values())


def redirect_target(status: int, headers: Mapping[str, str]) -> str | None:
    """Return where an answer sends us, or None."""
    return headers.get("Location") if status in REDIRECTS else None


def is_answer(status: int) -> bool:
    """Say whether a status announces data, or that nothing changed, or a redirect."""
    return status < FIRST_REDIRECT or status == NOT_MODIFIED or status in REDIRECTS


def failure(status: int, url: str, headers: Mapping[str, str], now: datetime) -> FetchError:
    """Return the error that a status stands for, with whether and when to try again."""
    wait = retry_after(headers.get("Retry-After"), now)
    if status == requests.codes.too_many_requests or (wait is not None and status in TRANSIENT):
        due = now + timedelta(seconds=NO_HINT_WAIT_SECONDS if wait is None else wait)
        error: FetchError = RateLimitedError(due_at=due, url=url, status=status)
    else:
        error = _plain_failure(status, url)
    error.transient = status in TRANSIENT
    error.retry_after = wait
    return error


def _plain_failure(status: int, url: str) -> FetchError:
    if status in (401, 403):
        return AuthFailedError(url=url, status=status)
    if status in (404, 410):
        return NotFoundError(url=url, status=status)
    if status >= FIRST_SERVER_FAILURE or status in TRANSIENT:
        reason = f"HTTP {status}"
        return SourceDownError(url=url, status=status, reason=reason)
    return StatusError(url=url, status=status)


def retry_after(value: str | None, now: datetime) -> float | None:
    """Read a Retry-After header (seconds, a date), a day at most; None if there is none or it is no wait."""
    if not value:
        return None
    if value.strip().isdecimal():
        return min(float(value.strip()[:9]), LONGEST_WAIT_SECONDS)
    try:
        due = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    due = due if due.tzinfo else due.replace(tzinfo=UTC)
    return min(max((due - now).total_seconds(), 0.0), LONGEST_WAIT_SECONDS)


def judge_media_type(value: str | None, url: str, listed: Sequence[str]) -> None:
    """Refuse a media type that the definition does not list.

    Raises:
        UnexpectedContentError: if it is not listed.
    """
    media_type = (value or "").partition(";")[0].strip().casefold()
    if listed and media_type not in {one.casefold() for one in listed}:
        raise UnexpectedContentError(url=url, found=media_type or "?", expected=", ".join(listed))


def wants_html(listed: Sequence[str]) -> bool:
    """Say whether a definition takes web pages for data."""
    return any("html" in one.casefold() for one in listed)


def connect_reason(err: Exception) -> tuple[str, str]:
    """Say in both languages why no connection came about; never quotes the transport's own text."""
    text = type(getattr(err, "reason", None) or (err.args[0] if err.args else err)).__name__
    if "Timeout" in text or "Timeout" in type(err).__name__:
        return "no connection in time", "sambungan tidak terbentuk tepat waktu"
    if "NewConnection" in text:
        return "the connection was refused", "sambungan ditolak"
    return "the connection broke off", "sambungan terputus"


def tls_reason(err: BaseException) -> str:
    """Return OpenSSL's own short reason for refusing a certificate."""
    seen: BaseException | None = err
    for _ in range(6):
        if isinstance(seen, ssl.SSLCertVerificationError):
            return str(seen.verify_message)
        inner = getattr(seen, "reason", None) or (seen.args[0] if seen is not None and seen.args else None)
        seen = inner if isinstance(inner, BaseException) else None
    return "not the expected certificate"
