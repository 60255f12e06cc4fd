// <table-seat>: one place at the rail. Draws what it is told; decides nothing about the game.

import { setCard } from "./cards.js";
import { h, renderOnce, setText, setVariables, show, svg } from "./dom.js";
import { display, isPositive } from "./money.js";
import { hueOf, initials } from "./names.js";

const FLAGS = ["isOwn", "isTurn", "isFolded", "isAway", "isSittingOut", "isWinner", "isAllIn"];
const CIRCLE = 2 * Math.PI * 46;

export class TableSeat extends HTMLElement {
  connectedCallback() {
    if (this.pod) return;
    this.cards = h("div", { class: "seat-cards" });
    this.arc = svg("circle", { class: "ring-arc", cx: 50, cy: 50, r: 46 });
    this.ring = svg("svg", { class: "ring", viewBox: "0 0 100 100", "aria-hidden": "true" },
      svg("circle", { class: "ring-track", cx: 50, cy: 50, r: 46 }), this.arc);
    this.initials = h("span", { class: "avatar-initials", "aria-hidden": "true" });
    this.seconds = h("span", { class: "avatar-seconds", "aria-hidden": "true" });
    this.avatar = h("div", { class: "avatar" }, this.initials, this.seconds);
    this.nameLine = h("bdi", { class: "plate-name" });
    this.stackLine = h("span", { class: "plate-stack" });
    this.plate = h("div", { class: "plate" }, this.nameLine, this.stackLine);
    this.act = h("span", { class: "act" });
    this.badge = h("span", { class: "badge" });
    this.hand = h("span", { class: "seat-hand" });
    this.gain = h("span", { class: "gain", "aria-hidden": "true" });
    this.pod = h("div", { class: "pod", role: "group" },
      h("div", { class: "head" }, this.ring, this.avatar, this.cards), this.plate,
      this.act, this.badge, this.hand, this.gain);
    this.take = h("button", { class: "take", type: "button" },
      h("span", { class: "take-plus", "aria-hidden": "true" }, "+"),
      h("span", { class: "take-text" }, "Sit"));
    this.append(this.pod, this.take);
  }

  /** view: see `seatView` in stage.js; null leaves an empty place. */
  update(view, { seat, canTake }) {
    show(this.pod, view !== null);
    show(this.take, view === null && canTake);
    this.classList.toggle("is-empty", view === null);
    this.flag(view ?? {});
    if (view === null) {
      this.take.setAttribute("aria-label", `Take seat ${seat + 1}`);
      return;
    }
    setText(this.initials, initials(view.name));
    setVariables(this, { "--hue": hueOf(view.name) });
    setText(this.nameLine, view.name);
    setText(this.stackLine, view.isAllIn ? "All-in" : display(view.stack));
    setText(this.act, view.act?.text ?? "");
    this.act.dataset.kind = view.act?.kind ?? "";
    show(this.act, Boolean(view.act));
    setText(this.badge, view.badge ?? "");
    show(this.badge, Boolean(view.badge));
    renderOnce(this.hand, view.handName ?? "", () => handText(view.handName ?? ""));
    show(this.hand, Boolean(view.handName));
    const gain = view.gain && isPositive(view.gain) ? `+${display(view.gain)}` : "";
    setText(this.gain, gain);
    show(this.gain, Boolean(gain));
    this.drawCards(view);
    this.pod.setAttribute("aria-label", label(view, seat));
  }

  flag(view) {
    for (const name of FLAGS) {
      const style = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      this.classList.toggle(style, Boolean(view[name]));
    }
    this.classList.toggle("is-showing", Boolean(view.cards?.some(Boolean)));
    this.classList.toggle("has-four", view.cards?.length > 2);
  }

  drawCards({ cards, best }) {
    while (this.cards.children.length > cards.length) this.cards.lastChild.remove();
    cards.forEach((card, index) => {
      let element = this.cards.children[index];
      if (!element) {
        element = h("playing-card", card ? { card } : {});
        this.cards.append(element);
      }
      setCard(element, card);
      element.classList.toggle("is-best", Boolean(best && card && best.has(card)));
      element.classList.toggle("is-dim", Boolean(best && card && !best.has(card)));
    });
  }

  /** clock: {share, remaining, isTimebank} or null. */
  tick(clock) {
    this.classList.toggle("has-clock", clock !== null);
    this.classList.toggle("in-timebank", Boolean(clock?.isTimebank));
    this.classList.toggle("is-hurried", Boolean(clock && clock.remaining < 6));
    if (!clock) return;
    this.arc.style.strokeDasharray = `${CIRCLE * clock.share} ${CIRCLE}`;
    setText(this.seconds, Math.ceil(clock.remaining));
  }
}

/** The hand's name with its kickers apart: small tables leave them out. */
function handText(name) {
  const [main, ...kickers] = name.split(" + ");
  return [h("span", {}, main),
    kickers.length > 0 && h("span", { class: "kickers" }, ` + ${kickers.join(" + ")}`)];
}

function label(view, seat) {
  const notes = [
    `Seat ${seat + 1}: ${view.name}`, `stack ${display(view.stack)}`,
    isPositive(view.bet) ? `bet ${display(view.bet)}` : null,
    view.isDealer ? "dealer" : null, view.isFolded ? "folded" : null,
    view.isTurn ? "to act" : null, view.isAllIn ? "all-in" : null, view.badge, view.handName,
  ];
  return notes.filter(Boolean).join(", ");
}

customElements.define("table-seat", TableSeat);
