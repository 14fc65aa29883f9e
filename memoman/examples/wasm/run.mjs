// Runs the module: node run.mjs MODULE.wasm
import { readFileSync } from "node:fs";
import { equal } from "node:assert/strict";

const { instance } = await WebAssembly.instantiate(readFileSync(process.argv[2]), {});
const { memory, count, used_bytes, pools, addresses, expected_addresses } = instance.exports;

const at_start = memory.buffer.byteLength;
equal(count(20_000), 88_890);
const after_once = memory.buffer.byteLength;
for (let i = 0; i < 20; i++) equal(count(20_000), 88_890);

if (after_once === at_start) throw new Error("the memory did not grow");
equal(memory.buffer.byteLength, after_once, "what was freed is used again");
equal(pools(), 1, "the pages are one pool");
equal(used_bytes(), 0, "all is freed");

const hash = BigInt.asUintN(64, addresses());
equal(hash, BigInt.asUintN(64, expected_addresses()), "the addresses are those on a host");

// Another heap has grown the memory meanwhile: the next pages are a pool of their own.
equal(count(200_000), 88_890);
equal(pools(), 2);
equal(used_bytes(), 0);
console.log(`memory: ${memory.buffer.byteLength} bytes; addresses: ${hash.toString(16)}`);
