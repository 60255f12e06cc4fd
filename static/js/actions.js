// <action-bar>: what the viewer can do now. In turn: fold, check or call, bet or raise with slider,
// figures and keys; else a line about what is going on and the buttons of the moment.

import * as betting from "./betting.js";
import { h, renderOnce, setText, setVariables, show } from "./dom.js";
import * as moment from "./moment.js";
import { display, fixed } from "./money.js";
import { bigBlind } from "./view.js";
import { idleView } from "./idle.js";

const SURE_MS = 2600;

export class ActionBar extends HTMLElement {
  connectedCallback() {
    if (this.turnBox) return;
    this.fold = button("fold", "Fold", "F");
    this.call = button("call", "Check", "C");
    this.raise = button("raise", "Raise", "R");
    this.presets = h("div", { class: "presets", role: "group", "aria-label": "Bet sizes" });
    this.slider = h("input", {
      type: "range", min: 0, max: 1000, step: 1, class: "slider", "aria-label": "Bet size",
    });
    this.figure = h("input", {
      type: "text", inputmode: "decimal", autocomplete: "off", maxlength: 18, class: "figure",
      "aria-label": "Bet to",
    });
    this.sizing = h("div", { class: "sizing" }, this.presets,
      h("div", { class: "sizing-row" }, this.slider, this.figure));
    this.turnBox = h("div", { class: "turn-box" }, this.sizing,
      h("div", { class: "verbs" }, this.fold, this.call, this.raise));
    this.idle = h("div", { class: "idle-box" });
    this.append(this.turnBox, this.idle);
    this.choice = null;
    this.amount = 0;
    this.listen();
  }

  listen() {
    this.fold.addEventListener("click", () => this.onFold());
    this.call.addEventListener("click", () => this.onCall());
    this.raise.addEventListener("click", () => this.onRaise());
    this.slider.addEventListener("input", () => {
      this.setAmount(betting.fromSlider(Number(this.slider.value), this.choice), "slider");
    });
    this.figure.addEventListener("input", () => this.onTyped(false));
    this.figure.addEventListener("change", () => this.onTyped(true));
    this.figure.addEventListener("focus", () => this.figure.select());
    this.presets.addEventListener("click", (event) => {
      const preset = event.target.closest("[data-amount]");
      if (preset) this.setAmount(Number(preset.dataset.amount), "preset");
    });
    this.idle.addEventListener("click", (event) => {
      const target = event.target.closest("[data-do]");
      if (target) this.emit(target.dataset.do, target.dataset.value ?? null);
    });
  }

  emit(name, value = null, amount = null) {
    this.dispatchEvent(new CustomEvent("act", { detail: { name, value, amount } }));
  }

  /**
   * state: the reducer's; now: the server's clock, seconds; link: the connection's status; guests:
   * whether the host lets them in.
   */
  update(state, now, link, guests = false) {
    const { hand } = state;
    const isTurn = hand.turn !== null && hand.turn.player === state.me && link === "open";
    show(this.turnBox, isTurn);
    show(this.idle, !isTurn);
    this.toggleAttribute("my-turn", isTurn);
    if (isTurn) this.updateTurn(state);
    else this.endTurn();
    if (!isTurn) this.updateIdle(state, now, link, guests);
  }

  updateTurn(state) {
    const { turn } = state.hand;
    const isNew = this.turn !== turn;
    if (!isNew) return;
    this.turn = turn;
    this.sure(false);
    this.refused();
    this.choice = betting.options(turn, moment.potTotal(state.hand), bigBlind(state));
    const { choice } = this;
    const verb = choice.raise === "action_bet" ? "Bet" : "Raise to";
    this.verb = verb;
    this.callText = choice.canCheck ? "Check" : `Call ${this.money(choice.call)}`;
    label(this.fold, "Fold");
    label(this.call, this.callText);
    this.fold.disabled = !choice.canFold;
    this.call.disabled = !choice.canCheck && !choice.canCall;
    this.toggleAttribute("can-check", choice.canCheck);
    show(this.raise, choice.raise !== null);
    show(this.sizing, choice.raise !== null && choice.max > choice.min);
    renderOnce(this.presets, betting.presets(choice), () => betting.presets(choice).map((preset) => (
      h("button", { type: "button", class: "preset", "data-amount": preset.amount },
        preset.label))));
    if (choice.raise) this.setAmount(choice.min, "turn");
    this.disarm();
  }

  endTurn() {
    if (this.turn === null) return;
    const hadFocus = this.turnBox.contains(document.activeElement);
    this.turn = null;
    this.choice = null;
    this.disarm();
    if (hadFocus) document.activeElement.blur();
  }

  updateIdle(state, now, link, guests) {
    const view = idleView(state, now, link, guests);
    const isNew = renderOnce(this.idle, { ...view, line: null }, () => [
      h("p", { class: "idle-line" }),
      view.buttons.length > 0 && h("div", { class: "idle-buttons" }, view.buttons.map((each) => (
        h("button", {
          type: "button", class: `button ${each.isMain ? "button-main" : ""}`,
          "data-do": each.name, "data-value": each.value ?? null,
        }, each.text)))),
    ]);
    if (isNew || view.line) setText(this.idle.firstChild, view.line);
  }

  money(minor) {
    return display(betting.fromMinor(minor, this.choice.decimals));
  }

  setAmount(amount, source) {
    const { choice } = this;
    if (!choice?.raise) return;
    this.amount = betting.clamp(amount, choice);
    const isAllIn = this.amount === choice.max && choice.max > choice.min;
    label(this.raise, isAllIn ? `All-in ${this.money(this.amount)}`
      : `${this.verb} ${this.money(this.amount)}`);
    if (source !== "slider") this.slider.value = betting.toSlider(this.amount, choice);
    setVariables(this.slider, { "--fill": `${this.slider.value / 10}%` });
    this.slider.setAttribute("aria-valuetext", this.money(this.amount));
    if (source !== "typed") {
      this.figure.value = fixed(this.amount, choice.decimals);
      this.figure.removeAttribute("aria-invalid");
    }
    for (const preset of this.presets.children) {
      const isOn = Number(preset.dataset.amount) === this.amount;
      preset.setAttribute("aria-pressed", String(isOn));
    }
    if (source === "slider" || source === "preset" || source === "key") this.arm();
  }

  onTyped(isFinal) {
    const { choice } = this;
    if (!choice) return;
    const typed = betting.parseTyped(this.figure.value, choice.decimals);
    const isGood = typed !== null && typed >= choice.min && typed <= choice.max;
    this.figure.toggleAttribute("aria-invalid", !isGood && !isFinal);
    if (isFinal) this.setAmount(typed ?? this.amount, "final");
    else if (isGood) this.setAmount(typed, "typed");
  }

  /** Take the typed amount over, ready to be sent. */
  take() {
    this.onTyped(true);
    this.arm();
  }

  arm() {
    this.toggleAttribute("armed", true);
  }

  disarm() {
    this.toggleAttribute("armed", false);
  }

  sure(isAsking) {
    clearTimeout(this.sureTimer);
    this.toggleAttribute("asking", isAsking);
    label(this.fold, isAsking ? "Fold anyway?" : "Fold");
    if (isAsking) this.sureTimer = setTimeout(() => this.sure(false), SURE_MS);
  }

  /** Folding what could be checked for free asks once more. */
  onFold() {
    if (!this.choice?.canFold) return;
    if (this.choice.canCheck && !this.hasAttribute("asking")) this.sure(true);
    else this.act("action_fold");
  }

  onCall() {
    const { choice } = this;
    if (choice?.canCheck) this.act("action_check");
    else if (choice?.canCall) this.act("action_call", choice.call);
  }

  onRaise() {
    if (this.choice?.raise) this.act(this.choice.raise, this.amount);
  }

  act(name, minor = null) {
    if (this.hasAttribute("sent")) return;
    this.toggleAttribute("sent", true);
    const amount = minor === null ? null : betting.fromMinor(minor, this.choice.decimals);
    this.emit(name, null, amount);
  }

  /** A refused action may be tried again. */
  refused() {
    this.toggleAttribute("sent", false);
  }

  /** One key of the table; returns whether it meant something. */
  key(event) {
    const { choice } = this;
    if (!choice || !this.turn) return false;
    const steps = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1 };
    const name = event.key.toLowerCase();
    if (name === "f") this.onFold();
    else if (name === "c") this.onCall();
    else if (name === "r" && choice.raise) this.startRaise();
    else if (event.key in steps && choice.raise) {
      const count = steps[event.key] * (event.shiftKey ? 5 : 1);
      this.setAmount(betting.stepped(this.amount, count, choice), "key");
    } else if (event.key === "Enter" && this.hasAttribute("armed")) this.onRaise();
    else if (event.key === "Escape") this.leaveRaise();
    else return false;
    return true;
  }

  startRaise() {
    this.arm();
    this.raise.focus();
  }

  leaveRaise() {
    this.disarm();
    this.sure(false);
    this.setAmount(this.choice.min, "turn");
  }
}

function button(kind, text, key) {
  return h("button", {
    type: "button", class: `verb verb-${kind}`, "aria-keyshortcuts": key.toLowerCase(),
  }, h("span", { class: "verb-text" }, text), h("kbd", { "aria-hidden": "true" }, key));
}

function label(element, text) {
  setText(element.firstChild, text);
}

customElements.define("action-bar", ActionBar);
