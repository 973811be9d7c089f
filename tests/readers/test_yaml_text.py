import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from riskcore.config import RunConfig
from riskcore.errors import InputError
from riskcore.foreign_text import printable
from riskcore.readers import parse_yaml

SIGNS = [
    "[",
    "{",
    ": ",
    "- ",
    "&a ",
    "*a",
    "!!",
    "2020-13-45",
    "\t",
    "\0",
    "\ud800",
    "%",
    "'",
    '"',
    "\n",
    ".inf",
    "9" * 5000,
]
BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12))


@given(st.lists(st.sampled_from(SIGNS) | st.text(max_size=3), max_size=12), st.integers(0, 60))
def test_any_text_is_read_or_refused(pieces: list[str], place: int) -> None:
    whole = "data: isic2018\nloss: {form: margin, strength: 6}\nseeds: [1, 2]\n"
    text = whole[:place] + "".join(pieces) + whole[place:]
    try:
        content = parse_yaml(text, "a.yaml")
        if isinstance(content, dict):
            RunConfig.build(content)
    except InputError as error:
        said = str(error)
        assert printable(said) == said
        assert len(said) < 1000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BOMB, "line 1, column 5: anchors and aliases are not read"),
        ("a: &x 1", "line 1, column 4: anchors and aliases are not read"),
        ("a: !!python/object/apply:os.system [x]", "line 1, column 4: tags such as tag:yaml.org,2002:python/object"),
        ("a: !!binary aGk=", "line 1, column 4: tags such as tag:yaml.org,2002:binary"),
        ("[" * 100 + "]" * 100, "line 1, column 65: lists and mappings stand more than 64 deep"),
        ("- " * 5000 + "x", "line 1, column 129: lists and mappings stand more than 64 deep"),
        ("a: " + "9" * 5000, f"line 1, column 4: {'9' * 59}… is a number of 5,000 digits"),
        ("a: 0x" + "f" * 5000, f"line 1, column 4: 0x{'f' * 57}… is a number of 5,002 digits"),
        ("a: .nan", "line 1, column 4: .nan is not a finite number"),
        ("a: 1.0e+999", "line 1, column 4: 1.0e+999 is not a finite number"),
        ("a: 1\nb: 2\na: 3", "line 3, column 1: key 'a' stands twice"),
        ('a: "x\\0"', r"the text 'x\x00' holds a sign that no file can hold"),
        ("a: \ud800", r"'utf-8' codec can't encode character '\ud800'"),
        ("a: [", "line 2, column 1: while parsing a flow node"),
    ],
    ids=range(14),
)
def test_what_later_steps_would_trip_over_is_refused_at_once(text: str, said: str) -> None:
    start = time.monotonic()
    with pytest.raises(InputError) as caught:
        parse_yaml(text, "a.yaml")
    assert str(caught.value).startswith(f"a.yaml: not valid YAML ({said}")
    assert time.monotonic() - start < 2


def test_dates_are_text_and_numbers_are_numbers() -> None:
    text = "date: 2026-02-30\nwhen: 2026-01-01 10:00:00\nseed: 3\nrate: 1.0e-3\non: true\nnone: ~\n"
    expected = {"date": "2026-02-30", "when": "2026-01-01 10:00:00", "seed": 3, "rate": 0.001, True: True, "none": None}
    assert parse_yaml(text, "") == expected


def test_the_slow_loader_reads_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PyYAML was built without its C library; our loader is a class made at import, so this reads the source."""
    from riskcore.readers import yaml_text

    program = Path(yaml_text.__file__).read_text().replace('"CSafeLoader"', '"NoSuchLoader"')
    names: dict[str, object] = {"__name__": "slow"}
    exec(compile(program, "slow", "exec"), names)
    assert issubclass(names["_Loader"], yaml.SafeLoader)  # type: ignore[arg-type]
    assert names["parse_yaml"]("a: {b: [1, x]}\nc: 2020-01-01", "") == {"a": {"b": [1, "x"]}, "c": "2020-01-01"}  # type: ignore[operator]
