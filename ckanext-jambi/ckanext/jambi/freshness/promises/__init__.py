"""Promises: items of the Daftar Data, their obligations and scores, as tables that follow from the log.

- `file`: the Daftar Data as a file, read and checked (imports no CKAN)
- `adopting`: rules and items enter the log
- `replay`: rows of the log become what the rules judge (imports no CKAN)
- `cases`: rows of exemptions, appeals, statements and portal faults become cases (imports no CKAN)
- `facts`: what the portal knows of a dataset beside its evidence
- `judging`: from the log to judgements at an instant
- `tables`: judgements become rows
- `ticking`: the duty by the clock, and the rebuilding of the tables
- `figures`: what actions and pages say of an organization
- `quarters`: the time of which a report speaks (imports no CKAN)
"""
