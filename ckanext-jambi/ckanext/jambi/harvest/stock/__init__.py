"""Drive harvesters that are not ours (`ckan_harvester`, ckanext-dcat's) with our runner's promises (HV19)."""
