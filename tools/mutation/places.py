"""Places of the code that can be mutated, and a sample of them that small changes of the code hardly move."""

import ast
import difflib
import hashlib
import heapq
import inspect
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import parso
from cosmic_ray.ast import ast_nodes
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators import (
    binary_operator_replacement,
    boolean_replacer,
    break_continue,
    comparison_operator_replacement,
    exception_replacer,
    keyword_replacer,
    number_replacer,
    remove_decorator,
    unary_operator_replacement,
    zero_iteration_for_loop,
)
from cosmic_ray.operators.operator import Operator

ROOMS = ("severity", "metrics", "decision", "judging")
SINGLE = ("learning/losses.py",)

_ARITHMETIC = ("Add", "Sub", "Mul", "Div", "FloorDiv", "Mod", "Pow")
_ONE_CLASS_A_KIND = (
    boolean_replacer,
    break_continue,
    exception_replacer,
    keyword_replacer,
    number_replacer,
    remove_decorator,
    zero_iteration_for_loop,
)
_WITHOUT_PLACES = {"name", "string", "newline", "endmarker", "fstring_string", "fstring_start", "fstring_end"}

Position = tuple[int, int]


@dataclass(frozen=True)
class Place:
    """A stretch of one file that at least one operator changes, named so that moved lines leave the name as it is."""

    file: str
    text: str
    """Its line, without the white space around."""
    columns: tuple[int, int]
    """Where it starts in the text, and where it ends; the latter lies beyond the text if it ends on another line."""
    occurrence: int
    """How many equal lines stand above."""

    @property
    def name(self) -> str:
        return "|".join((self.file, self.text, *map(str, self.columns), str(self.occurrence)))


@dataclass(frozen=True)
class Mutant:
    """One change of one place."""

    file: str
    line: int
    operator: str
    before: str
    """The lines that differ, without the white space around, joined by ⏎."""
    after: str
    occurrence: int
    """How many equal lines stand above."""
    code: str
    """The whole file with the change."""

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """What a mutant is known by when lines above it come and go."""
        return self.file, self.operator, self.before, self.after, str(self.occurrence)


def files(root: Path) -> list[str]:
    """The files that are mutated, relative to ``root``: those of `ROOMS` and `SINGLE`."""
    found = [path for room in ROOMS for path in (root / "riskcore" / room).rglob("*.py")]
    found += [root / "riskcore" / name for name in SINGLE]
    return sorted(str(path.relative_to(root)) for path in found)


@cache
def operators() -> dict[str, type[Operator]]:
    """Operators of cosmic-ray by name.

    Left out: those that take arguments, and arithmetic ones turned into bitwise ones and the other way round, which
    floats answer with a TypeError on the first call.
    """
    found = [*comparison_operator_replacement.operators(), *unary_operator_replacement.operators()]
    for each in binary_operator_replacement.operators():
        _, old, new = each.__name__.rsplit("_", 2)
        if (old in _ARITHMETIC) == (new in _ARITHMETIC):
            found.append(each)
    for module in _ONE_CLASS_A_KIND:
        found += [
            each
            for _, each in inspect.getmembers(module, inspect.isclass)
            if issubclass(each, Operator) and not inspect.isabstract(each) and hasattr(each, "examples")
            if each.__module__ == module.__name__ and each.__name__ != "KeywordReplacementOperator"
        ]
    return {each.__name__: each for each in found}


def places(file: str, source: str) -> dict[Place, list[tuple[str, int]]]:
    """Places of one file, each with the operators that change it and which of their occurrences it is."""
    lines = source.splitlines()
    seen: Counter[str] = Counter()
    above = []
    for line in lines:
        above.append(seen[line.strip()])
        seen[line.strip()] += 1
    unmutated = list(_unmutated(source))
    nodes = [node for node in ast_nodes(parso.parse(source)) if node.type not in _WITHOUT_PLACES]
    # The bare * and / among parameters calculate nothing.
    separators = {node.start_pos for node in nodes if node.type == "operator" and node.parent.type == "parameters"}
    found: dict[Place, list[tuple[str, int]]] = {}
    for name, operator in operators().items():
        instance = operator()
        positions = [position for node in nodes for position in instance.mutation_positions(node)]
        for index, (start, end) in enumerate(positions):
            if start in separators or any(first <= start < last for first, last in unmutated):
                continue
            line = lines[start[0] - 1]
            text, margin = line.strip(), len(line) - len(line.lstrip())
            last_column = end[1] - margin if end[0] == start[0] else len(text) + 1
            place = Place(file, text, (start[1] - margin, last_column), above[start[0] - 1])
            found.setdefault(place, []).append((name, index))
    return found


def sample(root: Path, size: int, seed: int) -> list[Mutant]:
    """``size`` places, every place as likely as any other, and one mutant of each.

    A place is drawn by a hash of its name and the seed, so a change elsewhere leaves it drawn, or not drawn, unless
    another place with a smaller hash comes or goes.
    """
    sources = {file: (root / file).read_text() for file in files(root)}
    found = {place: how for file, source in sources.items() for place, how in places(file, source).items()}
    drawn: list[Mutant] = []
    order = [(_hash(seed, place.name), place.name, place) for place in found]
    heapq.heapify(order)
    while order and len(drawn) < size:
        *_, place = heapq.heappop(order)
        mutant = _first_valid(place, found[place], sources[place.file], seed)
        if mutant is not None:
            drawn.append(mutant)
    return drawn


def of_line(root: Path, file: str, line: int) -> list[Mutant]:
    """Every mutant of one line of any file."""
    source = (root / file).read_text()
    own = source.splitlines()[line - 1].strip()
    found = []
    for place, how in places(file, source).items():
        if place.text == own:
            mutants = (_mutant(place, source, name, index) for name, index in how)
            found += [mutant for mutant in mutants if mutant is not None and mutant.line == line]
    return found


def _hash(seed: int, name: str) -> str:
    return hashlib.sha256(f"{seed}|{name}".encode()).hexdigest()


def _first_valid(place: Place, how: Iterable[tuple[str, int]], source: str, seed: int) -> Mutant | None:
    counted: Counter[str] = Counter()
    order = []
    for name, index in how:
        order.append((_hash(seed, f"{place.name}|{name}|{counted[name]}"), name, index))
        counted[name] += 1
    mutants = (_mutant(place, source, name, index) for _, name, index in sorted(order))
    return next((mutant for mutant in mutants if mutant is not None), None)


def _mutant(place: Place, source: str, name: str, index: int) -> Mutant | None:
    """None where the change is no Python, or none."""
    code = mutate_code(source, operators()[name](), index)
    if code is None:
        return None
    try:
        if ast.dump(ast.parse(code)) == ast.dump(ast.parse(source)):
            return None
    except (SyntaxError, ValueError):
        return None
    line, before, after = _difference(source, code)
    return Mutant(place.file, line, name, before, after, place.occurrence, code)


def _difference(old: str, new: str) -> tuple[int, str, str]:
    """First line that differs, and the lines that differ in both."""
    a, b = old.splitlines(), new.splitlines()
    blocks = [each for each in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes() if each[0] != "equal"]
    first, last = blocks[0], blocks[-1]
    before, after = a[first[1] : last[2]], b[first[3] : last[4]]
    return first[1] + 1, "⏎".join(map(str.strip, before)), "⏎".join(map(str.strip, after))


def _unmutated(source: str) -> Iterator[tuple[Position, Position]]:
    """Stretches that are left alone.

    Annotations, ``__all__``, what a `raise` says, and the arguments of ``@dataclass``: they change no result.
    """
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        parts: list[ast.AST | None] = []
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                parts = [node.returns]
            case ast.arg() | ast.AnnAssign():
                parts = [node.annotation]
            case ast.Raise():
                parts = [node]
            case ast.Assign(targets=[ast.Name(id="__all__")]):
                parts = [node]
            case ast.ClassDef():
                parts = [each for each in node.decorator_list if isinstance(each, ast.Call)]
        for part in parts:
            if (
                isinstance(part, ast.expr | ast.stmt)
                and part.end_lineno is not None
                and part.end_col_offset is not None
            ):
                yield (
                    (part.lineno, _column(lines[part.lineno - 1], part.col_offset)),
                    (part.end_lineno, _column(lines[part.end_lineno - 1], part.end_col_offset)),
                )


def _column(line: str, offset: int) -> int:
    """`ast` counts bytes, parso characters."""
    return len(line.encode()[:offset].decode())
