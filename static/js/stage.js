// <table-stage>: the felt with its seats, board, pots and bets.

import { setCard } from "./cards.js";
import "./chips.js";
import "./seat.js";
import { h, renderOnce, setText, setVariables, show } from "./dom.js";
import * as moment from "./moment.js";
import { display, isPositive } from "./money.js";
import * as motion from "./motion.js";
import {
  BET, BUTTON, betOffset, buttonOffset, clearOfBoard, placeOf, places,
} from "./seating.js";
import { headline, ownSeat, seatCount, seatView } from "./view.js";

export class TableStage extends HTMLElement {
  connectedCallback() {
    if (this.felt) return;
    this.board = h("div", { class: "board", role: "group", "aria-label": "Board" });
    this.pots = h("div", { class: "pots" });
    this.line = h("p", { class: "headline" });
    this.count = h("div", { class: "countdown", "aria-hidden": "true" });
    this.mark = h("div", { class: "felt-mark", "aria-hidden": "true" });
    this.button = h("div", { class: "dealer", "aria-label": "Dealer button" }, "D");
    this.bets = h("div", { class: "bets" });
    this.seats = h("div", { class: "seats" });
    this.flights = h("div", { class: "flights", "aria-hidden": "true" });
    this.felt = h("div", { class: "felt" }, h("div", { class: "felt-line" }));
    this.append(this.felt, this.mark, h("div", { class: "middle" },
      this.pots, this.board, h("div", { class: "below" }, this.count, this.line)),
    this.button, this.bets, this.seats, this.flights);
    this.sizes = new ResizeObserver(() => this.resize());
    this.sizes.observe(this);
    this.seats.addEventListener("click", (event) => {
      const seat = event.target.closest("table-seat");
      if (seat && event.target.closest(".take")) {
        this.dispatchEvent(new CustomEvent("take-seat", { detail: Number(seat.dataset.seat) }));
      }
    });
  }

  disconnectedCallback() {
    this.sizes?.disconnect();
    this.felt = null;
    this.replaceChildren();
  }

  resize() {
    const { width, height } = this.getBoundingClientRect();
    if (!width || !height) return;
    const isPortrait = height > width * 1.02;
    this.isPortrait = isPortrait;
    this.toggleAttribute("portrait", isPortrait);
    const unit = isPortrait ? Math.min(width / 60, height / 88) : Math.min(width / 100, height / 60);
    setVariables(this, { "--u": `${unit.toFixed(3)}px` });
    this.size = { width: width / unit, height: height / unit };
    if (this.last) this.update(...this.last);
  }

  /** state: the reducer's; now: the server's clock, seconds. */
  update(state, now) {
    this.last = [state, now];
    const count = seatCount(state);
    const own = ownSeat(state);
    const spots = places(count, this.isPortrait);
    const reveal = moment.reveal(state.hand, now);
    const shown = moment.winners(state.hand, now);
    this.toggleAttribute("awarding", shown.players.size > 0);
    this.toggleAttribute("revealing", Boolean(reveal && !reveal.isOver));
    this.toggleAttribute("crowded", count > 7);
    this.toggleAttribute("ready", state.isSynced && state.config !== null);
    this.fit(count);
    const before = motion.positions(this);
    for (const element of this.seats.children) {
      const seat = Number(element.dataset.seat);
      const spot = spots[placeOf(seat, own, count)];
      setVariables(element, { "--x": spot.x, "--y": spot.y });
      element.dataset.place = placeOf(seat, own, count);
      const view = seatView(state, seat, shown, reveal);
      element.update(view, { seat, canTake: state.isSynced && own === null && state.tournament === null });
      this.bet(seat, view, spot);
    }
    this.dealer(state, spots, own, count);
    this.middle(state, now, reveal, shown);
    motion.play(this, before, state);
    this.tick(state, now);
  }

  fit(count) {
    if (this.seats.children.length === count) return;
    this.seats.replaceChildren(...Array.from({ length: count }, (_, seat) => (
      h("table-seat", { "data-seat": seat }))));
    this.bets.replaceChildren(...Array.from({ length: count }, (_, seat) => (
      h("div", { class: "bet", "data-seat": seat, hidden: true },
        h("chip-pile"), h("span", { class: "bet-amount" })))));
  }

  bet(seat, view, spot) {
    const element = this.bets.children[seat];
    const amount = view?.bet ?? "0";
    const has = isPositive(amount);
    show(element, has);
    const { x, y } = this.clear(spot, betOffset(spot, this.isPortrait, view?.isOwn), BET, true);
    setVariables(element, { "--x": spot.x, "--y": spot.y, "--dx": x, "--dy": y });
    if (!has) return;
    element.firstChild.amount = amount;
    setText(element.lastChild, display(amount));
  }

  /** On a tall table the seats beside the board have no room between it and themselves. */
  clear(spot, offset, half, isDown) {
    if (!this.isPortrait) return offset;
    const isCrowded = this.hasAttribute("crowded");
    return clearOfBoard(spot, offset, half, { ...this.size, isCrowded }, isDown);
  }

  dealer(state, spots, own, count) {
    const seat = state.hand.dealerSeat;
    const has = seat !== null && seat < count && state.hand.id !== null;
    show(this.button, has);
    if (!has) return;
    const spot = spots[placeOf(seat, own, count)];
    const offset = buttonOffset(spot, this.isPortrait, seat === own);
    const { x, y } = this.clear(spot, offset, BUTTON, false);
    setVariables(this.button, { "--x": spot.x, "--y": spot.y, "--dx": x, "--dy": y });
  }

  middle(state, now, reveal, shown) {
    const { hand } = state;
    const cards = moment.board(hand, now);
    const isPlaying = hand.id !== null && (hand.isRunning || hand.end !== null || cards.length > 0);
    this.toggleAttribute("playing", isPlaying);
    this.drawBoard(cards, shown, hand);
    this.drawPots(hand, now);
    setText(this.line, headline(state, reveal, now));
    show(this.line, Boolean(this.line.textContent));
    show(this.board, isPlaying);
    setText(this.mark, state.config?.name ?? "");
  }

  drawBoard(cards, shown, hand) {
    if (this.board.children.length === 0) {
      this.board.append(...Array.from({ length: 5 }, () => h("div", { class: "slot" })));
    }
    const rabbit = new Set(hand.rabbit);
    [...this.board.children].forEach((slot, index) => {
      const card = cards[index];
      if (card === undefined) {
        slot.replaceChildren();
        return;
      }
      const element = slot.firstChild ?? slot.appendChild(h("playing-card", card ? { card } : {}));
      setCard(element, card);
      const isWinning = shown.cards.size > 0;
      element.classList.toggle("is-best", isWinning && shown.cards.has(card));
      element.classList.toggle("is-dim", isWinning && !shown.cards.has(card));
      element.classList.toggle("is-rabbit", rabbit.has(card));
    });
  }

  drawPots(hand, now) {
    const pots = moment.pots(hand);
    const award = moment.award(hand, now);
    const total = moment.potTotal(hand);
    const key = [pots, award?.index, hand.end ? 0 : total];
    renderOnce(this.pots, key, () => {
      const list = pots.filter((pot) => isPositive(pot.amount)).map((pot, index) => {
        const pile = h("chip-pile");
        pile.amount = pot.amount;
        const label = potLabel(index, pots.length);
        const isNow = award && (award.index === null || award.index === index);
        return h("div", { class: `pot${award && !isNow ? " is-past" : ""}` }, pile,
          h("span", { class: "pot-text" }, h("span", { class: "pot-label" }, `${label} `),
            h("b", {}, display(pot.amount))));
      });
      const hasBets = Object.values(hand.bets).some(isPositive);
      if (hasBets && !hand.end) {
        list.push(h("span", { class: "pot-total" }, "Total ", h("b", {}, display(total))));
      }
      return list;
    });
  }

  /** Move only what depends on the clock. */
  tick(state, now) {
    const clock = moment.turnClock(state.hand.turn, now);
    for (const element of this.seats.children) {
      const player = state.seats[Number(element.dataset.seat)] ?? null;
      element.tick(player !== null && state.hand.turn?.player === player ? clock : null);
    }
    const reveal = moment.reveal(state.hand, now);
    const isCounting = Boolean(reveal && !reveal.isOver);
    show(this.count, isCounting);
    if (isCounting) {
      setText(this.count, Math.max(1, Math.ceil(reveal.remaining)));
      setVariables(this.count, { "--share": Math.min(1, reveal.remaining / reveal.each) });
      setText(this.line, headline(state, reveal, now));
    }
  }
}

function potLabel(index, count) {
  if (count === 1) return "Pot";
  if (index === 0) return "Main pot";
  return count === 2 ? "Side pot" : `Side pot ${index}`;
}

customElements.define("table-stage", TableStage);
