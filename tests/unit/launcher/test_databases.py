"""The DataStore's permissions are those of CKAN's own script."""

from __future__ import annotations

from ckanext.jambi.launcher import databases


def test_permission_script_is_filled_and_connects_to_the_datastore() -> None:
    script = databases.permissions_script()
    assert '\\connect "datastore"' in script
    assert 'REVOKE CONNECT ON DATABASE "ckan" FROM "datastore_ro"' in script
    assert "{" not in script.replace("'{", "")
