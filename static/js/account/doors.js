// The ways in: sign in, sign up, confirm a mail address, forget and set a password.

import { h } from "../dom.js";
import { form, passwordField, textField } from "../forms.js";
import {
  ApiError, call, callAsNobody, forget, isPerson, session, signIn, signInAsGuest, takeNext,
} from "../session.js";

const HOME = "/tables/";
const LENGTH_HELP = "8 characters or more.";

/** Return a page's box with its heading; further children follow. */
function box(title, ...children) {
  return h("div", { class: "door" }, h("h1", { tabindex: "-1" }, title), children);
}

/** Replace a box's content by what happened, and tell it. */
function tell(element, title, text, ...more) {
  const heading = h("h1", { tabindex: "-1" }, title);
  element.replaceChildren(heading, h("p", { role: "status" }, text), ...more);
  heading.focus();
}

const email = (more = {}) => textField({
  name: "email", label: "Mail address", type: "email", autocomplete: "email", maxlength: 254,
  required: true, spellcheck: "false", autocapitalize: "none", ...more,
});

const go = () => location.replace(takeNext(HOME));

// -- signing in

export function signInView({ title }) {
  const element = box(title, form({
    label: title, submit: "Sign in",
    fields: [email({ autocomplete: "username" }), passwordField({
      name: "password", label: "Password", autocomplete: "current-password",
    })],
    act: async ({ email: address, password }) => {
      await signIn(address.trim(), password);
      go();
    },
  }), h("p", { class: "door-links" },
    h("a", { class: "link", href: "/account/forgot/" }, "Forgotten your password?"),
    h("span", {}, "New here? ", h("a", { class: "link", href: "/account/sign-up/" }, "Sign up"))));
  offerGuest(element);
  if (session()) skipIfKnown();
  return element;
}

/** Whoever is signed in already goes on, if the server still knows them. */
async function skipIfKnown() {
  if (!isPerson()) return;
  try {
    await call("GET", "/api/v1/users/current/");
    go();
  } catch (error) {
    if (error.status === 401) forget();
  }
}

/** Where the host lets guests in, offer it. */
async function offerGuest(element) {
  const alert = h("p", { class: "form-alert", role: "alert" });
  try {
    const { guests } = await callAsNobody("GET", "/api/v1/lobby/tables/");
    if (!guests) return;
  } catch {
    return;
  }
  element.append(h("div", { class: "door-guest" }, h("button", {
    class: "button", type: "button",
    onclick: async () => {
      try {
        await signInAsGuest();
        go();
      } catch (error) {
        alert.textContent = error.message;
      }
    },
  }, "Play as a guest"), h("p", { class: "hint" }, "No account, a little play money."), alert));
}

// -- an account

export function signUpView({ title }) {
  const fields = [email(), textField({
    name: "username", label: "Name", required: true, minlength: 2, maxlength: 32,
    autocomplete: "nickname", spellcheck: "false", dir: "auto",
    help: "What others see: letters and digits; dots, dashes and underscores inside.",
  }), passwordField({
    name: "password", label: "Password", autocomplete: "new-password", minlength: 8,
    help: LENGTH_HELP,
  })];
  const element = box(title, form({
    label: title, submit: "Sign up", fields,
    act: async (values) => {
      const address = values.email.trim();
      await callAsNobody("POST", "/api/v1/auth/registration/", {
        ...values, email: address, username: values.username.trim(),
      });
      tell(element, "Look into your mail", "A letter is on its way.",
        h("p", { class: "strong" }, h("bdi", {}, address)),
        h("p", {}, "Open the link in it; then you can sign in. It is good for three days."));
    },
  }), h("p", { class: "door-links" }, h("span", {}, "Have an account? ",
    h("a", { class: "link", href: "/account/sign-in/" }, "Sign in"))));
  return element;
}

/** Return the key of the letter's link, and take it out of the address. */
function keyOfLetter() {
  const key = new URLSearchParams(location.hash.slice(1)).get("key");
  history.replaceState(null, "", location.pathname);
  return key;
}

const signInButton = () => h("div", { class: "form-buttons" },
  h("a", { class: "button button-main", href: "/account/sign-in/" }, "Sign in"));

export function confirmView({ title }) {
  const element = box(title, h("p", { role: "status" }, "One moment\u2026"));
  confirm(element, keyOfLetter());
  return element;
}

async function confirm(element, key) {
  try {
    if (!key) throw new ApiError(0, "The link is not whole. Please open it from the letter again.");
    await callAsNobody("POST", "/api/v1/auth/confirm-email/", { key });
  } catch (error) {
    tell(element, "That did not work", error.message, h("p", {},
      "A link is good for three days. You can sign up again with the same address."),
    h("div", { class: "form-buttons" }, h("a", {
      class: "button", href: "/account/sign-up/",
    }, "Sign up")));
    return;
  }
  tell(element, "Welcome", "Your mail address is confirmed.", signInButton());
}

// -- a new password

export function forgotView({ title }) {
  const element = box(title,
    h("p", {}, "We send you a letter with a link under which you set a new one."),
    form({
      label: title, submit: "Send the letter", fields: [email()],
      act: async (values) => {
        await callAsNobody("POST", "/api/v1/auth/password/reset/", { email: values.email.trim() });
        tell(element, "Look into your mail",
          "If there is an account with this address, a letter is on its way. Its link is good for "
          + "an hour.");
      },
    }), h("p", { class: "door-links" }, h("a", {
      class: "link", href: "/account/sign-in/",
    }, "Back to signing in")));
  return element;
}

export function resetView({ title }) {
  const key = keyOfLetter();
  const element = box(title);
  if (!key) {
    element.append(h("p", { role: "alert" },
      "The link is not whole. Please open it from the letter again, or have a new one sent."),
    h("div", { class: "form-buttons" }, h("a", {
      class: "button", href: "/account/forgot/",
    }, "Send a new letter")));
    return element;
  }
  element.append(form({
    label: title, submit: "Set the password", fields: [passwordField({
      name: "new_password", label: "New password", autocomplete: "new-password", minlength: 8,
      help: LENGTH_HELP,
    })],
    act: async (values) => {
      await callAsNobody("POST", "/api/v1/auth/password/reset/confirm/", { ...values, key });
      forget();
      tell(element, "Done", "The password is changed, and all sign-ins have ended.",
        signInButton());
    },
  }));
  return element;
}
