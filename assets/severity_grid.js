// The grid that edits a severity matrix. It shows what Python holds plus the edits that Python has not acknowledged yet,
// and sends each edit with a number, so that two quick ones both arrive and none is taken in twice.

const REFUSED = "⚠ An entry is no severity: the results still show the last valid matrix.";

const grids = new WeakMap();

export default function ({ parentElement, data, setStateValue }) {
  if (!grids.has(parentElement)) grids.set(parentElement, new Grid(parentElement));
  const grid = grids.get(parentElement);
  grid.send = (message) => setStateValue("message", message);
  grid.receive(data);
}

class Grid {
  constructor(root) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    this.threshold = this.find(".threshold input");
    this.pending = [];
    this.token = null;
    this.listen();
  }

  // --- between Python and the page ---

  receive(data) {
    const other = data.token !== this.token;
    const shape = JSON.stringify([data.classes, data.groups]);
    if (other) {
      this.token = data.token;
      this.sequence = data.acknowledged;
      this.pending = [];
    }
    this.pending = this.pending.filter((event) => event.sequence > data.acknowledged);
    let shown = { values: this.values, critical: this.critical };
    this.data = data;
    this.values = data.values.map((row) => [...row]);
    this.critical = data.critical;
    for (const event of this.pending) this.apply(event);
    if (other || shape !== this.shape) {
      this.build(shape);
      shown = {};
    }
    this.refresh(shown);
  }

  push(event) {
    this.sequence += 1;
    this.pending.push({ sequence: this.sequence, ...event });
    this.send({ token: this.token, events: this.pending });
  }

  apply({ cells = [], critical }) {
    const place = (name) => this.data.classes.indexOf(name);
    for (const [truth, prediction, value] of cells) {
      const row = place(truth);
      if (row >= 0 && place(prediction) >= 0) this.values[row][place(prediction)] = value;
    }
    if (critical !== undefined) this.critical = critical;
  }

  edit(cells, critical) {
    const changed = cells.filter(([truth, prediction, value]) => value !== this.value({ truth, prediction }));
    if (!changed.length && (critical === undefined || critical === this.critical)) return;
    const shown = { values: this.values.map((row) => [...row]), critical: this.critical };
    const event = { kind: "edit", cells: changed, critical };
    this.apply(event);
    this.refresh(shown);
    this.push(event);
  }

  value({ truth, prediction }) {
    return this.values[this.data.classes.indexOf(truth)][this.data.classes.indexOf(prediction)];
  }

  // --- what is on the page ---

  build(shape) {
    const held = this.root.activeElement && this.cursor;
    this.shape = shape;
    this.byInput = new Map(); // an old input that goes away while it has the focus has nothing to commit
    this.rows = buildTable(this.find("table"), this.data);
    this.cells = this.rows.flat().filter(Boolean);
    this.byInput = new Map(this.cells.map((cell) => [cell.input, cell]));
    this.cursor = this.cells[0];
    if (held) this.cells.find((cell) => cell.row === held.row && cell.column === held.column)?.input.focus();
  }

  /** Show what is held now; `shown` is what the page showed before, nothing at first. */
  refresh(shown) {
    for (const cell of this.cells) {
      const value = this.value(cell);
      const changed = value !== shown.values?.[cell.row]?.[cell.column];
      // Half-typed or refused text stays, unless the value under it became another.
      if (changed) this.reset(cell);
      paint(cell, value, this.critical);
    }
    if (shown.critical !== this.critical) this.resetThreshold();
    buildLegend(this.find(".legend"), this.critical);
    this.find("[data-does=undo]").disabled = !this.data.undo && !this.pending.length;
    this.find("[data-does=redo]").disabled = !this.data.redo;
    this.find("[data-does=block]").disabled = !this.data.groups;
    this.sayProblem();
    this.say(this.cursor);
  }

  /** Mark an input as `markProblem` does, and say that what is shown beside the grid knows nothing of its text. */
  mark(input, why, problem) {
    markProblem(input, why, problem);
    this.sayProblem();
  }

  sayProblem() {
    const refused = this.root.querySelector("[aria-invalid]") && REFUSED;
    const text = [this.data.problem, refused].filter(Boolean).join(" ");
    const place = this.find(".problem");
    if (place.textContent !== text) place.textContent = text;
  }

  reset(cell) {
    cell.input.value = this.value(cell);
    this.mark(cell.input, cell.why, null);
    if (this.root.activeElement === cell.input) cell.input.select();
  }

  resetThreshold() {
    this.threshold.value = this.critical;
    this.mark(this.threshold, this.find(".threshold .why"), null);
  }

  say(cell) {
    const value = this.value(cell);
    const danger = value >= this.critical ? "a dangerous mistake" : "not a dangerous mistake";
    const before = this.data.before?.[cell.row]?.[cell.column];
    const was = before === undefined || before === value ? "" : ` (before your edits: ${before})`;
    const sentence = `Truth ${cell.truth}, model says ${cell.prediction}: severity ${value}, ${danger}${was}.`;
    const place = this.find(".sentence");
    if (place.textContent !== sentence) place.textContent = sentence;
  }

  // --- what the user does ---

  listen() {
    const table = this.find("table");
    const cellOf = (event) => this.byInput?.get(event.target);
    table.addEventListener("focusin", (event) => {
      const cell = cellOf(event);
      if (!cell) return;
      this.cursor = cell;
      this.entered = cell;
      cell.input.select();
      this.say(cell);
    });
    table.addEventListener("click", (event) => {
      // The click that enters a cell would set the caret and so undo the selection.
      if (this.entered && this.entered === cellOf(event)) this.entered.input.select();
      this.entered = null;
    });
    table.addEventListener("focusout", (event) => cellOf(event) && this.commit(cellOf(event)));
    table.addEventListener("keydown", (event) => cellOf(event) && this.key(event, cellOf(event)));
    table.addEventListener("paste", (event) => cellOf(event) && this.paste(event, cellOf(event)));
    table.addEventListener("pointerover", (event) => {
      const input = event.target.closest("td")?.querySelector("input");
      if (event.pointerType === "mouse" && input) this.say(this.byInput.get(input));
    });
    table.addEventListener("pointerleave", () => this.say(this.cursor));
    this.threshold.addEventListener("focusout", () => this.commitThreshold());
    this.threshold.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.commitThreshold();
      else if (event.key === "Escape") this.resetThreshold();
    });
    const bar = this.find(".bar");
    bar.addEventListener("pointerdown", (event) => event.preventDefault()); // the cell keeps the focus
    bar.addEventListener("mousedown", (event) => event.preventDefault());
    bar.addEventListener("click", (event) => this.act(event.target.closest("button")?.dataset.does));
  }

  commit(cell) {
    const { value, problem } = parseNumber(cell.input.value);
    this.mark(cell.input, cell.why, problem);
    if (problem) return false;
    cell.input.value = value;
    this.edit([[cell.truth, cell.prediction, value]]);
    return true;
  }

  commitThreshold() {
    const { value, problem } = parseNumber(this.threshold.value);
    const refused = problem ?? (value > 0 ? null : "must be above 0");
    this.mark(this.threshold, this.find(".threshold .why"), refused);
    if (!refused) this.edit([], value);
  }

  act(does) {
    if (does === "undo" || does === "redo") {
      const typed = this.cursor.input.value !== String(this.value(this.cursor));
      if (typed) this.reset(this.cursor);
      if (!typed || does === "redo") this.push({ kind: does });
    } else if (does === "copy") {
      this.copy();
    } else if (does && this.commit(this.cursor)) {
      this.fill(does);
    }
  }

  fill(does) {
    const { row, column, truth, prediction } = this.cursor;
    const groups = this.data.groups;
    const inside = {
      row: (cell) => cell.row === row,
      column: (cell) => cell.column === column,
      block: (cell) => groups && groups[cell.row] === groups[row] && groups[cell.column] === groups[column],
    }[does];
    const value = this.value({ truth, prediction });
    const cells = this.cells.filter(inside);
    for (const cell of cells) this.mark(cell.input, cell.why, null);
    this.edit(cells.map((cell) => [cell.truth, cell.prediction, value]));
    for (const cell of cells) cell.input.value = value;
  }

  paste(event, start) {
    const text = event.clipboardData.getData("text/plain");
    const rows = parseBlock(text);
    if (rows.length === 1 && rows[0].length === 1) return; // a single value goes into the text as anywhere
    event.preventDefault();
    const cells = [];
    for (const { truth, prediction, text } of placeBlock(rows, this.data.classes, start)) {
      const cell = this.cells.find((other) => other.truth === truth && other.prediction === prediction);
      const { value, problem } = parseNumber(text);
      cell.input.value = problem ? text : value;
      this.mark(cell.input, cell.why, problem);
      if (!problem) cells.push([truth, prediction, value]);
    }
    this.edit(cells);
    start.input.select();
  }

  async copy() {
    const text = blockText(this.data.classes, this.values);
    const button = this.find("[data-does=copy]");
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      window.prompt("Copy this table:", text); // plain http from elsewhere has no clipboard
      return;
    }
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 2000);
  }

  // --- the keyboard ---

  key(event, cell) {
    if (this.shortcut(event)) return;
    const { input } = cell;
    const { selectionStart: from, selectionEnd: to } = input;
    const whole = from === 0 && to === input.value.length;
    const moves = {
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      Enter: [event.shiftKey ? -1 : 1, 0],
      ArrowLeft: (whole || to === 0) && [0, -1],
      ArrowRight: (whole || from === input.value.length) && [0, 1],
    };
    if (event.key === "Escape") this.reset(cell);
    else if (event.key === "F2") input.setSelectionRange(input.value.length, input.value.length);
    else if (event.key === "Home") this.toEnd(event.ctrlKey ? this.cells : this.rows[cell.row].filter(Boolean), 0);
    else if (event.key === "End") this.toEnd(event.ctrlKey ? this.cells : this.rows[cell.row].filter(Boolean), -1);
    else if (moves[event.key] && !event.altKey && !event.ctrlKey) this.step(cell, ...moves[event.key]);
    else return;
    event.preventDefault();
  }

  /** Undo, redo and the fills; whether the key was one of them. */
  shortcut(event) {
    const control = event.ctrlKey || event.metaKey;
    let does = null;
    if (control && !event.altKey) {
      // By the letter, not the place: Z and Y change places on a German keyboard.
      does = { z: event.shiftKey ? "redo" : "undo", y: "redo" }[event.key.toLowerCase()];
    } else if (event.altKey && !control) {
      // By the place: with Alt a Mac's keys write other letters.
      does = { KeyR: "row", KeyC: "column", KeyB: "block" }[event.code];
    }
    if (!does) return false;
    event.preventDefault();
    this.act(does);
    return true;
  }

  toEnd(cells, index) {
    cells.at(index).input.focus();
  }

  step(cell, down, right) {
    let [row, column] = [cell.row + down, cell.column + right];
    if (row === column) [row, column] = [row + down, column + right]; // over the diagonal
    const next = this.rows[row]?.[column];
    if (next) next.input.focus(); // leaving commits
    else if (this.commit(cell)) cell.input.select();
  }
}
