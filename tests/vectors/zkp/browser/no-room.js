/* Argon2id on a device that cannot spare the memory: as a Worker and as a module. */
export const argon2id = async () => {
  throw new RangeError("Array buffer allocation failed");
};
self.addEventListener("message", () => self.postMessage({ hash: null }));
