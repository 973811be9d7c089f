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
        ("a\x1b[2J\u202eb\u200bc", r"a\\x1b\[2J\\u202eb\\u200bc"),
        ("http://a.example", "http\\:\u2060\\/\\/a\\.example"),
        ("WWW.a.example", "WWW\u2060\\.a\\.example"),
        ("me@a.example", "me\\@\u2060a\\.example"),
        (":smile: at 10:30", "\\:\u2060smile\\: at 10\\:30"),
        ("a -> b", "a \\-\u2060\\> b"),
    ],
)
def test_no_sign_of_markdown_survives(given: str, shown: str) -> None:
    assert escaped(given) == shown
