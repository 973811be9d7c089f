"""The command line. Heavy imports happen inside commands, so that ``riskcore --help`` answers at once."""

import os
import sys
import traceback

import typer

from riskcore.errors import InputError, RunError

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
        if isinstance(error, OSError):
            _exit(1, f"Error: {error.filename or 'A file'}: {error.strerror or error}.")
        if hasattr(error, "format_message"):  # click's usage errors
            context = getattr(error, "ctx", None)
            where = f" See `{context.command_path} --help`." if context is not None else ""
            _exit(2, f"Error: {error.format_message()}{where}")
        if os.environ.get("RISKCORE_DEBUG"):
            traceback.print_exc()
        _exit(1, f"Error: {type(error).__name__}: {error} (a fault of riskcore; RISKCORE_DEBUG=1 shows where).")
    sys.exit(code)


def _exit(code: int, message: str) -> None:
    print(" ".join(message.split()), file=sys.stderr)
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
        predict,
        reproduce,
        runs,
        train,
        tune,
    )

    app.command("demo")(demo.demo)
    app.command("app")(dashboard.dashboard)
    app.add_typer(data.app, name="data")
    app.add_typer(matrix.app, name="matrix")
    app.command("train")(train.train)
    app.command("tune")(tune.tune)
    app.add_typer(runs.app, name="runs")
    app.command("evaluate")(evaluate.evaluate)
    app.command("compare")(compare.compare)
    app.command("claims")(claims.claims)
    app.command("predict")(predict.predict)
    app.command("reproduce")(reproduce.reproduce)
