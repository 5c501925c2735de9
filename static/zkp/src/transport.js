/** The native API as a page sees it (paths of contract 2.4): JSON in, JSON out, refusals as codes. */
import { fromBase64url } from "./bytes.js";
import { SignetError } from "./errors.js";

/** @typedef {import("./errors.js").Code} Code */

export const PATHS = Object.freeze({
  register: "/api/auth/register",
  challenge: "/api/auth/challenge",
  authenticate: "/api/auth/authenticate",
  signIn: "/api/auth/sign-in",
  requestReset: "/api/auth/password/reset",
  confirmReset: "/api/auth/password/reset/confirm",
  change: "/api/auth/password/change",
  keys: "/api/auth/zkp/keys",
  clientTenant: "/api/oidc/client-tenant",
});

/** @type {Readonly<Record<number, Code>>} */
const CODES = Object.freeze({
  400: "invalid",
  401: "refused",
  403: "not_allowed",
  404: "not_allowed",
  409: "taken",
  422: "invalid",
  429: "blocked",
});

/** @param {Response} response */
async function readJson(response) {
  try {
    return await response.json();
  } catch {
    return null;
  }
}

/** @param {Response} response */
async function refusal(response) {
  const { status } = response;
  const body = await readJson(response);
  const detail = body?.detail;
  const data = { status };
  if (status === 403 && [detail, body?.code].includes("liveness_required"))
    return new SignetError("liveness_required", data);
  if (status === 429) {
    const seconds = Number(response.headers.get("Retry-After"));
    return new SignetError("blocked", { ...data, retryAfterSeconds: seconds > 0 ? seconds : 60 });
  }
  if (status === 422 && Array.isArray(detail)) {
    const fields = detail.map(({ loc }) => String(loc?.at?.(-1)));
    const isVersion = fields.includes("proto_version");
    return new SignetError(isVersion ? "version_unsupported" : "invalid", { ...data, fields });
  }
  if (status === 401 && body?.code === "login_too_old")
    return new SignetError("not_allowed", { ...data, reason: body.code });
  return new SignetError(CODES[status] ?? "server_answer", { ...data, reason: body?.code });
}

/**
 * @typedef {object} Call
 * @property {string} [method]
 * @property {Record<string, string | undefined>} [query] absent and empty values are left out
 * @property {object} [body]
 * @property {string} [token] access token
 * @property {RequestCache} [cache]
 */

/**
 * @param {URL} server
 * @param {string} path
 * @param {Record<string, string | undefined>} [query]
 */
export function addressOf(server, path, query = {}) {
  const address = new URL(path, server);
  for (const [name, value] of Object.entries(query)) if (value) address.searchParams.set(name, value);
  return address;
}

/**
 * Which tenant is meant. With an authorization request it is its client's; saying both is refused
 * where they differ.
 *
 * @param {string} tenant
 * @param {string} authReqId
 * @returns {Record<string, string>}
 */
export const scopeOf = (tenant, authReqId) =>
  authReqId ? { auth_req_id: authReqId } : { tenant_id: tenant };

/**
 * No cookies go along: none of these answers depends on the browser's session, and pages of other
 * origins are allowed in without them.
 *
 * @param {URL} server
 * @param {string} path
 * @param {Call} [call]
 * @throws {SignetError} `network`, `server_answer`, or what the status says
 */
export async function call(server, path, { method = "POST", query, body, token, cache = "no-store" } = {}) {
  let response;
  try {
    response = await fetch(addressOf(server, path, query), {
      method,
      cache,
      credentials: "omit",
      redirect: "error",
      headers: {
        Accept: "application/json",
        ...(body && { "Content-Type": "application/json" }),
        ...(token && { Authorization: `Bearer ${token}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
  } catch (cause) {
    throw new SignetError("network", { cause });
  }
  if (!response.ok) throw await refusal(response);
  return readJson(response);
}

/**
 * The tenant's raw X25519 keys, newest first.
 *
 * @param {URL} server
 * @param {string} tenant
 * @param {boolean} isFresh past the five minutes that the answer may be kept
 * @returns {Promise<Uint8Array[]>}
 */
export async function fetchKeys(server, tenant, isFresh) {
  const answer = await call(server, PATHS.keys, {
    method: "GET",
    query: { tenant_id: tenant },
    cache: isFresh ? "reload" : "default",
  });
  try {
    return answer.keys
      .filter((/** @type {{ crv: string }} */ key) => key.crv === "X25519")
      .map((/** @type {{ x: string }} */ key) => fromBase64url(key.x));
  } catch (cause) {
    throw new SignetError("server_answer", { cause });
  }
}
