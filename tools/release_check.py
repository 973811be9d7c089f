"""Whether this checkout can be released: `make release-check`.

The version is the same wherever it stands and has an entry in the changelog; the wheel builds, installs in an empty
environment, and opens the dashboard from there.
"""

import os
import re
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
import tomllib
import urllib.request
import venv
from contextlib import suppress
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60

FIRST_SCREEN = """
from streamlit.testing.v1 import AppTest
from riskcore.cli.dashboard import script
screen = AppTest.from_file(script(), default_timeout=60).run()
assert not screen.exception and not screen.error, (screen.exception, screen.error)
assert screen.title, "the first screen has no title"
"""


def versions(root: Path) -> dict[str, str]:
    """The version by the file that states it; "none" where it is missing."""
    found = re.search(r'^__version__ = "(.+)"$', (root / "riskcore" / "__init__.py").read_text(), re.MULTILINE)
    return {
        "pyproject.toml": str(tomllib.loads((root / "pyproject.toml").read_text())["project"].get("version", "none")),
        "riskcore/__init__.py": found[1] if found else "none",
        "CITATION.cff": str(yaml.safe_load((root / "CITATION.cff").read_text()).get("version", "none")),
    }


def faults(root: Path) -> list[str]:
    """What is wrong with version and changelog, one sentence each."""
    stated = versions(root)
    if len(set(stated.values())) > 1:
        return ["The versions differ: " + ", ".join(f"{file} {version}" for file, version in stated.items()) + "."]
    version = stated["pyproject.toml"]
    entry = re.search(
        rf"^## \[{re.escape(version)}\] - (unreleased|\d{{4}}-\d{{2}}-\d{{2}})$(.*?)(?=^## |\Z)",
        (root / "CHANGELOG.md").read_text(),
        re.MULTILINE | re.DOTALL,
    )
    if not entry:
        return [f"CHANGELOG.md has no entry `## [{version}] - DATE`."]
    if not re.search(r"^- ", entry[2], re.MULTILINE):
        return [f"The entry of {version} in CHANGELOG.md names no change."]
    return []


def built_wheel(folder: Path) -> Path:
    """The wheel of this checkout."""
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet"]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, "-w", str(folder), str(ROOT)], check=True)
    (wheel,) = folder.glob("riskcore-*.whl")
    return wheel


def installed(wheel: Path, folder: Path) -> Path:
    """A new environment with the wheel; its folder of programs.

    The dependencies are those of the environment that runs this, lent by a path file, which spares gigabytes of
    copies. Path files are not followed from there, so the checkout that is installed in place stays out of sight
    and riskcore can come from the wheel only. pip checks that all the wheel asks for is there.
    """
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(subprocess.run([python, "-c", ask], check=True, capture_output=True, text=True).stdout.strip())
    lent = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (packages / "lent.pth").write_text("".join(f"{path}\n" for path in sorted(lent)))
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check", "--quiet"]
    # Installed anew, not instead of the one in place, which pip would otherwise think of taking away.
    subprocess.run([*pip, "install", "--no-index", "--no-deps", "--ignore-installed", wheel], check=True)
    subprocess.run([*pip, "check"], check=True)
    ask = "import riskcore; print(riskcore.__file__)"
    found = subprocess.run([python, "-c", ask], check=True, capture_output=True, text=True, cwd=folder).stdout.strip()
    if not Path(found).is_relative_to(packages):
        raise SystemExit(f"riskcore was imported from {found}, not from the wheel.")
    return folder / "bin"


def open_dashboard(programs: Path, folder: Path) -> None:
    """Start `riskcore app`, fetch its page, run its first screen, and end it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # PYTHONPATH could bring the checkout back.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"RISKCORE_HOME": str(folder / "workspace"), "STREAMLIT_SERVER_HEADLESS": "true"}
    log = folder / "app.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [programs / "riskcore", "app", "--port", str(port)],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=output,
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while fetched(f"http://127.0.0.1:{port}/_stcore/health") != "ok":
            if server.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"The dashboard does not answer:\n{log.read_text()}")
            time.sleep(0.2)
        if '<div id="root">' not in fetched(f"http://127.0.0.1:{port}/"):
            raise SystemExit("The dashboard's page is not Streamlit's.")
    finally:
        server.terminate()
        server.wait(timeout=START_SECONDS)
    # The page is an empty frame until a browser asks for its content; this draws what the browser would be sent.
    command = [str(programs / "python"), "-c", FIRST_SCREEN]
    drawn = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if drawn.returncode:
        raise SystemExit(f"The dashboard's first screen fails:\n{drawn.stderr}")


def fetched(address: str) -> str:
    """What stands at an address; "" while there is no answer."""
    with suppress(OSError), urllib.request.urlopen(address, timeout=5) as answer:
        return str(answer.read().decode())
    return ""


def main() -> None:
    found = faults(ROOT)
    if found:
        raise SystemExit("\n".join(found))
    version = versions(ROOT)["pyproject.toml"]
    print(f"version and changelog: {version}", flush=True)
    if f"## [{version}] - unreleased" in (ROOT / "CHANGELOG.md").read_text():
        print("note: the changelog's entry has no date yet", flush=True)
    with tempfile.TemporaryDirectory(prefix="release-check-") as name:
        folder = Path(name)
        wheel = built_wheel(folder)
        print(f"wheel: {wheel.name}, {wheel.stat().st_size / 1e6:.1f} MB", flush=True)
        programs = installed(wheel, folder / "environment")
        print("installed in an empty environment", flush=True)
        open_dashboard(programs, folder)
        print("the dashboard opens from it", flush=True)


if __name__ == "__main__":
    main()
