// The dialogs of the table: buying in, changing a bank, being sure. Built when needed.

import { fromMinor, parseTyped } from "./betting.js";
import { h } from "./dom.js";
import { compare, decimalsOf, display, fixed, subtract, toMinor } from "./money.js";

/** Return what a player's bank holds; one that is not open yet is issued with the first buy-in. */
export function bankOf(player, config) {
  return player.bankOpen ? player.bank : String(config.default_bank_value);
}

/** Return {min, max, best, decimals} of a buy-in in minor units; max < min where none can be. */
export function buyInRange(player, config) {
  const held = bankOf(player, config);
  const decimals = decimalsOf(held, config.min_buy_in, config.max_buy_in, player.stack);
  const minor = (amount) => toMinor(amount, decimals);
  const room = minor(config.max_buy_in) - minor(player.stack) - minor(player.delayed);
  const bank = minor(held);
  const min = player.hasBuyIn ? 1 : minor(config.min_buy_in);
  const max = Math.min(room, bank);
  return { min, max, best: max, decimals };
}

/** Open a dialog until it is closed; returns it. */
export function openDialog(className, title, ...children) {
  const dialog = h("dialog", { class: `dialog ${className}`, "aria-label": title },
    h("form", { method: "dialog", class: "dialog-form" }, h("h2", {}, title), ...children));
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
  return dialog;
}

/** Ask yes or no; resolves to a boolean. */
export function confirm(title, text, yes, isDanger = true) {
  return new Promise((resolve) => {
    const dialog = openDialog("dialog-confirm", title, h("p", {}, text),
      h("div", { class: "dialog-buttons" },
        h("button", { class: "button", value: "" }, "Cancel"),
        h("button", {
          class: `button ${isDanger ? "button-danger" : "button-main"}`, value: "yes",
        }, yes)));
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"));
  });
}

/** Ask how much to buy in for; resolves to a decimal string or null. */
export function askBuyIn(player, config) {
  const range = buyInRange(player, config);
  const { min, max, decimals } = range;
  const held = bankOf(player, config);
  const write = (minor) => fromMinor(minor, decimals);
  if (max < min) {
    const text = compare(subtract(config.max_buy_in, player.stack), "0") <= 0
      ? "You already have the most chips this table allows."
      : `Your bank at this table holds ${display(held)}; that is too little.`;
    return confirm("Buy in", text, "All right", false).then(() => null);
  }
  const slider = h("input", {
    type: "range", class: "slider", min, max, value: range.best, step: 1, "aria-label": "Buy-in",
  });
  const figure = h("input", {
    type: "text", inputmode: "decimal", class: "figure", value: fixed(range.best, decimals),
    "aria-label": "Buy-in amount", autocomplete: "off", maxlength: 18,
  });
  const go = h("button", { class: "button button-main", value: "yes" }, "Buy in");
  const paint = () => {
    const share = max > min ? (Number(slider.value) - min) / (max - min) : 1;
    slider.style.setProperty("--fill", `${share * 100}%`);
  };
  slider.addEventListener("input", () => {
    figure.value = fixed(Number(slider.value), decimals);
    figure.removeAttribute("aria-invalid");
    go.disabled = false;
    paint();
  });
  figure.addEventListener("input", () => {
    const typed = parseTyped(figure.value, decimals);
    const isGood = typed !== null && typed >= min && typed <= max;
    figure.toggleAttribute("aria-invalid", !isGood);
    go.disabled = !isGood;
    if (isGood) slider.value = typed;
    paint();
  });
  paint();
  return new Promise((resolve) => {
    const dialog = openDialog("dialog-buy-in", "Buy in",
      h("p", { class: "dialog-note" }, "Bank ", h("b", {}, display(held)),
        ` \u00b7 from ${display(write(min))} to ${display(write(max))}`),
      h("div", { class: "sizing-row" }, slider, figure),
      h("div", { class: "dialog-buttons" },
        h("button", { class: "button", value: "", formnovalidate: true }, "Not now"), go));
    figure.focus();
    figure.select();
    figure.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      if (!go.disabled) dialog.close("yes");
    });
    dialog.addEventListener("close", () => {
      const typed = parseTyped(figure.value, decimals);
      resolve(dialog.returnValue === "yes" && typed !== null ? write(typed) : null);
    });
  });
}

/** Ask the host how much to add to a player's bank; resolves to a decimal string or null. */
export function askChange(player) {
  const decimals = decimalsOf(player.bank);
  const bank = toMinor(player.bank, decimals);
  const figure = h("input", {
    type: "text", inputmode: "decimal", class: "figure", "aria-label": "Amount", maxlength: 18,
    autocomplete: "off", "aria-describedby": "change-note",
  });
  const sign = h("select", { class: "figure sign", "aria-label": "What to do" },
    h("option", { value: "" }, "Add"), h("option", { value: "-" }, "Take"));
  const go = h("button", { class: "button button-main", value: "yes", disabled: true }, "Change");
  const note = h("p", { class: "hint", id: "change-note", "aria-live": "polite" });
  const typed = () => parseTyped(figure.value, decimals);
  const look = () => {
    const amount = typed();
    const after = amount === null ? null : bank + (sign.value ? -amount : amount);
    const isGood = amount !== null && amount > 0 && after >= 0;
    go.disabled = !isGood;
    figure.toggleAttribute("aria-invalid", figure.value !== "" && !isGood);
    note.textContent = isGood ? `The bank is ${display(fromMinor(after, decimals))} then.`
      : `The bank holds ${display(player.bank)}.`;
  };
  figure.addEventListener("input", look);
  sign.addEventListener("change", look);
  look();
  return new Promise((resolve) => {
    const dialog = openDialog("dialog-change", `Bank of ${player.username ?? "the player"}`,
      h("div", { class: "sizing-row" }, sign, figure), note,
      h("div", { class: "dialog-buttons" },
        h("button", { class: "button", value: "", formnovalidate: true }, "Cancel"), go));
    figure.focus();
    figure.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      if (!go.disabled) dialog.close("yes");
    });
    dialog.addEventListener("close", () => {
      const isSure = dialog.returnValue === "yes" && typed() !== null;
      resolve(isSure ? `${sign.value}${fromMinor(typed(), decimals)}` : null);
    });
  });
}
