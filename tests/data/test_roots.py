"""Which folders the dashboard shows: nothing outside the roots, by whatever way it is named."""

import os
from pathlib import Path

import pytest

from riskcore.data.roots import (
    VARIABLE,
    below_roots,
    check_images,
    check_links,
    data_roots,
    look_into,
    roots_caution,
    starting_places,
    suggested_name,
    trail,
)
from riskcore.errors import InputError
from riskcore.severity.store import save_matrix
from riskcore.workspace import Workspace


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with folders, images and a table, beside a folder that is not to be shown."""
    for folder in ("root/b/deep", "root/a", "root/.hidden", "outside/secret"):
        (tmp_path / folder).mkdir(parents=True)
    for file in ("root/1.PNG", "root/2.dcm", "root/note.txt", "root/list.csv", "root/.3.png", "outside/secret/4.png"):
        (tmp_path / file).touch()
    return tmp_path / "root"


def test_a_folder_below_a_root_is_shown_with_what_lies_in_it(root: Path) -> None:
    found = look_into(root, [root])
    assert (found.path, found.folders, found.tables, found.images) == (root, ("a", "b"), ("list.csv",), 2)
    assert trail(root / "b" / "deep", [root.parent / "other", root]) == [root, root / "b", root / "b" / "deep"]


@pytest.mark.parametrize("way", ["../outside", "a/../../outside/secret", "link", "link/secret", "/etc", "~", ""])
def test_ways_out_are_refused_with_what_allows_them(root: Path, way: str) -> None:
    (root / "link").symlink_to(root.parent / "outside")
    given = str(root / way) if way and way not in ("/etc", "~") else way
    with pytest.raises(InputError) as caught:
        below_roots(given, [root])
    message = str(caught.value)
    assert message.startswith(f"{given} is not below a folder that this server may show ({root})")
    assert f"{VARIABLE}=FOLDER" in message
    assert "\n" not in message


def test_what_is_there_outside_cannot_be_told_from_what_is_not(root: Path) -> None:
    def said(path: str) -> str:
        with pytest.raises(InputError) as caught:
            below_roots(path, [root])
        return str(caught.value).replace(path, "PATH")

    assert said(str(root.parent / "outside")) == said(str(root.parent / "nothing"))


def test_links_that_lead_out_are_not_listed_and_those_that_stay_in_are(root: Path) -> None:
    (root / "out").symlink_to(root.parent / "outside")
    (root / "in").symlink_to(root / "a")
    (root / "loop").symlink_to(root / "loop")
    assert look_into(root, [root]).folders == ("a", "b", "in")
    assert below_roots(root / "in", [root]) == root / "a"


@pytest.mark.parametrize("name", ["nothing", "list.csv"])
def test_what_is_no_folder_is_refused_in_words(root: Path, name: str) -> None:
    with pytest.raises(InputError, match=f"{name}: the folder cannot be shown"):
        look_into(root / name, [root])


def test_a_path_that_no_file_can_have_is_refused(root: Path) -> None:
    with pytest.raises(InputError, match="is not below"):
        below_roots("/data\0", [root])


def test_the_roots_come_from_the_environment(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = [root / "b", root / "b" / "deep", root / "nothing", root / "a", root / "a"]
    monkeypatch.setenv(VARIABLE, os.pathsep.join(map(str, named)))
    assert data_roots(Workspace(root)) == (root / "b", root / "a")


def test_else_they_are_the_current_folder_and_the_workspace(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.chdir(root / "a")
    assert data_roots(Workspace(root / "b")) == (root / "a", root / "b")
    assert data_roots(Workspace(root / "a" / "workspace")) == (root / "a",)
    monkeypatch.chdir(root)
    assert data_roots(Workspace(root / "b")) == (root,)


def folders_of_all(home: Path) -> list[Path]:
    return [Path(home.anchor), *list(home.parents)[:-1], Path("/etc"), Path("/usr")]


def test_where_a_service_is_started_is_no_root(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    home = root / "a"
    monkeypatch.setenv("HOME", str(home))
    for folder in folders_of_all(home):
        monkeypatch.chdir(folder)
        assert data_roots(Workspace(root / "b")) == (root / "b",)
        caution = roots_caution()
        assert caution is not None
        assert caution.startswith(f"Data sets below {folder} cannot")
        assert VARIABLE in caution
    for chosen in (home, root / "b"):
        monkeypatch.chdir(chosen)
        assert chosen in data_roots(Workspace(root / "b"))
        assert roots_caution() is None


def test_on_a_private_server_the_whole_disk_is_open_unless_roots_are_named(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("HOME", str(root / "a"))
    monkeypatch.chdir(root / "b")
    disk = data_roots(Workspace(root), private=True)
    assert disk == (Path(root.anchor),)
    assert starting_places(disk) == (root / "a", root / "b", *disk)
    assert below_roots(root.parent / "outside", disk) == root.parent / "outside"
    monkeypatch.chdir("/")
    assert roots_caution(private=True) is None
    assert roots_caution() is not None
    monkeypatch.setenv(VARIABLE, str(root))
    named = data_roots(Workspace(root), private=True)
    assert starting_places(named) == named == (root,)


def test_an_open_disk_shows_no_device_and_is_no_data_set_as_a_whole(root: Path) -> None:
    disk = (Path(root.anchor),)
    assert not {"proc", "sys", "dev"} & set(look_into(root.anchor, disk).folders)
    for place in ("/proc", "/proc/self/fd", "/sys/kernel", "/dev/null"):
        with pytest.raises(InputError, match="is not below a folder"):
            below_roots(place, disk)
    for folder in (*disk, Path("/etc")):
        with pytest.raises(InputError, match="holds far more than a data set"):
            check_links(folder, disk)
    check_links(root, disk)


def test_a_whole_disk_that_is_named_is_shown_with_a_warning(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, root.anchor)
    assert data_roots(Workspace(root)) == (Path(root.anchor),)
    assert str(roots_caution()).startswith(f"Warning: {VARIABLE} names {root.anchor};")
    monkeypatch.setenv(VARIABLE, str(root))
    monkeypatch.chdir("/")
    assert roots_caution() is None


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/d/Skin (2018)", "Skin_2018"),
        ("/d/list.csv", "list"),
        ("/d/set.v1", "set_v1"),
        ("/d/皮膚", "data"),
        ("/", "data"),
    ],
)
def test_suggested_names_are_names(path: str, name: str, workspace: Workspace, patch_matrix) -> None:
    assert suggested_name(Path(path)) == name
    save_matrix(workspace, name, patch_matrix)  # the same rule for every name in a workspace


def test_links_that_stay_below_the_roots_are_followed_when_a_folder_is_checked(root: Path) -> None:
    (root / "in").symlink_to(root / "a")
    (root / "a" / "round").symlink_to(root)
    check_links(root, [root])
    check_images(root, ["1.PNG", "in/x.png"], [root])


@pytest.mark.parametrize("place", ["out", "b/deep/out", "a/out.png"])
def test_the_first_link_that_leads_out_is_named(root: Path, place: str) -> None:
    (root / place).symlink_to(root.parent / "outside" / "secret" / ("4.png" if "." in place else ""))
    (root / "b" / "again").symlink_to(root / "a")
    for check in (lambda: check_links(root, [root]), lambda: check_images(root, ["1.PNG", f"{place}/4.png"], [root])):
        with pytest.raises(InputError) as caught:
            check()
        assert str(caught.value).startswith(f"{root / place}")
        assert "leads out of the folders that this server may show" in str(caught.value)


def test_a_link_behind_a_link_is_found(root: Path) -> None:
    other = root.parent / "other"
    other.mkdir()
    (other / "out").symlink_to(root.parent / "outside")
    (root / "in").symlink_to(other)
    with pytest.raises(InputError, match=f"{other / 'out'} leads out"):
        check_links(root, [root, other])
