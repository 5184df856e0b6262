"""The process in which apprise hands one message to one recipient of a service; `channels` starts it.

It reads `{"address", "subject", "body"}` from its standard input and says by its exit how it went. Whatever
apprise or its libraries would log may hold the address, so nothing is logged. Imports no CKAN.
"""

from __future__ import annotations

import json
import logging
import sys

from apprise import Apprise, AppriseAsset, NotifyBase, NotifyFormat, OverflowMode, PersistentStoreMode

from ckanext.jambi.notices.channel_ends import SENT, UNSENT, UNUSABLE

SERVICES = frozenset(
    (
        *("apprise", "apprises", "discord", "form", "forms", "gchat", "gotify", "gotifys", "json", "jsons"),
        *("mmost", "mmosts", "msteams", "nctalk", "nctalks", "ntfy", "ntfys", "rocket", "rockets", "signal"),
        *("signals", "slack", "tgram", "whatsapp", "workflow", "workflows", "wxteams", "xml", "xmls"),
        "zulip",
    )
)
"""Services that are spoken to by HTTP alone, so that the proxy is their only way out."""


def main() -> int:
    """Hand the message over and return how it went."""
    logging.disable(logging.CRITICAL)
    told = json.load(sys.stdin)
    service = Apprise.instantiate(
        told["address"], asset=AppriseAsset(storage_mode=PersistentStoreMode.MEMORY)
    )
    # A second recipient of one address would get each message again whenever the first refuses it.
    if not isinstance(service, NotifyBase) or not is_known(service) or len(service) != 1:
        return UNUSABLE
    service.overflow_mode = OverflowMode.TRUNCATE
    sender = Apprise()
    sender.add(service)
    taken = sender.notify(told["body"], title=told["subject"], body_format=NotifyFormat.TEXT)
    return SENT if taken else UNSENT


def is_known(service: NotifyBase) -> bool:
    """Whether a service is one of those that are spoken to by HTTP alone."""
    names = (service.protocol, service.secure_protocol)
    return any(SERVICES.intersection([name] if isinstance(name, str) else name or ()) for name in names)


if __name__ == "__main__":
    sys.exit(main())
