"""Connectors of the portal: they read the systems of the city and know nothing of CKAN.

Specification: harvesting.md 2-5. The engine (`ckanext.jambi.harvest`) calls them; so may any other program.
"""
