// The socket to the pools: signs in, comes back by itself, repeats unanswered requests under the
// same id so that they act once. Knows nothing of the page; socket, clock and dice are handed in.

import { backoff, whenKnown } from "../connection.js";
import { Pulse } from "../pulse.js";
import { Numbers, parse } from "./wire.js";

export const PENDING_MS = 60000;
export const MOST_PENDING = 100;
const ENDINGS = { 4401: "signed-out", 4403: "forbidden" };

export class PoolsError extends Error {
  constructor(frame) {
    super(frame.text);
    this.code = frame.code;
    this.frame = frame;
  }
}

export class PoolsConnection {
  /**
   * parts: {url, token() -> token or its promise, open(url), now(), later(ms, do) -> cancel,
   *   random(), newId(),
   *   onMessage(message), onOpen() after each sign-in, onStatus(status, wait),
   *   onUnsent(op) when an operation cannot be sent before the line is back}
   */
  constructor(parts) {
    this.parts = parts;
    this.numbers = new Numbers();
    this.pending = new Map();
    this.pulse = new Pulse(parts.now);
    this.socket = null;
    this.attempt = 0;
    this.status = "idle";
    this.cancelRetry = null;
  }

  start() {
    this.cancelRetry?.();
    this.cancelRetry = null;
    this.set(this.attempt === 0 ? "connecting" : "reconnecting");
    this.pulse.start();
    const socket = this.parts.open(this.parts.url);
    this.socket = socket;
    socket.onopen = () => whenKnown(this.parts.token(), (token) => {
      if (socket === this.socket) this.write({ op: this.numbers.ops.logon, token: token ?? "" });
    }, () => socket.close());
    socket.onmessage = (message) => socket === this.socket && this.receive(message.data);
    socket.onclose = (event) => socket === this.socket && this.closed(event);
    socket.onerror = () => {};
  }

  stop() {
    this.cancelRetry?.();
    const { socket } = this;
    this.socket = null;
    socket?.close(1000);
    this.set("stopped");
  }

  /** Try at once: the network is back. */
  retry() {
    if (this.status === "waiting") this.start();
  }

  /** Send an operation by its name; resolves with the first answer, rejects with PoolsError. */
  ask(op, fields = {}) {
    const id = this.parts.newId();
    return new Promise((resolve, reject) => {
      this.pending.set(id, { op, fields, resolve, reject, at: this.parts.now() });
      if (this.pending.size > MOST_PENDING) this.drop(this.pending.keys().next().value);
      if (this.status === "open") {
        this.send(id);
        this.ping();
      } else this.parts.onUnsent(op);
    });
  }

  /** Look after the line; to be called about once a second. */
  look() {
    if (this.socket === null) return;
    if (this.pulse.isDead) this.lose();
    else if (this.pulse.isQuiet) this.ping();
  }

  ping() {
    if (this.pulse.ask()) this.write({ op: this.numbers.ops.ping });
  }

  /** Give the line up: it is dead, or the browser says that the network is gone. */
  lose() {
    const { socket } = this;
    if (socket === null) return;
    this.socket = null;
    socket.close();
    this.closed({ code: 1006 });
  }

  send(id) {
    const { op, fields } = this.pending.get(id);
    this.write({ header: { request_id: id }, op: this.numbers.ops[op], ...fields });
  }

  drop(id) {
    const { reject } = this.pending.get(id);
    this.pending.delete(id);
    reject(new PoolsError({ text: "The host did not answer.", code: "no_answer" }));
  }

  write(frame) {
    if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(frame));
  }

  receive(data) {
    this.pulse.heard();
    let message;
    try {
      message = this.numbers.named(parse(data));
    } catch {
      return;
    }
    if (message.name === "opcodes") this.opened(message);
    else if (message.name === "logon_success" || message.name === "already_logged_on") {
      this.write({ op: this.numbers.ops.get_opcodes });
    } else if (message.name === "logon_fail") {
      this.failed();
      return;
    }
    this.parts.onMessage(message);
    this.settle(message);
  }

  settle(message) {
    const id = message.response_header?.request_id;
    const entry = this.pending.get(id);
    if (!entry) return;
    this.pending.delete(id);
    if (message.name === "error") entry.reject(new PoolsError(message));
    else entry.resolve(message);
  }

  /** Signed in, and the numbers are known: what is unanswered goes out again, after `onOpen`. */
  opened(message) {
    if (this.status === "open") return;
    this.numbers.learn(message);
    this.attempt = 0;
    const unanswered = [...this.pending.keys()];
    this.set("open");
    this.parts.onOpen();
    for (const id of unanswered) {
      if (!this.pending.has(id)) continue;
      if (this.parts.now() - this.pending.get(id).at > PENDING_MS) this.drop(id);
      else this.send(id);
    }
  }

  failed() {
    const { socket } = this;
    this.socket = null;
    socket?.close(1000);
    this.set("signed-out");
  }

  closed(event) {
    this.socket = null;
    if (ENDINGS[event.code]) {
      this.set(ENDINGS[event.code]);
      return;
    }
    const wait = backoff(this.attempt, this.parts.random);
    this.attempt += 1;
    this.set("waiting", wait);
    for (const { op } of this.pending.values()) this.parts.onUnsent(op);
    this.cancelRetry = this.parts.later(wait, () => this.start());
  }

  set(status, wait = null) {
    this.status = status;
    this.parts.onStatus(status, wait);
  }
}
