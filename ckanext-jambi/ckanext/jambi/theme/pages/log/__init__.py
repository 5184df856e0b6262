"""The evidence log on pages: where it begins, and each row in words.

- `start`: the newest rows, of all or of one OPD, and the way to a row or an OPD
- `row`: one row, between the hash before it and its own
- `told`: what a row says happened, and who did it, in a few words
- `facts`: what a row says, by its kind
- `case`: what rows of exemptions, appeals, statements and faults say
"""
