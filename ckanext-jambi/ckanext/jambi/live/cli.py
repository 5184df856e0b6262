"""`ckan jambi live`: the hub, which tells everyone who listens what changed."""

from __future__ import annotations

import resource

import click


@click.group()
def live() -> None:
    """Serve the event stream."""


@live.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8092, show_default=True, type=click.IntRange(1, 65535), help="Port.")
def serve(host: str, port: int) -> None:
    """Serve /events until SIGTERM; a proxy in front must not buffer it."""
    import uvicorn

    from ckanext.jambi.live.hub import Hub
    from ckanext.jambi.live.reader import Reader
    from ckanext.jambi.live.serving import application

    _allow_many_files()
    uvicorn.run(
        application(Hub(Reader.of_this_portal())),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )


def _allow_many_files() -> None:
    """Let this process hold as many connections as the system allows it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
