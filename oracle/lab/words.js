// @ts-check
// Calls, facts and numbers in words.
import { BLOCK, DONE, REFUSED } from "./run.js";
import { CHECK } from "./decode.js";

/** A number with its digits in groups. */
export function grouped(/** @type {number | bigint} */ number) {
  const text = String(number);
  return text.length < 5 ? text : text.replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** A number of things. */
export function counted(/** @type {number} */ number, /** @type {string} */ thing) {
  return `${grouped(number)} ${thing}${number === 1 ? "" : "s"}`;
}

/** Bytes in a short form. */
export function short(/** @type {number} */ bytes) {
  if (bytes < 10_000) return String(bytes);
  const units = ["", "k", "M", "G"];
  let unit = 0;
  while (bytes >= 1000 && unit < 3) [bytes, unit] = [bytes / 1000, unit + 1];
  return bytes.toFixed(bytes < 100 ? 1 : 0) + units[unit];
}

/** A call as a program would make it. */
export function callText(run, step) {
  const call = run.call(step);
  const slot = call.slot === undefined ? "" : `b${call.slot}`;
  switch (call.kind) {
    case 0: return `${slot} = malloc(${call.size})`;
    case 1: return `${slot} = memalign(${call.align}, ${call.size})`;
    case 2: {
      const old = call.payload === null ? "null" : slot;
      return `${slot} = realloc(${old}, ${call.size})` + (call.align > 1 ? ` at ${call.align}` : "");
    }
    case 3: return `free(${slot})`;
    case 4: return `add_pool(${call.mem}, ${call.bytes})`;
    case 5: return `remove_pool(${call.mem})`;
    case 6: return `extend_pool(${call.mem}, ${call.more})`;
    case 7: return `shrink_pool(${call.mem}, ${call.less})`;
    case 8: return `grow(${slot}, ${call.size})`;
    case 9: return `shrink(${slot}, ${call.size})`;
    case CHECK: return "checks between the calls";
    default: return "unknown call";
  }
}

/** The result of a step. */
export function resultText(run, step) {
  const call = run.call(step);
  if (call.outcome === BLOCK) return `at ${call.result}`;
  if (call.outcome === DONE) return "done";
  return call.outcome === REFUSED ? "refused" : "a check fails";
}

/** The op that a call results from. */
export function opText(run, step) {
  const { about, ops } = run;
  if (about.source !== "program") return "";
  const op = ops[step];
  if (op === 0) return "start";
  return op > about.ops.length ? "end of the program" : `op ${op}: ${about.ops[op - 1]}`;
}

/** A class as level and list. */
export function className(about, number) {
  const { sl } = about.geometry;
  return `class ${number} (row ${Math.floor(number / sl)}, list ${number % sl})`;
}

/** The payloads that a class holds. */
export function classRange(about, number) {
  const { word, align } = about.geometry;
  // With an alignment above a word, classes count header and payload together.
  const less = align > word ? word : 0;
  const [from, to] = [about.keys[number] - less, about.keys[number + 1] - less];
  const least = grouped(Math.max(from, 0));
  return to - from <= align ? `blocks of ${least} bytes` : `blocks of ${least} to ${grouped(to - align)} bytes`;
}

const WHY = [
  "A request of 0 bytes is refused.",
  "No block can be so large: refused.",
  "The alignment is no power of two: refused.",
  "The block behind it is used or too small, and the call must not move it: refused.",
  "A block cannot shrink to more bytes than it has: refused.",
];

const POOLS = [
  "The new pool is one free block.",
  "The pool was one free block, and is removed.",
  "The pool's last block gets the bytes if it is free; else they become a free block.",
  "The pool's last block, which is free, gives the bytes back.",
];

/** A fact as [short name, sentence]. */
export function factText(about, fact) {
  const [number, a, b, c] = fact;
  const g = about.geometry;
  switch (number) {
    case 0: return ["fit", `The request needs a block of ${grouped(a)} bytes: with its header of ${g.word} a multiple of ${g.align}, and at least ${g.min_size}.`];
    case 1: return ["room", `To hold it at the alignment wherever the block begins, the search is for ${grouped(a)} bytes.`];
    case 2: return ["class", `The search starts at ${className(about, a)}: every block there and above is large enough. It holds ${classRange(about, a)}.`];
    case 3: return ["bit", `The first bit that is set from there on is that of ${className(about, a)}, which holds ${classRange(about, a)}.`];
    case 4: return ["bit", "No bit is set from there on: no listed block is surely large enough. Refused."];
    case 5: return ["head", `The head of that list is the block at ${a}, of ${grouped(b)} bytes.`];
    case 6: return ["gap", `${grouped(a)} bytes are cut off its front, so that the payload is aligned.`];
    case 7: return ["split", `The rest is large enough for a block: ${grouped(a)} bytes are cut off its end.`];
    case 8: return ["split", a === 0 ? "It fits exactly: no split." : `${grouped(a)} bytes more than needed are too few for a block: no split.`];
    case 9: return ["free", `The block at ${a} of ${grouped(b)} bytes is freed.`];
    case 10: return ["merge", `Its predecessor at ${a} is free (${grouped(b)} bytes) and absorbs it.`];
    case 11: return ["merge", `Its successor at ${a} is free (${grouped(b)} bytes) and is absorbed.`];
    case 12: return ["list", `The free block at ${b} of ${grouped(c)} bytes becomes the head of ${className(about, a)}.`];
    case 13: return ["stay", `The block has ${grouped(a)} bytes: it stays where it is.`];
    case 14: return ["grow", `The block stays and absorbs its free successor at ${a} of ${grouped(b)} bytes.`];
    case 15: return ["move", `The block of ${grouped(a)} bytes cannot stay: a new one is allocated, the contents are copied.`];
    case 16: return ["refuse", WHY[a] ?? "Refused."];
    case 17: return ["near", `A bounded search looks at up to ${g.search} blocks of ${className(about, a)}, the request's own, and takes the one at ${b}, of ${grouped(c)} bytes.`];
    default: return ["?", "An unknown fact: the page is older than its data."];
  }
}

/** Why the block: one sentence. */
export function whySentence(run, step) {
  const call = run.call(step);
  /** @type {Map<number, number[]>} */
  const facts = new Map();
  for (const fact of call.facts) if (!facts.has(fact[0])) facts.set(fact[0], fact);
  const value = (number, at = 1) => facts.get(number)?.[at] ?? 0;
  if (call.kind === CHECK) return "A check between two calls, or after the last one, fails.";
  if (call.kind >= 4 && call.kind <= 7) return call.outcome === REFUSED ? "The call on a pool is refused." : POOLS[call.kind - 4];
  if (facts.has(16)) return WHY[value(16)];
  if (facts.has(4)) return `Refused: no list from class ${value(2)} on has a block.`;
  const parts = [];
  if (facts.has(15)) parts.push("It cannot stay");
  if (facts.has(13)) parts.push("It is large enough and stays");
  if (facts.has(14)) parts.push(`It stays and absorbs the free block at ${value(14)}`);
  if (facts.has(5)) {
    const size = call.size ?? "?";
    parts.push(`${grouped(size)} → fit ${grouped(value(0))} → class ${value(2)} → bit ${value(3)} → head at ${value(5)}`);
  }
  if (facts.has(17)) parts.push(`${grouped(call.size ?? "?")} → fit ${grouped(value(0))} → class ${value(17)} → near block at ${value(17, 2)}`);
  if (facts.has(6)) parts.push(`gap of ${grouped(value(6))}`);
  if (facts.has(7)) parts.push(`${grouped(value(7))} bytes split off`);
  if (facts.has(8) && value(8) > 0) parts.push(`${value(8)} spare bytes kept`);
  if (facts.has(8) && value(8) === 0) parts.push("exact");
  if (facts.has(9)) parts.push(`${facts.has(5) ? "the old block" : "The block"} at ${value(9)} becomes free`);
  if (facts.has(10) || facts.has(11)) {
    const sides = [facts.has(10) ? "predecessor" : "", facts.has(11) ? "successor" : ""];
    parts.push(`merges with its ${sides.filter(Boolean).join(" and ")}`);
  }
  return parts.length > 0 ? parts.join(", ") + "." : "";
}
