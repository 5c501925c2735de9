/** Get Challenge, the first step of every operation (svzkp-1 §4.1). */
import { toBase64url } from "./bytes.js";
import { SignetError } from "./errors.js";
import { VERSION, beginAttempt, findServerKey, openChallenge } from "./messages.js";
import { PATHS, call, fetchKeys, scopeOf } from "./transport.js";

/**
 * @typedef {object} Challenged
 * @property {import("./proofs.js").Context} context what the proofs will be bound to
 * @property {Uint8Array} serverKey the published key that the answer is sealed to
 */

/**
 * @param {object} asked
 * @param {URL} asked.server
 * @param {string} asked.tenant
 * @param {string} asked.username
 * @param {string} asked.authReqId empty outside an authorization request
 * @returns {Promise<Challenged>}
 * @throws {SignetError} `server_key` when the challenge names a key that the tenant does not publish:
 *   the set is loaded once more, and then nothing is sent
 */
export async function getChallenge({ server, tenant, username, authReqId }) {
  const [known, attempt] = await Promise.all([fetchKeys(server, tenant, false), beginAttempt()]);
  const { cipherKey } = attempt;
  const answer = await call(server, PATHS.challenge, {
    query: scopeOf(tenant, authReqId),
    body: { username, cipherKey: toBase64url(cipherKey) },
  });
  if (answer?.proto_version !== VERSION) throw new SignetError("version_unsupported");
  const addressee = { tenant, username, authReqId };
  const { challengeId, nonce, serverKeyHash } = await openChallenge(String(answer.challenge_data), attempt, addressee);
  const serverKey =
    findServerKey(known, serverKeyHash) ??
    findServerKey(await fetchKeys(server, tenant, true), serverKeyHash);
  if (!serverKey) throw new SignetError("server_key");
  const { origin } = location;
  return { context: { ...addressee, origin, challengeId, nonce, cipherKey, serverKeyHash }, serverKey };
}
