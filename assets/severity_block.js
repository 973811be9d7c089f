// Numbers and blocks of numbers as people type and paste them: pure functions, no page.

const NUMBER = /^\+?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?$/i;

/** A severity of a text: {value}, or {problem} in words; a comma may stand for the decimal point. */
export function parseNumber(text) {
  const plain = text.replace(/[\s\u00a0\u202f]/g, "").replace("\u2212", "-");
  if (plain === "") return { problem: "empty" };
  if (/^-/.test(plain) && NUMBER.test(plain.slice(1))) return { problem: "below 0" };
  if (!NUMBER.test(plain)) return { problem: "not a number" };
  const value = Number(plain.replace(",", "."));
  return Number.isFinite(value) ? { value } : { problem: "too large" };
}

/**
 * Rows of cells of a pasted text. Tabs (a spreadsheet) or semicolons part the cells where there are any, else commas,
 * unless the whole text is one number with a decimal comma.
 */
export function parseBlock(text) {
  const lines = text.replace(/\r\n?/g, "\n").replace(/\n+$/, "").split("\n");
  const whole = lines.join("\n");
  const lone = lines.length === 1 && /^\s*\d+,\d+\s*$/.test(lines[0]);
  const sign = whole.includes("\t") ? "\t" : whole.includes(";") ? ";" : lone ? null : ",";
  return lines.map((line) =>
    (sign === null ? [line] : line.split(sign)).map((cell) => cell.trim().replace(/^"(.*)"$/, "$1")),
  );
}

/**
 * Where the cells of a pasted block go: a list of {truth, prediction, text}. A block with class names in its first row
 * and column goes by name; any other starts at `start` ({row, column}) and is cut off at the grid's edge. The diagonal
 * is left out, and with it what stands outside.
 */
export function placeBlock(rows, classes, start) {
  const [head, ...body] = rows;
  const named =
    head.length > 1 &&
    body.length > 0 &&
    head.slice(1).every((name) => classes.includes(name)) &&
    body.every((row) => classes.includes(row[0]));
  const placed = named
    ? body.flatMap(([truth, ...cells]) =>
        cells.map((text, column) => ({ truth, prediction: head[column + 1], text })),
      )
    : rows.flatMap((cells, row) =>
        cells.map((text, column) => ({
          truth: classes[start.row + row],
          prediction: classes[start.column + column],
          text,
        })),
      );
  return placed.filter(({ truth, prediction }) => truth && prediction && truth !== prediction);
}

/** The matrix as a spreadsheet takes it, with its names. */
export function blockText(classes, values) {
  const rows = values.map((row, index) => [classes[index], ...row]);
  return [["truth \\ model says", ...classes], ...rows].map((row) => row.join("\t")).join("\n");
}
