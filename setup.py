"""Map the project's folders to packages; everything else about the project stands in pyproject.toml."""

from __future__ import annotations

from setuptools import find_packages, setup

JAMBI = "ckanext-jambi/ckanext"

setup(
    package_dir={
        "ckanext": JAMBI,
        "ckanext.jambi.schemas": "schemas",
        "jambi_harvesters": "harvesters/jambi_harvesters",
    },
    packages=[
        *(f"ckanext.{name}" for name in find_packages(JAMBI)),
        *find_packages("harvesters"),
        "ckanext.jambi.schemas",
    ],
)
