// @ts-check
// What moves the page: buttons, keys, pointers, links.
import { byId, colours } from "./dom.js";
import { nextHit, search } from "./search.js";

export function listen(page) {
  const on = (id, event, what, options) => byId(id).addEventListener(event, what, options);
  on("slider", "input", () => page.go(Number(byId("slider").value)));
  on("number", "change", () => page.go(Number(byId("number").value)));
  on("first", "click", () => page.go(0));
  on("back", "click", () => page.go(page.step - 1));
  on("next", "click", () => page.go(page.step + 1));
  on("last", "click", () => page.go(page.last));
  on("play", "click", () => page.play());
  on("to-finding", "click", () => page.toFinding());
  on("zoom-in", "click", () => page.zoom(2));
  on("zoom-out", "click", () => page.zoom(0.5));
  on("zoom-all", "click", () => page.zoom(1 / page.chain.zoom));
  on("zoom-here", "click", () => page.zoomToChange());
  on("search", "submit", (event) => {
    event.preventDefault();
    search(page, byId("query").value);
  });
  on("lists-box", "toggle", () => page.settled());
  drag(page, "plot", (x) => page.go(page.plot.stepAt(x)));
  pan(page);
  on("index", "pointermove", (event) => {
    const number = page.index.classAt(event.offsetX, event.offsetY);
    if (number >= 0) page.showClass(number);
  });
  on("index", "pointerdown", (event) => {
    const number = page.index.classAt(event.offsetX, event.offsetY);
    if (number >= 0) page.showClass(number);
  });
  addEventListener("keydown", (event) => key(page, event));
  addEventListener("hashchange", () => {
    if (location.hash === page.hash) return;
    page.fromHash();
    page.changed();
  });
  const redraw = () => {
    page.colours = colours();
    page.plot.draw(page.colours);
    page.changed();
  };
  addEventListener("resize", redraw);
  addEventListener("beforeprint", redraw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
}

/** Calls `what` with the place while a pointer is down. */
function drag(page, id, what) {
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
function pan(page) {
  const node = byId("chain");
  let [start, moved] = [0, false];
  node.addEventListener("wheel", (event) => {
    event.preventDefault();
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey) {
      page.chain.panBy(((event.deltaX || event.deltaY) / node.clientWidth) * page.chain.span);
    } else {
      page.chain.zoomBy(event.deltaY < 0 ? 1.25 : 0.8, page.chain.addressAt(event.offsetX));
    }
    page.changed();
  }, { passive: false });
  node.addEventListener("pointerdown", (event) => {
    node.setPointerCapture(event.pointerId);
    [start, moved] = [event.offsetX, false];
  });
  node.addEventListener("pointermove", (event) => {
    if (!(event.buttons & 1)) return page.hover(page.chain.blockAt(event.offsetX, event.offsetY));
    const by = event.offsetX - start;
    if (!moved && Math.abs(by) < 4) return;
    moved = true;
    start = event.offsetX;
    page.chain.panBy((-by / node.clientWidth) * page.chain.span);
    page.changed();
  });
  node.addEventListener("pointerup", (event) => {
    if (!moved) page.select(page.chain.blockAt(event.offsetX, event.offsetY));
  });
}

function key(page, event) {
  const isField = event.target.matches?.("input[type=number], input[type=search], input[type=text], textarea, select, pre");
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (isField) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const tenth = Math.max(1, Math.round(page.run.steps / 10));
  const zoomed = page.chain.span / 4;
  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowLeft: () => page.go(page.step - 1),
    ArrowRight: () => page.go(page.step + 1),
    PageUp: () => page.go(page.step - tenth),
    PageDown: () => page.go(page.step + tenth),
    Home: () => page.go(0),
    End: () => page.go(page.last),
    " ": () => page.play(),
    "+": () => page.zoom(2),
    "=": () => page.zoom(2),
    "-": () => page.zoom(0.5),
    0: () => page.zoom(1 / page.chain.zoom),
    z: () => page.zoomToChange(),
    "[": () => { page.chain.panBy(-zoomed); page.changed(); },
    "]": () => { page.chain.panBy(zoomed); page.changed(); },
    f: () => page.toFinding(),
    n: () => nextHit(page, 1),
    N: () => nextHit(page, -1),
    "/": () => byId("query").focus(),
  };
  if (event.key === " " && event.target.matches?.("button, summary")) return;
  const what = keys[event.key];
  if (!what) return;
  event.preventDefault();
  what();
}
