"""How a query is read: pure, free of CKAN and of SQL."""
