// Forms for people: labelled fields with help, faults shown at the field they belong to, and one
// line for what belongs to none. Faults of the browser's own checks and of the host look the same.

import { h, setText, show } from "./dom.js";

let count = 0;

/** Return a labelled control: {row, name, input, fault}. help: shown below it, always. */
export function field({ name, label, help = "", input, isInline = false }) {
  const id = `field-${count += 1}`;
  const hint = help ? h("p", { class: "hint", id: `${id}-help` }, help) : null;
  const fault = h("p", { class: "field-fault", id: `${id}-fault`, hidden: true });
  input.id = id;
  input.name = name;
  if (hint) input.setAttribute("aria-describedby", hint.id);
  input.addEventListener("input", () => clear({ input, fault, hint }));
  const text = h("label", { for: id }, label);
  const row = h("div", { class: `field ${isInline ? "field-inline" : ""}`, "data-field": name },
    isInline ? [input, text] : [text, input], hint, fault);
  return { row, name, input, fault, hint };
}

/** Return a text field. given: attributes of the input. */
export function textField({ name, label, help, ...given }) {
  const input = h("input", { type: "text", class: "text-input", ...given });
  return field({ name, label, help, input });
}

/** Return a password field that can be shown in clear. */
export function passwordField({ name, label, help, ...given }) {
  const one = textField({
    name, label, help, type: "password", maxlength: 1024, required: true, ...given,
  });
  const toggle = h("button", {
    type: "button", class: "reveal", "aria-pressed": "false", "aria-label": "Show the password",
  }, "Show");
  toggle.addEventListener("click", () => {
    const isShown = one.input.type === "password";
    one.input.type = isShown ? "text" : "password";
    toggle.setAttribute("aria-pressed", String(isShown));
    setText(toggle, isShown ? "Hide" : "Show");
  });
  const box = h("div", { class: "reveal-box" });
  one.input.replaceWith(box);
  box.append(one.input, toggle);
  return one;
}

function clear({ input, fault, hint }) {
  input.removeAttribute("aria-invalid");
  if (hint) input.setAttribute("aria-describedby", hint.id);
  else input.removeAttribute("aria-describedby");
  show(fault, false);
}

function mark({ input, fault, hint }, text) {
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", [hint?.id, fault.id].filter(Boolean).join(" "));
  setText(fault, text);
  show(fault, true);
}

/**
 * Return a form element. fields: of this module; act(values) is awaited on submit and may raise
 * ApiError, whose fields are shown where they belong. `form.values()`, `form.refuse(error)`.
 */
export function form({ fields, act, submit, label, extra = [], before = [] }) {
  const alert = h("p", { class: "form-alert", role: "alert" });
  const button = h("button", { class: "button button-main", type: "submit" }, submit);
  const element = h("form", { class: "form", novalidate: true, "aria-label": label }, before,
    fields.map((one) => one.row), h("div", { class: "form-foot" }, alert,
      h("div", { class: "form-buttons" }, button, extra)));
  element.values = () => Object.fromEntries(fields.map((one) => (
    [one.name, one.value ? one.value() : one.input.value])));
  element.refuse = (error) => refuse(fields, alert, error);
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    send(element, { fields, act, alert, button });
  });
  return element;
}

async function send(element, { fields, act, alert, button }) {
  setText(alert, "");
  fields.forEach(clear);
  if (element.isBusy || !isValid(fields)) return;
  element.isBusy = true;
  button.setAttribute("aria-disabled", "true");
  try {
    await act(element.values());
  } catch (error) {
    if (error.status === undefined) throw error;
    refuse(fields, alert, error);
  } finally {
    element.isBusy = false;
    button.removeAttribute("aria-disabled");
  }
}

/** Show what the browser's own checks say at each field; returns whether nothing is wrong. */
export function isValid(fields) {
  const wrong = fields.filter(({ input }) => !input.validity.valid);
  wrong.forEach((one) => mark(one, one.input.validity.patternMismatch && one.input.title
    ? one.input.title : one.input.validationMessage));
  reveal(wrong[0]);
  return wrong.length === 0;
}

/** Return the name of a field that has no place in a form: "big_blind" -> "Big blind". */
function plainName(name) {
  const words = name.replaceAll(/[._]/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Show a refusal: at its fields, and in words above the button for all that has no field here. */
export function refuse(fields, alert, error) {
  const known = new Map(fields.map((one) => [one.name, one]));
  const rest = [];
  let first = null;
  for (const [name, messages] of Object.entries(error.fields ?? {})) {
    const one = known.get(name) ?? known.get(name.split(".")[0]);
    if (one) {
      mark(one, messages.join(" "));
      first ??= one;
    } else if (name !== "non_field_errors") rest.push(`${plainName(name)}: ${messages.join(" ")}`);
  }
  setText(alert, [error.message, ...rest].join(" "));
  reveal(first);
}

/** Show a field with what is said about it, clear of whatever sticks to the window's edges. */
function reveal(one) {
  if (!one) return;
  one.input.focus({ preventScroll: true });
  one.row.scrollIntoView({ block: "nearest" });
}
