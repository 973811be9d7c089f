"""The index of the runs: a SQLite cache over their folders, so that thousands are listed at once.

The folders stay the truth. Each selection first compares the signature of every run.json (time, size, inode)
with the indexed one and reads what changed. Deleting the index loses nothing; where it cannot be written, the
same selection is made over a database in memory.
"""

import json
import logging
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from riskcore.errors import InputError
from riskcore.runs.folder import read_record

_LOG = logging.getLogger(__name__)
_VERSION = 2
_BUSY_SECONDS = 5.0

_TABLE = """CREATE TABLE IF NOT EXISTS runs
    (id TEXT PRIMARY KEY, signature TEXT, created TEXT, state TEXT, data TEXT, pool TEXT, place INTEGER, words TEXT,
    record TEXT)"""

Lives = Callable[[str, dict[str, Any]], bool]
"""`lives(id, record)`: whether a run that is recorded as running has a living owner; else it was interrupted."""

Answer = TypeVar("Answer")


def select(
    index: Path,
    runs: Path,
    *,
    states: Sequence[str] = (),
    data: str | None = None,
    pool: str | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> list[tuple[str, dict[str, Any]]]:
    """Ids and records of the runs that match, newest first.

    Args:
        index: the database file.
        runs: the folder that holds the runs' folders.
        states: recorded states to keep; none given keeps all.
        data, pool: keep the runs of this data set, of this pool.
        limit, offset: how many, after how many.
    """
    wanted = [(f"state IN ({','.join('?' * len(states))})", states)] if states else []
    wanted += [(f"{column} = ?", (value,)) for column, value in (("data", data), ("pool", pool)) if value is not None]
    query = " ".join(
        [
            "SELECT id, record FROM runs WHERE record IS NOT NULL",
            *(f"AND {condition}" for condition, _ in wanted),
            "ORDER BY created DESC, id DESC LIMIT ? OFFSET ?",
        ]
    )
    values = [value for _, given in wanted for value in given] + [-1 if limit is None else limit, offset]
    rows = _ask(index, runs, lambda database: database.execute(query, values).fetchall())
    return [(name, _decoded(text)) for name, text in rows]


def counts(index: Path, runs: Path, lives: Lives, *, data: str | None = None, text: str = "") -> dict[str, int]:
    """How many runs are in each state as found, of those that `page` would list; states without runs are left out."""

    def work(database: sqlite3.Connection) -> dict[str, int]:
        found, values = _found(database, lives, data, text)
        return dict(database.execute(f"SELECT found, count(*) FROM ({found}) GROUP BY found", values).fetchall())

    return _ask(index, runs, work)


def page(
    index: Path,
    runs: Path,
    lives: Lives,
    *,
    state: str | None = None,
    data: str | None = None,
    text: str = "",
    limit: int,
    offset: int = 0,
) -> list[tuple[str, dict[str, Any]]]:
    """Ids and records of the runs that match: what runs, what is queued in its order, then the newest first.

    Args:
        index, runs: as for `select`.
        lives: asked about the runs that are recorded as running.
        state: keep the runs found in this state.
        data: keep the runs of this data set.
        text: keep the runs in whose id, data set, matrix, backbone or loss each of these words occurs.
        limit, offset: how many, after how many.
    """

    def work(database: sqlite3.Connection) -> list[tuple[str, str]]:
        found, values = _found(database, lives, data, text)
        query = " ".join(
            [
                f"SELECT id, record FROM ({found}) WHERE ? IS NULL OR found = ?",
                "ORDER BY CASE found WHEN 'running' THEN 0 WHEN 'queued' THEN 1 ELSE 2 END,",
                "CASE found WHEN 'queued' THEN place END, created DESC, id DESC LIMIT ? OFFSET ?",
            ]
        )
        return database.execute(query, [*values, state, state, limit, offset]).fetchall()

    return [(name, _decoded(text)) for name, text in _ask(index, runs, work)]


def data_names(index: Path, runs: Path) -> list[str]:
    """The data sets that runs were trained on, sorted."""
    query = "SELECT DISTINCT data FROM runs WHERE record IS NOT NULL ORDER BY data"
    return _ask(index, runs, lambda database: [name for (name,) in database.execute(query)])


def _found(database: sqlite3.Connection, lives: Lives, data: str | None, text: str) -> tuple[str, list[Any]]:
    """A query for the runs that match, with the state as found, and its values."""
    recorded = database.execute("SELECT id, record FROM runs WHERE state = 'running'")
    living = [name for name, text in recorded if lives(name, _decoded(text))]
    words = text.casefold().split()
    query = " ".join(
        [
            f"SELECT *, CASE WHEN state = 'running' AND id NOT IN ({','.join('?' * len(living))})",
            "THEN 'interrupted' ELSE state END AS found FROM runs WHERE record IS NOT NULL AND (? IS NULL OR data = ?)",
            *("AND instr(words, ?) > 0" for _ in words),
        ]
    )
    return query, [*living, data, data, *words]


@lru_cache(maxsize=5_000)
def _decoded(text: str) -> dict[str, Any]:
    """A record out of its text; the same one each time, since most of a listing's time would go into this."""
    record: dict[str, Any] = json.loads(text)
    return record


def _ask(index: Path, runs: Path, work: Callable[[sqlite3.Connection], Answer]) -> Answer:
    for attempt in range(2):
        try:
            with closing(_open(index)) as database:
                _refresh(database, runs)
                return work(database)
        except sqlite3.OperationalError as error:  # read-only, full, busy, no such folder
            _LOG.debug("%s: %s; reading the folders instead", index, error)
            break
        except sqlite3.DatabaseError as error:
            _LOG.warning("%s is damaged (%s) and is rebuilt", index, error)
            if attempt == 0:
                with suppress(OSError):
                    for suffix in ("", "-wal", "-shm"):
                        index.with_name(index.name + suffix).unlink(missing_ok=True)
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        database.execute(_TABLE)
        _refresh(database, runs)
        return work(database)


def _open(index: Path) -> sqlite3.Connection:
    database = sqlite3.connect(index, timeout=_BUSY_SECONDS, isolation_level=None)
    try:
        if database.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("DROP TABLE IF EXISTS runs")
            database.execute(_TABLE)
            database.execute(f"PRAGMA user_version = {_VERSION}")
        database.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        database.close()
        raise
    return database


def _refresh(database: sqlite3.Connection, runs: Path) -> None:
    """Bring the table up to date with the folders: one writer at a time, and only when something changed."""
    known = dict(database.execute("SELECT id, signature FROM runs"))
    found = dict(_signatures(runs))
    changed = [_row(runs, name, signature) for name, signature in found.items() if known.get(name) != signature]
    gone = [(name,) for name in known.keys() - found.keys()]
    if changed or gone:
        database.execute("BEGIN IMMEDIATE")
        database.executemany("INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", changed)
        database.executemany("DELETE FROM runs WHERE id = ?", gone)
        database.execute("COMMIT")


def _signatures(runs: Path) -> Iterator[tuple[str, str]]:
    try:
        names = os.listdir(runs)
    except FileNotFoundError:
        return
    for name in names:
        if not name.startswith("."):
            with suppress(OSError):  # not a run, or moved away just now
                status = os.stat(f"{runs}/{name}/run.json")
                yield name, f"{status.st_mtime_ns}-{status.st_size}-{status.st_ino}"


def _row(runs: Path, name: str, signature: str) -> tuple[str | int | None, ...]:
    # Read after the signature was taken: a newer content under an older signature is read again next time.
    try:
        record = read_record(runs / name)
    except InputError as error:
        _LOG.warning("A run is not listed: %s", error)
        return (name, signature, *[None] * 7)
    listed = (record[key] for key in ("created", "state", "data", "pool", "order"))
    words = "\n".join([name, *(str(record[key]) for key in ("data", "matrix", "model", "loss"))]).casefold()
    return (name, signature, *listed, words, json.dumps(record, ensure_ascii=False))
