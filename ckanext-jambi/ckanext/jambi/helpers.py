"""Template helpers of the ground floor."""

from __future__ import annotations

from ckanext.jambi import clock, config, http_headers

__all__ = ["jambi_csp_nonce", "jambi_demo_enabled", "jambi_now", "jambi_replay"]


def jambi_csp_nonce() -> str:
    """Return the nonce that an inline script of this page must carry."""
    return http_headers.nonce()


def jambi_demo_enabled() -> bool:
    """Say whether this portal shows simulated data."""
    return config.demo_enabled()


def jambi_now():
    """Return the portal's time in WIB."""
    return clock.today()


def jambi_replay() -> clock.Replay | None:
    """Return the past that a demonstration is going through, None once it shows the present."""
    return clock.replay() if config.demo_enabled() else None
