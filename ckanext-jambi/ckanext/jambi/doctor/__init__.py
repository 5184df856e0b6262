"""The doctor: is everything as the portal needs it, and if not, what is to be done (HV04, RL03)?

A room registers its checks by the entry point group `jambi.checks`, whose values are sequences of `Check`.
A check returns one line that says what is well, or raises `UnwellError` with what is wrong and what to do.
"""

from __future__ import annotations

from ckanext.jambi.doctor.examining import Check, Finding, UnwellError, examine, registered

__all__ = ["Check", "Finding", "UnwellError", "examine", "registered"]
