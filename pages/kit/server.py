"""Starting the dashboard's server, behind the guard and never with settings that let others in."""

import logging
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

import click
import streamlit as st
from starlette.middleware import Middleware
from streamlit import config
from streamlit.cli_util import open_browser
from streamlit.runtime.pages_manager import PagesManager
from streamlit.web import bootstrap, cli
from streamlit.web.server.server_util import get_display_address, get_url

from pages.kit.guard import Guard, check_settings
from pages.kit.uploads.streamed import Uploads
from riskcore.errors import InputError
from riskcore.hosts import EXPOSE, VARIABLE, allowed_hosts
from riskcore.jobs.lifeline import end_with_parent
from riskcore.workspace import Workspace


def serve(script: Path) -> None:
    """Start the server on this machine and stay until it ends, or `riskcore app`, which started it, is gone.

    Arguments of the command line are Streamlit's, such as ``--server.port 8600``, and those of `riskcore app`.
    """
    end_with_parent()

    @click.command()
    @click.option("--allow-host", multiple=True, help=f"A name that browsers may use for this server; also {VARIABLE}.")
    @click.option(EXPOSE, "exposed", is_flag=True, help="Let --server.address be one that others reach.")
    @cli.configurator_options
    def command(allow_host: tuple[str, ...], exposed: bool, **options: Any) -> None:
        hosts = _hosts([*allow_host, *options["server_allowedHosts"]])
        server = st.App(script, middleware=_middleware(hosts), lifespan=_said)
        flags = {name.replace("_", "."): value for name, value in options.items()} | {"server.allowedHosts": hosts}
        logging.disable(logging.WARNING)  # what Streamlit warns of here is refused, or said when it loads them again
        bootstrap.load_config_options(flags)
        logging.disable(logging.NOTSET)
        _prepare(hosts, exposed)
        with suppress(KeyboardInterrupt):
            server.run(config=flags)

    command(prog_name=script.name)


def middleware() -> list[Middleware]:
    """What stands before a server that Streamlit's own command starts, which has read its settings by now."""
    hosts = _hosts(config.get_option("server.allowedHosts"))
    _prepare(hosts, exposed=False)
    return _middleware(hosts)


def _middleware(hosts: tuple[str, ...]) -> list[Middleware]:
    return [Middleware(Guard, hosts=hosts), Middleware(Uploads)]


def _hosts(named: Iterable[str]) -> tuple[str, ...]:
    try:
        return allowed_hosts(named)
    except InputError as error:
        _end(error)


def _prepare(hosts: tuple[str, ...], exposed: bool) -> None:
    # Else Streamlit looks for files under pages/, and a deep link as the first request says "Page not found".
    PagesManager.uses_pages_directory = False
    try:
        check_settings(hosts, exposed)
    except InputError as error:
        _end(error)


def _end(error: InputError) -> NoReturn:
    print(f"Error: {error}", file=sys.stderr)
    sys.exit(2)


@asynccontextmanager
async def _said(server: st.App) -> AsyncIterator[None]:
    """Say where the server is, now that its port is known, and open a browser on it as Streamlit's command does."""
    url = get_url(get_display_address(config.get_option("server.address")))
    print(f"The dashboard: {url} (workspace {Workspace.default().root}); Ctrl+C ends it.", file=sys.stderr)
    if not config.get_option("server.headless"):
        open_browser(url)
    yield
