"""All weights of the ranking, in one table.

A dataset whose title, name, tags, groups and organization hold all words of the query comes before all
others; within that, and for the newest `RANKED` of the others, each word counts where it stands, twice in its
exact form. Equal ranks (to two digits) come newest first.
"""

# ts_rank's order: D (the rest), C (description), B (name, tags, groups, organization), A (title).
LABELS = {"D": 0.2, "C": 0.4, "B": 0.8, "A": 1.0}
RANKED = 1000
DIGITS = 2

# What a clause on a field of its own adds, when it is not `text`.
FIELDS = {"name": 4.0, "title": 4.0, "tags": 2.0, "groups": 2.0}
OTHER_FIELD = 1.0
