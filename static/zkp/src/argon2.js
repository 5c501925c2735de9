/**
 * Argon2id, built as a file of its own: loaded as a module Worker it answers messages, imported it is
 * an ordinary module. Both ways it takes WebAssembly where the page's policy allows it and plain
 * script, about four times as slow, where it does not.
 */
import { argon2id as argon2idInScript } from "@noble/hashes/argon2.js";
import { argon2id as argon2idInWasm } from "hash-wasm";
import { ARGON2 } from "./secrets.js";

/** @typedef {import("./secrets.js").Argon2id} Argon2id */

/**
 * The first eight bytes of every WebAssembly module: compiling them tells whether the policy of this
 * place (`script-src 'wasm-unsafe-eval'`) and the browser allow any.
 */
const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

export function isWasmAllowed() {
  try {
    return Boolean(new WebAssembly.Module(EMPTY_MODULE));
  } catch {
    return false;
  }
}

/** @type {Argon2id} */
export const argon2idWithoutWasm = async (password, salt) =>
  argon2idInScript(password, salt, {
    m: ARGON2.memoryKib,
    t: ARGON2.passes,
    p: ARGON2.lanes,
    dkLen: ARGON2.length,
    version: 0x13,
  });

/** @type {Argon2id} */
export const argon2id = async (password, salt) =>
  isWasmAllowed()
    ? argon2idInWasm({
        password,
        salt,
        memorySize: ARGON2.memoryKib,
        iterations: ARGON2.passes,
        parallelism: ARGON2.lanes,
        hashLength: ARGON2.length,
        outputType: "binary",
      })
    : argon2idWithoutWasm(password, salt);

/**
 * One answer for each question. A device that cannot spare the memory is told as such: an answer that never
 * comes would leave the page waiting.
 */
function answerMessages() {
  self.addEventListener("message", async ({ data: { password, salt } }) => {
    try {
      self.postMessage({ hash: await argon2id(password, salt), isWasm: isWasmAllowed() });
    } catch {
      self.postMessage({ hash: null });
    }
  });
}

if ("DedicatedWorkerGlobalScope" in globalThis) answerMessages();
