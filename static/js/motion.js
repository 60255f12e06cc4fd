// Movement on the felt: chips to the pot, the pot to the winner, cards from the dealer. Decoration
// over a state that is already drawn; nothing waits for it, and nothing moves when the viewer's
// system asks for less motion.

import { h, isMotionReduced } from "./dom.js";
import { isPositive } from "./money.js";
import { shares } from "./reduce/finish.js";

const FLIGHT = { duration: 420, easing: "cubic-bezier(.3,.7,.2,1)" };

const centre = (element) => {
  const box = element.getBoundingClientRect();
  return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
};

/** Note what is on the felt before it is drawn anew. */
export function positions(stage) {
  const bets = new Map();
  for (const bet of stage.bets.children) {
    if (!bet.hidden) {
      bets.set(bet.dataset.seat, { at: centre(bet), amount: bet.firstChild.shown });
    }
  }
  const dealt = new Map();
  for (const seat of stage.seats.children) {
    dealt.set(seat.dataset.seat, seat.cards?.children.length ?? 0);
  }
  return {
    bets, dealt,
    board: [...stage.board.children].filter((slot) => slot.firstChild).length,
    pot: stage.pots.firstChild ? centre(stage.pots) : null,
  };
}

function fly(stage, from, to, amount, delay = 0) {
  const origin = stage.getBoundingClientRect();
  const pile = h("chip-pile", { class: "flight" });
  pile.amount = amount;
  stage.flights.append(pile);
  pile.style.left = `${from.x - origin.left}px`;
  pile.style.top = `${from.y - origin.top}px`;
  const move = pile.animate([
    { transform: "translate(-50%,-50%)", opacity: 1 },
    { transform: `translate(calc(-50% + ${to.x - from.x}px), calc(-50% + ${to.y - from.y}px))`,
      opacity: 0.85 },
  ], { ...FLIGHT, delay, fill: "backwards" });
  const end = () => pile.remove();
  move.finished.then(end, end);
}

function arrive(element, from, delay) {
  const to = centre(element);
  element.animate([
    { translate: `${from.x - to.x}px ${from.y - to.y}px`, rotate: "-14deg", scale: 0.7, opacity: 0 },
    { opacity: 1, offset: 0.25 },
    { translate: "0px 0px", rotate: "0deg", scale: 1, opacity: 1 },
  ], { duration: 360, delay, easing: "cubic-bezier(.2,.75,.25,1)", fill: "backwards" });
}

/** Play what changed between `before` and what is drawn now. */
export function play(stage, before, state) {
  const hand = state.hand;
  const isSameTable = stage.playedHand !== undefined;
  const isNewEnd = Boolean(hand.end) && stage.playedEnd !== hand.end;
  stage.playedHand = hand.id;
  stage.playedEnd = hand.end;
  if (!isSameTable || isMotionReduced() || document.hidden) return;
  const middle = centre(stage.board.offsetParent ? stage.board : stage.felt);
  if (before.bets.size > 0 && Object.values(hand.bets).every((bet) => !isPositive(bet))) {
    for (const { at, amount } of before.bets.values()) {
      fly(stage, at, before.pot ?? middle, amount);
    }
  }
  deal(stage, before, middle);
  if (isNewEnd) award(stage, state, before.pot ?? middle);
}

function deal(stage, before, middle) {
  let delay = 0;
  for (const seat of stage.seats.children) {
    const cards = seat.cards?.children ?? [];
    if ((before.dealt.get(seat.dataset.seat) ?? 0) === 0) {
      for (const card of cards) {
        arrive(card, middle, delay);
        delay += 45;
      }
    }
  }
  [...stage.board.children].forEach((slot, index) => {
    if (slot.firstChild && index >= before.board) {
      arrive(slot.firstChild, { x: middle.x, y: middle.y - 90 }, (index - before.board) * 90);
    }
  });
}

function award(stage, state, from) {
  for (const [player, amount] of Object.entries(shares(state.hand.end))) {
    const seat = stage.seats.children[state.seats.indexOf(Number(player))];
    if (seat && isPositive(amount)) fly(stage, from, centre(seat), amount, 350);
  }
}
