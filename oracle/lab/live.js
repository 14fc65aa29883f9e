// @ts-check
// Live: a program that is edited or dropped on the page runs in it.
import { byId, element, setText } from "./dom.js";
import { counted, grouped } from "./words.js";

/** A longer text is shown as a file: an editor of the browser would be slow. */
const MOST_TEXT = 1 << 16;

/** Milliseconds from an edit to the run. */
const PAUSE = 200;

export class Live {
  /** @param {any} page @param {Uint8Array} packed the module @param {Uint8Array} source the trace that the page shows */
  constructor(page, packed, source) {
    this.page = page;
    /** What the page showed first. */
    this.recorded = { about: page.about, bytes: page.run.bytes };
    /** A trace that is no text to edit. @type {{name: string, bytes: Uint8Array} | null} */
    this.file = null;
    this.worker = null;
    this.timer = 0;
    this.fitting = false;
    this.source = source;
    if (packed.length === 0) return;
    byId("live").hidden = false;
    this.module = unpacked(packed).then((bytes) => WebAssembly.compile(bytes));
    this.fill();
    this.listen();
  }

  /** Shows the program or the trace of the page. */
  fill() {
    const { about } = this.recorded;
    const names = about.geometries.map((name) => [name, name]);
    byId("live-geometry").replaceChildren(...[["", "as written"], ...names].map(([value, text]) => new Option(text, value)));
    if (about.program !== null) this.edit(about.program);
    else this.take(about.title, this.source);
    setText("live-says", "Edit, and it runs.");
  }

  listen() {
    const soon = () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.run(), PAUSE);
    };
    byId("live-text").addEventListener("input", () => {
      this.controls();
      soon();
    });
    byId("live-geometry").addEventListener("change", () => {
      const name = byId("live-geometry").value;
      if (this.isWritten() && name) this.write("geometry", [name]);
      this.run();
    });
    byId("live-pools").addEventListener("change", () => {
      if (this.isWritten()) this.write("pool", this.pools().map(String));
      this.run();
    });
    for (const id of ["live-search", "live-every"]) byId(id).addEventListener("change", () => this.run());
    byId("live-open").addEventListener("change", (event) => this.open(event.target.files[0]));
    byId("live-fit").addEventListener("click", () => this.fit());
    byId("live-back").addEventListener("click", () => {
      this.file = null;
      byId("fits-box").hidden = byId("live-back").disabled = true;
      this.fill();
      this.page.load(this.recorded.about, this.recorded.bytes);
    });
    addEventListener("dragover", (event) => {
      event.preventDefault();
      document.body.classList.add("drop");
    });
    addEventListener("dragleave", () => document.body.classList.remove("drop"));
    addEventListener("drop", (event) => {
      event.preventDefault();
      document.body.classList.remove("drop");
      this.open(event.dataTransfer?.files[0]);
    });
  }

  async open(file) {
    if (!file) return;
    this.take(file.name, new Uint8Array(await file.arrayBuffer()));
    await this.run();
  }

  /** Shows a file: as text to edit, or by its name. */
  take(name, bytes) {
    const text = bytes.length <= MOST_TEXT ? textOf(bytes) : null;
    if (text !== null && kindOf(text) !== "other") return this.edit(text);
    this.file = { name, bytes };
    const node = byId("live-text");
    node.value = `${name}: ${grouped(bytes.length)} bytes, as a file`;
    node.readOnly = true;
    byId("live-geometry").value = byId("live-pools").value = "";
    this.controls();
  }

  edit(text) {
    this.file = null;
    byId("live-text").readOnly = false;
    byId("live-text").value = text;
    this.controls();
  }

  text() {
    return byId("live-text").value;
  }

  /** Whether geometry and pools are lines of the text. */
  isWritten() {
    return this.file === null && kindOf(this.text()) !== "other";
  }

  pools() {
    return byId("live-pools").value.split(/[^\d]+/).filter(Boolean).map(Number);
  }

  /** Replaces the lines with these settings, or adds them behind the first line. */
  write(setting, values) {
    const isSetting = (line) => line.trim().split(/\s+/)[0] === setting;
    const lines = this.text().split("\n");
    const old = lines.findIndex(isSetting);
    // What follows a pool's size stays.
    const rest = old < 0 || kindOf(this.text()) === "trace" ? "" : lines[old].trim().split(/\s+/).slice(2).map((word) => ` ${word}`).join("");
    const at = old >= 0 ? old : 1 + lines.findIndex((line) => /^\s*(ops|calls)\b/.test(line));
    const kept = lines.filter((line) => !isSetting(line));
    kept.splice(at, 0, ...values.map((value) => `${setting} ${value}${rest}`));
    byId("live-text").value = kept.join("\n");
  }

  /** The controls show what the text says. */
  controls() {
    const kind = this.file ? "trace" : kindOf(this.text());
    byId("live-search-box").hidden = kind === "trace";
    byId("live-every-box").hidden = kind !== "trace";
    byId("live-fit").hidden = kind === "program";
    if (!this.isWritten()) return;
    const settings = (name) => [...this.text().matchAll(new RegExp(`^[ \\t]*${name}[ \\t]+([\\w-]+)`, "gm"))].map((found) => found[1]);
    const [geometry] = settings("geometry");
    byId("live-geometry").value = this.recorded.about.geometries.includes(geometry) ? geometry : "";
    if (document.activeElement !== byId("live-pools")) byId("live-pools").value = settings("pool").join(" ");
  }

  request() {
    const title = this.file?.name ?? "edited";
    const request = { title, search: byId("live-search").checked, every: Math.max(1, Number(byId("live-every").value) || 100) };
    if (this.isWritten()) return request;
    return { ...request, geometry: byId("live-geometry").value || null, pools: this.pools() };
  }

  bytes() {
    // A text without a line end could be a binary program.
    return this.file ? this.file.bytes : new TextEncoder().encode(`${this.text().trimEnd()}\n`);
  }

  /** Asks the module, in a worker. A new question ends the one before: its promise is then never kept. */
  async ask(request, bytes) {
    const module = await this.module;
    this.worker?.terminate();
    const worker = (this.worker = new Worker(workerUrl()));
    return new Promise((resolve) => {
      worker.onmessage = ({ data }) => {
        worker.terminate();
        resolve(data);
      };
      worker.onerror = (error) => resolve({ about: { error: `The worker stopped: ${error.message}` }, data: new Uint8Array() });
      worker.postMessage({ module, request, bytes });
    });
  }

  /** Runs what is in the editor, and shows it. */
  async run() {
    clearTimeout(this.timer);
    this.fitting = false;
    const started = performance.now();
    this.says("running …");
    const { about, data } = await this.ask(this.request(), this.bytes());
    if (about.error) return this.says(about.error, true);
    // A crash of a fuzzer is a program, too.
    if (this.file && about.program !== null) this.edit(about.program);
    const { page } = this;
    const atEnd = page.step === page.last;
    page.load(about, data);
    if (atEnd || about.found) page.go(page.last);
    byId("live-back").disabled = false;
    const cut = /^\s*ops v2/m.test(about.program ?? "") ? "; pools of version 2 are cut to 2 MiB at 32 bits" : "";
    const verdict = about.found ? `${about.found.kind}: ${about.found.check}` : `trace ${about.trace}`;
    this.says(`${counted(about.steps, "call")} in ${Math.round(performance.now() - started)} ms; ${verdict}${cut}`, Boolean(about.found));
  }

  says(text, isBad = false) {
    byId("live-says").classList.toggle("bad", isBad);
    setText("live-says", text);
  }

  /** What the trace needs in each geometry. */
  async fit() {
    const bytes = this.bytes();
    const body = byId("fits").tBodies[0];
    body.replaceChildren();
    byId("fits-box").hidden = false;
    this.fitting = true;
    const { geometries } = this.recorded.about;
    let best = { pool: Infinity, line: null };
    for (const [number, geometry] of geometries.entries()) {
      this.says(`${geometry}: ${number + 1} of ${geometries.length} …`);
      const { about } = await this.ask({ ...this.request(), geometry, fit: true }, bytes);
      if (!this.fitting) return;
      if (about.error) return this.says(about.error, true);
      const line = this.fitLine(about.fit);
      body.append(line);
      const { control, need } = about.fit;
      if (need && control + need.pool < best.pool) {
        best.line?.classList.remove("best");
        best = { pool: control + need.pool, line };
        line.classList.add("best");
      }
    }
    this.fitting = false;
    this.says("The geometry of the least control and pool together is marked; each one is a button that runs it.");
  }

  fitLine({ geometry, control, need }) {
    const line = element("tr");
    const name = element("td");
    const button = element("button", geometry);
    button.disabled = !need;
    button.addEventListener("click", () => this.runIn(geometry, need.pool));
    name.append(button);
    line.append(name, element("td", grouped(control)));
    const numbers = need && [need.live, need.rounding, need.headers, need.gaps].map(grouped);
    const cells = need ? [grouped(need.pool), `${((100 * need.gaps) / need.pool).toFixed(1)} %`, ...numbers] : ["fits none", "", "", "", "", ""];
    for (const text of cells) line.append(element("td", text));
    return line;
  }

  /** Runs the trace in a geometry, with a pool of so many bytes. */
  runIn(geometry, pool) {
    byId("live-geometry").value = geometry;
    byId("live-pools").value = String(pool);
    if (this.isWritten()) {
      this.write("geometry", [geometry]);
      this.write("pool", [String(pool)]);
    }
    this.run();
  }
}

/** What a text is, by its first line that is no comment. */
export function kindOf(text) {
  const line = text.split("\n").map((line) => line.replace(/#.*/, "").trim()).find(Boolean) ?? "ops";
  return /^ops\b/.test(line) ? "program" : /^calls\b/.test(line) ? "trace" : "other";
}

function textOf(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

async function unpacked(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

let url = "";
function workerUrl() {
  const code = byId("lab-engine").textContent + "onmessage = ({ data }) => { const done = answer(data.module, data.request, data.bytes); postMessage(done, [done.data.buffer]); };";
  url ||= URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  return url;
}
