"""What others wrote - names, values, errors - reaches markdown only through `escaped`."""

import ast
from collections.abc import Iterator
from pathlib import Path

PAGES = Path(__file__).parents[2] / "pages"

MARKDOWN = {
    *("markdown", "write", "caption", "error", "warning", "info", "success", "toast", "badge", "title", "header"),
    *("subheader", "button", "download_button", "link_button", "page_link", "expander", "popover", "tabs", "metric"),
    *("progress", "spinner", "checkbox", "toggle", "radio", "segmented_control", "pills", "selectbox", "multiselect"),
    *("text_input", "text_area", "number_input", "slider", "file_uploader", "redraw"),
}
"""What takes markdown: functions of Streamlit, and one of the kit that hands its text to one of them."""

WORDS = {"label", "body", "help", "text"}
"""The arguments that are markdown, beside the first one."""

FOREIGN = {
    *("id", "name", "sample", "group", "data", "matrix", "format", "classes", "subgroups", "path", "file"),
    *("error", "reason", "asked", "given", "target", "version", "truth", "predicted", "decision", "worst_miss", "loss"),
    *("headline", "outcome", "str", "sentence", "caution", "notes", "text", "stem"),
}
"""What names, values and errors of others are called in these modules: variables, attributes and functions."""

OURS = {
    "compare/frequency_view.py: effect.sentence",  # numbers
    "kit/tour.py: step.text",
    "predict/run.py: name",  # of a rate
    "train/choices.py: name",  # of a choice that riskcore offers
    "severity/whatif_cells.py: truth",  # escaped where it is taken from the classes
    "train/choices.py: text",
    "train/presets.py: name",  # of a preset
}
"""What is called so, but is riskcore's own words; reviewed."""


def strings(tree: ast.AST) -> Iterator[ast.expr]:
    """Every expression that a call in a module hands to markdown."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in MARKDOWN:
                yield from node.args[:1]
                yield from (word.value for word in node.keywords if word.arg in WORDS)


def foreign(node: ast.expr, known: dict[str, list[ast.expr]], seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """The parts of a text that may be others' words: interpolated, neither escaped nor formatted as a number."""
    below: list[ast.expr] = []
    if isinstance(node, ast.JoinedStr):
        below = [part.value for part in node.values if isinstance(part, ast.FormattedValue) and not part.format_spec]
    elif isinstance(node, ast.BinOp):
        below = [node.left, node.right]
    elif isinstance(node, ast.IfExp):
        below = [node.body, node.orelse]
    elif isinstance(node, ast.BoolOp):
        below = node.values
    elif isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in ("join", "capitalize", "rstrip", "replace", "lower", "upper") and isinstance(
            node.func, ast.Attribute
        ):
            below = [node.func.value, *node.args]
        elif name in known:
            below = [] if name in seen else known[name]
            seen |= {name}
        elif name != "escaped":
            yield ast.unparse(node.func)
    elif isinstance(node, ast.GeneratorExp | ast.ListComp):
        below = [node.elt]
    elif isinstance(node, ast.List | ast.Tuple):
        below = node.elts
    elif isinstance(node, ast.Starred | ast.Subscript):
        below = [node.value]
    elif isinstance(node, ast.Name):
        if node.id in known:
            below = [] if node.id in seen else known[node.id]
            seen |= {node.id}
        else:
            yield node.id
    elif isinstance(node, ast.Attribute):
        yield ast.unparse(node)
    for part in below:
        yield from foreign(part, known, seen)


def values(tree: ast.AST) -> dict[str, list[ast.expr]]:
    """What names of a module stand for: values assigned to them, and what its functions return."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(node.value)
        elif isinstance(node, ast.FunctionDef):
            returned = [each.value for each in ast.walk(node) if isinstance(each, ast.Return) and each.value]
            found.setdefault(node.name, []).extend(returned)
    return found


def test_foreign_words_are_escaped_for_markdown() -> None:
    found = {
        f"{file.relative_to(PAGES)}: {part}"
        for file in sorted(PAGES.rglob("*.py"))
        for tree in [ast.parse(file.read_text())]
        for names in [values(tree)]
        for text in strings(tree)
        for part in foreign(text, names)
        if part.rpartition(".")[2] in FOREIGN
    }
    assert found == OURS


def test_the_check_sees_what_is_not_escaped() -> None:
    program = """
def show(name):
    said = f"Gone: {name}"
    st.error(f"{len(name):,} of {escaped(name)}. {said}" if name else "")
"""
    tree = ast.parse(program)
    assert [part for text in strings(tree) for part in foreign(text, values(tree))] == ["name"]
