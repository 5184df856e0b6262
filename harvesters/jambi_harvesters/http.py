"""The only way out to the network (harvesting.md 3.1).

Every request is judged before its socket opens, and so is every redirect; time, size and compression are
bounded while bytes come in; what fails for a moment is tried again, within one deadline. Errors never show a
secret: the transport's own exceptions, whose texts hold whole URLs, are cut off on purpose (`from None`).
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import requests
import stamina
import urllib3
from requests.exceptions import RequestException, SSLError

from jambi_harvesters import addresses, outcomes
from jambi_harvesters.addresses import Resolver, Target
from jambi_harvesters.bodies import BLOCK, Body, sample, take_in
from jambi_harvesters.credentials import Credentials
from jambi_harvesters.errors import (
    AddressRefusedError,
    DeadlineError,
    FetchError,
    HarvesterError,
    MovedError,
    RateLimitedError,
    RedirectRefusedError,
    SourceDownError,
    TlsRefusedError,
    TruncatedError,
    UnexpectedContentError,
)
from jambi_harvesters.exchange import Attempt, Clock, Policy, Recorder, Response, SystemClock
from jambi_harvesters.limiter import Limiter, LocalLimiter
from jambi_harvesters.redaction import Redactor
from jambi_harvesters.transport import Connect, PinnedAdapter

__all__ = ["Attempt", "Client", "Clock", "Policy", "Recorder", "Response", "SystemClock", "Target"]

FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 60.0
MAX_REDIRECTS = 5
MAX_RETRY_AFTER_SECONDS = 3_600.0


@dataclass(slots=True)
class _Request:
    method: str
    url: str
    params: Mapping[str, Any]
    headers: Mapping[str, str]
    json: Any
    credentials: Credentials | None
    accept: Collection[int]
    form: Mapping[str, str] | None = None
    content: bytes | None = None


@dataclass(slots=True)
class _Tally:
    """What is recorded of one attempt while it runs."""

    url: str
    started: float
    status: int | None = None
    bytes: int = 0
    outcome: str = "ok"


@dataclass(slots=True)
class Client:
    """Asks one source, politely and with suspicion.

    Args:
        resolver: turns a host and port into addresses; asked once a hop.
        clock, sleep, connect: injected for tests and for the engine.
        recorder: receives each attempt.
        limiter: hands out turns; the engine's counts across workers.
        secrets: values that no text may show.
    """

    policy: Policy
    resolver: Resolver = addresses.resolve
    clock: Clock = field(default_factory=SystemClock)
    sleep: Callable[[float], None] = time.sleep
    recorder: Recorder | None = None
    limiter: Limiter | None = None
    connect: Connect | None = None
    secrets: Sequence[str] = ()
    redact: Redactor = field(init=False)
    _adapter: PinnedAdapter = field(init=False)
    _run_started: float = field(init=False)

    def __post_init__(self) -> None:
        self.redact = Redactor(self.secrets)
        self._adapter = PinnedAdapter(self.policy.sha256, self.connect)
        self._run_started = self.clock.monotonic()
        self.limiter = self.limiter or LocalLimiter(self.clock.monotonic)

    def get(
        self,
        url: str,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        method: str = "GET",
        json: Any = None,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
        validators: Mapping[str, str] | None = None,
        credentials: Credentials | None = None,
        accept: Collection[int] = (),
    ) -> Response:
        """Return the answer of a URL.

        Args:
            json, form, content: body of a POST, written as JSON, as a form, or sent byte for byte.
            validators: `etag` and `last_modified` of the last answer, for a conditional request.
            accept: further statuses that are no failure.

        Raises:
            FetchError: if no usable answer came.
            UnexpectedContentError: if a web page or an unlisted media type came.
        """
        sent = {**(headers or {}), **outcomes.conditional(validators or {})}
        request = _Request(method, url, params or {}, sent, json, credentials, accept, form, content)
        ends = self.clock.monotonic() + self.time_left()
        attempts = self.policy.attempts if method in ("GET", "HEAD") else 1
        waiting = _Waiting(self, ends, attempts)
        for attempt in stamina.retry_context(
            on=waiting.before_next,
            attempts=attempts,
            timeout=None,
            wait_initial=FIRST_WAIT_SECONDS,
            wait_max=LONGEST_WAIT_SECONDS,
            wait_jitter=FIRST_WAIT_SECONDS,
        ):
            waiting.turn(attempt)
            with attempt:
                return self._follow(request, ends)
        raise AssertionError("stamina ends by a result or an error")  # pragma: no cover

    def time_left(self) -> float:
        """Return the seconds that one request may take: its deadline, or less at the end of the run.

        Raises:
            DeadlineError: if the time of the run is over.
        """
        run_left = self._run_started + self.policy.run_deadline - self.clock.monotonic()
        if run_left <= 0:
            raise DeadlineError(url="this run", url_id="panen ini", seconds=self.policy.run_deadline)
        return min(self.policy.deadline, run_left)

    def _follow(self, request: _Request, ends: float) -> Response:
        hop = request
        for _ in range(MAX_REDIRECTS + 1):
            response = self._send_hop(hop, ends, request)
            location = outcomes.redirect_target(response.status, response.headers)
            if location is None:
                return response
            response.close()
            hop = self._next_hop(hop, response, location)
        raise RedirectRefusedError(
            url=self.redact(request.url), reason="more than 5 redirects", alasan="lebih dari 5 pengalihan"
        )

    def _send_hop(self, hop: _Request, ends: float, first: _Request) -> Response:
        try:
            return self._send(hop, ends)
        except AddressRefusedError as err:
            if hop is first:
                raise
            reasons = {name: err.context[name] for name in ("reason", "alasan")}
            raise RedirectRefusedError(url=self.redact(first.url), **reasons) from None

    def _next_hop(self, hop: _Request, response: Response, location: str) -> _Request:
        if hop.method not in ("GET", "HEAD"):
            raise RedirectRefusedError(
                url=self.redact(hop.url), reason="a POST was redirected", alasan="permintaan POST dialihkan"
            )
        target = urljoin(response.url, location)
        allowed = self.policy.redirect_hosts
        host = addresses.place_of(target).host if allowed is not None else ""
        if allowed is not None and not addresses.is_one_of(host, allowed):
            raise MovedError(url=self.redact(hop.url), host=host)
        return _Request(hop.method, target, {}, hop.headers, None, hop.credentials, hop.accept)

    def _send(self, request: _Request, ends: float) -> Response:
        prepared = self._prepare(request)
        place = addresses.place_of(prepared.url or "")
        pinned = addresses.judge(
            place, resolver=self.resolver, targets=self.policy.targets, demo=self.policy.demo
        )
        self._adapter.pin(place.host, place.port, pinned)
        self.wait_for_turn(place.host, ends)
        tally = _Tally(self.redact(prepared.url), self.clock.monotonic())
        try:
            return self._exchange(prepared, request, ends, tally)
        except HarvesterError as err:
            tally.outcome = err.code
            raise
        finally:
            self._record(tally)

    def _prepare(self, request: _Request) -> requests.PreparedRequest:
        headers = {
            "Accept": "*/*",
            "Accept-Encoding": "gzip",
            "Connection": "close",
            "User-Agent": self.policy.user_agent,
            **request.headers,
        }
        params = dict(request.params)
        place = addresses.place_of(request.url)
        if request.credentials is not None and place.origin == request.credentials.origin:
            headers.update(request.credentials.headers)
            params.update(request.credentials.params)
        try:
            return requests.Request(
                request.method,
                request.url,
                headers=headers,
                params=params,
                json=request.json,
                data=request.form if request.content is None else request.content,
            ).prepare()
        except (RequestException, UnicodeError):
            raise AddressRefusedError(
                host=place.host, reason="no valid URL", alasan="URL tidak sah"
            ) from None

    def wait_for_turn(self, host: str, ends: float) -> None:
        """Wait until the host may be asked again.

        Raises:
            DeadlineError: if that is later than `ends`.
        """
        assert self.limiter is not None  # noqa: S101 - set in __post_init__
        wait = self.limiter.reserve(host, self.policy.max_rps)
        if self.clock.monotonic() + wait >= ends:
            raise self._too_late(host)
        if wait > 0:
            self.sleep(wait)

    def _exchange(
        self, prepared: requests.PreparedRequest, request: _Request, ends: float, tally: _Tally
    ) -> Response:
        left = ends - self.clock.monotonic()
        with self._adapter.cut_after(left):
            try:
                answer = self._adapter.send(
                    prepared,
                    stream=True,
                    timeout=(min(self.policy.connect_timeout, left), min(self.policy.timeout, left)),
                    verify=not self.policy.sha256 and (self.policy.ca_file or True),
                )
                response = self._receive(answer, request, tally)
            except (RequestException, urllib3.exceptions.HTTPError, OSError) as err:
                raise self._explained(err, prepared, ends, tally) from None
            if self._adapter.was_cut:
                response.close()
                raise self._too_late(tally.url)
            return response

    def _explained(
        self, err: Exception, prepared: requests.PreparedRequest, ends: float, tally: _Tally
    ) -> FetchError:
        if self._adapter.was_cut or self.clock.monotonic() >= ends:
            return self._too_late(tally.url)
        if isinstance(err, SSLError):
            host = addresses.place_of(prepared.url or "").host
            return TlsRefusedError(host=host, reason=outcomes.tls_reason(err))
        if isinstance(err, requests.ReadTimeout | urllib3.exceptions.ReadTimeoutError):
            return SourceDownError(url=tally.url, reason="it stays silent", alasan="sumber diam")
        if tally.status is not None:
            return TruncatedError(url=tally.url, status=tally.status)
        reason, alasan = outcomes.connect_reason(err)
        error = SourceDownError(url=tally.url, reason=reason, alasan=alasan)
        error.transient = True
        return error

    def _receive(self, answer: requests.Response, request: _Request, tally: _Tally) -> Response:
        status, url = answer.status_code, tally.url
        tally.status = status
        if not outcomes.is_answer(status) and status not in request.accept:
            raise outcomes.failure(status, url, answer.headers, self.clock.now())
        if status == outcomes.NOT_MODIFIED and not outcomes.is_conditional(request.headers):
            raise UnexpectedContentError(
                url=url,
                found="HTTP 304, which nobody asked for,",
                found_id="HTTP 304 tanpa diminta",
                expected="data",
            )
        if status < outcomes.FIRST_REDIRECT:
            outcomes.judge_media_type(answer.headers.get("Content-Type"), url, self.policy.content_types)
        return Response(answer.url or "", status, answer.headers, self._body(answer, tally))

    def _body(self, answer: requests.Response, tally: _Tally) -> Body:
        blocks, encoding = _blocks(answer, tally), answer.headers.get("Content-Encoding", "")
        if self.policy.sample_bytes is not None:
            with answer:
                return sample(blocks, url=tally.url, encoding=encoding, most=self.policy.sample_bytes)
        whole_page = answer.status_code >= outcomes.FIRST_REDIRECT
        return take_in(
            blocks,
            url=tally.url,
            encoding=encoding,
            max_bytes=self.policy.max_bytes,
            html_allowed=whole_page or outcomes.wants_html(self.policy.content_types),
        )

    def _too_late(self, url: str) -> DeadlineError:
        return DeadlineError(url=url, seconds=self.policy.deadline)

    def _record(self, tally: _Tally) -> None:
        if self.recorder is None:
            return
        spent = self.clock.monotonic() - tally.started
        self.recorder.record(
            Attempt(tally.url, tally.status, tally.bytes, round(spent * 1_000), tally.outcome)
        )


class _Waiting:
    """Decides before a further attempt how long to wait; sleeps with the client's own sleep."""

    def __init__(self, client: Client, ends: float, attempts: int) -> None:
        self._client = client
        self._ends = ends
        self._attempts = attempts
        self._number = 0
        self._backoff = 0.0

    def turn(self, attempt: stamina.Attempt) -> None:
        """Note which attempt runs and how long stamina would wait after it."""
        self._number = attempt.num
        self._backoff = attempt.next_wait

    def before_next(self, err: Exception) -> bool | float:
        """Return False to give up, or 0 after having waited."""
        if not isinstance(err, FetchError) or not err.transient:
            return False
        jitter = random.uniform(0, FIRST_WAIT_SECONDS)
        wait = self._backoff + jitter if err.retry_after is None else err.retry_after
        left = self._ends - self._client.clock.monotonic()
        if isinstance(err, RateLimitedError) and (wait >= left or wait > MAX_RETRY_AFTER_SECONDS):
            return False
        if self._number >= self._attempts or wait >= left:
            return False
        self._client.sleep(wait)
        return 0.0


def _blocks(answer: requests.Response, tally: _Tally) -> Iterator[bytes]:
    while block := answer.raw.read1(BLOCK, decode_content=False):
        tally.bytes += len(block)
        yield block
