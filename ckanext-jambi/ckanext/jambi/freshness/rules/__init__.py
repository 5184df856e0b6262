"""The rules of freshness, which an agency may dispute: pure functions of data, policy and `now` (F1).

Nothing here imports CKAN, reads a file or asks a clock.

- `thresholds`: a policy and the four instants of a dataset (F6, F7)
- `states`: the one state machine (F4, F9, specification 4)
- `credit`: which evidence counts (F17)
- `periods`: what a period cell means as a last day
- `chain`: the hash chain of the log and its check (F31, F35)
- `statement`: which clauses the sentence beside a badge has (F48)
"""
