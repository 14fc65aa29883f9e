// @ts-check
// The columns side by side: blocks, and at a finding free lists, with the first difference marked.
import { Blocks } from "./decode.js";
import { byId, element, setText } from "./dom.js";
import { counted, grouped } from "./words.js";

/** Rows of the table of columns. */
const TABLE_ROWS = 13;

/** The blocks of each column side by side. */
export function drawTable(page) {
  const { found, has_reference: hasReference } = page.about;
  const isFinding = page.isFinding();
  const columns = isFinding
    ? found.columns.map((column) => column && Blocks.of(column.pools.flatMap((pool) => pool[2])))
    : [page.blocks, hasReference && page.run.withReference(page.step) ? page.blocks : null, page.blocks];
  const most = Math.max(...columns.map((blocks) => blocks?.length ?? 0));
  const differs = (at) => {
    const cells = columns.filter(Boolean).map((blocks) => (at < blocks.length ? `${blocks.offsets[at]} ${blocks.numbers[at]}` : ""));
    return cells.some((cell) => cell !== cells[0]);
  };
  const marks = page.marks();
  const ours = columns[0] ?? columns[2] ?? new Blocks();
  const here = isFinding && found.at !== null ? found.at : [...marks.changed][0] ?? -1;
  let first = -1;
  if (isFinding) for (let at = 0; at < most && first < 0; at++) if (differs(at)) first = at;
  const around = first >= 0 ? first : Math.max(0, ours.find(here));
  const from = Math.max(0, Math.min(around - 4, most - TABLE_ROWS));
  const head = byId("columns").tHead;
  const names = element("tr");
  names.append(element("th", "block"));
  page.names.forEach((name, i) => {
    const cell = element("th", "", "edge");
    cell.colSpan = 3;
    const dot = element("i");
    dot.style.background = `var(--${["memoman", "conte", "model"][i]})`;
    cell.append(dot, name);
    names.append(cell);
  });
  names.append(element("th"));
  head.replaceChildren(names);
  const lines = [];
  for (let at = from; at < Math.min(most, from + TABLE_ROWS); at++) {
    const line = element("tr");
    line.append(element("td", String(at)));
    for (const blocks of columns) {
      const isThere = blocks && at < blocks.length;
      const cells = isThere ? [String(blocks.offsets[at]), blocks.isFree(at) ? "free" : "used", grouped(blocks.size(at))] : ["–", "", ""];
      cells.forEach((text, i) => line.append(element("td", text, i === 0 ? "edge" : i === 1 ? "state" : "")));
    }
    const isHere = at < ours.length && marks.changed.has(ours.offsets[at]);
    const isDifferent = isFinding && differs(at);
    line.className = isDifferent ? "differs" : isHere ? "here" : "";
    line.append(element("td", isDifferent ? "← differs" : isHere ? "← changed" : "", "mark"));
    lines.push(line);
  }
  byId("columns").tBodies[0].replaceChildren(...lines);
  const present = columns.filter(Boolean).length;
  setText("columns-note", `${counted(most, "block")}, ${isFinding ? "as each column has them" : `the same in ${present === 3 ? "all three" : "both"}`}; offset, state, bytes`);
  drawColumnLists(page);
}

/** At a finding: the free lists of each column. */
function drawColumnLists(page) {
  const box = byId("column-lists");
  if (!page.isFinding()) return box.replaceChildren();
  const texts = page.about.found.columns.map((column) => column && listsText(column.lists));
  const right = texts[2] ?? texts[1];
  const lines = texts.map((text, i) => {
    if (text === null) return null;
    const line = element("p", `${page.names[i]}: `, "mono");
    if (text === right || right === null) {
      line.append(text);
      return line;
    }
    // Words up to the first that differs.
    const [words, others] = [text.split(/(?<= )/), right.split(/(?<= )/)];
    const same = words.findIndex((word, at) => word.trim() !== (others[at] ?? "").trim());
    const from = same < 0 ? words.length : same;
    line.append(words.slice(0, from).join(""), element("mark", words.slice(from, from + 1).join("").trim() || "nothing"), ` ${words.slice(from + 1).join("")}`, element("b", " ← differs"));
    line.classList.add("differs");
    return line;
  });
  box.replaceChildren(element("h3", "Free lists, as class: offsets from the head on"), ...lines.filter(Boolean));
}

function listsText(lists) {
  const texts = [];
  let last = -1;
  for (const [number, offset] of lists.slice(0, 400)) {
    if (number !== last) texts.push(`${texts.length > 0 ? ";  " : ""}${number}:`);
    last = number;
    texts.push(` ${offset}`);
  }
  return texts.length > 0 ? texts.join("") : "empty";
}
