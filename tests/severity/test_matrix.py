"""Severity matrices: what is accepted, what is refused in which words, files, groups and docs."""

import csv
import dataclasses
import io
import json
import random
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskcore.errors import InputError
from riskcore.severity import SeverityMatrix

DOCS = Path(__file__).parents[2] / "docs"

# Asymmetric on purpose: M["a", "c"] = 9 and M["c", "a"] = 4 tell truth and prediction apart.
CLASSES = ("a", "b", "c")
VALUES = [[0, 2, 9], [1, 0, 5], [4, 3, 0]]


def small(**changes):
    return SeverityMatrix(**{"classes": CLASSES, "values": VALUES, "critical": 5, **changes})


def refusal(call, *args, **kwargs) -> str:
    with pytest.raises(InputError) as caught:
        call(*args, **kwargs)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def with_cell(row, column, value):
    values = [list(costs) for costs in VALUES]
    values[row][column] = value
    return values


# --- construction ---


def test_rows_are_the_truth():
    m = small()
    assert m.values[m.classes.index("a"), m.classes.index("c")] == 9
    assert m.critical_cells.tolist() == [[False, False, True], [False, False, True], [False, False, False]]
    assert m.critical_classes.tolist() == [True, True, False]


def test_the_transposed_matrix_has_other_critical_classes():
    transposed = small(values=np.array(VALUES).T)
    assert transposed.critical_classes.tolist() == [False, False, True]


def test_the_threshold_itself_is_critical_and_defaults_to_the_largest_cost():
    assert small(critical=9).critical_cells.sum() == 1
    assert small(critical=None).critical == 9
    assert small(critical=9.5).critical_cells.sum() == 0


def test_a_matrix_is_read_only_and_keeps_its_own_copy():
    source = np.array(VALUES, dtype=float)
    groups = {"a": "x", "b": "x", "c": "y"}
    m = small(values=source, groups=groups)
    source[0, 1] = 7
    groups["a"] = "y"
    assert m.values[0, 1] == 2
    assert m.groups == {"a": "x", "b": "x", "c": "y"}
    with pytest.raises(ValueError, match="read-only"):
        m.values[0, 1] = 7
    with pytest.raises(dataclasses.FrozenInstanceError):
        m.critical = 1.0


def test_replace_checks_again():
    m = dataclasses.replace(small(), critical=9)
    assert m.critical == 9
    assert refusal(dataclasses.replace, small(), critical=0) == (
        "critical is 0; the critical threshold must be a number above 0."
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (-1, "-1"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (np.float32("nan"), "nan"),
        ("high", "'high'"),
        (None, "None"),
        (True, "True"),
        ([1], "[1]"),
        (10**400, f"1{'0' * 58}…"),
    ],
)
def test_a_bad_cost_is_refused_by_cell(value, shown):
    assert refusal(small, values=with_cell(0, 1, value)) == (
        f"row 'a' (truth), column 'b' (model says): the cost is {shown}; give a number of at least 0."
    )


def test_a_cost_on_the_diagonal_is_refused_by_cell():
    assert refusal(small, values=with_cell(2, 2, 1.5)) == (
        "row 'c' (truth), column 'c' (model says): the cost is 1.5; being right costs 0."
    )


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (VALUES[:2], "values has 2 rows; 3 classes need 3 rows."),
        ([[0, 1, 1], [1, 0], [1, 1, 0]], "row 'b' (truth) has 2 costs; 3 classes need 3 costs."),
        ([0, 1, 2], "row 'a' (truth) has no costs; 3 classes need 3 costs."),
        (np.zeros((3, 4)), "row 'a' (truth) has 4 costs; 3 classes need 3 costs."),
        (5, "values must be 3 rows of 3 costs."),
        (np.zeros((3, 3)), "every confusion costs 0; give at least one a cost above 0."),
    ],
)
def test_a_wrong_shape_is_refused(values, message):
    assert refusal(small, values=values) == message


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        (["a", "b", "a"], "class 'a' stands twice; class names must differ."),
        (["a", " b", "c"], "class name ' b' must be text without spaces around it."),
        (["a", "", "c"], "class name '' must be text without spaces around it."),
        (["a", 3, "c"], "class name 3 must be text without spaces around it."),
        (["a"], "a severity matrix needs at least two classes, but got 1."),
        ("abc", "classes is 'abc'; give a list of class names."),
        (None, "classes is None; give a list of class names."),
    ],
)
def test_bad_class_names_are_refused(classes, message):
    assert refusal(small, classes=classes) == message


@pytest.mark.parametrize("critical", [0, -3, float("nan"), float("inf"), "10", True])
def test_a_bad_threshold_is_refused(critical):
    assert refusal(small, critical=critical) == (
        f"critical is {critical!r}; the critical threshold must be a number above 0."
    )


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ({"a": "x", "b": "y"}, "class 'c' has no group; name one for each class or for none."),
        (
            {"a": "x", "b": "y", "c": "y", "d": "x"},
            "groups names class 'd', which the matrix lacks: a, b, c.",
        ),
        ({"a": "x", "b": "y", "c": ""}, "the group of class 'c' is ''; give it a name."),
        (["x", "y"], "groups is ['x', 'y']; give an object that names the group of each class, or null."),
    ],
)
def test_bad_groups_are_refused(groups, message):
    assert refusal(small, groups=groups) == message


def test_no_critical_cell_is_refused_where_a_critical_rate_is_asked_for():
    assert small().require_critical() == small()
    assert refusal(small(critical=12).require_critical) == (
        "no confusion is critical: the largest cost is 9 and the critical threshold 12; "
        "lower the threshold or raise a cost."
    )


# --- by name: order, hash, difference ---


def random_matrix(seed: int) -> SeverityMatrix:
    generator = np.random.default_rng(seed)
    size = int(generator.integers(2, 7))
    values = generator.random((size, size)) * (1 - np.eye(size))
    classes = [f"class {i}" for i in range(size)]
    return SeverityMatrix(classes, values, 0.5, {name: f"g{i % 2}" for i, name in enumerate(classes)})


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_reordering_changes_nothing_but_the_order(seed):
    m = random_matrix(seed)
    order = list(m.classes)
    random.Random(seed).shuffle(order)
    reordered = m.reordered(order)
    assert reordered.classes == tuple(order)
    for i, truth in enumerate(order):
        for j, prediction in enumerate(order):
            assert reordered.values[i, j] == m.values[m.classes.index(truth), m.classes.index(prediction)]
    assert reordered.hash == m.hash
    assert reordered.reordered(m.classes) == m
    assert m.difference(reordered) == []


def test_the_hash_sees_every_part():
    m = small(groups={"a": "x", "b": "x", "c": "y"})
    others = [
        small(),
        dataclasses.replace(m, critical=6),
        dataclasses.replace(m, values=np.array(VALUES).T),
        dataclasses.replace(m, groups={"a": "x", "b": "y", "c": "y"}),
        SeverityMatrix(("a", "b", "C"), VALUES, 5, {"a": "x", "b": "x", "C": "y"}),
    ]
    assert len({m.hash, *(other.hash for other in others)}) == 6
    assert re.fullmatch("[0-9a-f]{64}", m.hash)


def test_the_hash_ignores_how_a_number_is_written():
    negative_zero = [[-0.0 if cost == 0 else float(cost) for cost in row] for row in VALUES]
    assert small(values=negative_zero, critical=5.0).hash == small().hash


def test_equal_matrices_are_one_in_a_set():
    assert len({small(), small(), small(critical=6)}) == 2
    assert small() != small().reordered(("b", "a", "c"))
    assert small() != "matrix"


def test_a_matrix_for_other_classes_is_refused():
    assert refusal(small().reordered, ["a", "B", "c"]) == (
        "the severity matrix is for other classes: it has no row for 'B' and a row too many for 'b'; "
        "use a matrix with exactly these class names."
    )
    assert refusal(small().reordered, ["a", "b", "c", "d"]) == (
        "the severity matrix is for other classes: it has no row for 'd'; use a matrix with exactly these class names."
    )


def test_difference_names_the_cells():
    other = small(values=with_cell(0, 2, 8)).reordered(("c", "a", "b"))
    assert small().difference(other) == [("a", "c", 9.0, 8.0)]
    assert other.difference(small()) == [("a", "c", 8.0, 9.0)]


# --- what losses and the dial read ---


def test_normalised_by_hand():
    # off the diagonal: minus 1, over 8
    expected = [[0, 1 / 8, 8 / 8], [0 / 8, 0, 4 / 8], [3 / 8, 2 / 8, 0]]
    np.testing.assert_allclose(small().normalised(), expected, rtol=0, atol=1e-15)
    np.testing.assert_allclose(small(values=np.array(VALUES).T).normalised(), np.array(expected).T, atol=1e-15)


def test_zero_cells_off_the_diagonal_are_the_mildest():
    m = SeverityMatrix(CLASSES, [[0, 0, 4], [0, 0, 2], [0, 1, 0]])
    np.testing.assert_array_equal(m.normalised(), m.values / 4)


@pytest.mark.parametrize("third", [0.3, 0.1 + 0.2])
def test_equal_costs_give_zeros_and_a_warning(third):
    values = [[0, 0.3, 0.3], [0.3, 0, third], [0.3, 0.3, 0]]
    with pytest.warns(UserWarning, match="^all confusions cost the same, so the severity matrix does not"):
        assert not small(values=values, critical=0.3).normalised().any()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_transposed_exchanges_truth_and_prediction(seed):
    m = random_matrix(seed)
    turned = m.transposed()
    assert all(turned.values[j, i] == m.values[i, j] for i, j in np.ndindex(m.values.shape))
    assert (turned.classes, turned.critical, turned.groups) == (m.classes, m.critical, m.groups)
    assert turned.transposed() == m


def test_costs_of_the_dial():
    np.testing.assert_array_equal(small().cost("severity"), np.array(VALUES) / 9)
    np.testing.assert_array_equal(small().cost("critical"), np.array(VALUES) >= 5)
    assert refusal(small().cost, "argmax") == (
        "Expected `rule` to be one of ('severity', 'critical'), but got 'argmax'."
    )


# --- groups ---

SKIN = {"mel": "malignant", "nv": "benign", "scc": "malignant", "ak": "premalignant", "df": "benign"}
DANGER = ["benign", "premalignant", "malignant"]


def test_from_groups_by_hand():
    m = SeverityMatrix.from_groups(SKIN, DANGER, within=1, over_call=3, under_call=5, critical_miss=10)
    assert m.classes == ("mel", "nv", "scc", "ak", "df")
    assert m.values.tolist() == [
        [0, 10, 1, 5, 10],
        [3, 0, 3, 3, 1],
        [1, 10, 0, 5, 10],
        [3, 5, 3, 0, 5],
        [3, 1, 3, 3, 0],
    ]
    assert m.critical == 10
    assert m.groups == SKIN
    assert m.merged_groups().classes == tuple(DANGER)


def test_critical_pairs_are_truth_first():
    pairs = [("malignant", "benign"), ("premalignant", "benign")]
    m = SeverityMatrix.from_groups(SKIN, DANGER, critical_pairs=pairs)
    cells = {(m.classes[i], m.classes[j]) for i, j in np.argwhere(m.critical_cells)}
    assert cells == {(truth, benign) for truth in ("mel", "scc", "ak") for benign in ("nv", "df")}


@pytest.mark.parametrize("pair", [("a", "b"), ("b", "a"), ("c", "b")])
def test_any_two_groups_may_be_a_critical_pair(pair):
    """Whatever their names and their order of danger: a harmless class called dangerous may be critical too."""
    groups = {"one": "a", "two": "b", "three": "c", "four": "b"}
    m = SeverityMatrix.from_groups(groups, ["a", "b", "c"], critical_pairs=[pair])
    cells = {(m.classes[i], m.classes[j]) for i, j in np.argwhere(m.critical_cells)}
    assert cells == {(y, said) for y in groups for said in groups if (groups[y], groups[said]) == pair}
    assert refusal(SeverityMatrix.from_groups, groups, ["a", "b", "c"], critical_pairs=[(*pair, "a")])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"order": ["benign", "malignant"]},
            "class 'ak' is in group 'premalignant', which order lacks: benign, malignant.",
        ),
        (
            {"order": [*DANGER, "unknown"]},
            "group 'unknown' has no class; give it one or take it out of order.",
        ),
        ({"order": ["benign"]}, "order is ['benign']; name at least two groups, each once."),
        (
            {"order": [*DANGER, "benign"]},
            "order is ['benign', 'premalignant', 'malignant', 'benign']; name at least two groups, each once.",
        ),
        (
            {"over_call": 10},
            "over_call is 10 and critical_miss 10; a critical miss must cost more than any other confusion.",
        ),
        (
            {"critical_pairs": [("malignant", "bening")]},
            "critical pair ('malignant', 'bening') must name two different groups of benign, premalignant, "
            "malignant, the true one first.",
        ),
        (
            {"critical_pairs": [("benign", "benign")]},
            "critical pair ('benign', 'benign') must name two different groups of benign, premalignant, "
            "malignant, the true one first.",
        ),
    ],
)
def test_from_groups_refuses(changes, message):
    assert refusal(SeverityMatrix.from_groups, **{"groups": SKIN, "order": DANGER, **changes}) == message


def test_merged_groups_takes_the_worst_cell():
    m = small(groups={"c": "low", "a": "high", "b": "high"})
    merged = m.merged_groups()
    assert merged.classes == ("low", "high")
    assert merged.values.tolist() == [[0, 4], [9, 0]]
    assert merged.critical == 5
    assert merged.groups is None


def test_merging_needs_groups():
    assert refusal(small().merged_groups) == (
        "the severity matrix has no groups; give each class a group to merge them."
    )


# --- files ---


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_json_and_csv_round_trips_are_exact(seed):
    m = random_matrix(seed)
    assert SeverityMatrix.from_json(m.to_json()) == m
    assert SeverityMatrix.from_dict(m.to_dict()) == m
    assert SeverityMatrix.from_csv(m.to_csv(), m.critical, m.groups) == m


def test_json_text():
    m = SeverityMatrix(["naevus", "mélanome"], [[0, 2.5], [10, 0]], 10, {"naevus": "b", "mélanome": "m"})
    assert m.to_json() == (
        '{\n  "classes": ["naevus", "mélanome"],\n  "values": [\n    [0, 2.5],\n    [10, 0]\n  ],\n'
        '  "critical": 10,\n  "groups": {"naevus": "b", "mélanome": "m"}\n}\n'
    )


def test_csv_text_quotes_names_and_its_rows_may_come_in_any_order():
    m = SeverityMatrix(['say "a"', "b, c"], [[0, 2.5], [10, 0]])
    assert m.to_csv() == 'truth \\ prediction,"say ""a""","b, c"\n"say ""a""",0,2.5\n"b, c",10,0\n'
    assert SeverityMatrix.from_csv(',"b, c","say ""a"""\r\n\r\n"b, c",0,10\r\n"say ""a""", 2.5 ,0\r\n').hash == m.hash


def test_threshold_and_groups_may_be_absent_in_json():
    m = SeverityMatrix.from_json('{"classes": ["a", "b"], "values": [[0, 1], [2, 0]]}')
    assert (m.critical, m.groups) == (2, None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"classes": ["a", "b"],', "not valid JSON (line 1, column 24: "),
        ("[1, 2]", "a severity matrix is an object with the keys classes, values, critical, groups."),
        (
            '{"classes": ["a", "b"], "values": [[0, 1], [2, 0]], "tau": 2}',
            "unknown key 'tau'; a severity matrix has the keys classes, values, critical, groups.",
        ),
        ('{"classes": ["a", "b"]}', "key 'values' is missing; a severity matrix needs classes and values."),
        (
            '{"classes": ["a", "b"], "values": [[0, NaN], [2, 0]]}',
            "not valid JSON (NaN is not a finite number); correct or restore the file.",
        ),
        (
            '{"classes": ["a", "b"], "values": [[0, 1], ["2", 0]]}',
            "row 'b' (truth), column 'a' (model says): the cost is '2'; give a number of at least 0.",
        ),
        (
            '{"classes": ["a", "b"], "values": {"a": [0, 1], "b": [1, 0]}}',
            "values must be 2 rows of 2 costs.",
        ),
        (
            '{"classes": ["a", "a"], "values": [[0, 1], [2, 0]]}',
            "class 'a' stands twice; class names must differ.",
        ),
        (
            '{"classes": ["a", "b"], "values": [[0, 1], [2, 0]], "groups": {"a": "x", "a": "y", "b": "y"}}',
            "not valid JSON (key 'a' stands twice, keep one); correct or restore the file.",
        ),
    ],
)
def test_bad_json_is_refused(text, message):
    assert refusal(SeverityMatrix.from_json, text).startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "",
            "the first line must hold a corner cell and at least two class names, separated by commas, semicolons or "
            "tabs.",
        ),
        (
            " a b\na 0 1\nb 1 0\n",
            "the first line must hold a corner cell and at least two class names, separated by commas, semicolons or "
            "tabs.",
        ),
        (",a,b,a\n", "class 'a' stands twice; class names must differ."),
        (
            ",a,b\na,0,1\nb,x,0\n",
            "row 'b' (truth), column 'a' (model says): the cost is 'x'; give a number of at least 0.",
        ),
        (
            ",a,b\na,0,\nb,1,0\n",
            "row 'a' (truth), column 'b' (model says): the cost is ''; give a number of at least 0.",
        ),
        (",a,b\na,0\nb,1,0\n", "row 'a' (truth) has 1 costs; 2 classes need 2 costs."),
        (
            ",a,b\na,0,1\nc,1,0\n",
            "row 'c' (truth): no column has this name; rows and columns are the same classes.",
        ),
        (",a,b\na,0,1\na,0,1\n", "row 'a' (truth) stands twice; keep one."),
        (",a,b\na,0,1\n", "row 'b' (truth) is missing; each class needs a row and a column."),
        (',a,b\na,0,"1\n', "not valid CSV (unexpected end of data); save it anew as CSV in UTF-8."),
    ],
)
def test_bad_csv_is_refused(text, message):
    assert refusal(SeverityMatrix.from_csv, text) == message


def test_load_reads_by_suffix(tmp_path):
    (tmp_path / "m.json").write_text(small().to_json(), encoding="utf-8")
    (tmp_path / "m.CSV").write_text("\ufeff" + small().to_csv(), encoding="utf-8")
    assert SeverityMatrix.load(tmp_path / "m.json") == small()
    assert SeverityMatrix.load(str(tmp_path / "m.CSV")) == small(critical=9)


def test_load_names_the_file(tmp_path):
    broken, binary, other = tmp_path / "m.csv", tmp_path / "m.json", tmp_path / "m.xlsx"
    other.touch()
    broken.write_text(",a,b\na,0,1\nb,-1,0\n")
    binary.write_bytes(b"\xff\xfe\x00")
    assert refusal(SeverityMatrix.load, broken) == (
        f"{broken}: row 'b' (truth), column 'a' (model says): the cost is -1; give a number of at least 0."
    )
    assert refusal(SeverityMatrix.load, binary) == f"{binary}: not UTF-8 text (line 1); save it as UTF-8."
    assert refusal(SeverityMatrix.load, other) == (
        f"{other}: a severity matrix file ends in .json, .csv, .tsv or .txt."
    )
    assert refusal(SeverityMatrix.load, tmp_path / "none.csv") == (
        f"{tmp_path / 'none.csv'}: cannot be read (No such file or directory); check the path."
    )


def test_the_documented_file_is_readable():
    text = (DOCS / "severity.md").read_text(encoding="utf-8")
    as_json, as_csv = re.search(r"(?s)```json\n(.*?)```.*```csv\n(.*?)```", text).groups()
    m = SeverityMatrix.from_json(as_json)
    assert SeverityMatrix.from_csv(as_csv, m.critical, m.groups) == m
    assert json.loads(as_json) == m.to_dict()


# --- hostile names and files ---


@pytest.mark.parametrize("name", ['=HYPERLINK("http://a.example")', "+1", "-1", "@SUM(A1)", "'=1", "''-2", "'quoted'"])
def test_no_class_name_is_a_formula_to_a_spreadsheet_and_each_reads_back(name):
    m = SeverityMatrix([name, "b"], [[0, 2], [10, 0]])
    cells = [cell for row in csv.reader(io.StringIO(m.to_csv())) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert SeverityMatrix.from_csv(m.to_csv()) == m


def test_thousands_of_classes_are_refused_before_they_are_compared():
    names = [f"class {number}" for number in range(300_000)]
    assert refusal(SeverityMatrix, names, []) == "a severity matrix has at most 1,000 classes, but got 300,000."


def test_what_a_message_quotes_is_cut():
    long = "x" * 10_000
    for message in (
        refusal(SeverityMatrix, [long, long], [[0, 1], [1, 0]]),
        refusal(SeverityMatrix.from_dict, {"classes": ["a", "b"], "values": [[0, long], [1, 0]]}),
        refusal(SeverityMatrix.from_dict, {long: 1}),
        refusal(SeverityMatrix.from_csv, f"{long},a,b\nc{long},0,1\n"),
        refusal(small().reordered, [long, "b", "c"]),
    ):
        assert len(message) < 400
