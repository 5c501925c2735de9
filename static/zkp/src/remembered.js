/**
 * "Remember on this device" (svzkp-1 §8): the picture's key in IndexedDB, wrapped by an AES-GCM key
 * that script can use and cannot read. A copy of the database without this browser profile is worth
 * nothing; script of this origin can still use it, so it is off unless the person asks for it.
 */
import { concat, lp } from "./bytes.js";
import { SignetError } from "./errors.js";
import { Picture } from "./vault.js";

const DATABASE = "signet";
const STORE = "pictures";

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
const settled = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/**
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} act
 * @throws {SignetError} `device_storage` in private windows and where storage is full or forbidden
 */
async function withStore(mode, act) {
  let database;
  try {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    database = await settled(opening);
    return await settled(act(database.transaction(STORE, mode).objectStore(STORE)));
  } catch (cause) {
    throw new SignetError("device_storage", { cause });
  } finally {
    database?.close();
  }
}

/** @param {string} tenant @param {string} username */
const nameOf = (tenant, username) => JSON.stringify([tenant, username]);

/** @param {string} tenant @param {string} username @param {Uint8Array<ArrayBuffer>} iv */
const cipher = (tenant, username, iv) => ({
  name: "AES-GCM",
  iv,
  additionalData: concat(lp(tenant), lp(username)),
});

/** @param {string} tenant @param {string} username @param {Picture} picture */
export async function remember(tenant, username, picture) {
  const wrapping = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await crypto.subtle.encrypt(cipher(tenant, username, iv), wrapping, picture.reveal().packed);
  await withStore("readwrite", (store) => store.put({ wrapping, iv, sealed }, nameOf(tenant, username)));
}

/**
 * The picture kept for this name, or null.
 *
 * @param {string} tenant
 * @param {string} username
 */
export async function recall(tenant, username) {
  const kept = await withStore("readonly", (store) => store.get(nameOf(tenant, username)));
  if (!kept) return null;
  try {
    const opened = await crypto.subtle.decrypt(cipher(tenant, username, kept.iv), kept.wrapping, kept.sealed);
    return Picture.unpack(new Uint8Array(opened));
  } catch {
    return null; // a profile moved to another browser: as good as not kept
  }
}

/** @param {string} tenant @param {string} username */
export const forget = async (tenant, username) =>
  void (await withStore("readwrite", (store) => store.delete(nameOf(tenant, username))));

/** What a sign-out everywhere owes this device. */
export const forgetAll = async () => void (await withStore("readwrite", (store) => store.clear()));
