"""Typed readers of the options of metadata (config_declaration.yaml)."""

from __future__ import annotations

import ckan.plugins.toolkit as tk


def reviewer_organization() -> str:
    """The organization whose editors and admins review datasets."""
    return tk.config["ckanext.jambi.metadata.reviewer_organization"]


def walidata_name() -> str:
    """The data trustee that each dataset states."""
    return tk.config["ckanext.jambi.metadata.walidata_name"]


def walidata_email() -> str:
    """The data trustee's office e-mail."""
    return tk.config["ckanext.jambi.metadata.walidata_email"]


def opd_file() -> str | None:
    """The list of agencies, or None for the checkout's."""
    return tk.config["ckanext.jambi.metadata.opd_file"] or None
