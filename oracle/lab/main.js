// @ts-check
// The page: what is shown, and what moves it.
import { drawFacts, drawLaws, drawReplies } from "./call.js";
import { ChainView } from "./chain.js";
import { drawTable } from "./columns.js";
import { listen } from "./controls.js";
import { Blocks, fromBase64 } from "./decode.js";
import { byId, colours, element, setText } from "./dom.js";
import { IndexView } from "./index.js";
import { Live } from "./live.js";
import { PlotView, fragmentation } from "./plot.js";
import { FINDING, REFUSED, Run } from "./run.js";
import { MOST_LINES } from "./search.js";
import { callText, className, classRange, counted, grouped, opText, resultText, whySentence } from "./words.js";

class Page {
  constructor() {
    /** The next frame of the playback; 0 is none. */
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
    /** The selected allocation, and its steps; 0 is none. */
    this.live = 0;
    this.lifeSteps = [];
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
    cancelAnimationFrame(this.playing);
    this.playing = 0;
    byId("play").textContent = stop ? "▶" : "❚❚";
    byId("play").setAttribute("aria-label", stop ? "Play" : "Pause");
    if (stop) return;
    if (this.step === this.last) this.go(0);
    let [then, whole] = [performance.now(), this.step];
    const tick = (now) => {
      const { value } = byId("speed");
      whole += ((now - then) / 1000) * (value === "all" ? this.run.steps / 20 : Number(value));
      then = now;
      if (Math.abs(whole - this.step) > 2 + this.run.steps / 50) whole = this.step;
      this.go(Math.floor(whole));
      if (this.step === this.last) this.play();
      else this.playing = requestAnimationFrame(tick);
    };
    this.playing = requestAnimationFrame(tick);
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
    drawFacts(this, run.call(step).facts);
    drawReplies(this, outcome);
    drawLaws(this, outcome);
    const values = [state.used, state.free, state.largest, run.peak[step]].map(grouped);
    values.push(`${fragmentation(run, step).toFixed(1)} %`);
    const nodes = byId("statistics").querySelectorAll("dd");
    values.forEach((value, i) => (nodes[i].textContent = value));
    byId("finding").hidden = !this.isFinding();
    setText("index-note", this.isFinding() ? "of the specification; the lists of the columns are below" : "one cell for each class; a number is the length of its list");
  }

  /** What may follow a little later: lists, table, links. */
  settled() {
    const { run, step } = this;
    drawTable(this);
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
    const { usedBlocks, freeBlocks } = run.stateAt(step);
    byId("chain").setAttribute("aria-label", `Blocks in address order: ${usedBlocks} used, ${freeBlocks} free`);
    this.toHash();
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
    this.showLife(live, free ? `The block at ${offset} is free.` : `No call of this run allocated the block at ${offset}.`);
  }

  showLife(live, note = "No call of this run allocated this block.") {
    const steps = (this.lifeSteps = live > 0 ? this.run.life(live) : []);
    this.live = steps.length > 0 ? live : 0;
    setText("life-text", steps.length > 0 ? `${counted(steps.length, "call")}, from call ${steps[0]} to ${steps[steps.length - 1]}` : note);
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

const started = performance.now();
const about = JSON.parse(byId("lab-about").textContent);
const page = new Page();
page.load(about, fromBase64(byId("lab-data").textContent));
listen(page);
const live = new Live(page, fromBase64(byId("lab-module").textContent), fromBase64(byId("lab-source").textContent));
// For tests and for a look from the console.
/** @type {any} */ (window).lab = { page, live, loadMilliseconds: performance.now() - started, get run() { return page.run; } };
