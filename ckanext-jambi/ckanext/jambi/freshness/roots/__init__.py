"""Roots of the log, a day each: made by the clock, mailed, public (F32).

- `making`: the duty that makes what is missing and mails it, once
- `letters`: what the mail says
- `reading`: roots that somebody kept
- `publishing`: the dataset that links to them, and the rows behind `/freshness/roots.csv`
"""
