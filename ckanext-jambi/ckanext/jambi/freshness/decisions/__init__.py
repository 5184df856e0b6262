"""Exemptions, appeals, statements, faults: asked for, decided, withdrawn, each step a row of the log.

Whoever opens the `desk` holds the log: what is read, checked and written there is one transaction, so that
two people cannot decide the same case.

- `desk`: the log, locked, with what it tells of items and cases
- `words`: reasons and letters, screened for personal data and kept beside the log
- `exemptions`, `appeals`, `statements`: what may be asked and decided (F19, F27, F29)
- `faults`: time in which the portal could take nothing (F28)
- `listing`: cases as actions and pages give them
"""
