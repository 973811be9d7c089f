"""Licences, the bill of materials and known vulnerabilities: what is not known is never taken for good."""

import json
import threading
from collections.abc import Iterator
from email.message import Message
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any

import pytest

from tools import licences, sbom, vulnerabilities
from tools.dependencies import runtime

ROOT = Path(__file__).parents[1]


class Package(Distribution):
    """One that is not installed, with these lines of metadata."""

    def __init__(self, name: str, **lines: str) -> None:
        self._lines = Message()
        for key, value in {"Name": name, "Version": "1.0", **lines}.items():
            self._lines[key.replace("_", "-")] = value

    @property
    def metadata(self) -> Any:
        return self._lines

    def read_text(self, filename: str) -> None:
        return None

    def locate_file(self, path: Any) -> Any:
        raise NotImplementedError


def test_what_is_needed_is_followed_to_its_end(tmp_path: Path) -> None:
    pins = tmp_path / "requirements.txt"
    pins.write_text("# a pin\nstreamlit\nno-such-package==1.0\ntyper; python_version < '3'\n")
    found, missing = runtime(pins)
    names = [each.metadata["Name"].lower() for each in found]
    assert {"streamlit", "starlette", "uvicorn", "jinja2", "markupsafe"} <= set(names)
    assert names == sorted(names)
    assert not {"typer", "pytest", "riskcore"} & set(names)
    assert missing == ["no-such-package"]


@pytest.mark.parametrize(
    ("lines", "stated"),
    [
        ({"License_Expression": "MIT AND Zlib", "License": "other"}, "MIT AND Zlib"),
        ({"Classifier": "License :: OSI Approved :: MIT License", "License": "other"}, "MIT"),
        (
            {"Classifier": "License :: OSI Approved :: GNU General Public License (GPL)"},
            "GNU General Public License (GPL)",
        ),
        ({"License": "Apache License 2.0"}, "Apache-2.0"),
        ({"License": "UNKNOWN"}, "unknown"),
        ({"License": "Copyright the authors. " * 10}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_a_licence_is_what_the_package_states(lines: dict[str, str], stated: str) -> None:
    assert licences.licence(Package("any", **lines)) == stated


@pytest.mark.parametrize("stated", ["unknown", "GPL-3.0-only", "MIT OR GPL-3.0-only", "MPL-2.0", "MIT License", "AGPL"])
def test_one_that_is_not_permissive_fails_with_its_name(stated: str) -> None:
    lines, code = licences.report([Package("good", License="MIT"), Package("other", License_Expression=stated)], [])
    assert code == 1
    assert [line.split()[0] for line in lines if "! not on the list" in line] == ["other"]
    assert lines[-1] == "2 packages; without a permissive licence or a stated exception: 1"


def test_one_that_is_not_installed_fails() -> None:
    lines, code = licences.report([Package("good", License="MIT")], ["gone"])
    assert code == 1
    assert "gone is not installed: nothing is known of its licence" in lines


def test_an_exception_holds_for_the_licence_that_it_was_made_for() -> None:
    assert licences.report([Package("certifi", License="MPL-2.0")], [])[1] == 0
    assert licences.report([Package("certifi", License="GPL-3.0-only")], [])[1] == 1
    assert licences.report([Package("nvidia-cudnn", License="NVIDIA Proprietary Software")], [])[1] == 0


def test_every_package_that_is_needed_is_permissive_or_a_stated_exception() -> None:
    lines, code = licences.report(*runtime(ROOT / "requirements.txt"))
    assert code == 0, lines
    assert len(lines) > 60


BILL: dict[str, Any] = {
    "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "version": 1,
    "metadata": {"component": {"bom-ref": "root", "name": "riskcore", "type": "application"}},
    "components": [
        {"bom-ref": f"{name}==1.0", "name": name, "type": "library", "version": "1.0"} for name in ("Kept", "dropped")
    ],
    "dependencies": [
        {"ref": "root", "dependsOn": ["Kept==1.0", "dropped==1.0"]},
        {"ref": "Kept==1.0"},
        {"ref": "dropped==1.0", "dependsOn": ["Kept==1.0"]},
    ],
}


def test_a_bill_is_narrowed_to_what_is_needed_and_stays_valid() -> None:
    bill = sbom.narrowed(BILL, {"kept"})
    assert [each["name"] for each in bill["components"]] == ["Kept"]
    assert bill["dependencies"] == [{"ref": "root", "dependsOn": ["Kept==1.0"]}, {"ref": "Kept==1.0"}]
    assert sbom.fault(bill) is None


def test_a_bill_that_breaks_the_schema_is_told() -> None:
    assert "colour" in str(sbom.fault(BILL | {"colour": "red"}))


def record(name: str, *ids: str) -> dict[str, Any]:
    return {"name": name, "version": "1.0", "vulns": [{"id": each, "fix_versions": ["1.1"]} for each in ids]}


def skipped(name: str) -> dict[str, Any]:
    return {"name": name, "skip_reason": f"Dependency not found on PyPI and could not be audited: {name} (1.0)"}


NOTHING = "0 of 2 packages could be looked up: nothing is known of their vulnerabilities"


@pytest.mark.parametrize(
    ("records", "lines", "code"),
    [
        ([record("a"), record("b")], ["2 of 2 packages could be looked up, with no known vulnerabilities"], 0),
        (
            [record("a"), record("b", "PYSEC-1")],
            [
                "b 1.0: PYSEC-1, mended in 1.1",
                "2 of 2 packages could be looked up, with 1 known vulnerability",
            ],
            1,
        ),
        (
            [record("a"), skipped("b")],
            ["1 of 2 packages could be looked up, with no known vulnerabilities; nothing is known of b"],
            1,
        ),
        ([record("a")], ["1 of 2 packages could be looked up, with no known vulnerabilities"], 1),
        ([skipped("a"), skipped("b")], [NOTHING], 1),
        ([], [NOTHING], 1),
    ],
)
def test_vulnerabilities_say_of_how_many_packages_anything_is_known(
    records: list[dict[str, Any]], lines: list[str], code: int
) -> None:
    assert vulnerabilities.report(records, 2) == (lines, code)


class _Service(BaseHTTPRequestHandler):
    """A stand-in for the vulnerability database: six has one, all else has none."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        affected = [{"package": asked["package"], "ranges": [{"type": "ECOSYSTEM", "events": [{"fixed": "1.17.0"}]}]}]
        known = {"id": "GHSA-test", "summary": "It is made up.", "affected": affected}
        body = json.dumps({"vulns": [known]} if asked["package"]["name"] == "six" else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@pytest.fixture
def service() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_pip_audit_asks_for_every_pin_that_holds_here(service: str, tmp_path: Path) -> None:
    pins = tmp_path / "requirements.lock"
    digest = f"    --hash=sha256:{'0' * 64}"
    pins.write_text(f"# locked\nidna==3.4 \\\n{digest}\nsix==1.16.0 ; python_version > '3' \\\n{digest}\n")
    pins.write_text(pins.read_text() + "idna==3.3 ; python_version < '3'\n")
    packages = vulnerabilities.pins([pins, pins])
    assert packages == ["idna==3.4", "six==1.16.0"]
    records = vulnerabilities.audit(packages, ["--vulnerability-service", "osv", "--osv-url", service])
    assert vulnerabilities.report(records, 2) == (
        [
            "six 1.16.0: GHSA-test, mended in 1.17.0",
            "2 of 2 packages could be looked up, with 1 known vulnerability",
        ],
        1,
    )


def test_a_database_that_cannot_be_reached_says_nothing_of_any_package(capfd: pytest.CaptureFixture[str]) -> None:
    options = ["--vulnerability-service", "osv", "--osv-url", "http://127.0.0.1:9/", "--timeout", "2"]
    records = vulnerabilities.audit(["idna==3.4"], options)
    assert vulnerabilities.report(records, 1)[1] == 1
    assert capfd.readouterr().err.strip()
