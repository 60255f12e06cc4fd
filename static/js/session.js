// Who is signed in on this browser, and the calls to the host's REST.
//
// {access, user} of whoever is signed in lies in localStorage, with `refresh_at` for those who have an
// account; their refresh token lies in the vault. It works once and a used one ends the whole
// sign-in, so one tab at a time exchanges it (a Web Lock), and the others find in the vault what it
// got. Nothing of it ever stands in an address.

import { newId } from "./ids.js";
import { drop, held, hold, release, take } from "./vault.js";

const KEY = "vphost.session";
const REFRESH = "/api/v1/auth/token/refresh/";
const LOCK = "vphost.refresh";
const NEXT = "vphost.next";
const LOOK_MS = 60;
/** The share of an access token's life after which it is exchanged. */
const WORN = 0.75;

export class ApiError extends Error {
  /** fields: wrong field -> messages. */
  constructor(status, message, { code = "", fields = {} } = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.fields = fields;
  }
}

/** Return {access, user: {id, username, avatar?}, refresh_at?} or null. */
export function session() {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY));
    return stored?.access && stored?.user ? stored : null;
  } catch {
    return null;
  }
}

export const isPerson = () => session()?.refresh_at !== undefined;

export function forget() {
  localStorage.removeItem(KEY);
  drop().catch(() => {});
}

/** Call `told` whenever another tab signs in or out. */
export function onOtherTab(told) {
  addEventListener("storage", (event) => {
    if (event.key === KEY || event.key === null) told(session());
  });
}

function show(tokens) {
  const { access: token, refresh_at: refreshAt, user } = tokens;
  localStorage.setItem(KEY, JSON.stringify({ access: token, refresh_at: refreshAt, user }));
  return session();
}

async function keep({ access: token, refresh, expires_in_s: life }, user) {
  const tokens = { access: token, refresh, refresh_at: Date.now() + life * 1000 * WORN, user };
  try {
    await hold(tokens);
  } catch {
    throw new ApiError(0, "This browser lets the page keep nothing, so nobody can sign in.");
  }
  return show(tokens);
}

// -- tokens

let queue = Promise.resolve();

/** Run one piece of work at a time, over all tabs where the browser can. */
function alone(work) {
  if (navigator.locks) return navigator.locks.request(LOCK, work);
  const next = () => locked(work);
  queue = queue.then(next, next);
  return queue;
}

/** Do what one tab at a time may do, by the vault's lock. */
async function locked(work) {
  const who = newId();
  while (!await take(who, Date.now()).catch(() => true)) {
    await new Promise((resolve) => { setTimeout(resolve, LOOK_MS); });
  }
  try {
    return await work();
  } finally {
    await release(who).catch(() => {});
  }
}

/** Return an access token that will last a while, or null. Raises ApiError when asking fails. */
export async function access() {
  const current = session();
  if (!current) return null;
  if (!isPerson() || Date.now() < current.refresh_at) return current.access;
  return (await renewed(current.access))?.access ?? null;
}

/** Exchange the refresh token unless another tab has replaced `worn` already. */
function renewed(worn) {
  return alone(async () => {
    if (!isPerson()) return session();
    const tokens = await held();
    if (!tokens) {
      forget();
      return null;
    }
    if (tokens.access !== worn) return show(tokens);
    const isStill = async () => (await held())?.refresh === tokens.refresh;
    try {
      const { body } = await send("POST", REFRESH, { refresh: tokens.refresh });
      return await isStill() ? await keep(body, tokens.user) : session();
    } catch (error) {
      if (error.status !== 401) throw error;
      if (await isStill()) forget();
      return session();
    }
  });
}

// -- calls

/** Return the response to a call. Raises ApiError. */
async function answered(method, path, body, token = null, headers = {}) {
  const all = { Accept: "application/json", ...headers };
  if (token) all.Authorization = `Bearer ${token}`;
  if (body !== undefined) all["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, {
      method, headers: all, body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store", credentials: "same-origin",
    });
  } catch {
    throw new ApiError(0, "The host does not answer.");
  }
  if (!response.ok) throw refusalOf(await response.json().catch(() => null), response);
  return response;
}

async function send(...asked) {
  const response = await answered(...asked);
  const body = await response.json().catch(() => null);
  return { body, etag: response.headers.get("ETag") };
}

function refusalOf(answer, response) {
  const text = answer?.detail ?? answer?.error?.message ?? answer?.error ?? answer?.message;
  if (typeof text === "string") {
    const wait = Number(response.headers.get("Retry-After"));
    const more = response.status === 429 && wait > 0 ? ` Wait ${waitText(wait)}.` : "";
    return new ApiError(response.status, text + more, { code: answer.code ?? "" });
  }
  const isFields = response.status === 400 && answer && typeof answer === "object";
  const fields = isFields ? answer : {};
  const whole = fields.non_field_errors?.join(" ");
  return new ApiError(response.status, whole ?? (isFields ? "Please look at the marked fields."
    : `The host refused (${response.status}).`), { fields });
}

const waitText = (seconds) => (seconds < 90 ? `${seconds} seconds`
  : `${Math.ceil(seconds / 60)} minutes`);

/** Ask with a good token, once more with a fresh one when the host knows it no more. */
async function withToken(ask) {
  const token = await access();
  try {
    return await ask(token);
  } catch (error) {
    if (error.status !== 401 || !token) throw error;
    const next = (await renewed(token))?.access;
    if (!next || next === token) throw error;
    return ask(next);
  }
}

/** Call the host; returns {body, etag}. Raises ApiError with a sentence for people. */
export function request(method, path, body, headers = {}) {
  return withToken((token) => send(method, path, body, token, headers));
}

/** Get a file from the host and let the browser save it. Raises ApiError. */
export async function download(path, name) {
  const response = await withToken((token) => answered("GET", path, undefined, token));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** Call the host; returns the body. Raises ApiError with a sentence for people. */
export async function call(method, path, body, headers = {}) {
  return (await request(method, path, body, headers)).body;
}

/** Call as nobody, whoever is signed in. */
export async function callAsNobody(method, path, body) {
  return (await send(method, path, body)).body;
}

// -- signing in and out

/** Sign in as a guest and remember it. Returns the session. */
export async function signInAsGuest() {
  forget();
  const answer = await callAsNobody("POST", "/api/v1/auth/guest/", {});
  localStorage.setItem(KEY, JSON.stringify({ access: answer.access, user: answer.user }));
  return session();
}

/** Sign in with mail address and password and remember it. Returns the session. */
export async function signIn(email, password) {
  const pair = await callAsNobody("POST", "/api/v1/auth/token/", { email, password });
  const { body } = await send("GET", "/api/v1/users/current/", undefined, pair.access);
  return keep(pair, { id: body.id, username: body.username, avatar: body.avatar_url ?? null });
}

/** Remember another picture of whoever is signed in. */
export function rememberAvatar(avatar) {
  const current = session();
  if (!current || (current.user.avatar ?? null) === avatar) return;
  const user = { ...current.user, avatar };
  localStorage.setItem(KEY, JSON.stringify({ ...current, user }));
  alone(async () => {
    const tokens = await held();
    if (tokens?.user.id === user.id) await hold({ ...tokens, user });
  }).catch(() => {});
}

/** End the sign-in: here at once, then at the host, which closes its sockets. */
export async function signOut() {
  const tokens = isPerson() ? held() : null;
  forget();
  try {
    const { access: token, refresh, refresh_at: refreshAt } = await tokens ?? {};
    if (!token) return;
    const isWorn = Date.now() >= refreshAt;
    const last = isWorn ? await callAsNobody("POST", REFRESH, { refresh }) : { access: token };
    await send("POST", "/api/v1/auth/logout/", {}, last.access);
  } catch {
    // It cannot be reached, or has ended this sign-in already.
  }
}

// -- where one came from

/** Return a path of this host that may be gone to, or the other one. */
export function safePath(path, other = "/") {
  if (typeof path !== "string" || !/^\/(?![/\\])/.test(path)) return other;
  try {
    const url = new URL(path, location.origin);
    return url.origin === location.origin ? url.pathname + url.search + url.hash : other;
  } catch {
    return other;
  }
}

/** Remember where to go once signed in, also when the way leads through a letter. */
export function rememberNext(path) {
  if (path) localStorage.setItem(NEXT, path);
}

export function takeNext(other) {
  const path = safePath(localStorage.getItem(NEXT), other);
  localStorage.removeItem(NEXT);
  return path;
}

/** Go to the sign-in page, or another of the account's, and come back. */
export function goSignIn(page = "sign-in") {
  const here = location.pathname + location.search + location.hash;
  location.replace(`/account/${page}/?next=${encodeURIComponent(here)}`);
}
