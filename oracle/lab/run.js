// @ts-check
// A run: its steps, and the state after any of them.
import { ARGUMENTS, CHECK, FACT_VALUES, Reader, State } from "./decode.js";

/** Bytes that all checkpoints together may take. */
const CHECKPOINT_BYTES = 64 << 20;

/** The fewest steps between two checkpoints. */
const LEAST_DISTANCE = 64;

export const [REFUSED, DONE, BLOCK, FINDING] = [0, 1, 2, 3];

/** Steps from 0; the state of step `s` is the one after its call. */
export class Run {
  /** @param {any} about what the page says about the run @param {Uint8Array} bytes */
  constructor(about, bytes) {
    this.about = about;
    this.bytes = bytes;
    const steps = about.steps;
    this.steps = steps;
    const reader = new Reader(bytes);
    /** The number of each step's op, from 1; 0 is the start. */
    this.ops = new Uint32Array(steps);
    const numbered = reader.next();
    for (let s = 0, op = 0; s < numbered; s++) this.ops[s] = op += reader.next();
    this.starts = new Uint32Array(steps);
    this.heads = new Uint8Array(steps);
    /** Where the difference of each step begins. */
    this.deltas = new Uint32Array(steps);
    /** Which allocation each step is about; 0 is none. */
    this.lives = new Uint32Array(steps);
    this.used = new Float64Array(steps);
    this.free = new Float64Array(steps);
    this.largest = new Float64Array(steps);
    this.peak = new Float64Array(steps);
    this.checkpoints = [];
    this.distance = LEAST_DISTANCE;
    this.read(reader);
    this.at = -1;
    this.state = new State();
  }

  kind(step) {
    return this.heads[step] & 15;
  }

  outcome(step) {
    return (this.heads[step] >> 4) & 3;
  }

  isChecked(step) {
    return (this.heads[step] & 64) !== 0;
  }

  withReference(step) {
    return (this.heads[step] & 128) !== 0;
  }

  /** Reads all steps once. */
  read(/** @type {Reader} */ reader) {
    const state = new State();
    const slots = new Map();
    let [peak, lives, saved] = [0, 0, 0];
    for (let s = 0; s < this.steps; s++) {
      this.starts[s] = reader.at;
      const head = (this.heads[s] = this.bytes[reader.at++]);
      const [kind, outcome] = [head & 15, (head >> 4) & 3];
      if (kind !== CHECK) {
        const slot = kind < 4 || kind > 7 ? reader.next() : -1;
        let size = 1;
        for (let i = slot < 0 ? 0 : 1; i < ARGUMENTS[kind].length; i++) size = reader.next();
        if (outcome === BLOCK) reader.next();
        // A realloc to 0 bytes frees.
        const frees = kind === 3 || (kind === 2 && size === 0 && outcome === DONE);
        if (slot >= 0) {
          const live = slots.get(slot);
          if (live !== undefined) this.lives[s] = live;
          else if (outcome === BLOCK) slots.set(slot, (this.lives[s] = ++lives));
          if (frees) slots.delete(slot);
        }
      }
      for (let count = reader.next(); count > 0; count--) reader.skip(FACT_VALUES[reader.next()]);
      this.deltas[s] = reader.at;
      state.apply(reader);
      peak = Math.max(peak, state.used);
      this.used[s] = state.used;
      this.free[s] = state.free;
      this.largest[s] = state.largest;
      this.peak[s] = peak;
      if (s % this.distance === this.distance - 1) {
        this.checkpoints.push(state.clone());
        saved += 4 * (state.usedBlocks + 3 * state.freeBlocks) + 500;
        if (saved > CHECKPOINT_BYTES) {
          // Every second one is enough.
          this.checkpoints = this.checkpoints.filter((_, i) => i % 2 === 1);
          this.distance *= 2;
          saved /= 2;
        }
      }
    }
  }

  /** The state after a step: from the present one, or from the checkpoint before. @returns {State} */
  stateAt(step) {
    if (step === this.at) return this.state;
    const saved = Math.floor((step + 1) / this.distance);
    const from = saved * this.distance - 1;
    if (step < this.at || from > this.at) {
      this.state = saved > 0 ? this.checkpoints[saved - 1].clone() : new State();
      this.at = from;
    }
    const reader = new Reader(this.bytes);
    while (this.at < step) {
      this.at++;
      reader.at = this.deltas[this.at];
      this.state.apply(reader);
    }
    return this.state;
  }

  /** Arguments, result and facts of a step. */
  call(step) {
    const reader = new Reader(this.bytes, this.starts[step] + 1);
    const [kind, outcome] = [this.kind(step), this.outcome(step)];
    /** @type {Record<string, any>} */
    const call = { kind, outcome };
    if (kind !== CHECK) {
      for (const name of ARGUMENTS[kind]) call[name] = reader.exact();
      if ("payload+1" in call) call.payload = call["payload+1"] > 0 ? call["payload+1"] - 1 : null;
      if (outcome === BLOCK) call.result = reader.next();
    }
    const facts = [];
    for (let count = reader.next(); count > 0; count--) {
      const fact = [reader.next()];
      for (let i = FACT_VALUES[fact[0]]; i > 0; i--) fact.push(reader.next());
      facts.push(fact);
    }
    call.facts = facts;
    return call;
  }

  /** What a step has changed in the chain: [pool, first block, blocks] after it. */
  changes(step) {
    const reader = new Reader(this.bytes, this.deltas[step]);
    const changes = [];
    if (reader.next() === 1) {
      for (let count = reader.next(); count > 0; count--) {
        const [pool, at] = [reader.next(), reader.next()];
        reader.next();
        const added = reader.next();
        changes.push([pool, at, added]);
        reader.skip(added);
      }
    }
    return changes;
  }

  /** The steps of an allocation. */
  life(live) {
    const steps = [];
    for (let s = 0; s < this.steps; s++) if (this.lives[s] === live) steps.push(s);
    return steps;
  }

  /** The allocation whose block is at an offset after a step; 0 if there is none. */
  liveAt(step, offset) {
    for (let s = step; s >= 0; s--) {
      if (this.lives[s] === 0) continue;
      const call = this.call(s);
      if (call.result === offset) return this.lives[s];
      if (call.payload === offset && call.outcome !== REFUSED) return 0;
    }
    return 0;
  }
}
