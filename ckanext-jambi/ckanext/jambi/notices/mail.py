"""Hand messages to the mail server that CKAN's options name, and tell three kinds of failure apart.

CKAN's own mailer waits for ever for a server that does not answer, and drops a message silently where no
server is set; so the talk is our own, by the same options.

SMTP cannot promise exactly once: a server may take a message and die before it says so, and so may we
before we note it. A delivery therefore has one message id for ever, by which a repeat is recognised.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import formataddr, formatdate

from ckanext.jambi import log_masks
from ckanext.jambi.notices import config
from ckanext.jambi.notices.config import MailServer
from ckanext.jambi.notices.errors import MailDelayedError, MailRefusedError, MailServerError

PERMANENT = range(500, 600)
ERROR_LENGTH = 300


@contextmanager
def connected(server: MailServer) -> Iterator[smtplib.SMTP]:
    """Open a talk with the mail server and end it.

    Raises:
        MailServerError: if it does not answer, or does not let us in.
    """
    try:
        talk = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
    except (OSError, smtplib.SMTPException) as err:
        raise MailServerError(_reason(err)) from err
    try:
        _enter(talk, server)
        yield talk
    finally:
        _leave(talk)


def send(talk: smtplib.SMTP, server: MailServer, message: EmailMessage, recipient: str) -> None:
    """Hand one message over.

    Raises:
        MailRefusedError: if the server will never take it for this recipient.
        MailDelayedError: if it does not take it now.
        MailServerError: if the talk broke, or the server does not take us as a sender.
    """
    try:
        talk.send_message(message, server.sender, [recipient])
    except smtplib.SMTPRecipientsRefused as err:
        code, _ = next(iter(err.recipients.values()))
        raise (MailRefusedError if code in PERMANENT else MailDelayedError)(_reason(err)) from err
    except smtplib.SMTPDataError as err:
        raise (MailRefusedError if err.smtp_code in PERMANENT else MailDelayedError)(_reason(err)) from err
    except (OSError, smtplib.SMTPException) as err:
        raise MailServerError(_reason(err)) from err


def message(
    server: MailServer, delivery_id: str, recipient: str, subject: str, body: str, **headers: str
) -> EmailMessage:
    """Return a message whose id follows from its delivery alone."""
    made = EmailMessage()
    made["Message-ID"] = f"<{delivery_id}@{config.site_host()}>"
    made["Date"] = formatdate()
    made["Subject"] = subject
    made["From"] = formataddr((config.site_title(), server.sender))
    made["To"] = recipient
    if server.reply_to:
        made["Reply-To"] = server.reply_to
    made["Auto-Submitted"] = "auto-generated"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(body, cte="base64")
    return made


def _enter(talk: smtplib.SMTP, server: MailServer) -> None:
    try:
        talk.ehlo_or_helo_if_needed()
        if server.starttls:
            talk.starttls(context=ssl.create_default_context())
        if server.user:
            talk.login(server.user, server.password or "")
    except (OSError, smtplib.SMTPException) as err:
        raise MailServerError(_reason(err)) from err


def _leave(talk: smtplib.SMTP) -> None:
    try:
        talk.quit()
    except (OSError, smtplib.SMTPException):
        talk.close()


def _reason(err: Exception) -> str:
    """Return an error as it may be stored and shown."""
    return log_masks.masked(f"{type(err).__name__}: {err}")[:ERROR_LENGTH]
