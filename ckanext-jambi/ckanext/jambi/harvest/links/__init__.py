"""The files to which datasets link: can they be had, and did they change (freshness.md F18, F22)?

- `listing`: which links there are, and which is next
- `asking`: the requests for one link, through the guarded client
- `checking`: one link from its requests to the log of evidence
"""
