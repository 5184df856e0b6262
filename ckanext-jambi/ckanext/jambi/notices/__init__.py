"""Notices: tell the people of an agency what happened to their sources, once a day and event (HV29)."""
