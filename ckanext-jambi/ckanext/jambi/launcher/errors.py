"""Errors of the launcher: each says what happened and what to type next."""

from __future__ import annotations

from ckanext.jambi.errors import JambiError


class LauncherError(JambiError):
    """The portal cannot be started, stopped or read as asked."""


class ServiceError(LauncherError):
    """An embedded service (PostgreSQL, Valkey) does not do what it must."""
