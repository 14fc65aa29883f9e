// @ts-check
// A call: its facts, the replies of the columns, the laws.
import { byId, element, setText } from "./dom.js";
import { FINDING } from "./run.js";
import { factText, resultText } from "./words.js";

export function drawFacts(page, facts) {
  const list = byId("facts");
  facts.forEach((fact, i) => {
    const item = list.children[i] ?? list.appendChild(element("li"));
    if (item.children.length === 0) item.append(element("b"), element("span"));
    const [name, sentence] = factText(page.about, fact);
    item.children[0].textContent = name;
    item.children[1].textContent = sentence;
  });
  while (list.children.length > facts.length) list.lastChild.remove();
}

export function drawReplies(page, outcome) {
  const { run, step, about } = page;
  const took = [true, run.withReference(step), true];
  const list = byId("replies");
  ["memoman", "conte", "model"].forEach((colour, i) => {
    const item = list.children[i] ?? list.appendChild(element("li"));
    if (item.children.length === 0) {
      const dot = element("i");
      dot.style.background = `var(--${colour})`;
      item.append(dot, element("span"));
    }
    const reply = !took[i] ? (about.has_reference ? "takes no part" : "not built for it") : outcome === FINDING ? "see the finding" : resultText(run, step);
    const text = `${page.names[i]}: ${reply}`;
    if (item.lastChild.textContent !== text) item.lastChild.textContent = text;
  });
}

export function drawLaws(page, outcome) {
  const { run, step, about } = page;
  const isChecked = run.isChecked(step);
  const { found } = about;
  for (const light of byId("laws").children) {
    const { law, column } = light.dataset;
    let state = isChecked ? "good" : "none";
    if (column === "C code" && !run.withReference(step)) state = "none";
    if (outcome === FINDING) {
      state = "none";
      if (law && found?.law === law) state = "bad";
      if (column && found?.check.endsWith(column === "C code" ? "C" : column)) state = "bad";
    }
    if (light.dataset.state === state) continue;
    light.dataset.state = state;
    light.className = state;
    const sign = { good: "✓", bad: "✗", none: "–" }[state];
    light.textContent = `${sign} ${law ?? `= ${column}`}`;
    const words = { good: "holds", bad: "broken", none: "not checked" };
    light.setAttribute("aria-label", `${law ?? `equal to the ${column}`}: ${words[state]}`);
  }
  const checked = isChecked ? "All laws, walks and lists were checked after this call." : `The replies were compared after this call; laws, walks and lists are checked after every ${about.every}th call.`;
  setText("checked", outcome === FINDING ? "The first check that fails stops the run; those after it were not made." : checked);
}
