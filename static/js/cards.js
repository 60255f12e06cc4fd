// <playing-card card="10D"> or <playing-card> for a back: drawn here as SVG, no image files.
// The suit's colour comes from the style sheet (data-suit), so that the four-colour deck is a
// class on the page and redraws nothing.

import { nameOf, parse } from "./deck.js";
import { isMotionReduced, svg } from "./dom.js";

const SHAPES = {
  C: "M50 50C51 74 56 88 67 95H33C44 88 49 74 50 50ZM50 8A20 20 0 1 1 50 48A20 20 0 1 1 50 8ZM27 41A20 20 0 1 1 27 81A20 20 0 1 1 27 41ZM73 41A20 20 0 1 1 73 81A20 20 0 1 1 73 41ZM40 40H60V66H40Z",
  D: "M50 4C58 22 71 38 86 50C71 62 58 78 50 96C42 78 29 62 14 50C29 38 42 22 50 4Z",
  H: "M50 92C24 66 7 50 7 31C7 17 18 8 29 8C39 8 47 14 50 24C53 14 61 8 71 8C82 8 93 17 93 31C93 50 76 66 50 92Z",
  S: "M50 5C55 26 91 42 91 64C91 77 81 84 71 84C63 84 56 80 53 72C54 82 58 90 67 95H33C42 90 46 82 47 72C44 80 37 84 29 84C19 84 9 77 9 64C9 42 45 26 50 5Z",
};
const CREST = {
  K: "M14 34L10 8L24 20L34 2L44 20L58 8L54 34ZM14 38H54V43H14Z",
  Q: "M12 34C12 24 8 16 4 12C14 14 20 16 22 20C24 12 28 8 34 3C40 8 44 12 46 20C48 16 54 14 64 12C60 16 56 24 56 34ZM14 38H54V43H14Z",
  J: "M12 43C10 26 22 14 40 14C46 14 50 17 55 15C61 13 63 6 62 1C70 12 66 26 56 29C58 33 58 38 57 43Z",
};

function pip(suit, x, y, size) {
  const scale = size / 100;
  return svg("path", {
    d: SHAPES[suit], fill: "currentColor", transform: `translate(${x} ${y}) scale(${scale})`,
  });
}

function face({ rank, suit }) {
  const crest = CREST[rank];
  const index = svg("text", {
    x: rank === "10" ? 5 : 8, y: 42, class: "card-rank", fill: "currentColor",
    ...(rank === "10" ? { textLength: 46, lengthAdjust: "spacingAndGlyphs" } : {}),
  }, rank);
  const middle = crest
    ? [svg("path", { d: crest, class: "card-crest", transform: "translate(36 52) scale(.8)" }),
      pip(suit, 41, 90, 44)]
    : [pip(suit, rank === "A" ? 26 : 36, rank === "A" ? 62 : 74, rank === "A" ? 68 : 57)];
  return [
    svg("rect", { x: 1, y: 1, width: 98, height: 138, rx: 10, class: "card-paper" }),
    index, pip(suit, 10, 48, 26), ...middle,
  ];
}

function lattice() {
  const lines = [];
  for (let offset = -140; offset <= 100; offset += 12) {
    lines.push(`M${offset} 0l140 140M${offset + 140} 0l-140 140`);
  }
  return lines.join("");
}

const LATTICE = lattice();

function back() {
  return [
    svg("rect", { x: 1, y: 1, width: 98, height: 138, rx: 10, class: "card-paper" }),
    svg("svg", { x: 7, y: 7, width: 86, height: 126, viewBox: "7 7 86 126" },
      svg("rect", { x: 7, y: 7, width: 86, height: 126, rx: 6, class: "card-cloth" }),
      svg("path", { d: LATTICE, class: "card-lattice" }),
      svg("path", { d: "M50 34L76 70L50 106L24 70Z", class: "card-medal" }),
      pip("S", 38, 57, 24)),
  ];
}

function drawing(parsed) {
  return svg("svg", { viewBox: "0 0 100 140", "aria-hidden": "true" },
    parsed ? face(parsed) : back());
}

export class PlayingCard extends HTMLElement {
  static observedAttributes = ["card"];

  connectedCallback() {
    if (!this.firstChild) this.draw();
  }

  attributeChangedCallback(name, before, after) {
    if (before === after || !this.isConnected) return;
    const isTurned = this.firstChild && before === null && after !== null;
    if (isTurned && !isMotionReduced()) this.flip();
    else this.draw();
  }

  draw() {
    const card = this.getAttribute("card");
    const parsed = parse(card);
    this.setAttribute("role", "img");
    this.setAttribute("aria-label", nameOf(card));
    if (parsed) this.dataset.suit = parsed.suit;
    else delete this.dataset.suit;
    this.replaceChildren(drawing(parsed));
  }

  flip() {
    const half = { duration: 130, easing: "ease-in" };
    const fold = this.animate([{ scale: "1 1" }, { scale: "0 1" }], half);
    const turn = () => {
      this.draw();
      this.animate([{ scale: "0 1" }, { scale: "1 1" }], { duration: 180, easing: "ease-out" });
    };
    fold.finished.then(turn, turn);
  }
}

/** Make an element show a card (wire name) or a back (null). */
export function setCard(element, card) {
  if (card) {
    if (element.getAttribute("card") !== card) element.setAttribute("card", card);
  } else if (element.hasAttribute("card")) {
    element.removeAttribute("card");
  }
}

customElements.define("playing-card", PlayingCard);
