import pytest

from pages.kit.plain_text import escaped


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("naevus", "naevus"),
        ("a_b*c", r"a\_b\*c"),
        ("<b>:red[x]</b> $y$", r"\<b\>\:red\[x\]\<\/b\> \$y\$"),
        ("back\\slash `code`", r"back\\slash \`code\`"),
        ("two\n\nlines", "two lines"),
        ("Ärztin 日本", "Ärztin 日本"),
    ],
)
def test_no_sign_of_markdown_survives(given: str, shown: str) -> None:
    assert escaped(given) == shown
