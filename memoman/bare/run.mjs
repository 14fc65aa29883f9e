// Runs a program of this package that was built for wasm32: node run.mjs PROGRAM.wasm
import { readFileSync } from "node:fs";

const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const instance = new WebAssembly.Instance(module, {
  host: {
    print_text: (text, bytes) => {
      process.stdout.write(Buffer.from(instance.exports.memory.buffer, text, bytes));
    },
  },
});
instance.exports.start();
