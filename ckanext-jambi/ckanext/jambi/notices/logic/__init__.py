"""Action, authorization and schema of the notices room."""
