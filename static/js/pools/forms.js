// Pieces of the forms with which a game is governed.

import { h } from "../dom.js";

let made = 0;

/** Return a labelled control. */
export function field(label, control, isWide = false) {
  control.id ||= `field-${(made += 1)}`;
  return h("p", { class: isWide ? "field is-wide" : "field" }, h("label", { for: control.id }, label), control);
}

export function input(properties = {}) {
  return h("input", { class: "control", autocomplete: "off", ...properties });
}

/** options: [[value, text]]. */
export function select(options, properties = {}) {
  return h("select", { class: "control", ...properties },
    options.map(([value, label]) => h("option", { value }, label)));
}

export function check(label, properties = {}) {
  const box = h("input", { type: "checkbox", ...properties });
  return [h("label", { class: "check" }, box, h("bdi", {}, label)), box];
}

/** Return a form. act: () -> promise of whether it succeeded; its button rests meanwhile. */
export function form(title, parts, button, act, properties = {}) {
  const submit = h("button", { type: "submit", class: "button button-main" }, button);
  const element = h("form", { class: "manage-form", ...properties },
    h("h3", {}, title), h("div", { class: "fields" }, parts), submit);
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    try {
      await act();
    } finally {
      submit.disabled = false;
    }
  });
  return element;
}

/** Return a button that acts when it is pressed a second time within a few seconds. */
export function careful(label, act, properties = {}) {
  let cancel = null;
  const rest = () => {
    clearTimeout(cancel);
    cancel = null;
    button.textContent = label;
  };
  const button = h("button", {
    type: "button", class: "button button-danger", ...properties,
    onclick: () => {
      if (cancel !== null) {
        rest();
        act();
        return;
      }
      button.textContent = "Press again";
      cancel = setTimeout(rest, 4000);
    },
  }, label);
  return button;
}
