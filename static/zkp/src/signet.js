/**
 * Image login for a page, ours or an integrator's (README.md beside the bundle).
 *
 * @module
 */
import { toBase64url } from "./bytes.js";
import { SignetError } from "./errors.js";
import { getChallenge } from "./exchange.js";
import { startHasher } from "./hasher.js";
import { VERSION, sealAnswer, sealCommitment } from "./messages.js";
import { isCanvasTruthful } from "./pictures.js";
import { recall, remember, forget, forgetAll } from "./remembered.js";
import { patternWeakness, pinWeakness } from "./strength.js";
import { PATHS, addressOf, call, scopeOf } from "./transport.js";
import { acceptable, deriveFor } from "./typed.js";
import { Picture, Vault } from "./vault.js";

export { SignetError, Picture, Vault, patternWeakness, pinWeakness };

/**
 * @typedef {import("./errors.js").Code} Code
 * @typedef {import("./secrets.js").Secrets} Secrets
 *
 * @typedef {import("./typed.js").Proof} Proof
 * @typedef {import("./typed.js").NewProof} NewProof
 * @typedef {import("./exchange.js").Challenged} Challenged
 *
 * @typedef {"register" | "login" | "reset" | "change"} LivenessPurpose
 * @typedef {(purpose: LivenessPurpose) => Promise<object>} Liveness gives the `log_data` of contract 2.6
 */

/** Secrets are overwritten when they have been used; script has no better way to forget. */
const wipe = (/** @type {Secrets[]} */ ...all) =>
  all.forEach(({ seedP, seedK }) => {
    seedP.fill(0);
    seedK.fill(0);
  });

export class Signet {
  /**
   * The integrator's face or liveness check, called before each operation that sends its evidence.
   * Set it once, before the page asks for anything. It is the client's word and proves nothing.
   *
   * @type {Liveness | null}
   */
  static liveness = null;

  #server;
  #hasherAddress;
  /** @type {import("./hasher.js").Hasher | undefined} */
  #hasher;

  /**
   * @param {object} options
   * @param {string} options.tenant the tenant's public identifier
   * @param {string} [options.server] Signet's public address; default: where the page is
   * @param {string} [options.authReqId] of the authorization request the page was opened for
   * @param {boolean} [options.needsLiveness] the tenant's `use_face_recognition` or `use_liveness`
   * @param {string} [options.argon2] address of `argon2.js`; default: beside the bundle
   */
  constructor({ tenant, server = location.origin, authReqId = "", needsLiveness = false, argon2 }) {
    this.tenant = tenant;
    this.authReqId = authReqId;
    this.needsLiveness = needsLiveness;
    this.#server = new URL(server, location.href);
    this.#hasherAddress = new URL(argon2 ?? new URL("./argon2.js", import.meta.url), location.href);
  }

  /**
   * What would stop every attempt here: tell before the person types anything. Empty = go on.
   *
   * @returns {Code[]}
   */
  obstacles() {
    /** @type {Code[]} */
    const found = [];
    if (!globalThis.isSecureContext || !globalThis.crypto?.subtle) found.push("insecure_context");
    if (this.needsLiveness && !Signet.liveness) found.push("liveness_missing");
    return found;
  }

  /** Whether pictures can be generated, and JPEG and WebP be read, in this browser. */
  static canUseCanvas() {
    return isCanvasTruthful();
  }

  /**
   * The key in a file; nothing is sent. Also warms the Worker up.
   *
   * @param {Blob} file
   * @returns {Promise<Picture>}
   * @throws {SignetError} `picture_no_key`, `picture_worn_out`, `picture_newer_version`,
   *   `picture_unreadable`, `picture_too_big`
   */
  async readPicture(file) {
    const picture = await Picture.read(file);
    this.#warmUp();
    return picture;
  }

  /**
   * A new vault picture with a fresh key. Save it, have it shown again (`vault.confirm`), then register.
   *
   * @param {object} given
   * @param {Blob | HTMLCanvasElement | OffscreenCanvas} given.cover
   * @param {string} given.username
   * @param {number} [given.pinSize] the tenant's `pin_size` where `use_pin`, else 0
   * @param {number} [given.patternSize] the tenant's `patter_size` where `use_pattern`, else 0
   * @throws {SignetError} `picture_too_small`, `picture_too_big`, `picture_unreadable`,
   *   `picture_not_marked`
   */
  makeVault({ cover, username, pinSize, patternSize }) {
    const safe = username.replace(/[^\p{L}\p{N}._@-]/gu, "_");
    this.#warmUp();
    return Vault.make({ cover, pinSize, patternSize, fileName: `vault-${this.tenant}-${safe}.png` });
  }

  /**
   * Signs in: a one-time ticket and where to go with it.
   *
   * @param {Proof & { username: string }} given
   * @returns {Promise<{ nonce: string, needVerify: boolean, url: string }>} `needVerify`: a further
   *   step is owed; the address leads to it
   * @throws {SignetError} `refused` (never says what was wrong), `blocked`, `network`, …
   */
  async authenticate({ username, ...proof }) {
    const evidence = await this.#evidence("login");
    const [challenged, secrets] = await this.#prepare(username, this.authReqId, proof);
    const { context } = challenged;
    const challenge_data = await sealAnswer({ ...challenged, secrets });
    wipe(secrets);
    const answer = await call(this.#server, PATHS.authenticate, {
      query: this.#query(this.authReqId),
      body: {
        username,
        cipherKey: toBase64url(context.cipherKey),
        challenge_id: toBase64url(context.challengeId),
        challenge_data,
        ber: proof.picture.ber ?? null,
        ...evidence,
      },
    });
    this.end();
    if (typeof answer?.nonce !== "string") throw new SignetError("server_answer");
    return {
      nonce: answer.nonce,
      needVerify: Boolean(answer.need_verify),
      url: addressOf(this.#server, PATHS.signIn, { oid_nonce: answer.nonce, auth_req_id: this.authReqId }).href,
    };
  }

  /**
   * @param {NewProof & { username: string, email: string }} given
   * @throws {SignetError} `taken`, `not_allowed`, `picture_other_kept`, `secret_weak`, …
   */
  async register({ username, email, ...next }) {
    const picture = acceptable(next);
    const evidence = await this.#evidence("register");
    const [challenged, secrets] = await this.#prepare(username, this.authReqId, { ...next, picture });
    const encrypted_commitment = await sealCommitment({ ...challenged, secrets, email });
    wipe(secrets);
    await call(this.#server, PATHS.register, {
      query: this.#query(this.authReqId),
      body: { username, email, encrypted_commitment, proto_version: VERSION, ...evidence },
    });
    this.end();
  }

  /**
   * Asks for the mailed code. Says the same whether the account exists or not.
   *
   * @param {{ username: string, email: string, clientId: string }} given
   */
  async requestReset({ username, email, clientId }) {
    const query = { client_id: clientId, tenant_id: this.tenant };
    await call(this.#server, PATHS.requestReset, { query, body: { username, email } });
  }

  /** @param {NewProof & { username: string, code: string }} given the code as mailed */
  async reset({ username, code, ...next }) {
    const picture = acceptable(next);
    const evidence = await this.#evidence("reset");
    const [challenged, secrets] = await this.#prepare(username, "", { ...next, picture });
    const encrypted_commitment = await sealCommitment({ ...challenged, secrets, code });
    wipe(secrets);
    await call(this.#server, PATHS.confirmReset, {
      query: this.#query(""),
      body: { code, username, encrypted_commitment, proto_version: VERSION, ...evidence },
    });
    this.end();
  }

  /**
   * Replaces picture, PIN and pattern; proves the present ones.
   *
   * @param {{ username: string, token: string, old: Proof, next: NewProof }} given
   */
  async change({ token, ...given }) {
    const body = await this.prepareChange(given);
    await call(this.#server, PATHS.change, { query: this.#query(""), body, token });
  }

  /**
   * The body of Change Password, for pages that send it by a route of their own.
   *
   * @param {{ username: string, old: Proof, next: NewProof }} given
   */
  async prepareChange({ username, old, next }) {
    const picture = acceptable(next);
    const evidence = await this.#evidence("change");
    const [challenged, before] = await this.#prepare(username, "", old);
    const secrets = await this.#derive({ ...next, picture });
    const encrypted_commitment = await sealCommitment({ ...challenged, secrets, old: before });
    wipe(before, secrets);
    this.end();
    return { encrypted_commitment, proto_version: VERSION, ...evidence };
  }

  /** @param {Proof & { userId: string, username: string, email: string, token: string }} given */
  async updateEmail({ userId, token, ...given }) {
    const path = ["", "api", "tenants", this.tenant, "users", userId, "email"].map(encodeURIComponent).join("/");
    const body = await this.prepareEmail(given);
    await call(this.#server, path, { method: "PUT", body, token });
  }

  /**
   * The body of Update Email, for pages that send it by a route of their own.
   *
   * @param {Proof & { username: string, email: string }} given
   */
  async prepareEmail({ username, email, ...proof }) {
    const [challenged, secrets] = await this.#prepare(username, "", proof);
    const challenge_data = await sealAnswer({ ...challenged, secrets, newEmail: email });
    wipe(secrets);
    this.end();
    return { challenge_id: toBase64url(challenged.context.challengeId), challenge_data, email };
  }

  /** @param {string} username @param {Picture} picture */
  remember(username, picture) {
    return remember(this.tenant, username, picture);
  }

  /** The picture kept on this device for this name, or null. @param {string} username */
  recall(username) {
    return recall(this.tenant, username);
  }

  /** @param {string} username */
  forget(username) {
    return forget(this.tenant, username);
  }

  static forgetAll = forgetAll;

  /** Ends the Worker and frees its memory; the next operation starts another. */
  end() {
    this.#hasher?.end();
    this.#hasher = undefined;
  }

  #warmUp() {
    this.#hasher ??= startHasher(this.#hasherAddress);
    return this.#hasher;
  }

  /** @param {string} authReqId */
  #query(authReqId) {
    return scopeOf(this.tenant, authReqId);
  }

  /** @param {LivenessPurpose} purpose */
  async #evidence(purpose) {
    if (!this.needsLiveness) return {};
    if (!Signet.liveness) throw new SignetError("liveness_missing");
    return { log_data: await Signet.liveness(purpose) };
  }

  /**
   * Get Challenge while the Worker derives: the person waits for the slower of the two.
   *
   * @param {string} username
   * @param {string} authReqId
   * @param {Proof} proof
   * @returns {Promise<[Challenged, Secrets]>}
   */
  #prepare(username, authReqId, proof) {
    const asked = { server: this.#server, tenant: this.tenant, username, authReqId };
    return Promise.all([getChallenge(asked), this.#derive(proof)]);
  }

  /** @param {Proof} proof */
  #derive(proof) {
    return deriveFor(this.tenant, proof, this.#warmUp().argon2id);
  }
}
