// The bar of a tournament above the felt, and the panel of its winners.

import { openDialog } from "./dialogs.js";
import { h, renderOnce, setText, show } from "./dom.js";
import { nameOf } from "./reducer.js";
import { clockText, isRunning, level, ordinal, standing, winnerRows } from "./tournament.js";

export class LevelBar {
  /** element: the empty bar. */
  constructor(element) {
    this.element = element;
    this.clock = h("b", { class: "level-clock", role: "timer" });
    this.facts = h("span", { class: "level-facts" });
    element.append(this.clock, this.facts);
  }

  /** state: the reducer's; now: the server's clock, seconds. */
  update(state, now) {
    show(this.element, isRunning(state));
    if (!isRunning(state)) return;
    const current = level(state, now);
    const facts = factsOf(state, current);
    renderOnce(this.facts, facts, () => facts.map((fact) => h("span", {}, fact)));
    setText(this.clock, current === null || current.remaining === null ? ""
      : `${clockText(current.remaining)}${current.isPaused ? " paused" : ""}`);
    this.element.classList.toggle("is-paused", Boolean(current?.isPaused));
  }
}

function factsOf(state, current) {
  if (state.winners) return ["The tournament is decided."];
  const { left, entrants, payout } = standing(state);
  return [
    current && `${current.title}: ${current.bets}`, current?.next && `Next: ${current.next}`,
    `${left} of ${entrants} left`, payout,
  ].filter(Boolean);
}

/** Show who has won what, until it is closed. */
export function showWinners(state) {
  openDialog("dialog-winners", "The tournament is decided",
    h("ol", { class: "winners" }, winnerRows(state).map(({ player, place, prize }) => h("li", {},
      h("span", { class: "winner-place" }, ordinal(place)), h("bdi", {}, nameOf(state, player)),
      h("b", {}, prize ?? "")))),
    h("div", { class: "dialog-buttons" },
      h("button", { class: "button button-main", value: "" }, "Close")));
}
