/** Argon2id away from the page: in a Worker where one may start, in the page where none may. */
import { SignetError } from "./errors.js";

/**
 * @typedef {object} Hasher
 * @property {import("./secrets.js").Argon2id} argon2id
 * @property {() => void} end frees the 64 MiB
 */

/**
 * One question to one Worker: what it holds of the secrets goes with it.
 *
 * @param {Worker} worker
 * @param {Uint8Array} password
 * @param {Uint8Array} salt
 * @returns {Promise<Uint8Array>}
 */
function ask(worker, password, salt) {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => {
      if (data.hash) resolve(data.hash);
      else reject(new Error("the Worker has no room"));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error("the Worker did not start"));
    };
    worker.postMessage({ password, salt });
  });
}

/**
 * @param {URL} address
 * @param {Uint8Array} password
 * @param {Uint8Array} salt
 * @returns {Promise<Uint8Array>}
 * @throws {SignetError} `network` when the file is not to be had, `device_memory` without 64 MiB to spare
 */
async function inPage(address, password, salt) {
  let loaded;
  try {
    loaded = await import(address.href);
  } catch (cause) {
    throw new SignetError("network", { cause });
  }
  try {
    return await loaded.argon2id(password, salt);
  } catch (cause) {
    throw new SignetError("device_memory", { cause });
  }
}

/**
 * Starts at once, so that the Worker is warm when the last digit is typed. A Worker that cannot start
 * (a policy without `worker-src`, files on another origin, an old browser) is made up for by the page.
 *
 * @param {URL} address of `argon2.js`
 * @returns {Hasher}
 */
export function startHasher(address) {
  /** @type {Worker | undefined} */
  let worker;
  try {
    worker = new Worker(address, { type: "module" });
  } catch {
    worker = undefined;
  }
  let last = Promise.resolve();
  const compute = async (/** @type {Uint8Array} */ password, /** @type {Uint8Array} */ salt) => {
    if (worker) {
      try {
        return await ask(worker, password, salt);
      } catch {
        worker.terminate();
        worker = undefined;
      }
    }
    return inPage(address, password, salt);
  };
  return {
    argon2id(password, salt) {
      const answer = last.then(() => compute(password, salt));
      last = answer.then(() => undefined, () => undefined);
      return answer;
    },
    end: () => worker?.terminate(),
  };
}
