// @ts-check
// Elements of the page, their texts and its colours.

export const byId = (id) => /** @type {any} */ (document.getElementById(id));

/** Sets a text if it is another one: a layout costs more than a comparison. */
export function setText(id, text) {
  const node = byId(id);
  if (node.textContent !== text) node.textContent = text;
}

export function element(name, text = "", className = "") {
  const node = document.createElement(name);
  if (text) node.textContent = text;
  if (className) node.className = className;
  return node;
}

export function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    used: of("used"), free: of("free"), header: of("header"), bit: of("bit"), changed: of("changed"), selected: of("selected"),
    pool: of("pool"), text: of("text"), faint: of("quiet"), onUsed: of("on"), onFree: of("on-free"), onBit: of("on"), differs: of("bad"),
  };
}
