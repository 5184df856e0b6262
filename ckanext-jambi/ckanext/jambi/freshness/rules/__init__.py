"""The rules of freshness, which an agency may dispute: pure functions of data, policy and `now` (F1).

Nothing here imports CKAN, reads a file or asks a clock.

- `thresholds`: a policy and the four instants of a dataset (F6, F7)
- `states`: the one state machine (F4, F9, specification 4)
- `credit`: which evidence counts (F17)
- `periods`: what a period cell means as a last day
- `chain`: the hash chain of the log and its check (F31, F35)
- `roots`: Merkle roots of the days of the log, and its check against them (F32, F35)
- `policy`: the numbers of a policy version (F5)
- `items`: what was promised, since when, and how a change takes effect (F10, F25)
- `spans`: the reference periods of a frequency
- `obligations`: which periods are owed and the four instants of each (F10 to F12)
- `closing`: what closes them, with which outcome (F13, F14, F19, F27, F29)
- `cases`: exemptions, appeals, statements and portal faults, who may decide them and by when (F27 to F29)
- `exclusions`: time that stops the clock (F16)
- `judging`: the state for an item, P now and T over the year (F15, F21)
- `scoring`: availability, quality, the score (F22 to F24)
- `index`: the index of an OPD, bands, on-time rate, the share of as needed and archive (F24 to F26)
- `assessing`: the one way from what is known of an item to its obligations and score (F33, F53)
- `ladder`: which reminders and steps of the ladder are owed, and when (F44, F45)
- `schedule`: what the items of a dataset demand of it, the strictest first (specification 4)
- `shortcut`: the fewest steps that lift an OPD into its next band (F51)
- `timeline`: in which state a dataset was when (F50)
- `statement`: which clauses the sentence beside a badge has (F48)
"""

ALGORITHM = "1"
"""Which rules these are (F33): whoever changes one so that a published figure would be another raises it."""
