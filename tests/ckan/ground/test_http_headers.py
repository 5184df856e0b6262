from __future__ import annotations

import re

import pytest

pytestmark = [
    pytest.mark.ckan_config("ckan.plugins", "jambi"),
    pytest.mark.usefixtures("with_plugins", "non_clean_db"),
]


def test_rl04_every_answer_carries_the_security_headers(app) -> None:
    headers = app.get("/api/3/action/status_show").headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "geolocation=()" in headers["Permissions-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "Strict-Transport-Security" not in headers


def test_rl04_scripts_need_a_nonce_that_changes_with_each_answer(app) -> None:
    policies = [app.get("/api/3/action/status_show").headers["Content-Security-Policy"] for _ in range(2)]
    nonces = [re.search(r"script-src 'self' 'nonce-([\w-]{20,})'", policy) for policy in policies]

    assert all(nonces)
    assert nonces[0][1] != nonces[1][1]
    assert not any("unsafe-inline" in policy.split("style-src-attr")[0] for policy in policies)


def test_rl04_https_answer_asks_for_https(app) -> None:
    headers = app.get("/api/3/action/status_show", base_url="https://test.ckan.net").headers

    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
