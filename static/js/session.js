// Who is signed in on this browser, and the calls to the host's REST.

const KEY = "vphost.session";

export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Return {access, user: {id, username}} or null. */
export function session() {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY));
    return stored?.access && stored?.user ? stored : null;
  } catch {
    return null;
  }
}

export function forget() {
  localStorage.removeItem(KEY);
}

/** Call the host. Raises ApiError with a sentence for people. */
export async function call(method, path, body) {
  const headers = { Accept: "application/json" };
  const access = session()?.access;
  if (access) headers.Authorization = `Bearer ${access}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, {
      method, headers, body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store", credentials: "same-origin",
    });
  } catch {
    throw new ApiError(0, "The host does not answer.");
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new ApiError(response.status, sentenceOf(answer, response.status));
  return answer;
}

function sentenceOf(answer, status) {
  const text = answer?.detail ?? answer?.error?.message ?? answer?.error ?? answer?.message;
  return typeof text === "string" ? text : `The host refused (${status}).`;
}

/** Sign in as a guest and remember it. Returns the session. */
export async function signInAsGuest() {
  forget();
  const answer = await call("POST", "/api/v1/auth/guest/", {});
  localStorage.setItem(KEY, JSON.stringify({ access: answer.access, user: answer.user }));
  return session();
}
