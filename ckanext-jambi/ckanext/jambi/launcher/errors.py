"""Errors of the launcher: each says what happened and what to type next."""

from __future__ import annotations

from ckanext.jambi.errors import JambiError


class LauncherError(JambiError):
    """The portal cannot be started, stopped or read as asked."""


class AlreadyRunningError(LauncherError):
    """Another launcher holds the data folder."""


class PortTakenError(LauncherError):
    """Another program listens on a port that the portal needs."""


class DiskFullError(LauncherError):
    """The data folder's disk has no room: nothing is damaged, and a start after room was made goes on."""


class DamagedFolderError(LauncherError):
    """The data folder is not what a launcher left there."""


class StepError(LauncherError):
    """A command that prepares the portal failed; `log` is the file that says why."""


class ServiceError(LauncherError):
    """An embedded service (PostgreSQL, Valkey) does not do what it must."""
