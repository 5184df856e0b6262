"""Actions, permissions and schemas of the freshness room."""
