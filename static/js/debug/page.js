// The page for who programs a client of the websockets: connect, send any message, see both
// directions with verdict and latency. The token lies in the form only, never in an address.

import { copyText } from "../copying.js";
import { h, setText, show } from "../dom.js";
import { access, call, callAsNobody, session } from "../session.js";
import "../toasts.js";
import { parsed } from "./lines.js";
import { faultLines } from "./log.js";
import {
  drafts, filled, messageOfFrame, protocolsOf, socketUrl, TOKEN, withoutTokens,
} from "./protocols.js";
import { Replies } from "./replies.js";
import { ask, Verdicts } from "./verdicts.js";

const $ = (id) => document.getElementById(id);
const toasts = document.querySelector("toast-stack");
const log = $("log");
const replies = new Replies();
const verdicts = new Verdicts({
  ask: async (messages) => ask(await checkingToken(), messages),
  later: (ms, act) => setTimeout(act, ms),
});
const schemas = new Map();
let protocols = [];
let socket = null;
let guestToken = "";

/** Whoever is signed in asks for verdicts; a guest of this page where nobody is. */
async function checkingToken() {
  return (await access()) || guestToken || $("token").value.trim();
}

const protocol = () => protocols.find((one) => one.name === $("protocol").value);
const message = () => protocol()?.in.find((one) => one.name === $("kind").value);

// -- the forms

async function start() {
  try {
    protocols = protocolsOf(await (await fetch("/asyncapi.json")).json());
  } catch {
    toasts.tell("The host's reference cannot be read.", "error");
    return;
  }
  $("protocol").replaceChildren(...protocols.map(({ name }) => h("option", { value: name }, name)));
  $("protocol").value = protocols.some((one) => one.name === "table") ? "table" : protocols[0]?.name;
  takeProtocol();
  await listTables();
}

async function listTables() {
  const { tables = [] } = await call("GET", "/api/v1/lobby/tables/").catch(() => ({}));
  $("rooms").replaceChildren(...tables.map((table) => (
    h("option", { value: table.short_token }, table.name))));
  if (!$("room").value && tables.length) $("room").value = tables[0].short_token;
}

function takeProtocol() {
  const { needsRoom, signIn, in: messages } = protocol();
  show($("room-field"), needsRoom);
  setText($("sign-in-word"), signIn ? `Send ${signIn.name} first` : "The token goes in the socket's address");
  $("sign-in").disabled = !signIn;
  $("kind").replaceChildren(...messages.map(({ name }) => h("option", { value: name }, name)));
  takeKind();
}

async function schemaOf({ url }) {
  if (!schemas.has(url)) {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`There is no schema at ${url}.`);
    schemas.set(url, await response.json());
  }
  return schemas.get(url);
}

async function takeKind() {
  const chosen = message();
  if (!chosen) return;
  $("about").replaceChildren(...chosen.summary.split("`").map((part, index) => (
    index % 2 ? h("code", {}, part) : part)));
  tellDraft(null);
  try {
    const found = drafts(await schemaOf(chosen));
    if (chosen !== message()) return;
    $("draft").replaceChildren(...found.map(({ label, text }) => h("option", { value: text }, label)));
    $("text").value = found[0]?.text ?? "{}";
  } catch (error) {
    toasts.tell(error.message, "error");
  }
}

function tellDraft(verdict) {
  const words = { valid: "Valid", invalid: "Invalid", unchecked: "Not checked" };
  setText($("draft-verdict"), verdict ? words[verdict.state] : "");
  $("draft-verdict").dataset.verdict = verdict?.state ?? "";
  $("draft-faults").replaceChildren(...(verdict ? faultLines(verdict) : []));
}

const finalText = () => filled($("text").value, { id: newId(), token: $("token").value.trim() });

/** Return an id that this user has not used before, in this page or another. */
function newId() {
  const dice = crypto.getRandomValues(new Uint32Array(2));
  return `debug-${[...dice].map((one) => one.toString(36)).join("")}`;
}

/** Say by which schema a text is judged: that of what it says it is, else of what was chosen. */
function judged(text) {
  return messageOfFrame(protocol().in, parsed(text)) ?? message();
}

async function checkDraft() {
  const text = finalText();
  tellDraft(await verdicts.of(judged(text).place, text));
}

// -- the socket

function connect(event) {
  event.preventDefault();
  if (socket) return;
  const { needsRoom, signIn } = protocol();
  const room = $("room").value.trim();
  const token = $("token").value.trim();
  if (needsRoom && !room) {
    toasts.tell("Which table?", "error");
    $("room").focus();
    return;
  }
  replies.clear();
  const opened = new WebSocket(socketUrl(protocol(), {
    origin: location.origin, room, token: signIn ? "" : token,
  }));
  socket = opened;
  linked("connecting", "Connecting\u2026");
  opened.onopen = () => {
    linked("open", `Connected to ${protocol().name}`);
    note("connected", protocol().address.replace("{room}", room));
    if (signIn && $("sign-in").checked) sendSignIn(signIn);
  };
  opened.onmessage = (heard) => receive(heard.data);
  opened.onclose = (closed) => {
    socket = null;
    const reason = closed.reason ? `: ${closed.reason}` : "";
    linked("idle", `Closed with ${closed.code}`);
    note("closed", `${closed.code}${reason}`);
  };
}

function linked(state, words) {
  document.body.dataset.link = state;
  setText($("link"), words);
  $("send").disabled = state !== "open";
  $("connect").disabled = state !== "idle";
  $("disconnect").disabled = state === "idle";
  for (const id of ["protocol", "room"]) $(id).disabled = state !== "idle";
}

async function sendSignIn(signIn) {
  const draft = drafts(await schemaOf(signIn)).find(({ text }) => text.includes(`"${TOKEN}"`));
  send(filled(draft.text, { id: newId(), token: $("token").value.trim() }), signIn);
}

function note(name, text) {
  log.add({
    at: Date.now(), way: "note", protocol: protocol().name, name, place: null, text,
    verdict: { state: "none", faults: {} }, latency: null,
  });
}

function send(text, { name, place }) {
  if (socket?.readyState !== WebSocket.OPEN) return;
  const shown = withoutTokens(text);
  const entry = {
    at: Date.now(), way: "sent", protocol: protocol().name, name, place, text: shown,
    frame: parsed(shown), verdict: { state: "waiting", faults: {} }, latency: null,
  };
  entry.note = replies.sent(parsed(text) ?? null, performance.now());
  entry.note.entry = entry;
  socket.send(text);
  log.add(entry);
  judge(entry, text);
}

function receive(data) {
  const at = performance.now();
  const text = String(data);
  const frame = parsed(text);
  const kind = messageOfFrame(protocol().out, frame);
  const entry = {
    at: Date.now(), way: "received", protocol: protocol().name, name: kind?.name ?? "unknown",
    place: kind?.place ?? null, text: withoutTokens(text), frame,
    verdict: { state: kind ? "waiting" : "unknown", faults: {} }, latency: null,
  };
  const answered = replies.received(frame ?? null, kind?.name, at);
  if (answered) {
    const latency = { ms: answered.ms, by: answered.by };
    entry.latency = latency;
    answered.note.entry.latency = latency;
    log.changed(answered.note.entry);
    setText($("news"), `${answered.note.entry.name}: ${entry.name} after ${latency.ms.toFixed(1)} ms.`);
  }
  log.add(entry);
  if (kind) judge(entry, text);
}

async function judge(entry, text) {
  entry.verdict = await verdicts.of(entry.place, text);
  log.changed(entry);
}

// -- the list

async function copy(text) {
  if (await copyText(text)) toasts.tell("Copied.", "good");
  else toasts.tell("This browser does not let the page copy.", "error");
}

function save() {
  const url = URL.createObjectURL(new Blob([log.lines()], { type: "application/jsonl" }));
  h("a", { href: url, download: `${protocol().name}-${new Date().toISOString().replace(/[:.]/g, "-")}.jsonl` }).click();
  URL.revokeObjectURL(url);
}

$("protocol").addEventListener("change", takeProtocol);
$("kind").addEventListener("change", takeKind);
$("draft").addEventListener("change", () => {
  $("text").value = $("draft").value;
  tellDraft(null);
});
$("connection").addEventListener("submit", connect);
$("disconnect").addEventListener("click", () => socket?.close(1000));
$("guest").addEventListener("click", async () => {
  try {
    const guest = await callAsNobody("POST", "/api/v1/auth/guest/", {});
    guestToken = guest.access;
    $("token").value = guest.access;
    toasts.tell(`The token of ${guest.user.username}.`, "good");
  } catch (error) {
    toasts.tell(error.message, "error");
  }
});
$("own").addEventListener("click", async () => {
  try {
    const token = await access();
    if (token) $("token").value = token;
    toasts.tell(token ? `The token of ${session().user.username}.` : "Nobody is signed in here.", token ? "good" : "error");
  } catch (error) {
    toasts.tell(error.message, "error");
  }
});
$("message").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = finalText();
  send(text, judged(text));
});
$("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("message").requestSubmit();
});
$("check").addEventListener("click", checkDraft);
$("words").addEventListener("input", () => log.setFilter({ words: $("words").value }));
$("show").addEventListener("change", () => log.setFilter({ show: $("show").value }));
$("pause").addEventListener("click", () => {
  const isPaused = $("pause").getAttribute("aria-pressed") !== "true";
  $("pause").setAttribute("aria-pressed", String(isPaused));
  setText($("pause"), isPaused ? "Go on" : "Pause");
  log.pause(isPaused);
});
$("clear").addEventListener("click", () => log.clear());
$("copy").addEventListener("click", () => copy(log.lines()));
$("save").addEventListener("click", save);
log.addEventListener("copy-text", (event) => copy(event.detail));
start();
