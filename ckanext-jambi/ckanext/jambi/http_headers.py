"""Security headers of every answer (RL04); CKAN sets none of them.

The content security policy allows scripts of our own host only, and inline ones only with the
nonce of the request, which templates get by the helper `jambi_csp_nonce`.
"""

from __future__ import annotations

import secrets

from flask import Flask, Response, g, request

FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": ", ".join(
        f"{sensor}=()"
        for sensor in (
            "accelerometer",
            "camera",
            "geolocation",
            "gyroscope",
            "magnetometer",
            "microphone",
            "payment",
            "usb",
        )
    ),
}
POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; img-src 'self' data:; style-src 'self'; "
    "style-src-attr 'unsafe-inline'; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'none'"
)
TRANSPORT = "max-age=31536000; includeSubDomains"


def install(app: Flask) -> None:
    """Set the headers on every answer of `app`."""
    app.after_request(_set)


def nonce() -> str:
    """Return the nonce of this request for inline scripts."""
    if "jambi_csp_nonce" not in g:
        g.jambi_csp_nonce = secrets.token_urlsafe(16)
    return g.jambi_csp_nonce


def _set(response: Response) -> Response:
    for name, value in FIXED.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", POLICY.format(nonce=nonce()))
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", TRANSPORT)
    return response
