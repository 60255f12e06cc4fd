// The server's clock as this page knows it, and a beat for what depends on time.

/**
 * Estimates the server's time from the stamps of its frames. A frame can only arrive late, so the
 * largest difference seen since the last connection is the best.
 */
export class ServerClock {
  constructor(localNow = () => Date.now() / 1000) {
    this.localNow = localNow;
    this.offset = null;
  }

  restart() {
    this.offset = null;
  }

  heard(timestamp) {
    if (!Number.isFinite(timestamp)) return;
    const difference = timestamp - this.localNow();
    if (this.offset === null || difference > this.offset) this.offset = difference;
  }

  /** The server's time now, seconds. */
  now() {
    return this.localNow() + (this.offset ?? 0);
  }
}
