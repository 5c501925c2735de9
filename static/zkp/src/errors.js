/**
 * Everything that can go wrong, as codes: a page words them in its own language.
 *
 * @typedef {"picture_unreadable" | "picture_too_small" | "picture_too_big" | "picture_no_key"
 *   | "picture_worn_out" | "picture_newer_version" | "picture_not_marked" | "picture_other_kept"
 *   | "factors_missing" | "secret_weak" | "insecure_context" | "network" | "server_answer"
 *   | "server_key" | "version_unsupported" | "refused" | "blocked" | "invalid" | "taken"
 *   | "not_allowed" | "liveness_required" | "liveness_missing" | "device_storage" | "device_memory"} Code
 */

/** A code to word, with the numbers and reasons that belong to it. Never holds a secret. */
export class SignetError extends Error {
  /**
   * @param {Code} code
   * @param {{ cause?: unknown, reason?: string, retryAfterSeconds?: number, status?: number,
   *   fields?: string[] }} [data]
   */
  constructor(code, { cause, reason, retryAfterSeconds, status, fields } = {}) {
    super(code, { cause });
    this.name = "SignetError";
    this.code = code;
    /** Why, where one code has several reasons: see `weakness`. */
    this.reason = reason;
    /** `blocked`: when to try again. */
    this.retryAfterSeconds = retryAfterSeconds;
    /** The HTTP status behind it, if there was one. */
    this.status = status;
    /** `invalid`: names of the fields the server refused. */
    this.fields = fields;
  }
}
