"""What the pages promise: they are short, figures stand in tables, names are those of the code, and examples run."""

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
REFERENCE = ("command-line", "settings", "data-messages", "severity", "protocols", "runs", "api", "dependencies")
MOST_TO_READ, MOST_CHARACTERS = 68_500, 113_500
"""Of pages that are read, and of all with the reference, where things are looked up."""


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```", path.read_text())


def paragraphs(text: str) -> list[str]:
    """Paragraphs and list items without code, tables, headings and addresses."""
    text = re.sub(r"(?ms)^ *```.*?^ *```", "", text)
    text = re.sub(r"`[^`\n]*`|<[^>\n]*>|\]\([^)]*\)", "]", text)
    lines = [line for line in text.splitlines() if not line.startswith(("|", "#", "    ", "!["))]
    return re.split(r"\n\s*\n|\n(?= *(?:[-*]|\d+\.) )", "\n".join(lines))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_paragraph_holds_more_than_four_figures(path: Path) -> None:
    for paragraph in paragraphs(path.read_text()):
        counted = re.sub(r"^\s*\d+\. ", "", paragraph).replace("arXiv 2604.12693", "").replace("ISIC 2018", "")
        figures = re.findall(r"(?<![\w.,])\d+(?:[.,]\d+)*", counted)
        assert len(figures) <= 4, (figures, paragraph)


def test_all_pages_together_stay_short() -> None:
    sizes = {path: len(path.read_text()) for path in PAGES}
    assert sum(size for path, size in sizes.items() if path.stem not in REFERENCE) <= MOST_TO_READ
    assert sum(sizes.values()) <= MOST_CHARACTERS


def test_the_readme_is_one_screen_and_a_half() -> None:
    text = (ROOT / "README.md").read_text()
    assert len(text.splitlines()) <= 120
    session = next(block for block in blocks(ROOT / "README.md", "") if "$ riskcore" in block)
    assert len(session.splitlines()) <= 20
    assert "not a medical device" in text
    assert "arxiv.org/abs/2604.12693" in text
    assert text.count("![") == 1


def test_links_of_the_readme_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / "README.md").read_text()):
        assert (ROOT / target).exists(), target


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_modules_and_files_that_are_named_exist(path: Path) -> None:
    text = path.read_text()
    for name in re.findall(r"\b(?:from|import|-m) (riskcore(?:\.\w+)+)", text):
        assert importlib.util.find_spec(name) is not None, name
    for name in re.findall(r"`((?:docs|riskcore|pages|tests|research|benchmarks)/[\w./-]+)`", text):
        assert (ROOT / name).exists(), name


def test_the_examples_of_the_python_page_run(tmp_path: Path) -> None:
    code = "\n".join(blocks(ROOT / "docs" / "python.md", "python"))
    ast.parse(code)
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    expected = re.findall(r"print\(.*\)  # (.+)", code)
    for line in expected:
        assert line.removeprefix("rows are the truth: ") in done.stdout


@pytest.mark.timeout(600)
def test_the_tutorial_works(tmp_path: Path) -> None:
    """Its files and commands, in order, on fewer images."""
    tutorial = ROOT / "docs" / "tutorial.md"
    draw, fewer = blocks(tutorial, "python")[0].replace("images=600", "images=150"), "train.epochs=3"
    (tmp_path / "draw.py").write_text(draw)
    (tmp_path / "lesions.yaml").write_text(blocks(tutorial, "yaml")[0])
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "RISKCORE_HOME": str(tmp_path / "workspace")}

    def run(command: str) -> str:
        done = subprocess.run(
            ["bash", "-euc", command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout

    ids: dict[str, str] = {}
    for block in blocks(tutorial, "bash"):
        for line in block.splitlines():
            for word, id in ids.items():
                line = re.sub(rf"\b{word}\b", id, line)
            said = run(line.replace("--wait", f"{fewer} --wait"))
            if "--wait" in line:
                ids["CE" if "CE" not in ids else "MARGIN"] = re.findall(r"^Run (\S+) is finished", said, re.MULTILINE)[
                    0
                ]
    assert len(ids) == 2
    shutil.rmtree(tmp_path / "workspace")
