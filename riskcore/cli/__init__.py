"""The command line. Heavy imports happen inside commands, so that ``riskcore --help`` answers at once."""

import errno
import io
import os
import sys
import traceback
from importlib.util import find_spec

import typer

from riskcore.errors import InputError, RunError
from riskcore.foreign_text import cut, printable, quoted

SYSTEMS = "riskcore runs on Linux and macOS; on Windows use WSL."
"""Files are locked and processes ended as only those systems do it."""

app = typer.Typer(
    name="riskcore",
    help="Train, evaluate and compare medical image classifiers by the harm of their mistakes. "
    "Research software, not a medical device.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def main() -> None:
    """Run a command; errors become one line on stderr and exit code 2 (wrong input) or 1 (anything else)."""
    for stream in (sys.stdout, sys.stderr):  # a sign that the terminal's encoding lacks must not end a command
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if find_spec("fcntl") is None:
        _exit(1, f"Error: {SYSTEMS}")
    try:
        _assemble()
        code = app(prog_name="riskcore", standalone_mode=False)  # what `typer.Exit` carried, else None
    except InputError as error:
        _exit(2, f"Error: {error}")
    except RunError as error:
        _exit(1, f"Error: {error}")
    except (typer.Abort, KeyboardInterrupt):
        _exit(130, "Interrupted.")
    except BrokenPipeError:  # `riskcore … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        if (explained := _explained(error)) is not None:
            _exit(*explained)
        if hasattr(error, "format_message"):  # click's usage errors
            context = getattr(error, "ctx", None)
            where = f" See `{context.command_path} --help`." if context is not None else ""
            _exit(2, f"Error: {error.format_message()}{where}")
        if os.environ.get("RISKCORE_DEBUG"):
            traceback.print_exc()
        _exit(1, f"Error: {type(error).__name__}: {error} (a fault of riskcore; RISKCORE_DEBUG=1 shows where).")
    sys.exit(code)


def _explained(error: Exception) -> tuple[int, str] | None:
    """Exit code and line of an error that the machine or a path gives rise to; None for any other."""
    if isinstance(error, TimeoutError) and (lock := getattr(error, "lock_file", None)):
        return 1, f"Error: {lock}: another process holds this lock; try again when it has ended."
    if isinstance(error, OSError):
        code = 2 if error.errno == errno.ENAMETOOLONG else 1
        return code, f"Error: {cut(str(error.filename or 'A file'))}: {error.strerror or error}."
    if isinstance(error, UnicodeEncodeError):
        return 2, f"Error: {quoted(error.object)} holds a sign that no file and no name can hold; take it out."
    if isinstance(error, ValueError) and "null byte" in str(error):
        return 2, "Error: A path holds a zero byte, which no file's name can; take it out."
    if isinstance(error, MemoryError):
        return 1, "Error: There is not enough memory for this; end other programs, or give smaller files."
    if isinstance(error, RecursionError):
        return 2, "Error: Something given here is nested too deeply; make it flat."
    return None


def _exit(code: int, message: str) -> None:
    print(printable(" ".join(message.split())), file=sys.stderr)
    sys.exit(code)


def _assemble() -> None:
    from riskcore.cli import (
        claims,
        compare,
        dashboard,
        data,
        demo,
        evaluate,
        matrix,
        mistakes,
        predict,
        reproduce,
        runs,
        train,
        tune,
        weights,
    )

    app.command("demo")(demo.demo)
    app.command("app")(dashboard.dashboard)
    app.add_typer(data.app, name="data")
    app.add_typer(matrix.app, name="matrix")
    app.command("train")(train.train)
    app.command("tune")(tune.tune)
    app.add_typer(runs.app, name="runs")
    app.add_typer(weights.app, name="weights")
    app.command("evaluate")(evaluate.evaluate)
    app.command("compare")(compare.compare)
    app.command("claims")(claims.claims)
    app.add_typer(mistakes.app, name="mistakes")
    app.command("predict")(predict.predict)
    app.command("reproduce")(reproduce.reproduce)
