// Whether the line to the host lives. A websocket that lost its network stays open for many seconds,
// and a browser tells its pages nothing of the pings that it answers; so a page that has heard
// nothing for a while asks, and believes the line dead when no answer comes. Pure but for the clock.

/** After so long without a word the page asks. */
export const QUIET_MS = 4000;
/** So long it waits for an answer, to that and to what a person does. */
export const ANSWER_MS = 4000;
/** So long a connection may take to be made. */
export const OPENING_MS = 10_000;

export class Pulse {
  /** now() -> ms. */
  constructor(now) {
    this.now = now;
    this.start();
  }

  /** A new line is being made. */
  start() {
    this.heardAt = this.now();
    this.askedAt = null;
    this.isOpening = true;
  }

  /** Something came. */
  heard() {
    this.heardAt = this.now();
    this.askedAt = null;
    this.isOpening = false;
  }

  /** Something is asked now that is answered at once. Returns whether it was not asked before. */
  ask() {
    if (this.askedAt !== null) return false;
    this.askedAt = this.now();
    return true;
  }

  get isDead() {
    if (this.isOpening) return this.now() - this.heardAt > OPENING_MS;
    return this.askedAt !== null && this.now() - this.askedAt > ANSWER_MS;
  }

  get isQuiet() {
    return !this.isOpening && this.now() - this.heardAt > QUIET_MS;
  }
}
