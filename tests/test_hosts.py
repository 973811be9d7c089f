"""Which names and pages the dashboard lets in, and where it may listen."""

import pytest

from riskcore.errors import InputError
from riskcore.hosts import LOOPBACK, VARIABLE, allowed_hosts, check_address, is_loopback, may_ask


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1:8501", None),  # no page at all, such as curl
        ("127.0.0.1:8501", "http://127.0.0.1:8501"),
        ("localhost:8600", "http://localhost:8600"),  # forwarded by ssh from another port
        ("[::1]:8501", "http://[::1]:8501"),
        ("LOCALHOST:8501", "http://localhost:8501"),
        ("localhost.:8501", "http://localhost.:8501"),
        ("lab.example", "https://lab.example"),  # behind a proxy with TLS
    ],
)
def test_its_own_pages_may_ask(host: str, origin: str | None) -> None:
    assert may_ask(host, origin, (*LOOPBACK, "lab.example"))


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        (None, None),
        ("", None),
        ("evil.example:8501", None),
        ("evil.example:8501", "http://evil.example:8501"),
        ("127.0.0.1.evil.example", None),
        ("evil.example@127.0.0.1:8501", None),
        ("127.0.0.1:8501@evil.example", None),
        ("127.0.0.1/evil.example", None),
        ("127.0.0.1:", None),
        ("192.0.2.1:8501", "http://192.0.2.1:8501"),
        ("0.0.0.0:8501", "http://0.0.0.0:8501"),
        ("localhost:8501", "http://localhost:9999"),
        ("localhost:8501", "http://127.0.0.1:8501"),
        ("localhost:8501", "http://evil.example"),
        ("localhost:8501", "http://localhost"),
        ("localhost:8501", "null"),
        ("localhost:8501", ""),
        ("localhost:8501", "file://localhost:8501"),
        ("sub.lab.example", None),
    ],
)
def test_others_may_not(host: str | None, origin: str | None) -> None:
    assert not may_ask(host, origin, (*LOOPBACK, "lab.example"))


def test_names_come_from_the_option_and_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, " Lab.example., lab.example,,[2001:DB8::1],")
    assert allowed_hosts(["other", "127.0.0.1"]) == (*LOOPBACK, "other", "lab.example", "2001:db8::1")


@pytest.mark.parametrize("name", ["*", "*.example", "http://a.example", "a.example:8501", "a/b", "a b", "-a", "a..b"])
def test_what_is_no_name_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="is no host name"):
        allowed_hosts([name])
    monkeypatch.setenv(VARIABLE, f"lab.example,{name}")
    with pytest.raises(InputError, match="is no host name"):
        allowed_hosts()


OTHERS_REACH = [None, "", "0.0.0.0", "::", "192.0.2.1", "lab.example", "127.0.0.1.example"]


@pytest.mark.parametrize("address", OTHERS_REACH)
def test_it_listens_elsewhere_only_when_told_so_in_words_and_with_a_name(address: str | None) -> None:
    assert not is_loopback(address)
    with pytest.raises(InputError, match="--expose-without-sign-in"):
        check_address(address, (*LOOPBACK, "lab.example"), exposed=False)
    with pytest.raises(InputError, match="--allow-host NAME"):
        check_address(address, LOOPBACK, exposed=True)
    check_address(address, (*LOOPBACK, "lab.example"), exposed=True)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_on_this_machine_it_may_listen(address: str) -> None:
    check_address(address, LOOPBACK, exposed=False)
