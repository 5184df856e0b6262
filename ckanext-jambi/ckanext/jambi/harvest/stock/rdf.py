"""Keep ckanext-dcat's RDF harvester to addresses: a path, of the source or of a next page, it would open."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
from ckanext.dcat.interfaces import IDCATRDFHarvester

from jambi_harvesters import addresses
from jambi_harvesters.errors import AddressRefusedError


class RdfAddresses(p.SingletonPlugin):
    """The part of IDCATRDFHarvester that the plugin takes over."""

    p.implements(IDCATRDFHarvester, inherit=True)

    def before_download(self, url: str, harvest_job: Any) -> tuple[str | None, list[str]]:
        """Let http and https addresses pass, each page anew; where they lead to, the proxy judges."""
        try:
            addresses.place_of(url)
        except AddressRefusedError as err:
            return None, [err.pesan]
        return url, []
