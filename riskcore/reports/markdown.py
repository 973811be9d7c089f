"""Tables in Markdown."""

from collections.abc import Sequence


def markdown_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a table, padded so that it can be read as it is; all but the first column to the right.

    Example:
        >>> print(*markdown_table(["loss", "CER %"], [["ce", "7.4"]]), sep="\\n")
        | loss | CER % |
        | ---- | ----: |
        | ce   |   7.4 |
    """
    widths = [max(len(line[column]) for line in [headers, *rows]) for column in range(len(headers))]
    numeric = [False] + [True] * (len(headers) - 1)

    def line(cells: Sequence[str]) -> str:
        padded = [
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(cells, widths, numeric, strict=True)
        ]
        return f"| {' | '.join(padded)} |"

    rules = [f"{'-' * (width - 1)}{':' if right else '-'}" for width, right in zip(widths, numeric, strict=True)]
    return [line(headers), line(rules), *map(line, rows)]
