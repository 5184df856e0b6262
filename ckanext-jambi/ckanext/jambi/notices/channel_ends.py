"""How the process ends that hands one message to a channel; `channels` starts it, `channel_child` is it."""

from __future__ import annotations

SENT, UNSENT, UNUSABLE = 0, 3, 4
