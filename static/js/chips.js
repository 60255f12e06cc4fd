// <chip-pile>: an amount as columns of chips. Decoration only; the figure beside it is the truth.

import { svg } from "./dom.js";
import { toMinor } from "./money.js";

const CHIPS = [
  [1000000, "ruby"], [500000, "sky"], [100000, "gold"], [50000, "violet"], [10000, "ink"],
  [2500, "green"], [500, "red"], [100, "blue"], [25, "mint"], [5, "grey"], [1, "bone"],
];
const MOST = 9;
const HIGH = 5;

/** Return the colours of the chips, dearest first, at most nine. amount: a decimal string. */
export function chipsOf(amount) {
  let rest = toMinor(amount, 2);
  const list = [];
  for (const [value, colour] of CHIPS) {
    while (rest >= value && list.length < MOST) {
      list.push(colour);
      rest -= value;
    }
  }
  return list;
}

function chip(colour, x, y) {
  return svg("g", { class: `chip chip-${colour}`, transform: `translate(${x} ${y})` },
    svg("path", { d: "M0 5V8A10 5 0 0 0 20 8V5Z", class: "chip-edge" }),
    svg("path", { d: "M4 8.6V11.9M8.5 10V13M14.5 9.6V12.7", class: "chip-notch" }),
    svg("ellipse", { cx: 10, cy: 5, rx: 10, ry: 5, class: "chip-top" }),
    svg("ellipse", { cx: 10, cy: 5, rx: 6.4, ry: 3.1, class: "chip-ring" }));
}

export class ChipPile extends HTMLElement {
  set amount(amount) {
    if (this.shown === amount) return;
    this.shown = amount;
    const colours = chipsOf(amount);
    const columns = [colours.slice(0, HIGH), colours.slice(HIGH)].filter((each) => each.length);
    const height = 15 + (Math.min(HIGH, colours.length) - 1) * 3.4;
    const width = columns.length * 22 - 2;
    const drawn = columns.flatMap((column, place) => column.map((colour, level) => (
      chip(colour, place * 22, height - 14 - level * 3.4))));
    this.setAttribute("aria-hidden", "true");
    this.replaceChildren(svg("svg", {
      viewBox: `-0.5 -0.5 ${Math.max(20, width) + 1} ${height + 1}`,
      width: Math.max(20, width), height,
    }, drawn));
  }
}

customElements.define("chip-pile", ChipPile);
