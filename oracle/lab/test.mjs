// Opens pages of the lab in headless Chromium, by way of its driver, and checks them: scripts/lab-test starts it.
import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const { BROWSER, DRIVER, PAGES, PICTURES, PICTURE } = process.env;
const profile = mkdtempSync(join(tmpdir(), "memoman-lab-"));
const driver = spawn(DRIVER, ["--port=0"], { stdio: ["ignore", "pipe", "inherit"] });
let session = "";
let base = "";

/** One command of the WebDriver protocol. */
async function ask(method, path, body) {
  const response = await fetch(base + path, { method, body: body && JSON.stringify(body) });
  const { value } = await response.json();
  if (value?.error) throw new Error(`${path}: ${value.error}: ${value.message}`);
  return value;
}

const devtools = (cmd, params = {}) => ask("POST", `/session/${session}/goog/cdp/execute`, { cmd, params });
const evaluate = (script, ...args) => ask("POST", `/session/${session}/execute/sync`, { script, args });
const evaluateAsync = (script, ...args) => ask("POST", `/session/${session}/execute/async`, { script, args });

async function start() {
  const port = await new Promise((resolve, reject) => {
    let text = "";
    driver.stdout.on("data", (data) => {
      text += data;
      const found = /successfully on port (\d+)/.exec(text);
      if (found) resolve(found[1]);
    });
    driver.on("exit", () => reject(new Error(`the driver ended: ${text}`)));
  });
  base = `http://127.0.0.1:${port}`;
  const args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", `--user-data-dir=${profile}`];
  const capabilities = { alwaysMatch: { "goog:chromeOptions": { binary: BROWSER, args }, "goog:loggingPrefs": { browser: "ALL" } } };
  session = (await ask("POST", "/session", { capabilities })).sessionId;
  await ask("POST", `/session/${session}/timeouts`, { script: 120_000 });
}

async function open(name, hash = "") {
  await ask("POST", `/session/${session}/url`, { url: "about:blank" });
  await ask("POST", `/session/${session}/url`, { url: pathToFileURL(join(PAGES, name)).href + hash });
  const log = await ask("POST", `/session/${session}/se/log`, { type: "browser" });
  const errors = log.filter((entry) => entry.level === "SEVERE");
  assert.deepEqual(errors, [], `${name}: errors in the console`);
  const requests = await evaluate("return performance.getEntriesByType('resource').map((entry) => entry.name).filter((name) => !/^(data|blob):/.test(name))");
  assert.deepEqual(requests, [], `${name}: requests`);
}

async function key(value) {
  const actions = [{ type: "keyDown", value }, { type: "keyUp", value }];
  await ask("POST", `/session/${session}/actions`, { actions: [{ type: "key", id: "keys", actions }] });
  await frame();
}

const frame = () => evaluateAsync("const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()));");
const settled = () => evaluateAsync("const done = arguments[0]; setTimeout(done, 250);");
const text = (id) => evaluate("return document.getElementById(arguments[0]).textContent", id);
const step = () => evaluate("return lab.page.step");

/** The page has the engine's own heap after these steps: in order, backwards, and one by one. */
async function statesAgree(name) {
  const lines = readFileSync(join(PAGES, `${name}.states`), "utf8").trim().split("\n");
  const states = lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  assert(states.length > 0, `${name}: no states to compare with`);
  for (const { step, heap } of [...states, ...states.toReversed()]) {
    const shown = await evaluate(
      `const state = lab.run.stateAt(arguments[0]);
       const pools = state.pools.map((pool, i) => [pool.mem, pool.bytes, state.rows(i, lab.page.about.geometry.word)]);
       return { pools, lists: state.lists() };`,
      step,
    );
    assert.deepEqual(shown, heap, `${name}: call ${step}`);
  }
  return states.length;
}

/** Keys, slider, search and links. */
async function moves(name) {
  const last = await evaluate("return lab.page.last");
  await key("\uE011"); // Home
  assert.equal(await step(), 0);
  await key("\uE014"); // right
  assert.equal(await step(), Math.min(1, last));
  await key("\uE010"); // End
  assert.equal(await step(), last);
  await key("\uE012"); // left
  assert.equal(await step(), Math.max(0, last - 1));
  const middle = Math.floor(last / 2);
  await evaluate("const slider = document.getElementById('slider'); slider.value = arguments[0]; slider.dispatchEvent(new Event('input'));", middle);
  await frame();
  assert.equal(await step(), middle);
  assert.match(await text("step"), new RegExp(`^${String(middle)[0]}`));
  await key("+");
  await settled();
  const hash = await evaluate("return location.hash");
  assert.match(hash, new RegExp(`^#s=${middle}&z=2\\.000&a=\\d+$`));
  await open(`${name}.html`, hash);
  assert.equal(await step(), middle, "the link leads to the call");
  assert(Math.abs((await evaluate("return lab.page.chain.zoom")) - 2) < 0.01, "and has the zoom");
  await evaluate("location.hash = '#s=1'");
  await settled();
  assert.equal(await step(), Math.min(1, last), "a link within the page");
}

/** A click on a used block lists its life. */
async function blockHasALife() {
  const found = await evaluate(
    `const { run, page } = lab;
     for (let s = 0; s < run.steps; s++) if (run.call(s).outcome === 2) { page.go(s); page.draw(); return run.call(s).result; }`,
  );
  const at = await evaluate(
    `const { chain } = lab.page; const box = document.getElementById("chain").getBoundingClientRect();
     return { x: box.left + (arguments[0] + 1 - chain.from) / chain.span * box.width, y: 45 };`,
    found,
  );
  await evaluate(
    `const node = document.getElementById("chain"); const box = node.getBoundingClientRect();
     for (const type of ["pointerdown", "pointerup"]) node.dispatchEvent(new PointerEvent(type, { clientX: arguments[0], clientY: box.top + arguments[1], pointerId: 1, bubbles: true }));`,
    at.x, at.y,
  ).catch(() => evaluate("lab.page.showLife(lab.run.liveAt(lab.page.step, arguments[0]))", found));
  await settled();
  const life = await evaluate("return [...document.querySelectorAll('#life button')].map((button) => button.textContent)");
  assert(life.length > 0 && life[0].includes("alloc") || life[0].includes("memalign"), `a life: ${life}`);
}

/** Playing moves on its own, and stops. */
async function plays() {
  await evaluate("lab.page.go(0); lab.page.play();");
  for (let tries = 0; tries < 100 && (await step()) === 0; tries++) await frame();
  assert((await step()) > 0, "playing moves");
  await evaluate("lab.page.play()");
  const stopped = await step();
  await settled();
  assert.equal(await step(), stopped, "and stops");
}

/** The names, roles and contrasts that a reader needs. */
async function isAccessible(name, width) {
  const wrong = await evaluate(
    `const wrong = [];
     for (const node of document.querySelectorAll("button, input, select, canvas, [role=region]")) {
       const label = node.getAttribute("aria-label") || node.textContent.trim() || node.labels?.length;
       if (!label) wrong.push("no name: " + node.outerHTML.slice(0, 80));
     }
     const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
     if (new Set(ids).size !== ids.length) wrong.push("an id twice");
     const luminance = (colour) => {
       const parts = colour.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255);
       const linear = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
       return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
     };
     const behind = (node) => {
       for (; node; node = node.parentElement) {
         const colour = getComputedStyle(node).backgroundColor;
         if (!/, 0\\)$|transparent|color\\(/.test(colour)) return colour;
       }
       return "rgb(255, 255, 255)";
     };
     for (const node of document.querySelectorAll("p, li, td, th, h1, h2, h3, span, button, code, dt, dd, b, output")) {
       if (!node.checkVisibility() || ![...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim())) continue;
       if (node.closest(".hidden, .skip, :disabled, tr.differs")) continue;
       const pair = [luminance(getComputedStyle(node).color), luminance(behind(node))].sort((a, b) => b - a);
       const contrast = (pair[0] + 0.05) / (pair[1] + 0.05);
       if (contrast < 4.5) wrong.push(contrast.toFixed(2) + ": " + node.tagName + " " + node.textContent.slice(0, 30));
     }
     if (document.documentElement.scrollWidth > arguments[0]) wrong.push("wider than the window: " + document.documentElement.scrollWidth);
     return wrong;`,
    width,
  );
  assert.deepEqual(wrong, [], name);
}

async function look(width, scheme) {
  const height = 1000;
  await devtools("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: width < 500 ? 2 : 1, mobile: width < 500 });
  await devtools("Emulation.setScrollbarsHidden", { hidden: true });
  await devtools("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }, { name: "prefers-reduced-motion", value: "reduce" }] });
  await settled();
}

async function picture(name) {
  if (!PICTURES) return;
  const { cssContentSize } = await devtools("Page.getLayoutMetrics");
  const clip = { x: 0, y: 0, width: cssContentSize.width, height: Math.min(cssContentSize.height, 4000), scale: 1 };
  const { data } = await devtools("Page.captureScreenshot", { format: "png", captureBeyondViewport: true, clip });
  writeFileSync(join(PICTURES, `${name}.png`), Buffer.from(data, "base64"));
}

/** The picture of the README: from the call to the chain. */
async function pictureOfReadme() {
  await look(1240, "light");
  const box = await evaluate(
    `const [call, chain] = ["call", "chain"].map((id) => document.getElementById(id).closest("section").getBoundingClientRect());
     return { x: 0, y: call.top + scrollY - 8, width: innerWidth, height: chain.bottom - call.top + 16 };`,
  );
  const { data } = await devtools("Page.captureScreenshot", { format: "webp", quality: 80, captureBeyondViewport: true, clip: { ...box, scale: 1 } });
  writeFileSync(PICTURE, Buffer.from(data, "base64"));
  await look(1280, "light");
}

async function looks(name) {
  for (const width of [1280, 390]) {
    for (const scheme of ["light", "dark"]) {
      await look(width, scheme);
      await isAccessible(`${name}, ${width}, ${scheme}`, width);
      await picture(`${name}-${width}-${scheme}`);
    }
  }
  await look(1280, "light");
}

/** Milliseconds that frames take while the slider moves both ways: the drawing alone, without the wait for the screen. */
const frameTimes = () => evaluate(
  `const { page, run } = lab; const times = [];
   for (let i = 0; i < 240; i++) {
     const part = i < 120 ? i / 120 : (240 - i) / 120;
     const start = performance.now();
     page.step = Math.round(part * page.last);
     page.draw();
     times.push(performance.now() - start);
   }
   times.sort((a, b) => a - b);
   return { median: times[120], p95: times[228], worst: times[239] };`,
);

/** Waits until the page says so; the last words if it does not. */
async function says(pattern) {
  for (let tries = 0; tries < 100; tries++) {
    if (pattern.test(await text("live-says"))) return text("live-says");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.match(await text("live-says"), pattern);
}

/** Types into the editor, as a person does: the page runs it. */
const edit = (text) => evaluate(
  `const node = document.getElementById("live-text"); node.value = arguments[0]; node.dispatchEvent(new Event("input", { bubbles: true }));`,
  text,
);

/** Drops a file on the page. */
const drop = (name, base64) => evaluate(
  `const bytes = Uint8Array.from(atob(arguments[1]), (letter) => letter.charCodeAt(0));
   const dataTransfer = new DataTransfer(); dataTransfer.items.add(new File([bytes], arguments[0]));
   document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));`,
  name, base64,
);

/** A module whose `run` stops: memory, room, run, panicked, panicked_bytes. */
const STOPS =
  "0061736d01000000" + "010e0360017f017f60017f006000017f" + "03050400010202" + "0503010001" +
  "073305066d656d6f72790200" + "04726f6f6d0000" + "0372756e0001" + "0870616e69636b65640002" + "0e70616e69636b65645f62797465730003" +
  "0a140404004100" + "0b0300000b04004100" + "0b040041000b";

/** A module that stops ends one run only. */
async function survivesAStop(program) {
  const bytes = [...Buffer.from(STOPS, "hex")];
  await evaluate("lab.live.kept = lab.live.module; lab.live.module = WebAssembly.compile(Uint8Array.from(arguments[0]));", bytes);
  await edit(program + "check\n");
  await says(/^The module stopped: .*unreachable/);
  await evaluate("lab.live.module = lab.live.kept;");
  await edit(program + "check\ncheck\n");
  await says(/; trace [0-9a-f]{16}$/);
}

/** A selected block of the run before is shown with the steps of the run that is on the page. */
async function aLifeIsThatOfTheRun() {
  const ran = (program) => evaluateAsync("const done = arguments[1]; lab.live.edit(arguments[0]); lab.live.run().then(done);", program);
  await ran("ops v1\nmalloc 0 tiny 24\nfree slot 0\n");
  await evaluate("lab.page.showLife(1)");
  await settled();
  const before = await evaluate("return lab.page.lifeSteps");
  await ran("ops v1\nmalloc 0 tiny 24\nmalloc 1 tiny 24\nfree slot 0\n");
  const [shown, life] = await evaluate("return [lab.page.lifeSteps, lab.page.run.life(1)]");
  assert.deepEqual(shown, life, "the steps of this run");
  assert.notDeepEqual(shown, before, "which differ from those of the run before");
  await ran("ops v1\n");
  assert.match(await text("life-text"), /^No call of this run/);
}

/** Edits, mistakes, settings, a dropped trace in other geometries, and the way back. */
async function isLive() {
  const recorded = await text("verdict");
  const traceOf = async () => (await says(/; trace [0-9a-f]{16}$/)).slice(-16);
  const program = await evaluate("return lab.page.about.program");
  await edit(program + "malloc 0 tiny 24\n");
  const longer = await traceOf();
  assert.match(await text("about"), /32 bits/, "the page names the width");
  assert.match(await text("verdict"), new RegExp(longer), "what is shown is what ran");
  await edit("ops v1\nmaloc 0 tiny 24\n");
  assert.match(await says(/line 2/), /maloc/);
  assert.match(await text("verdict"), new RegExp(longer), "a mistake leaves the last run on the page");
  await edit(program);
  await says(/; trace (?!undefined)/);
  const select = (id, value) => evaluate("const node = document.getElementById(arguments[0]); node.value = arguments[1]; node.dispatchEvent(new Event('change'));", id, value);
  await select("live-geometry", "a16-sl32");
  await settled();
  await traceOf();
  assert.match(await evaluate("return lab.page.about.program"), /^geometry a16-sl32$/m);
  assert.match(await text("about"), /geometry a16-sl32: alignment 16/);
  await aLifeIsThatOfTheRun();
  await survivesAStop(program);
  // A trace: read anew in each geometry.
  const small = Buffer.from("memoman\x01" + "\xb0\x09\x40\x05".repeat(50), "latin1").toString("base64");
  await drop("small.trace", small);
  await says(/151 calls/);
  assert.match(await text("title"), /^small\.trace$/);
  await evaluate("document.getElementById('live-fit').click()");
  await says(/is marked/);
  const rows = await evaluate("return [...document.querySelectorAll('#fits tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent))");
  assert.equal(rows.length, await evaluate("return lab.page.about.geometries.length"));
  assert(rows.every((row) => /^\d/.test(row[1]) && /^\d/.test(row[2])), "each geometry has a control structure and a pool");
  assert.equal(rows[0][4].replace(/\D/g, ""), String(2 * 300 + 49 * 16), "the bytes at the peak");
  await evaluate("document.querySelectorAll('#fits button')[3].click()");
  await says(/151 calls/);
  assert.match(await text("about"), /geometry conte-sl4/);
  await evaluate("document.getElementById('live-back').click()");
  await settled();
  assert.equal(await text("verdict"), recorded, "the way back");
}

/** The page and an oracle of 32 bits agree on the trace of each program. */
async function isAsOn32Bits(lines) {
  const programs = lines.map((line) => line.match(/^(.*?)(, read as binary)?: agrees: .*trace ([0-9a-f]{16})$/)).filter(Boolean);
  assert(programs.length >= 200, `${programs.length} programs`);
  const files = programs.map(([, path]) => readFileSync(path).toString("base64"));
  const traces = await evaluateAsync(
    `const done = arguments[1];
     (async () => {
       const traces = [];
       for (const file of arguments[0]) {
         const { about } = await lab.live.ask({}, Uint8Array.from(atob(file), (letter) => letter.charCodeAt(0)));
         traces.push(about.trace ?? about.error ?? about.found?.what);
       }
       return traces;
     })().then(done, (error) => done([String(error)]));`,
    files,
  );
  const wrong = programs.filter(([, , , trace], i) => traces[i] !== trace).map(([, path, , trace]) => `${path}: ${trace} on i686`);
  assert.deepEqual(wrong, [], "traces of 32 bits");
  return programs.length;
}

const report = [];
try {
  await start();
  await look(1280, "light");

  await open("program.html");
  assert.match(await text("verdict"), /^all columns agree · trace [0-9a-f]{16}$/);
  const trace = (await text("verdict")).slice(-16);
  assert(readFileSync(join(PAGES, "program.replay"), "utf8").includes(`trace ${trace}`), "the trace is that of a replay");
  report.push(`program: ${await statesAgree("program")} states agree`);
  await moves("program");
  await blockHasALife();
  await plays();
  await evaluate("document.getElementById('query').value = 'malloc('; document.querySelector('#search button').click();");
  await settled();
  assert.match(await text("hits-text"), /^\d+ calls/);
  await looks("program");

  for (const name of ["fifo", "finding"]) {
    await open(`${name}.html`);
    const replay = readFileSync(join(PAGES, `${name}.replay`), "utf8");
    const verdict = (await text("verdict")).split(": ")[1];
    assert(replay.includes(verdict), `the finding is that of the replay: ${verdict}`);
    assert.equal(await step(), await evaluate("return lab.page.last"), "a finding is shown first");
    const marked = await evaluate("return document.querySelectorAll('#columns tr.differs').length");
    const listsDiffer = await evaluate("return document.querySelectorAll('#column-lists .differs').length");
    assert(marked + listsDiffer > 0, "the first difference is marked");
    assert.match(await text("finding"), /cargo oracle replay --mutant/);
    report.push(`${name}: ${verdict}; ${marked} rows and ${listsDiffer} lists are marked`);
    await statesAgree(name);
    if (PICTURE && name === "finding") await pictureOfReadme();
    await looks(name);
    await moves(name);
  }

  await open("empty.html");
  await statesAgree("empty");
  await moves("empty");
  await looks("empty");

  if (existsSync(join(PAGES, "live.html"))) {
    await open("live.html");
    await isLive();
    report.push("live: edits, a mistake, a module that stops, a geometry, a dropped trace, and back");
    if (existsSync(join(PAGES, "i686"))) {
      const started = performance.now();
      const count = await isAsOn32Bits(readFileSync(join(PAGES, "i686"), "utf8").split("\n"));
      report.push(`live: the traces of ${count} programs are those of i686 (${Math.round(performance.now() - started)} ms)`);
    }
    await edit("ops v1\ngeometry conte-sl8\npool 1024\nmalloc 0 tiny 100\nmalloc 1 tiny 24\nfree slot 0\nmalloc 2 tiny 30\n");
    await says(/^\d+ calls/);
    await evaluate("lab.page.go(4)");
    await looks("live");
  }

  if (existsSync(join(PAGES, "trace.html"))) {
    await open("trace.html");
    const load = await evaluate("return lab.loadMilliseconds");
    report.push(`trace: ${await evaluate("return lab.run.steps")} calls, ${await statesAgree("trace")} states agree, loaded in ${load.toFixed(0)} ms`);
    const { median, p95, worst } = await frameTimes();
    report.push(`frames: median ${median.toFixed(1)} ms, 95 % ${p95.toFixed(1)} ms, worst ${worst.toFixed(1)} ms`);
    await moves("trace");
    await evaluate("lab.page.go(Math.round(lab.page.last * 0.6))");
    await looks("trace");
    assert(load < 1000, `100,000 calls take ${load.toFixed(0)} ms to load`);
    assert(p95 < 16.7, `a frame takes ${p95.toFixed(1)} ms`);
  }
  console.log(report.join("\n"));
} catch (error) {
  if (report.length > 0) console.log(report.join("\n"));
  console.error(`scripts/lab-test: ${error.message}`);
  if (process.env.STACK) console.error(error.stack);
  process.exitCode = 1;
} finally {
  if (session) await ask("DELETE", `/session/${session}`).catch(() => {});
  driver.kill();
  rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
