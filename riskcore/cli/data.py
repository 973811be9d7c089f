"""riskcore data: register, list and audit image data sets."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskcore.cli.output import Json, emit, progress_bar, say, table, workspace
from riskcore.foreign_text import printable

if TYPE_CHECKING:
    from riskcore.data.manifest import Manifest

app = typer.Typer(help="Register, list and audit image data sets.", no_args_is_help=True)


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="What to call it.")],
    path: Annotated[Path, typer.Argument(help="Its folder, a zip file of it, or a CSV file that lists its images.")],
    format: Annotated[
        str, typer.Option(help="auto, folder, csv, brain_mri, ham10000, isic2018, breakhis or sicapv2.")
    ] = "auto",
    groups: Annotated[
        Path | None, typer.Option(help="CSV with path and patient: which images belong together.")
    ] = None,
    allow_missing: Annotated[
        bool, typer.Option("--allow-missing", help="Keep what is there when listed images are absent.")
    ] = False,
    merge_names: Annotated[
        bool,
        typer.Option("--merge-names", help="Make one class of names that differ in case, separators or Unicode form."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Register without asking.")] = False,
    json: Json = False,
) -> None:
    """Register a data set. Its images stay where they are; a zip file is unpacked into the workspace.

    A terminal is asked first, with the classes shown.
    """
    from riskcore.data.arrivals.heads import readable
    from riskcore.data.arrivals.staging import discard, keep, recognised, unpacked
    from riskcore.data.arrivals.zip_file import is_zip
    from riskcore.data.manifest import register
    from riskcore.data.registry import save_dataset
    from riskcore.versions import check_name

    here = workspace()
    check_name(name)
    asks = not yes and not json and sys.stdin.isatty() and sys.stdout.isatty()
    if is_zip(path):
        with ExitStack() as stack:
            with progress_bar() as progress:
                arrival = unpacked(here, path, path.name, progress)
            stack.callback(discard, arrival)
            manifest = recognised(arrival, name, format, groups, allow_missing, merge_names)
            if asks:
                _ask(manifest)
            manifest = keep(here, manifest, arrival)
    else:
        manifest = readable(register(name, path, format, groups, allow_missing, merge_names))
        if asks:
            _ask(manifest)
        save_dataset(here, manifest)
    if json:
        emit({key: value for key, value in manifest.to_dict().items() if key != "columns"} | {"images": len(manifest)})
        return
    groups_text = f"{manifest.table['group'].nunique():,} groups" if manifest.has_groups else "no groups known"
    say(f"Registered {name}: {len(manifest):,} images, {len(manifest.classes)} classes, {groups_text}.")
    if not asks:
        _show(manifest)
    say(f"Next: riskcore data audit {name}")


def _ask(manifest: "Manifest") -> None:
    """Show the classes and go on only where that is wanted."""
    _show(manifest)
    if not typer.confirm(f"Register these {len(manifest):,} images as {printable(manifest.name)}?", default=True):
        say("Nothing was registered.")
        raise typer.Exit(1)


def _show(manifest: "Manifest") -> None:
    """The classes, and what there is to know about the set."""
    from riskcore.data.class_counts import class_counts
    from riskcore.data.finding import kinds

    groups = ["groups"] if manifest.has_groups else []
    table(
        ["class", "images", *groups],
        [
            [count.label, f"{count.images:,}", *([f"{count.groups:,}"] if count.groups is not None else [])]
            for count in class_counts(manifest)
        ],
    )
    if found := kinds(manifest.table["sample"]):
        say(f"Files: {printable(found)}.")
    for line in manifest.notes:
        say(f"Note: {line}")


@app.command("list")
def list_(json: Json = False) -> None:
    """The registered data sets."""
    from riskcore.data.registry import list_datasets, load_dataset

    here = workspace()
    manifests = [load_dataset(here, name) for name in list_datasets(here)]
    rows: list[dict[str, Any]] = [
        {
            "name": manifest.name,
            "format": manifest.format,
            "images": len(manifest),
            "classes": list(manifest.classes),
            "groups": int(manifest.table["group"].nunique()) if manifest.has_groups else None,
            "synthetic": manifest.synthetic,
            "root": str(manifest.root),
            "hash": manifest.hash,
        }
        for manifest in manifests
    ]
    if json:
        emit(rows)
    elif not rows:
        say("No data set is registered yet: riskcore data add NAME PATH, or riskcore demo to try riskcore.")
    else:
        headers = ["name", "images", "classes", "groups", "format", "root"]
        table(
            headers,
            [
                [
                    f"{row['name']}{' (synthetic)' if row['synthetic'] else ''}",
                    f"{row['images']:,}",
                    len(row["classes"]),
                    row["groups"] or "–",
                    row["format"],
                    row["root"],
                ]
                for row in rows
            ],
        )


@app.command()
def audit(
    name: Annotated[str, typer.Argument(help="A registered data set.")],
    drop_list: Annotated[Path | None, typer.Option(help="Write the files to drop here, one a line.")] = None,
    json: Json = False,
) -> None:
    """Look for what makes results untrue: duplicates, leaks between splits, unreadable files, two labels."""
    from riskcore.data.prepare import renewed_audit
    from riskcore.data.registry import load_dataset
    from riskcore.files import write_atomic
    from riskcore.marks import marked_words, marks

    here = workspace()
    manifest = load_dataset(here, name)
    with progress_bar() as progress:
        findings = renewed_audit(here, manifest, progress)
    if drop_list is not None:
        write_atomic(drop_list, "".join(f"{sample}\n" for sample in findings.files_to_drop))
    if json:
        emit(findings.as_dict())
    else:
        say(findings.text())
        if marked := marks(here, manifest.name):
            say(marked_words(len(marked)))
