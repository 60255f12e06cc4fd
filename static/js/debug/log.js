// What went over the socket: a bounded list of entries, and <message-log>, which shows it.

import { h, setText, show } from "../dom.js";
import { indented, lineOf, matches } from "./lines.js";

export const MOST_KEPT = 1000;
const NEAR_END_PX = 60;
const WORDS = {
  valid: "valid", invalid: "invalid", waiting: "checking", unchecked: "not checked",
  unknown: "no schema",
};
const WAYS = { sent: "Sent", received: "Received", note: "Note" };

export class MessageLog extends HTMLElement {
  connectedCallback() {
    this.entries = [];
    this.dropped = 0;
    this.held = [];
    this.isPaused = false;
    this.filter = { words: "", show: "all" };
    this.list = h("ol", { class: "log-list" });
    this.more = h("p", { class: "log-more" });
    this.append(this.more, this.list);
    this.count();
  }

  /** Add an entry {at, way, protocol, name, place, text, frame?, verdict, latency}. */
  add(entry) {
    if (this.isPaused) {
      this.held.push(entry);
      if (this.held.length > MOST_KEPT) this.held.shift();
    } else {
      this.put(entry);
    }
    this.count();
  }

  put(entry) {
    const isFollowing = this.scrollHeight - this.scrollTop - this.clientHeight < NEAR_END_PX;
    this.entries.push(entry);
    entry.row = rowOf(entry);
    show(entry.row, matches(entry, this.filter));
    this.list.append(entry.row);
    if (this.entries.length > MOST_KEPT) {
      this.entries.shift().row.remove();
      this.dropped += 1;
    }
    if (isFollowing) this.scrollTop = this.scrollHeight;
  }

  /** Show what became known of an entry: its verdict, its latency. */
  changed(entry) {
    if (!entry.row) return;
    drawHead(entry);
    drawFaults(entry);
    show(entry.row, matches(entry, this.filter));
    this.count();
  }

  pause(isPaused) {
    this.isPaused = isPaused;
    if (!isPaused) this.held.splice(0).forEach((entry) => this.put(entry));
    this.count();
  }

  clear() {
    this.entries = [];
    this.held = [];
    this.dropped = 0;
    this.list.replaceChildren();
    this.count();
  }

  setFilter(filter) {
    this.filter = { ...this.filter, ...filter };
    for (const entry of this.entries) show(entry.row, matches(entry, this.filter));
    this.count();
  }

  shown() {
    return this.entries.filter((entry) => matches(entry, this.filter));
  }

  /** Return what is shown as JSON lines. */
  lines() {
    return this.shown().map((entry) => `${lineOf(entry)}\n`).join("");
  }

  count() {
    const shown = this.shown().length;
    const parts = [
      this.entries.length === 0 && "Nothing has been sent or heard yet.",
      shown < this.entries.length && `${shown} of ${this.entries.length} shown.`,
      this.isPaused && `Paused; ${this.held.length} more since.`,
      this.dropped > 0 && `The oldest ${this.dropped} are gone: ${MOST_KEPT} are kept.`,
    ];
    setText(this.more, parts.filter(Boolean).join(" "));
    show(this.more, parts.some(Boolean));
  }
}

function rowOf(entry) {
  const body = h("div", { class: "log-body" });
  const details = h("details", { class: "log-details" }, h("summary", {}), body);
  details.addEventListener("toggle", () => {
    if (details.open && !body.hasChildNodes()) fillBody(entry, body);
  });
  const row = h("li", { class: "log-row", "data-way": entry.way }, details);
  entry.row = row;
  drawHead(entry);
  return row;
}

function drawHead(entry) {
  const { row, way, name, verdict, latency, at, text } = entry;
  row.dataset.verdict = verdict.state;
  const time = new Date(at).toISOString().slice(11, 23);
  row.querySelector("summary").replaceChildren(
    h("span", { class: "log-way" }, h("span", { "aria-hidden": "true" }, { sent: "\u2191", received: "\u2193", note: "\u00b7" }[way]),
      h("span", { class: "unseen" }, WAYS[way])),
    h("time", { class: "log-time" }, time),
    h("span", { class: "log-name" }, name),
    way === "note" ? h("span", { class: "log-text" }, text)
      : h("span", { class: "badge", "data-verdict": verdict.state, title: verdict.why ?? "" }, WORDS[verdict.state]),
    h("span", { class: "log-latency", title: latency ? MATCHED[latency.by] : "" },
      latency ? `${latency.ms.toFixed(1)} ms` : ""),
    h("span", { class: "log-size" }, way === "note" ? "" : `${text.length} chars`));
}

const MATCHED = {
  id: "From the command to the answer with its id",
  kind: "From the command to the next answer of its kind: this answer carries no id",
};

function fillBody(entry, body) {
  const copy = h("button", { class: "button button-quiet log-copy", type: "button" }, "Copy");
  copy.addEventListener("click", () => copy.dispatchEvent(
    new CustomEvent("copy-text", { bubbles: true, detail: entry.text })));
  const place = entry.place && h("a", { class: "link", href: `/schemas/v1/${entry.place}`, target: "_blank", rel: "noopener" }, entry.place);
  body.replaceChildren(h("div", { class: "log-tools" }, place, copy), h("ul", { class: "faults" }),
    h("pre", { class: "code", tabindex: "0", "aria-label": `Message ${entry.name}` },
      entry.frame === undefined ? entry.text : indented(entry.text)));
  drawFaults(entry);
}

function drawFaults(entry) {
  const list = entry.row.querySelector(".faults");
  if (!list) return;
  list.replaceChildren(...faultLines(entry.verdict));
}

/** Return list items that say which path is wrong. */
export function faultLines({ faults, why }) {
  const lines = Object.entries(faults ?? {}).flatMap(([path, messages]) => (
    messages.map((message) => h("li", {},
      h("code", {}, path === "non_field_errors" ? "the message" : path), " ", message))));
  return why ? [h("li", {}, why), ...lines] : lines;
}

customElements.define("message-log", MessageLog);
