// @ts-check
// Reads the bytes of a recording, as oracle/src/lab/recorder.rs and delta.rs write them.

/** A position in the bytes of a recording. */
export class Reader {
  /** @param {Uint8Array} bytes @param {number} at */
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  /** A number: seven bits a byte, low ones first. @returns {number} */
  next() {
    const first = this.bytes[this.at++];
    if (first < 128) return first;
    let number = first & 127;
    let scale = 128;
    for (;;) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new Error("the recording ends within a number");
      number += (byte & 127) * scale;
      if (byte < 128) return number;
      scale *= 128;
    }
  }

  /** A number that may need 64 bits: as a BigInt if it is not exact as a number. @returns {number | bigint} */
  exact() {
    const from = this.at;
    const number = this.next();
    if (number <= Number.MAX_SAFE_INTEGER) return number;
    let big = 0n;
    for (let at = this.at - 1; at >= from; at--) big = (big << 7n) | BigInt(this.bytes[at] & 127);
    return big;
  }

  skip(count) {
    for (let i = 0; i < count; i++) while (this.bytes[this.at++] > 127);
  }
}

/** How many values follow the number of a fact. */
export const FACT_VALUES = [1, 1, 1, 1, 0, 2, 1, 1, 1, 2, 2, 2, 3, 1, 2, 1, 1, 3];

/** The arguments of each kind of call, by name. A payload that may be null counts one more. */
export const ARGUMENTS = [
  ["slot", "size"],
  ["slot", "align", "size"],
  ["slot", "payload+1", "align", "size"],
  ["slot", "payload"],
  ["mem", "bytes"],
  ["mem"],
  ["mem", "more"],
  ["mem", "less"],
  ["slot", "payload", "size"],
  ["slot", "payload", "size"],
];

/** The kind of a step that is no call. */
export const CHECK = 15;

/** A growing list of numbers, whose parts are replaced without a copy of the rest. */
class Row {
  constructor(numbers = new Uint32Array(16), length = 0) {
    this.numbers = numbers;
    this.length = length;
  }

  clone() {
    return new Row(this.numbers.slice(0, this.length), this.length);
  }

  /** Makes room for `added` numbers in the place of `removed` ones. */
  splice(at, removed, added) {
    const length = this.length + added - removed;
    if (length > this.numbers.length) {
      const larger = new Uint32Array(length * 2);
      larger.set(this.numbers.subarray(0, this.length));
      this.numbers = larger;
    }
    if (added !== removed) this.numbers.copyWithin(at + added, at + removed, this.length);
    this.length = length;
  }
}

/**
 * Chain and index at one moment.
 *
 * A block is the number payload bytes << 1 | free. A pool's blocks follow each other: each begins a word behind
 * the end of the one before.
 */
export class State {
  constructor() {
    /** @type {{mem: number, bytes: number, first: number, blocks: Row}[]} */
    this.pools = [];
    this.classes = new Row();
    this.offsets = new Row();
    this.used = 0;
    this.free = 0;
    this.usedBlocks = 0;
    this.freeBlocks = 0;
    this.largest = 0;
  }

  clone() {
    const copy = Object.assign(new State(), this);
    copy.pools = this.pools.map((pool) => ({ ...pool, blocks: pool.blocks.clone() }));
    copy.classes = this.classes.clone();
    copy.offsets = this.offsets.clone();
    return copy;
  }

  /** Applies the difference at the reader. */
  apply(/** @type {Reader} */ reader) {
    const kind = reader.next();
    if (kind === 2) this.replacePools(reader);
    if (kind === 1) {
      for (let count = reader.next(); count > 0; count--) {
        const { blocks } = this.pools[reader.next()];
        const at = reader.next();
        const removed = reader.next();
        const added = reader.next();
        for (let i = at; i < at + removed; i++) this.count(blocks.numbers[i], -1);
        blocks.splice(at, removed, added);
        for (let i = at; i < at + added; i++) this.count((blocks.numbers[i] = reader.next()), 1);
      }
    }
    let at = 0;
    for (let count = reader.next(); count > 0; count--) {
      at += reader.next();
      const removed = reader.next();
      const added = reader.next();
      this.classes.splice(at, removed, added);
      this.offsets.splice(at, removed, added);
      for (const end = at + added; at < end; at++) {
        this.classes.numbers[at] = reader.next();
        this.offsets.numbers[at] = reader.next();
      }
    }
    const code = reader.next();
    this.largest += code % 2 ? -(code - 1) / 2 : code / 2;
  }

  replacePools(/** @type {Reader} */ reader) {
    this.pools = [];
    this.used = this.free = this.usedBlocks = this.freeBlocks = 0;
    for (let count = reader.next(); count > 0; count--) {
      const [mem, bytes, first] = [reader.next(), reader.next(), reader.next()];
      const blocks = new Row();
      blocks.splice(0, 0, reader.next());
      for (let i = 0; i < blocks.length; i++) this.count((blocks.numbers[i] = reader.next()), 1);
      this.pools.push({ mem, bytes, first, blocks });
    }
  }

  count(code, sign) {
    const size = (code >>> 1) * sign;
    if (code & 1) {
      this.free += size;
      this.freeBlocks += sign;
    } else {
      this.used += size;
      this.usedBlocks += sign;
    }
  }

  /** The blocks of a pool, as the columns of a finding have them: [offset, size, free]. */
  rows(pool, word) {
    const { first, blocks } = this.pools[pool];
    const rows = [];
    let offset = first;
    for (let i = 0; i < blocks.length; i++) {
      const size = blocks.numbers[i] >>> 1;
      rows.push([offset, size, blocks.numbers[i] & 1]);
      offset += size + word;
    }
    return rows;
  }

  /** All blocks, in a buffer that is used again. @param {Blocks} blocks */
  blocks(blocks, word) {
    blocks.reserve(this.usedBlocks + this.freeBlocks);
    for (const pool of this.pools) {
      let offset = pool.first;
      const { numbers, length } = pool.blocks;
      for (let i = 0; i < length; i++) {
        blocks.add(offset, numbers[i]);
        offset += (numbers[i] >>> 1) + word;
      }
    }
    return blocks;
  }

  /** The free lists: [class, offset] from each head on. */
  lists() {
    const lists = [];
    for (let i = 0; i < this.classes.length; i++) {
      lists.push([this.classes.numbers[i], this.offsets.numbers[i]]);
    }
    return lists;
  }
}

/** Blocks in address order: where each begins, and its number as a state has it. */
export class Blocks {
  constructor() {
    this.offsets = new Float64Array(64);
    this.numbers = new Uint32Array(64);
    this.length = 0;
  }

  /** Those of a column of a finding: [offset, size, free]. */
  static of(rows) {
    const blocks = new Blocks();
    blocks.reserve(rows.length);
    for (const [offset, size, free] of rows) blocks.add(offset, size * 2 + free);
    return blocks;
  }

  /** Empties it, with room for `count`. */
  reserve(count) {
    this.length = 0;
    if (count <= this.offsets.length) return;
    this.offsets = new Float64Array(count * 2);
    this.numbers = new Uint32Array(count * 2);
  }

  add(offset, number) {
    this.offsets[this.length] = offset;
    this.numbers[this.length++] = number;
  }

  size(at) {
    return this.numbers[at] >>> 1;
  }

  isFree(at) {
    return (this.numbers[at] & 1) === 1;
  }

  /** The last block that begins at an address or before; -1 if there is none. */
  find(address) {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.offsets[middle] <= address) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

/** The bytes of a text in base 64. @param {string} text */
export function fromBase64(text) {
  const binary = atob(text.trim());
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
