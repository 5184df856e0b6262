"""Actions, authorization and schemas of the harvest room."""
