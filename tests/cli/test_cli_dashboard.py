"""riskcore app: on this machine only, and one clear line when it cannot start."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.servers import Server

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / ".streamlit" / "config.toml"
HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def test_a_port_in_use_is_refused_in_one_line(riskcore) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        message = riskcore.error("app", "--port", port)
    assert message == f"port {port} cannot be used (Address already in use); choose another with --port."


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The dashboard below a path of its own, with a name of its own."""
    environment = {"RISKCORE_ALLOWED_HOSTS": "lab.example", "STREAMLIT_SERVER_BASE_URL_PATH": "risk"}
    server = Server(tmp_path_factory.mktemp("named") / "home", environment, "/risk")
    yield server
    server.kill()


def status(server: Server, path: str, **headers: str) -> int:
    """What a request with these headers is answered."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    try:
        connection.request("GET", f"/risk{path}", headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


PATHS = ["/", "/datasets", "/_stcore/health", "/_stcore/host-config", "/media/x.png", "/component/x/y", "/static/x.js"]


@pytest.mark.parametrize("path", PATHS)
def test_no_route_answers_to_a_foreign_name_or_page(named: Server, path: str) -> None:
    assert status(named, path) != 403
    assert status(named, path, Host=f"evil.example:{named.port}") == 403
    assert status(named, path, Origin="http://localhost:9999") == 403


@pytest.mark.parametrize("host", ["127.0.0.1:{}", "localhost:{}", "[::1]:{}", "lab.example:{}", "lab.example"])
def test_its_own_page_opens_the_web_socket(named: Server, host: str) -> None:
    host = host.format(named.port)
    assert status(named, "/_stcore/stream", Host=host, Origin=f"http://{host}", **HANDSHAKE) == 101


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("evil.example:{}", "http://evil.example:{}"),
        ("evil.example", "http://evil.example"),
        ("127.0.0.1:{}", "http://evil.example:{}"),
        ("127.0.0.1:{}", "http://localhost:9999"),
        ("127.0.0.1:{}", "http://127.0.0.1:9999"),
        ("localhost:{}", "http://0.0.0.0:{}"),
        ("127.0.0.1:{}", "null"),
    ],
)
def test_a_foreign_page_does_not(named: Server, host: str, origin: str) -> None:
    """Streamlit alone opens it for each of these but two: it takes every name, and this machine with any port."""
    headers = {"Host": host.format(named.port), "Origin": origin.format(named.port)}
    assert status(named, "/_stcore/stream", **headers, **HANDSHAKE) == 403


def test_it_says_where_it_is_in_one_line(named: Server) -> None:
    said = f"The dashboard: http://127.0.0.1:{named.port}/risk (workspace {named.home}); Ctrl+C ends it."
    assert [line for line in named.log.splitlines() if "http://" in line] == [said]


REFUSED = [
    (["app.py", "--server.address", "0.0.0.0"], {}, "server.address 0.0.0.0 is not this machine's own"),
    (["app.py"], {"STREAMLIT_SERVER_ADDRESS": "::"}, "server.address :: is not this machine's own"),
    (["app.py", "--server.enableCORS", "false"], {}, "server.enableCORS is off"),
    (["app.py"], {"STREAMLIT_SERVER_ALLOWED_HOSTS": "*"}, "'*' is no host name"),
    (["-m", "streamlit", "run", "app.py", "--server.enableXsrfProtection=0"], {}, "server.enableXsrfProtection is off"),
]


@pytest.mark.parametrize(("arguments", "environment", "message"), REFUSED)
def test_unsafe_settings_are_refused_in_one_line(
    arguments: list[str], environment: dict[str, str], message: str, tmp_path: Path
) -> None:
    command = [sys.executable, *arguments, "--server.port", "1", "--server.headless", "true"]
    settings = {**os.environ, "RISKCORE_HOME": str(tmp_path / "home"), **environment}
    done = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"Error: {message}")
    assert done.stdout == ""


def test_riskcore_app_passes_the_refusal_on(riskcore) -> None:
    message = riskcore.error("app", "--port", 1024, STREAMLIT_SERVER_ENABLE_XSRF_PROTECTION="false")
    assert message.startswith("server.enableXsrfProtection is off (")


def test_riskcore_app_listens_elsewhere_only_when_told_so_in_words(riskcore) -> None:
    address = ("app", "--address", "0.0.0.0")
    assert "say --expose-without-sign-in" in riskcore.error(*address)
    assert "--allow-host NAME" in riskcore.error(*address, "--expose-without-sign-in")
    assert riskcore.error("app", "--allow-host", "*").startswith("'*' is no host name")


def test_what_is_exposed_says_so(tmp_path: Path) -> None:
    options = ("--address", "0.0.0.0", "--expose-without-sign-in", "--allow-host", "lab")
    server = Server(tmp_path / "home", options=options)
    assert server.interrupt() == 0
    warning, where = server.log.splitlines()
    assert warning.startswith(f"Warning: whoever reaches 0.0.0.0 on port {server.port} sees every image")
    assert where.startswith(f"The dashboard: http://localhost:{server.port} (")


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


def test_killed_it_takes_its_server_along(tmp_path: Path) -> None:
    server = Server(tmp_path / "home")
    try:
        server.end(by=signal.SIGKILL)
        limit = time.monotonic() + 10
        while not is_free(server.port):
            assert time.monotonic() < limit, "the server holds the port still"
            time.sleep(0.1)
    finally:
        server.kill()


def is_free(port: int) -> bool:
    """Whether a dashboard could listen there now."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def test_started_by_hand_it_needs_nobody_at_its_standard_input(tmp_path: Path) -> None:
    """Nor a terminal: a service manager gives it none, and a pipe that is closed ends nothing."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "app.py", "--server.port", str(port), "--server.headless", "true"]
    settings = {**os.environ, "RISKCORE_HOME": str(tmp_path / "home")}
    with subprocess.Popen(command, cwd=ROOT, env=settings, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as server:
        assert server.stdin is not None
        assert server.stderr is not None
        server.stdin.close()
        try:
            assert server.stderr.readline().startswith(b"The dashboard: ")
            assert server.poll() is None
            assert not is_free(port)
        finally:
            server.kill()


def test_the_configuration_is_safe() -> None:
    config = tomllib.loads(CONFIG.read_text())
    assert config["server"]["address"] == "127.0.0.1"
    assert config["server"]["enableXsrfProtection"]
    assert config["server"]["enableCORS"]
    assert not config["browser"]["gatherUsageStats"]
    assert config["client"]["showErrorDetails"] == "none"
