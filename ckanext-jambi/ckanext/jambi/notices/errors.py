"""Errors of the notices room."""

from __future__ import annotations

from ckanext.jambi.errors import JambiError


class NoticeError(JambiError):
    """Something about notices went wrong and has a name."""


class MailServerError(NoticeError):
    """The mail server cannot be used now: nothing else is tried before the next round."""


class MailDelayedError(NoticeError):
    """The mail server does not take this message now."""


class MailRefusedError(NoticeError):
    """The mail server will never take this message for this recipient."""


class ChannelDelayedError(NoticeError):
    """The service behind a channel does not take this message now."""


class ChannelRefusedError(NoticeError):
    """A channel leads nowhere: its secret is gone, or holds no address that may be used."""
