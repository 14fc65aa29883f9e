// @ts-check
// The engine in the page: a WebAssembly module, see oracle/lab/wasm. This is the code of a worker, too.

/**
 * The answer of the module to a request and the bytes of a program. A new instance for each: a program can neither
 * change nor, if the module stops, end another one's run.
 * @param {WebAssembly.Module} module @param {any} request @param {Uint8Array} bytes
 */
export function answer(module, request, bytes) {
  const exports = /** @type {any} */ (new WebAssembly.Instance(module).exports);
  const text = (at, length) => new TextDecoder().decode(new Uint8Array(exports.memory.buffer, at, length));
  const head = new TextEncoder().encode(JSON.stringify(request));
  try {
    const at = exports.room(head.length + bytes.length);
    const input = new Uint8Array(exports.memory.buffer, at, head.length + bytes.length);
    input.set(head);
    input.set(bytes, head.length);
    exports.run(head.length);
  } catch (trap) {
    const panicked = text(exports.panicked(), exports.panicked_bytes());
    return { about: { error: `The module stopped: ${panicked || trap}` }, data: new Uint8Array() };
  }
  const about = JSON.parse(text(exports.about(), exports.about_bytes()));
  return { about, data: new Uint8Array(exports.memory.buffer, exports.data(), exports.data_bytes()).slice() };
}
