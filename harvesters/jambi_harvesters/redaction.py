"""Take secrets out of texts before anyone can read them: exceptions, logs, stored attempts, notices.

What is masked: values of known secrets in every spelling a URL or header gives them, user names and passwords
in URLs, values of parameters with key-like names, path segments behind a key-like segment (BPS WebAPI writes
`/key/<value>/`), and the values of Authorization headers.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MASK = "***"
MIN_SECRET = 4

KEY_NAMES: frozenset[str] = frozenset(
    {
        "accesskey",
        "accesstoken",
        "apikey",
        "auth",
        "authkey",
        "authorization",
        "clientsecret",
        "credential",
        "hp",
        "jwt",
        "key",
        "kunci",
        "nik",
        "nip",
        "nohp",
        "notelepon",
        "password",
        "passwd",
        "pin",
        "pwd",
        "sandi",
        "secret",
        "secretkey",
        "session",
        "sessionid",
        "sid",
        "sig",
        "signature",
        "telepon",
        "token",
        "usertoken",
        "username",
        "user",
        "xapikey",
    }
)

_PARAM = re.compile(r"(?P<name>[A-Za-z0-9_.\-\[\]%]{1,60})=(?P<value>[^&#\s\"'<>]*)")
_HEADER = re.compile(r"\b(Basic|Bearer|Token)\s+[A-Za-z0-9._~+/=\-]{4,}", re.IGNORECASE)
_PATH = re.compile(r"[^\s\"'<>?#=&]*/[^\s\"'<>?#=&]*")
_AUTHORITY_END = re.compile(r"[/?#]")
_USERINFO = re.compile(r"(?P<scheme>\b[A-Za-z][A-Za-z0-9+.\-]*://)[^/?#\s\"'<>]*@")


def is_key_name(name: str) -> bool:
    """Say whether a parameter or header of this name usually carries a secret or a personal number."""
    folded = re.sub(r"[^a-z0-9]", "", name.casefold())
    return folded in KEY_NAMES or folded.endswith(("apikey", "token", "secret", "password", "sandi"))


def has_userinfo(url: str) -> bool:
    """Say whether a URL carries a user name or password."""
    return "@" in _AUTHORITY_END.split(url.partition("//")[2], maxsplit=1)[0]


class Redactor:
    """Mask the secrets of one source in any text.

    Args:
        secrets: values that must never be shown.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._spellings: set[str] = set()
        self._known: re.Pattern[str] | None = None
        self.learn(*secrets)

    def learn(self, *secrets: str) -> None:
        """Mask these values too from now on, such as a token that was just given out."""
        long = [secret for secret in secrets if len(secret) >= MIN_SECRET]
        self._spellings.update(form for secret in long for form in _spellings(secret))
        ordered = sorted(self._spellings, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def __call__(self, text: object) -> str:
        """Return the text with everything secret masked."""
        shown = str(text)
        if self._known is not None:
            shown = self._known.sub(MASK, shown)
        shown = _USERINFO.sub(rf"\g<scheme>{MASK}@", shown)
        shown = _PARAM.sub(_mask_param, shown)
        shown = _PATH.sub(_mask_segments, shown)
        return _HEADER.sub(rf"\g<1> {MASK}", shown)


def _mask_param(match: re.Match[str]) -> str:
    masked = is_key_name(match["name"]) and match["value"]
    return f"{match['name']}={MASK}" if masked else match[0]


def _mask_segments(match: re.Match[str]) -> str:
    """Mask each path segment that follows a key-like one."""
    steps = match[0].split("/")
    for at in range(1, len(steps)):
        if steps[at] and is_key_name(steps[at - 1]):
            steps[at] = MASK
    return "/".join(steps)


def _spellings(secret: str) -> Iterable[str]:
    yield secret
    yield quote(secret, safe="", errors="surrogatepass")
    yield quote_plus(secret, errors="surrogatepass")
    encoded = base64.b64encode(secret.encode("utf-8", "surrogatepass")).decode("ascii")
    yield encoded.rstrip("=")
