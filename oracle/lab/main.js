// @ts-check
// The page: what is shown, and what moves it.
import { ChainView } from "./chain.js";
import { Blocks, fromBase64 } from "./decode.js";
import { IndexView } from "./index.js";
import { LEFT, PlotView, RIGHT, fragmentation } from "./plot.js";
import { FINDING, REFUSED, Run } from "./run.js";
import { callText, className, classRange, counted, factText, grouped, opText, resultText, whySentence } from "./words.js";

/** Rows of the table of columns. */
const TABLE_ROWS = 13;

/** The most lines of a list on the page. */
const MOST_LINES = 200;

const byId = (id) => /** @type {any} */ (document.getElementById(id));

/** Sets a text if it is another one: a layout costs more than a comparison. */
function setText(id, text) {
  const node = byId(id);
  if (node.textContent !== text) node.textContent = text;
}

function element(name, text = "", className = "") {
  const node = document.createElement(name);
  if (text) node.textContent = text;
  if (className) node.className = className;
  return node;
}

function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    used: of("used"), free: of("free"), header: of("header"), bit: of("bit"), changed: of("changed"), selected: of("selected"),
    pool: of("pool"), text: of("text"), faint: of("quiet"), onUsed: of("on"), onFree: of("on-free"), onBit: of("on"), differs: of("bad"),
  };
}

class Page {
  constructor() {
    this.playing = 0;
    this.scheduled = false;
    this.settle = 0;
    this.colours = colours();
    this.hash = "";
    this.blocks = new Blocks();
  }

  /** Shows a run: from the page's own data or from an engine that runs in the page. */
  load(about, bytes) {
    this.run = new Run(about, bytes);
    this.about = about;
    this.step = 0;
    this.live = 0;
    this.hits = [];
    this.last = this.run.steps - 1;
    this.names = [about.subject, "TLSF 3.1 in C", "specification"];
    this.chain = new ChainView(byId("chain"), about.geometry.word);
    const most = this.run.largest.reduce((a, b) => Math.max(a, b), 0);
    this.index = new IndexView(byId("index"), about, most);
    this.plot = new PlotView(byId("plot"), this.run);
    this.head();
    this.fromHash();
    this.plot.draw(this.colours);
    this.draw();
    this.settled();
  }

  /** What does not depend on the step. */
  head() {
    const { about, run } = this;
    const g = about.geometry;
    setText("title", about.title);
    const c = about.has_reference ? "" : "; the C code does not have this geometry";
    setText("about", `${about.source} of ${counted(run.steps, "call")} · geometry ${g.name}: alignment ${g.align}, ${g.fl} × ${g.sl} classes, ${8 * g.word} bits${c}`);
    const { found } = about;
    byId("verdict").classList.toggle("bad", Boolean(found));
    setText("verdict", found ? `${found.kind}: ${found.check}` : `all columns agree${about.trace ? ` · trace ${about.trace}` : ""}`);
    byId("to-finding").hidden = !found;
    for (const id of ["laws", "finding", "program", "statistics", "life", "hits", "find-marks"]) byId(id).replaceChildren();
    byId("slider").max = byId("number").max = this.last;
    setText("of", `of ${grouped(this.last)}`);
    for (const [name, statement] of about.laws) {
      const light = element("li");
      light.title = `${name}: ${statement}`;
      light.dataset.law = name;
      byId("laws").append(light);
    }
    for (const name of ["specification", "C code"]) {
      const light = element("li");
      light.dataset.column = name;
      byId("laws").append(light);
    }
    if (found) {
      const box = byId("finding");
      box.append(element("b", `${found.kind}: ${found.check}`), element("p", found.what));
      if (found.command) box.append(element("p", "Again on a terminal, with the file as it was:", "quiet"), element("code", found.command));
    }
    byId("program-box").hidden = !about.program;
    if (about.program) {
      const lines = about.program.trimEnd().split("\n");
      this.firstOp = lines.length - about.ops.length;
      lines.forEach((line) => byId("program").append(element("span", line + "\n")));
    }
    const statistics = [["used", "used"], ["free", "quiet"], ["largest free", "bit"], ["peak", "text"], ["fragmentation", "changed"]];
    for (const [name, colour] of statistics) {
      const pair = element("div");
      pair.style.setProperty("--c", `var(--${colour})`);
      pair.append(element("dt", name), element("dd"));
      byId("statistics").append(pair);
    }
  }

  listen() {
    const on = (id, event, what, options) => byId(id).addEventListener(event, what, options);
    on("slider", "input", () => this.go(Number(byId("slider").value)));
    on("number", "change", () => this.go(Number(byId("number").value)));
    on("first", "click", () => this.go(0));
    on("back", "click", () => this.go(this.step - 1));
    on("next", "click", () => this.go(this.step + 1));
    on("last", "click", () => this.go(this.last));
    on("play", "click", () => this.play());
    on("to-finding", "click", () => this.toFinding());
    on("zoom-in", "click", () => this.zoom(2));
    on("zoom-out", "click", () => this.zoom(0.5));
    on("zoom-all", "click", () => this.zoom(1 / this.chain.zoom));
    on("zoom-here", "click", () => this.zoomToChange());
    on("search", "submit", (event) => {
      event.preventDefault();
      this.search(byId("query").value);
    });
    on("lists-box", "toggle", () => this.settled());
    this.drag("plot", (x) => this.go(this.plot.stepAt(x)));
    this.pan();
    on("index", "pointermove", (event) => {
      const number = this.index.classAt(event.offsetX, event.offsetY);
      if (number >= 0) this.showClass(number);
    });
    on("index", "pointerdown", (event) => {
      const number = this.index.classAt(event.offsetX, event.offsetY);
      if (number >= 0) this.showClass(number);
    });
    addEventListener("keydown", (event) => this.key(event));
    addEventListener("hashchange", () => {
      if (location.hash === this.hash) return;
      this.fromHash();
      this.changed();
    });
    const redraw = () => {
      this.colours = colours();
      this.plot.draw(this.colours);
      this.changed();
    };
    addEventListener("resize", redraw);
    addEventListener("beforeprint", redraw);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  }

  /** Calls `what` with the place while a pointer is down. */
  drag(id, what) {
    const node = byId(id);
    node.addEventListener("pointerdown", (event) => {
      node.setPointerCapture(event.pointerId);
      what(event.offsetX);
    });
    node.addEventListener("pointermove", (event) => {
      if (event.buttons & 1) what(event.offsetX);
    });
  }

  /** Wheel, drag and click on the chain. */
  pan() {
    const node = byId("chain");
    let [start, moved] = [0, false];
    node.addEventListener("wheel", (event) => {
      event.preventDefault();
      if (Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey) {
        this.chain.panBy(((event.deltaX || event.deltaY) / node.clientWidth) * this.chain.span);
      } else {
        this.chain.zoomBy(event.deltaY < 0 ? 1.25 : 0.8, this.chain.addressAt(event.offsetX));
      }
      this.changed();
    }, { passive: false });
    node.addEventListener("pointerdown", (event) => {
      node.setPointerCapture(event.pointerId);
      [start, moved] = [event.offsetX, false];
    });
    node.addEventListener("pointermove", (event) => {
      if (!(event.buttons & 1)) return this.hover(this.chain.blockAt(event.offsetX, event.offsetY));
      const by = event.offsetX - start;
      if (!moved && Math.abs(by) < 4) return;
      moved = true;
      start = event.offsetX;
      this.chain.panBy((-by / node.clientWidth) * this.chain.span);
      this.changed();
    });
    node.addEventListener("pointerup", (event) => {
      if (!moved) this.select(this.chain.blockAt(event.offsetX, event.offsetY));
    });
  }

  key(event) {
    const isField = event.target.matches?.("input[type=number], input[type=search], select, pre");
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (isField) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const page = Math.max(1, Math.round(this.run.steps / 10));
    const zoomed = this.chain.span / 4;
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowLeft: () => this.go(this.step - 1),
      ArrowRight: () => this.go(this.step + 1),
      PageUp: () => this.go(this.step - page),
      PageDown: () => this.go(this.step + page),
      Home: () => this.go(0),
      End: () => this.go(this.last),
      " ": () => this.play(),
      "+": () => this.zoom(2),
      "=": () => this.zoom(2),
      "-": () => this.zoom(0.5),
      0: () => this.zoom(1 / this.chain.zoom),
      z: () => this.zoomToChange(),
      "[": () => { this.chain.panBy(-zoomed); this.changed(); },
      "]": () => { this.chain.panBy(zoomed); this.changed(); },
      f: () => this.toFinding(),
      n: () => this.nextHit(1),
      N: () => this.nextHit(-1),
      "/": () => byId("query").focus(),
    };
    if (event.key === " " && event.target.matches?.("button, summary")) return;
    const what = keys[event.key];
    if (!what) return;
    event.preventDefault();
    what();
  }

  go(step) {
    const next = Math.min(this.last, Math.max(0, Math.round(step) || 0));
    if (next === this.step) return;
    this.step = next;
    this.changed();
  }

  toFinding() {
    if (this.about.found) this.go(this.last);
  }

  zoom(factor) {
    this.chain.zoomBy(factor);
    this.changed();
  }

  zoomToChange() {
    const changed = [...this.marks().changed].sort((a, b) => a - b);
    const { blocks } = this.chain.strips[0];
    if (changed.length === 0) return;
    const last = blocks.find(changed[changed.length - 1]);
    const size = blocks.offsets[last] + blocks.size(last) - changed[0];
    this.chain.span = Math.max(4 * size, 512);
    this.chain.from = changed[0] + size / 2 - this.chain.span / 2;
    this.chain.clamp();
    this.changed();
  }

  play() {
    const stop = this.playing > 0;
    this.playing = stop ? 0 : this.playing + 1;
    byId("play").textContent = stop ? "▶" : "❚❚";
    byId("play").setAttribute("aria-label", stop ? "Play" : "Pause");
    if (stop) return;
    if (this.step === this.last) this.go(0);
    let [then, whole] = [performance.now(), this.step];
    const tick = (now) => {
      if (this.playing === 0) return;
      const { value } = byId("speed");
      whole += ((now - then) / 1000) * (value === "all" ? this.run.steps / 20 : Number(value));
      then = now;
      if (Math.abs(whole - this.step) > 2 + this.run.steps / 50) whole = this.step;
      this.go(Math.floor(whole));
      if (this.step === this.last) this.play();
      else requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  /** Something is to be drawn: once in the next frame. */
  changed() {
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => {
      this.scheduled = false;
      this.draw();
    });
    clearTimeout(this.settle);
    this.settle = setTimeout(() => this.settled(), 120);
  }

  isFinding() {
    return Boolean(this.about.found) && this.step === this.last;
  }

  /** The strips of the chain after this step. */
  strips(state) {
    const { found, geometry } = this.about;
    if (this.isFinding()) {
      const strips = [];
      found.columns.forEach((column, i) => {
        if (column) strips.push({ name: this.names[i], blocks: Blocks.of(column.pools.flatMap((pool) => pool[2])), pools: column.pools });
      });
      if (strips.length > 0) return strips;
    }
    const pools = state.pools.map((pool) => [pool.mem, pool.bytes]);
    const blocks = state.blocks(this.blocks, geometry.word);
    return [{ name: this.isFinding() ? "specification" : "all columns", blocks, pools }];
  }

  /** What is marked: blocks that the call has changed, the classes of the search. */
  marks() {
    const { run, step } = this;
    const call = run.call(step);
    const marks = { changed: new Set(), selected: -1, differs: -1, start: -1, found: -1, listed: new Set() };
    if (call.result !== undefined) marks.changed.add(call.result);
    const state = run.stateAt(step);
    for (const [pool, at, added] of run.changes(step)) {
      // A pool's blocks are few enough to be walked.
      const { first, blocks } = state.pools[pool];
      let offset = first;
      for (let i = 0; i < at + added; i++) {
        if (i >= at) marks.changed.add(offset);
        offset += (blocks.numbers[i] >>> 1) + this.about.geometry.word;
      }
    }
    for (const [number, value] of call.facts) {
      if (number === 2) marks.start = value;
      if (number === 3 || number === 17) marks.found = value;
      if (number === 12) marks.listed.add(value);
    }
    if (this.isFinding() && this.about.found.at !== null) marks.differs = this.about.found.at;
    if (this.live > 0) marks.selected = this.placeOf(this.live);
    return marks;
  }

  /** Where an allocation's block is after this step; -1 if it is not live. */
  placeOf(live) {
    let place = -1;
    for (const s of this.lifeSteps) {
      if (s > this.step) break;
      const call = this.run.call(s);
      if (call.result !== undefined) place = call.result;
      else if (call.outcome !== REFUSED) place = -1;
    }
    return place;
  }

  /** Draws all that follows the step in each frame. */
  draw() {
    const { run, step, about } = this;
    const state = run.stateAt(step);
    const marks = this.marks();
    this.chain.strips = this.strips(state);
    const ends = this.chain.strips.flatMap((strip) => strip.pools.map((pool) => [pool[0], pool[0] + pool[1]]));
    if (ends.length > 0) this.chain.range(Math.min(...ends.map((end) => end[0])), Math.max(...ends.map((end) => end[1])));
    this.chain.draw(this.colours, marks);
    this.index.draw(state, this.colours, marks);
    byId("cursor").style.transform = `translateX(${this.plot.x(step)}px)`;
    byId("slider").value = String(step);
    if (document.activeElement !== byId("number")) byId("number").value = String(step);
    setText("step", `${grouped(step)} of ${grouped(this.last)}`);
    setText("op", opText(run, step));
    setText("text", callText(run, step));
    const outcome = run.outcome(step);
    byId("result").className = outcome === FINDING ? "fails" : outcome === REFUSED ? "refused" : "";
    setText("result", resultText(run, step));
    setText("why", whySentence(run, step));
    this.drawFacts(run.call(step).facts);
    this.drawReplies(outcome);
    this.drawLaws(outcome);
    const values = [state.used, state.free, state.largest, run.peak[step]].map(grouped);
    values.push(`${fragmentation(run, step).toFixed(1)} %`);
    const nodes = byId("statistics").querySelectorAll("dd");
    values.forEach((value, i) => (nodes[i].textContent = value));
    byId("finding").hidden = !this.isFinding();
    setText("index-note", this.isFinding() ? "of the specification; the lists of the columns are below" : "one cell for each class; a number is the length of its list");
  }

  drawFacts(facts) {
    const list = byId("facts");
    facts.forEach((fact, i) => {
      const item = list.children[i] ?? list.appendChild(element("li"));
      if (item.children.length === 0) item.append(element("b"), element("span"));
      const [name, sentence] = factText(this.about, fact);
      item.children[0].textContent = name;
      item.children[1].textContent = sentence;
    });
    while (list.children.length > facts.length) list.lastChild.remove();
  }

  drawReplies(outcome) {
    const { run, step, about } = this;
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
      const text = `${this.names[i]}: ${reply}`;
      if (item.lastChild.textContent !== text) item.lastChild.textContent = text;
    });
  }

  drawLaws(outcome) {
    const { run, step, about } = this;
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

  /** What may follow a little later: lists, table, links. */
  settled() {
    const { run, step } = this;
    this.drawTable();
    if (byId("lists-box").open) this.drawLists();
    const { firstOp } = this;
    if (this.about.program) {
      const op = run.ops[step];
      byId("program").querySelector(".now")?.classList.remove("now");
      const line = op > 0 && op <= this.about.ops.length ? byId("program").children[firstOp + op - 1] : null;
      if (line) {
        line.classList.add("now");
        const box = byId("program");
        box.scrollTop = line.offsetTop - box.offsetTop - box.clientHeight / 2;
      }
    }
    for (const id of ["life", "hits"]) {
      for (const button of byId(id).querySelectorAll("button")) {
        if (Number(button.dataset.step) === step) button.setAttribute("aria-current", "step");
        else button.removeAttribute("aria-current");
      }
    }
    setText("say", `call ${step}: ${callText(run, step)}, ${resultText(run, step)}. ${whySentence(run, step)}`);
    byId("chain").setAttribute("aria-label", `Blocks in address order: ${this.run.stateAt(step).usedBlocks} used, ${this.run.stateAt(step).freeBlocks} free`);
    this.toHash();
  }

  /** The blocks of each column side by side. */
  drawTable() {
    const { found, has_reference: hasReference } = this.about;
    const columns = this.isFinding()
      ? found.columns.map((column) => column && Blocks.of(column.pools.flatMap((pool) => pool[2])))
      : [this.blocks, hasReference && this.run.withReference(this.step) ? this.blocks : null, this.blocks];
    const most = Math.max(...columns.map((blocks) => blocks?.length ?? 0));
    const differs = (at) => {
      const cells = columns.filter(Boolean).map((blocks) => (at < blocks.length ? `${blocks.offsets[at]} ${blocks.numbers[at]}` : ""));
      return cells.some((cell) => cell !== cells[0]);
    };
    let around = 0;
    const isFinding = this.isFinding();
    const marks = this.marks();
    const ours = columns[0] ?? columns[2] ?? new Blocks();
    const here = isFinding && found.at !== null ? found.at : [...marks.changed][0] ?? -1;
    let first = -1;
    if (isFinding) for (let at = 0; at < most && first < 0; at++) if (differs(at)) first = at;
    around = first >= 0 ? first : Math.max(0, ours.find(here));
    const from = Math.max(0, Math.min(around - 4, most - TABLE_ROWS));
    const head = byId("columns").tHead;
    const names = element("tr");
    names.append(element("th", "block"));
    this.names.forEach((name, i) => {
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
    this.drawColumnLists();
  }

  /** At a finding: the free lists of each column. */
  drawColumnLists() {
    const box = byId("column-lists");
    if (!this.isFinding()) return box.replaceChildren();
    const texts = this.about.found.columns.map((column) => column && listsText(column.lists));
    const right = texts[2] ?? texts[1];
    const lines = texts.map((text, i) => {
      if (text === null) return null;
      const line = element("p", `${this.names[i]}: `, "mono");
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

  drawLists() {
    const lists = new Map();
    for (const [number, offset] of this.run.stateAt(this.step).lists()) {
      if (!lists.has(number)) lists.set(number, []);
      lists.get(number).push(offset);
    }
    const lines = [...lists].slice(0, MOST_LINES).map(([number, offsets]) => {
      const rest = offsets.length > 8 ? ` → … ${offsets.length - 8} more` : "";
      return element("li", `class ${number}: ${offsets.slice(0, 8).join(" → ")}${rest}`);
    });
    byId("lists").replaceChildren(...lines);
  }

  showClass(number) {
    const offsets = this.run.stateAt(this.step).lists().filter((entry) => entry[0] === number).map((entry) => entry[1]);
    const list = offsets.length === 0 ? "empty" : `${offsets.slice(0, 6).join(" → ")}${offsets.length > 6 ? " → …" : ""}`;
    setText("index-text", `${className(this.about, number)}: ${classRange(this.about, number)}; ${list}`);
  }

  hover(block) {
    if (!block) return;
    const [, offset, size, free] = block;
    setText("chain-text", `${free ? "free" : "used"} block at ${offset}, ${grouped(size)} bytes`);
  }

  select(block) {
    if (!block) return;
    this.hover(block);
    const [, offset, , free] = block;
    const live = free ? 0 : this.run.liveAt(this.step, offset);
    this.showLife(live, live > 0 ? "" : free ? `The block at ${offset} is free.` : `No call of this run allocated the block at ${offset}.`);
  }

  get lifeSteps() {
    if (this.lifeOf !== this.live) {
      this.lifeOf = this.live;
      this.lifeKept = this.live > 0 ? this.run.life(this.live) : [];
    }
    return this.lifeKept;
  }

  showLife(live, note = "") {
    this.live = live;
    const steps = this.lifeSteps;
    setText("life-text", note || `${counted(steps.length, "call")}, from call ${steps[0]} to ${steps[steps.length - 1]}`);
    this.stepButtons("life", steps);
    this.changed();
  }

  stepButtons(id, steps) {
    const items = steps.slice(0, MOST_LINES).map((step) => {
      const button = element("button");
      button.dataset.step = String(step);
      button.append(element("span", `call ${step}`), element("span", callText(this.run, step)), element("span", resultText(this.run, step)));
      button.addEventListener("click", () => this.go(step));
      const item = element("li");
      item.append(button);
      return item;
    });
    byId(id).replaceChildren(...items);
  }

  search(query) {
    const wanted = query.trim().toLowerCase();
    const { run } = this;
    this.hits = [];
    if (wanted) {
      for (let s = 0; s < run.steps; s++) {
        const text = `${callText(run, s)} ${resultText(run, s)} ${opText(run, s)}`.toLowerCase();
        if (matches(text, wanted)) this.hits.push(s);
      }
    }
    const more = this.hits.length > MOST_LINES ? `, of which the first ${MOST_LINES} are listed` : "";
    setText("hits-text", wanted ? `${counted(this.hits.length, "call")}${more}; n and N go from one to the next` : "");
    this.stepButtons("hits", this.hits);
    const marks = this.hits.slice(0, 2000).map((step) => {
      const mark = element("i");
      mark.style.left = `calc(${LEFT}px + (100% - ${LEFT + RIGHT}px) * ${step / Math.max(1, this.last)})`;
      return mark;
    });
    byId("find-marks").replaceChildren(...marks);
    this.nextHit(1, this.step - 1);
    this.changed();
  }

  nextHit(by, from = this.step) {
    const hit = by > 0 ? this.hits.find((step) => step > from) : this.hits.findLast((step) => step < from);
    if (hit !== undefined) this.go(hit);
  }

  toHash() {
    const parts = [`s=${this.step}`];
    if (this.chain.zoom > 1.001) parts.push(`z=${this.chain.zoom.toFixed(3)}`, `a=${Math.round(this.chain.from)}`);
    if (this.live > 0) parts.push(`b=${this.live}`);
    this.hash = `#${parts.join("&")}`;
    if (location.hash !== this.hash) history.replaceState(null, "", this.hash);
  }

  fromHash() {
    this.hash = location.hash;
    const values = new URLSearchParams(location.hash.slice(1));
    const number = (name, otherwise) => (values.has(name) && Number.isFinite(Number(values.get(name))) ? Number(values.get(name)) : otherwise);
    this.step = Math.min(this.last, Math.max(0, Math.round(number("s", this.about.found ? this.last : 0))));
    const live = number("b", 0);
    if (live !== this.live) this.showLife(live);
    const state = this.run.stateAt(this.step);
    const ends = state.pools.flatMap((pool) => [pool.mem, pool.mem + pool.bytes]);
    if (ends.length > 0) this.chain.range(Math.min(...ends), Math.max(...ends));
    this.chain.span = (this.chain.high - this.chain.low) / Math.max(1, number("z", 1));
    this.chain.from = number("a", this.chain.low);
    this.chain.clamp();
  }
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

const started = performance.now();
const about = JSON.parse(byId("lab-about").textContent);
const page = new Page();
page.load(about, fromBase64(byId("lab-data").textContent));
page.listen();
// For tests and for a look from the console.
/** @type {any} */ (window).lab = { page, run: page.run, loadMilliseconds: performance.now() - started };
