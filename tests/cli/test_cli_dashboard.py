"""riskcore app: on this machine only, and one clear line when it cannot start."""

import socket
import sys
import tomllib
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.helpers.servers import Server

CONFIG = Path(__file__).parents[2] / ".streamlit" / "config.toml"


def test_a_port_in_use_is_refused_in_one_line(riskcore) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        message = riskcore.error("app", "--port", port)
    assert message == f"port {port} cannot be used (Address already in use); choose another with --port."


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives every 127.x.x.x to this machine")
def test_it_listens_on_one_address_and_refuses_forged_requests(tmp_path: Path) -> None:
    server = Server(tmp_path / "home")
    try:
        with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.2", server.port), timeout=5):
            pass
        forged = urllib.request.Request(f"{server.address}/_stcore/upload_file/a/b", data=b"x", method="PUT")
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(forged, timeout=5)
        assert refused.value.code == 403
    finally:
        server.kill()


def test_it_takes_its_server_along_when_it_is_told_to_end(tmp_path: Path) -> None:
    server = Server(tmp_path / "home")
    try:
        server.end()
        with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", server.port), timeout=5):
            pass
    finally:
        server.kill()


def test_the_configuration_is_safe() -> None:
    config = tomllib.loads(CONFIG.read_text())
    assert config["server"]["address"] == "127.0.0.1"
    assert config["server"]["enableXsrfProtection"]
    assert config["server"]["enableCORS"]
    assert not config["browser"]["gatherUsageStats"]
    assert config["client"]["showErrorDetails"] == "none"
