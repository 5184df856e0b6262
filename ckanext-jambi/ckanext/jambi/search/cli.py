"""`ckan jambi search`: is the index true, make it anew, why was this found, how large is it."""

from __future__ import annotations

import click
import pysolr

from ckanext.jambi.search import drift, explanation, figures, rebuilding, seam, session
from ckanext.jambi.search.query.errors import QueryError


@click.group(short_help="Check, rebuild and explain the search index.")
def search() -> None:
    """Check, rebuild and explain the search index in PostgreSQL."""
    if not seam.uses_postgresql():
        raise click.ClickException(
            "This portal searches by Solr (ckanext.jambi.search.engine): use `ckan search-index`."
        )


@search.command()
def check() -> None:
    """Compare every document of the index with its dataset."""
    found = list(drift.differences())
    for difference in found:
        click.echo(str(difference))
    if found:
        raise click.ClickException(f"{len(found)} differences; run `ckan jambi search rebuild`.")
    click.echo("The index is true to the datasets.")


@search.command()
def rebuild() -> None:
    """Index all datasets again while the portal runs."""
    errors = rebuilding.rebuild(lambda done, total: click.echo(f"{done} of {total} datasets"))
    for dataset, error in errors.items():
        click.echo(f"{dataset}: {error}", err=True)
    if errors:
        raise click.ClickException(f"{len(errors)} datasets were not indexed.")


@search.command()
@click.argument("query")
@click.option("--fq", "filters", multiple=True, help="A filter, as package_search takes it.")
@click.option("--sort", help="An order, as package_search takes it.")
def explain(query: str, filters: tuple[str, ...], sort: str | None) -> None:
    """Show how QUERY is read, run and ranked for a visitor."""
    params = explanation.parameters(query, filters, sort)
    try:
        lines = session.read(lambda connection: explanation.explain(connection, params))
    except (QueryError, pysolr.SolrError) as err:
        raise click.ClickException(str(err)) from err
    click.echo("\n".join(lines))


@search.command()
def stats() -> None:
    """Print the number of rows and the size of each table of the index."""
    for table, figure in session.run(figures.figures).items():
        click.echo(f"{table}: {figure}")
