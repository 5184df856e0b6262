"""Search room: a PostgreSQL engine at CKAN's search seam, on the same session as the dataset."""
