"""Freshness: was the promised data there in time, and how do we know? Imports no CKAN by itself."""
