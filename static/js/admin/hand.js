// A finished hand, step by step: the events that everybody at the table saw, folded by the same
// reducer that draws the table.

import { h, renderOnce, setText, svg } from "../dom.js";
import { messages, parts, plain } from "../feed.js";
import { initial, nameOf, reduce } from "../reducer.js";
import { board, potText, seatsOf, seatTable } from "./felt.js";
import { code, facts, get, link, moment, section, wideTable } from "./parts.js";
import { amount } from "./tables.js";

const STEP_MS = 900;
const ICONS = {
  first: "M7 5v14M19 5v14l-9-7z", back: "M17 5v14l-10-7z", forward: "M7 5v14l10-7z",
  last: "M17 5v14M5 5v14l9-7z",
};
const icon = (name) => svg("svg", { viewBox: "0 0 24 24", width: 16, height: 16, "aria-hidden": "true" },
  svg("path", { d: ICONS[name], fill: "currentColor", stroke: "currentColor", "stroke-width": 2, "stroke-linejoin": "round" }));
const WORDS = {
  game_start: "The hand begins", pocket_cards: "Cards are dealt to", turn: "To act:",
  game_end: "The hand ends", heads_up_showdown: "Cards are turned over",
  all_in_scenario: "Cards are turned over",
};

/** Return [{frame, state, text}]: what each event made of the hand. events: frames. */
export function stepsOf(events) {
  let state = initial;
  return events.map((frame) => {
    state = reduce(state, frame);
    return { frame, state, text: textOf(frame, state) };
  });
}

const SUITS = { C: "\u2663", D: "\u2666", H: "\u2665", S: "\u2660" };
const shortCard = (card) => card.slice(0, -1) + SUITS[card.at(-1)];

function textOf({ event, payload }, state) {
  const told = messages(payload.feed_message)
    .map((one) => plain(parts(one, (id) => nameOf(state, id)))).filter(Boolean);
  if (told.length) return told.join(" ");
  if (event === "community_cards") return `Open cards ${payload.community_cards.map(shortCard).join(" ")}`;
  const word = WORDS[event] ?? event.replaceAll("_", " ");
  const isOfPlayer = payload.player !== null && payload.player !== undefined;
  return isOfPlayer ? `${word} ${nameOf(state, payload.player)}` : word;
}

/** Return player -> seat, as the hand's events name them. */
function seatsIn(events) {
  const found = {};
  for (const { payload } of events) {
    if (Number.isInteger(payload.player) && Number.isInteger(payload.seat)) found[payload.player] = payload.seat;
  }
  return found;
}

/** Learn names from anywhere in the hand, so that its first step knows them too. */
function withNames(steps) {
  const { players } = steps.at(-1)?.state ?? initial;
  return steps.map((step) => {
    const own = Object.fromEntries(Object.entries(step.state.players).map(([id, one]) => (
      [id, { ...one, username: one.username ?? players[id]?.username ?? null }])));
    return { ...step, state: { ...step.state, players: own } };
  });
}

export async function hand({ names: [token, number], show, signal }) {
  const path = `tables/${encodeURIComponent(token)}/hands/${encodeURIComponent(number)}/`;
  const given = await get(path);
  const player = new Replay(given, signal);
  const results = wideTable("Results", [["Player", ""], ["Result", "number"]]);
  results.set(given.players.map((one, index) => [h("bdi", {}, one), amount(given.results[index])]));
  show(h("section", { class: "box" },
    h("div", { class: "box-head" }, h("h1", {}, `Hand ${given.hand}`), link("To the table", "tables", token)),
    facts([["Ended", moment(given.at)], ["Game", code(given.game)], ["Number in its game, from 0", String(given.sequence)]])),
  player.element, section("Results", results), history(given));
}

function history({ phh, phh_fault: fault }) {
  return section("Hand history (PHH)", phh === null ? h("p", { class: "note" }, fault ?? "There is none.")
    : h("pre", { class: "code", tabindex: "0", "aria-label": "Hand history" }, phh));
}

class Replay {
  constructor({ events }, signal) {
    this.steps = withNames(stepsOf(events));
    this.seatOf = seatsIn(events);
    this.at = 0;
    this.timer = null;
    signal.addEventListener("abort", () => this.pause());
    this.build();
    this.go(0);
  }

  build() {
    const button = (content, label, act) => h("button", { class: "button", type: "button", "aria-label": label, title: label, onclick: act }, content);
    this.play = h("button", { class: "button", type: "button", onclick: () => (this.timer === null ? this.start() : this.pause()) }, "Play");
    this.slider = h("input", { class: "slider", type: "range", min: 0, max: this.steps.length - 1, value: 0, "aria-label": "Step", oninput: () => this.go(Number(this.slider.value)) });
    this.line = h("p", { class: "step-line", role: "status" });
    this.middle = h("div", { class: "middle" });
    this.seats = h("div", {});
    this.raw = h("pre", { class: "code", tabindex: "0", "aria-label": "Event as JSON" });
    this.list = h("ol", { class: "steps" }, this.steps.map(({ text }, index) => (
      h("li", {}, h("button", { class: "step", type: "button", onclick: () => this.go(index) }, text)))));
    this.element = h("section", { class: "box replay", "aria-labelledby": "replay-title" },
      h("h2", { id: "replay-title" }, "Replay"),
      h("div", { class: "replay-bar" },
        h("div", { class: "buttons" }, button(icon("first"), "First step", () => this.go(0)),
          button(icon("back"), "Step back", () => this.go(this.at - 1)), this.play,
          button(icon("forward"), "Step forward", () => this.go(this.at + 1)),
          button(icon("last"), "Last step", () => this.go(this.steps.length - 1))), this.slider),
      this.line,
      h("div", { class: "replay-body" }, h("div", { class: "replay-felt" }, this.middle, this.seats,
        h("details", {}, h("summary", {}, "This event as JSON"), this.raw)), this.list));
  }

  start() {
    if (this.at === this.steps.length - 1) this.go(0);
    setText(this.play, "Pause");
    this.timer = setInterval(() => {
      this.go(this.at + 1);
      if (this.at === this.steps.length - 1) this.pause();
    }, STEP_MS);
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    setText(this.play, "Play");
  }

  go(wanted) {
    if (this.steps.length === 0) {
      setText(this.line, "Nothing was told in this hand.");
      return;
    }
    this.at = Math.max(0, Math.min(this.steps.length - 1, wanted));
    const { state, text, frame } = this.steps[this.at];
    const { hand: now } = state;
    this.slider.value = this.at;
    this.slider.style.setProperty("--fill", `${(100 * this.at) / Math.max(1, this.steps.length - 1)}%`);
    this.slider.setAttribute("aria-valuetext", `${this.at + 1} of ${this.steps.length}: ${text}`);
    setText(this.line, `${this.at + 1} / ${this.steps.length}  ${text}`);
    renderOnce(this.middle, [now.community, potText(now)], () => (
      [board(now.community), h("span", { class: "pot" }, potText(now))]));
    const rows = seatsOf(state, this.seatOf);
    renderOnce(this.seats, rows, () => seatTable(rows, "Seats at this step", true));
    setText(this.raw, JSON.stringify(frame, null, 2));
    this.mark();
  }

  mark() {
    [...this.list.children].forEach((each, index) => {
      const isNow = index === this.at;
      each.classList.toggle("is-now", isNow);
      each.firstChild.toggleAttribute("aria-current", isNow);
      if (isNow) this.list.scrollTop = each.offsetTop - this.list.clientHeight / 2;
    });
  }
}
