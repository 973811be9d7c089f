"""Pictures of every screen in both themes: ``python docs/screenshots/take.py`` after ``make demo``.

The workspace is ``./workspace`` or the one that RISKCORE_HOME names; its images are synthetic. Needs Debian's chromium.
"""

import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parents[1]))

from PIL import Image  # noqa: E402

from pages import SCREENS  # noqa: E402
from riskcore.workspace import Workspace  # noqa: E402
from tests.helpers.browsers import launched, settle  # noqa: E402
from tests.helpers.servers import Server  # noqa: E402

SIZE = {"width": 1280, "height": 720}
SHOWN = {"predict": "predict_examples=yes"}  # a screen with something dropped in says more than without
COLOURS = 256  # pictures in all colours are three times as large
LARGEST = 300_000  # bytes


def main() -> None:
    """Take and check them."""
    server = Server(Workspace.default().root)
    try:
        with launched() as browser:
            for theme in ("light", "dark"):
                page = browser.new_context(viewport=SIZE, color_scheme=theme).new_page()
                for screen in SCREENS:
                    page.goto(f"{server.address}/{screen.path}?{SHOWN.get(screen.name, '')}")
                    settle(page)
                    page.wait_for_timeout(1500)  # figures and images draw after the script has ended
                    file = FOLDER / f"{screen.name}-{theme}.png"
                    page.screenshot(path=file)
                    Image.open(file).quantize(COLOURS).save(file, optimize=True)
                    size = file.stat().st_size
                    print(f"{file.name}: {size // 1000} KB")
                    if size > LARGEST:
                        sys.exit(f"{file.name} is larger than {LARGEST // 1000} KB.")
    finally:
        server.kill()


if __name__ == "__main__":
    main()
