"""The index of the runs: a SQLite cache over their folders, so that thousands are listed at once.

The folders stay the truth. Each selection first compares the signature of every run.json (time, size, inode)
with the indexed one and reads what changed. A run that cannot be read has a row without a record. Deleting the index
loses nothing; where it cannot be written, the same selection is made over a database in memory, and where it is
damaged, it is made anew. What users wrote on runs is not in it: a selection by tag or words reads their files.
"""

import hashlib
import json
import logging
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from riskcore.errors import InputError
from riskcore.readers import parse_json
from riskcore.runs.annotations import read_annotation
from riskcore.runs.ids import RUN_ID
from riskcore.runs.record import read_record, what_is_wrong

_LOG = logging.getLogger(__name__)
_VERSION = 3
_BUSY_SECONDS = 5.0

_TABLE = """CREATE TABLE IF NOT EXISTS runs
    (id TEXT PRIMARY KEY, signature TEXT, created TEXT, state TEXT, data TEXT, pool TEXT, place INTEGER, words TEXT,
    record TEXT)"""

Records = Sequence[tuple[str, dict[str, Any]]]
"""Ids and records."""

Living = Callable[[Records], Sequence[str]]
"""Which of the runs that are recorded as running have a living owner, by id; the others were interrupted."""

Named = Callable[[dict[str, Any]], str]
"""What the run of a record is called, for a search by words."""

Answer = TypeVar("Answer")


def select(
    index: Path,
    runs: Path,
    *,
    states: Sequence[str] = (),
    data: str | None = None,
    pool: str | None = None,
    tag: str | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> list[tuple[str, dict[str, Any]]]:
    """Ids and records of the runs that match, newest first.

    Args:
        index: the database file.
        runs: the folder that holds the runs' folders.
        states: recorded states to keep; none given keeps all.
        data, pool, tag: keep the runs of this data set, of this pool, with this tag.
        limit, offset: how many, after how many.
    """
    wanted = [(f"state IN ({','.join('?' * len(states))})", states)] if states else []
    wanted += [(f"{column} = ?", (value,)) for column, value in (("data", data), ("pool", pool)) if value is not None]
    wanted += [("is_tagged(id, ?)", (tag,))] if tag is not None else []
    query = " ".join(
        [
            "SELECT id, record FROM runs WHERE record IS NOT NULL",
            *(f"AND {condition}" for condition, _ in wanted),
            "ORDER BY created DESC, id DESC LIMIT ? OFFSET ?",
        ]
    )
    values = [value for _, given in wanted for value in given] + [-1 if limit is None else limit, offset]
    return _ask(index, runs, lambda database: _records(database.execute(query, values)))


def counts(
    index: Path,
    runs: Path,
    living: Living,
    *,
    data: str | None = None,
    text: str = "",
    tag: str | None = None,
    named: Named = lambda record: "",
) -> dict[str, int]:
    """How many runs are in each state as found, of those that `page` would list; states without runs are left out."""

    def work(database: sqlite3.Connection) -> dict[str, int]:
        found, values = _found(database, living, data, text, tag, named)
        return dict(database.execute(f"SELECT found, count(*) FROM ({found}) GROUP BY found", values).fetchall())

    return _ask(index, runs, work)


def page(
    index: Path,
    runs: Path,
    living: Living,
    *,
    state: str | None = None,
    data: str | None = None,
    text: str = "",
    tag: str | None = None,
    named: Named = lambda record: "",
    limit: int,
    offset: int = 0,
) -> list[tuple[str, dict[str, Any]]]:
    """Ids and records of the runs that match: what runs, what is queued in its order, then the newest first.

    Args:
        index, runs: as for `select`.
        living: asked about the runs that are recorded as running.
        state: keep the runs found in this state.
        data: keep the runs of this data set.
        text: keep the runs in whose id, data set, matrix, backbone, loss or annotation each of these words occurs.
        tag: keep the runs with this tag.
        named: more words of a run, in which `text` may occur.
        limit, offset: how many, after how many.
    """

    def work(database: sqlite3.Connection) -> list[tuple[str, dict[str, Any]]]:
        found, values = _found(database, living, data, text, tag, named)
        query = " ".join(
            [
                f"SELECT id, record FROM ({found}) WHERE ? IS NULL OR found = ?",
                "ORDER BY CASE found WHEN 'running' THEN 0 WHEN 'queued' THEN 1 ELSE 2 END,",
                "CASE found WHEN 'queued' THEN place END, created DESC, id DESC LIMIT ? OFFSET ?",
            ]
        )
        return _records(database.execute(query, [*values, state, state, limit, offset]))

    return _ask(index, runs, work)


def data_names(index: Path, runs: Path) -> list[str]:
    """The data sets that runs were trained on, sorted."""
    query = "SELECT DISTINCT data FROM runs WHERE record IS NOT NULL ORDER BY data"
    return _ask(index, runs, lambda database: [_text(name) for (name,) in database.execute(query)])


def unread(index: Path, runs: Path) -> list[str]:
    """Ids of the runs whose run.json cannot be read, the newest first."""
    query = "SELECT id FROM runs WHERE record IS NULL ORDER BY id DESC"
    return _ask(index, runs, lambda database: [_text(name) for (name,) in database.execute(query)])


def _found(
    database: sqlite3.Connection, living: Living, data: str | None, text: str, tag: str | None, named: Named
) -> tuple[str, list[Any]]:
    """A query for the runs that match, with the state as found, and its values."""
    database.create_function("called", 2, lambda id, record: named(_decoded(id, record)).casefold())
    recorded = _records(database.execute("SELECT id, record FROM runs WHERE state = 'running' AND record IS NOT NULL"))
    found = living(recorded)
    words = text.casefold().split()
    query = " ".join(
        [
            f"SELECT *, CASE WHEN state = 'running' AND id NOT IN ({','.join('?' * len(found))})",
            "THEN 'interrupted' ELSE state END AS found FROM runs WHERE record IS NOT NULL AND (? IS NULL OR data = ?)",
            *("AND instr(words || ' ' || annotation(id) || ' ' || called(id, record), ?) > 0" for _ in words),
            *(["AND is_tagged(id, ?)"] if tag is not None else []),
        ]
    )
    return query, [*found, data, data, *words, *([] if tag is None else [tag])]


def version(runs: Path) -> str:
    """A text that is another one when a run comes or goes, or its record or a file of its folder is written anew.

    Several times as fast as an answer, so that one may be kept as long as this stays.

    Args:
        runs: the folder that holds the runs' folders.
    """
    digest = hashlib.sha256(str(runs).encode())
    for name, signature in sorted(_signatures(runs)):
        with suppress(OSError):  # gone just now
            digest.update(f"{name} {signature} {os.stat(f'{runs}/{name}').st_mtime_ns}\n".encode())
    return digest.hexdigest()


class _Tampered(sqlite3.DatabaseError):
    """The index holds what was never written into it."""


def _records(rows: Iterable[tuple[Any, Any]]) -> list[tuple[str, dict[str, Any]]]:
    return [(_text(name), _decoded(name, text)) for name, text in rows]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _Tampered("a name is no text")
    return value


@lru_cache(maxsize=5_000)
def _decoded(name: str, text: str) -> dict[str, Any]:
    """A record out of its text; the same one each time, since most of a listing's time would go into this."""
    try:
        record: dict[str, Any] = parse_json(_text(text), "a record")
    except InputError as error:
        raise _Tampered(str(error)) from error
    if wrong := what_is_wrong(record, name):
        raise _Tampered(wrong)
    return record


def _ask(index: Path, runs: Path, work: Callable[[sqlite3.Connection], Answer]) -> Answer:
    for attempt in range(2):
        try:
            with closing(_open(index)) as database:
                return _answered(database, runs, work)
        except (sqlite3.OperationalError, _Tampered) as error:  # read-only, full, busy, no such folder; wrong content
            _LOG.debug("%s: %s; reading the folders instead", index, error)
            if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) == sqlite3.SQLITE_ERROR:
                _forget(index)
            break
        except sqlite3.DatabaseError as error:
            _LOG.warning("%s is damaged (%s) and is rebuilt", index, error)
            if attempt == 0:
                with suppress(OSError):
                    for suffix in ("", "-wal", "-shm"):
                        index.with_name(index.name + suffix).unlink(missing_ok=True)
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        database.execute(_TABLE)
        return _answered(database, runs, work)


def _open(index: Path) -> sqlite3.Connection:
    database = sqlite3.connect(index, timeout=_BUSY_SECONDS, isolation_level=None)
    try:
        if database.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("BEGIN IMMEDIATE")  # whoever opens it too finds the old table or the new one
            database.execute("DROP TABLE IF EXISTS runs")
            database.execute(_TABLE)
            database.execute(f"PRAGMA user_version = {_VERSION}")
            database.execute("COMMIT")
        database.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        database.close()
        raise
    return database


def _forget(index: Path) -> None:
    """Have the table made anew by whoever opens the index next: it is not the one that was written into it."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(index, timeout=0.0, isolation_level=None)) as database:
        database.execute("PRAGMA user_version = 0")


def _answered(database: sqlite3.Connection, runs: Path, work: Callable[[sqlite3.Connection], Answer]) -> Answer:
    """The answer out of a table that is what the folders are: one view of it, as another may make it anew meanwhile."""
    database.create_function("annotation", 1, lambda id: read_annotation(runs / id).words)
    database.create_function("is_tagged", 2, lambda id, tag: tag in read_annotation(runs / id).tags)
    found = dict(_signatures(runs))
    database.execute("BEGIN")
    if _known(database) != found:  # one writer at a time, and only when something changed
        database.execute("ROLLBACK")
        database.execute("BEGIN IMMEDIATE")
        known = _known(database)
        changed = [_row(runs, name, signature) for name, signature in found.items() if known.get(name) != signature]
        database.executemany("INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", changed)
        database.executemany("DELETE FROM runs WHERE id = ?", [(name,) for name in known.keys() - found.keys()])
    answer = work(database)
    database.execute("COMMIT")
    return answer


def _known(database: sqlite3.Connection) -> dict[str, str]:
    return dict(database.execute("SELECT id, signature FROM runs"))


def _signatures(runs: Path) -> Iterator[tuple[str, str]]:
    try:
        names = os.listdir(runs)
    except FileNotFoundError:
        return
    for name in names:
        if name.startswith(".") or not _is_utf8(name):
            continue
        try:
            status = os.stat(f"{runs}/{name}/run.json")
        except OSError:  # not a run, damaged, or moved away just now
            if is_run(runs / name):
                yield name, "run.json is missing"
        else:
            yield name, f"{status.st_mtime_ns}-{status.st_size}-{status.st_ino}"


def _is_utf8(name: str) -> bool:
    """Other names, which file systems allow, cannot be kept in a database or shown."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_run(folder: Path) -> bool:
    """Whether a folder is that of a run, damaged or not."""
    return (RUN_ID.fullmatch(folder.name) is not None and folder.is_dir()) or os.path.exists(folder / "run.json")


def _row(runs: Path, name: str, signature: str) -> tuple[str | int | None, ...]:
    # Read after the signature was taken: a newer content under an older signature is read again next time.
    try:
        record = read_record(runs / name)
    except InputError as error:
        if (runs / name).is_dir():  # else moved away just now
            _LOG.warning("A run cannot be read: %s", error)
        return (name, signature, *[None] * 7)
    listed = (record[key] for key in ("created", "state", "data", "pool", "order"))
    words = "\n".join([name, *(str(record[key]) for key in ("data", "matrix", "model", "loss"))]).casefold()
    return (name, signature, *listed, words, json.dumps(record, ensure_ascii=False))
