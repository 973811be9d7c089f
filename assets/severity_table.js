// The table of inputs: how it is built and how a cell looks. Names come from users, so all text goes in as text.

const LEVELS = 5;
const LONG = 7; // letters that fit above a cell where there are many columns
const MANY = 7;

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** The words of a name, each with the sign that parts it from the next. */
function words(name) {
  return name.split(/(?<=[_\-/. ])/);
}

/** A name that may break between its words. */
function breakable(name) {
  return words(name).flatMap((word, index) => (index ? [document.createElement("wbr"), word] : [word]));
}

/** Runs of classes of one group: [{group, members}]; a single run without a name where there are no groups. */
function bands(classes, groups) {
  const found = [];
  classes.forEach((name, index) => {
    const group = groups ? groups[index] : null;
    if (found.at(-1)?.group !== group || !found.length) found.push({ group, members: [] });
    found.at(-1).members.push(index);
  });
  return found;
}

/** Fill the table element; returns the cells as rows of {row, column, truth, prediction, td, input, why} or null. */
export function buildTable(table, { classes, groups }) {
  const runs = bands(classes, groups);
  const starts = new Set(runs.slice(1).map((run) => run.members[0]));
  const edge = (index) => (starts.has(index) ? "band-start" : undefined);
  const head = element("thead");
  if (groups) {
    const corner = element("th", { scope: "col", class: "corner" }, "Model says …");
    const names = runs.map(({ group, members }) =>
      element("th", { scope: "colgroup", colspan: members.length, class: `group ${edge(members[0]) ?? ""}` }, group),
    );
    head.append(element("tr", {}, corner, ...names));
  }
  const columns = classes.map((name, index) =>
    element(
      "th",
      { scope: "col", class: edge(index), title: `model says ${name}` },
      element("span", {}, ...breakable(name)),
    ),
  );
  head.append(
    element("tr", {}, element("th", { class: "corner" }, groups ? "Truth is …" : "Truth is … \\ model says …"), ...columns),
  );

  const cells = [];
  const bodies = runs.map(({ group, members }) => {
    const body = element("tbody");
    if (group !== null) {
      const label = element("th", { scope: "rowgroup", class: "group" }, group);
      body.append(element("tr", { class: "band" }, label, element("td", { colspan: classes.length })));
    }
    for (const row of members) {
      const truth = classes[row];
      const line = element("tr", {}, element("th", { scope: "row", title: `truth is ${truth}` }, ...breakable(truth)));
      cells[row] = classes.map((prediction, column) => {
        const td = element("td", { class: edge(column) });
        line.append(td);
        if (row === column) {
          td.classList.add("right");
          td.title = "The right answer: severity 0";
          td.append("0");
          return null;
        }
        const input = element("input", {
          type: "text",
          inputmode: "decimal",
          autocomplete: "off",
          spellcheck: "false",
          "aria-label": `Truth ${truth}, model says ${prediction}`,
          "aria-describedby": "sentence",
        });
        const why = element("span", { class: "why" });
        td.append(input, element("span", { class: "mark", "aria-hidden": "true" }, "▲"), why);
        return { row, column, truth, prediction, td, input, why };
      });
      body.append(line);
    }
    return body;
  });
  table.replaceChildren(head, ...bodies);
  const long = classes.some((name) => words(name).some((word) => word.length > LONG));
  table.classList.toggle("turned", classes.length >= MANY && long);
  return cells;
}

/**
 * Shade of a severity: 0 for none, 1 to LEVELS - 1 in equal steps up to the threshold, LEVELS from there on. The scale
 * knows nothing of the other cells: a single one of 30 makes none of them paler.
 */
export function level(value, critical) {
  if (value <= 0) return 0;
  return value >= critical ? LEVELS : Math.min(LEVELS - 1, Math.max(1, Math.ceil(((LEVELS - 1) * value) / critical - 1e-9)));
}

/** Swatches with the severity up to which each holds, the last one from the threshold on. */
export function buildLegend(legend, critical) {
  legend.setAttribute("aria-label", `Shades from severity 0 up to the threshold, ${critical}; from there on dangerous`);
  const swatches = Array.from({ length: LEVELS + 1 }, (_, index) => {
    const limit = Number(((critical * index) / (LEVELS - 1)).toPrecision(2));
    const text = { 0: "0", [LEVELS - 1]: `< ${critical}`, [LEVELS]: `▲ ≥ ${critical}` }[index] ?? `≤ ${limit}`;
    return element("span", { class: "swatch", "data-level": index }, text);
  });
  legend.replaceChildren(...swatches);
}

/** Show a committed value; the threshold decides shade and mark. */
export function paint(cell, value, critical) {
  cell.td.dataset.level = level(value, critical);
  cell.td.classList.toggle("dangerous", value >= critical);
}

/** Mark an input whose text is no severity, in words; null takes the mark away. */
export function markProblem(input, why, problem) {
  why.textContent = problem ?? "";
  if (problem) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}
