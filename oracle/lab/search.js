// @ts-check
// Search in the texts of calls and results.
import { byId, element, setText } from "./dom.js";
import { LEFT, RIGHT } from "./plot.js";
import { callText, counted, opText, resultText } from "./words.js";

/** The most lines of a list on the page. */
export const MOST_LINES = 200;

export function search(page, query) {
  const wanted = query.trim().toLowerCase();
  const { run } = page;
  page.hits = [];
  if (wanted) {
    for (let s = 0; s < run.steps; s++) {
      const text = `${callText(run, s)} ${resultText(run, s)} ${opText(run, s)}`.toLowerCase();
      if (matches(text, wanted)) page.hits.push(s);
    }
  }
  const more = page.hits.length > MOST_LINES ? `, of which the first ${MOST_LINES} are listed` : "";
  setText("hits-text", wanted ? `${counted(page.hits.length, "call")}${more}; n and N go from one to the next` : "");
  page.stepButtons("hits", page.hits);
  const marks = page.hits.slice(0, 2000).map((step) => {
    const mark = element("i");
    mark.style.left = `calc(${LEFT}px + (100% - ${LEFT + RIGHT}px) * ${step / Math.max(1, page.last)})`;
    return mark;
  });
  byId("find-marks").replaceChildren(...marks);
  nextHit(page, 1, page.step - 1);
  page.changed();
}

export function nextHit(page, by, from = page.step) {
  const hit = by > 0 ? page.hits.find((step) => step > from) : page.hits.findLast((step) => step < from);
  if (hit !== undefined) page.go(hit);
}

/** A text holds the words, the last of which does not end within a number: `b1` is not `b12`. */
function matches(text, wanted) {
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    const [before, after] = [text[at - 1] ?? " ", text[at + wanted.length] ?? " "];
    const cutsBefore = /[\w]/.test(before) && /^\w/.test(wanted);
    const cutsAfter = /\d/.test(after) && /\d$/.test(wanted);
    if (!cutsBefore && !cutsAfter) return true;
  }
  return false;
}
