// Whether messages fit their schemas, asked of the host a handful at a time: its validators are
// the ones that serve, and a validator in the page would need `eval`, which the policy forbids.

import { ApiError } from "../session.js";

const PLACE = "/api/v1/debug/check/";
const AT_ONCE = 50;
const CHARACTERS = 200_000;
const LONGEST = 65_536;
const PAUSE_MS = 250;
const MOST_WAITING = 1000;

/** Return one verdict {valid, faults} per message {schema, text}. Raises ApiError. */
export async function ask(token, messages) {
  let response;
  try {
    response = await fetch(PLACE, {
      method: "POST", cache: "no-store", credentials: "same-origin",
      headers: {
        Accept: "application/json", "Content-Type": "application/json",
        Authorization: `Bearer ${token}`,
      },
      body: JSON.stringify({ messages }),
    });
  } catch {
    throw new ApiError(0, "The host does not answer.");
  }
  const answer = await response.json().catch(() => null);
  if (response.ok) return answer.verdicts;
  const error = new ApiError(response.status, answer?.detail ?? `Refused (${response.status}).`);
  error.wait_s = Number(response.headers.get("Retry-After")) || 0;
  throw error;
}

export class Verdicts {
  /** ask(messages) -> promise of verdicts. later(ms, do). */
  constructor(given) {
    this.given = given;
    this.waiting = [];
    this.isBusy = false;
  }

  /** Return a promise of {state: "valid" | "invalid" | "unchecked", faults, why}. */
  of(schema, text) {
    if (text.length > LONGEST) return Promise.resolve(unchecked("It is too long to be checked."));
    if (this.waiting.length >= MOST_WAITING) return Promise.resolve(unchecked("Too many wait."));
    return new Promise((tell) => {
      this.waiting.push({ schema, text, tell });
      this.wake(0);
    });
  }

  wake(ms) {
    if (this.isBusy) return;
    this.isBusy = true;
    this.given.later(ms, () => this.flush());
  }

  async flush() {
    const batch = this.take();
    let pause = PAUSE_MS;
    try {
      const verdicts = await this.given.ask(batch.map(({ schema, text }) => ({ schema, text })));
      batch.forEach(({ tell }, index) => {
        const { valid, faults } = verdicts[index];
        tell({ state: valid ? "valid" : "invalid", faults });
      });
    } catch (error) {
      if (error.status === 429) {
        this.waiting.unshift(...batch);
        pause = 1000 * Math.max(1, error.wait_s);
      } else {
        batch.forEach(({ tell }) => tell(unchecked(error.message)));
      }
    }
    this.isBusy = false;
    if (this.waiting.length) this.wake(pause);
  }

  /** Take as many as one call may have. */
  take() {
    let characters = 0;
    const end = this.waiting.findIndex(({ text }, index) => {
      characters += text.length;
      return index >= AT_ONCE || (index > 0 && characters > CHARACTERS);
    });
    return this.waiting.splice(0, end < 0 ? this.waiting.length : end);
  }
}

function unchecked(why) {
  return { state: "unchecked", faults: {}, why };
}
