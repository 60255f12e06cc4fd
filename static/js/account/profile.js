// One's own account: who one is, what one has played, and the password.

import { h, renderOnce } from "../dom.js";
import { form, passwordField } from "../forms.js";
import { avatar, signOutAndGo } from "../header.js";
import { display } from "../money.js";
import { call, goSignIn } from "../session.js";

export function profileView({ title, toasts }) {
  const who = h("section", { class: "card", "aria-labelledby": "who" },
    h("h2", { id: "who" }, "Profile"), h("p", { role: "status" }, "One moment\u2026"));
  const career = h("dl", { class: "facts" });
  load(who, career, toasts);
  return [h("h1", {}, title), h("div", { class: "cards" }, who,
    h("section", { class: "card", "aria-labelledby": "played" },
      h("h2", { id: "played" }, "Career"), career),
    passwordCard(toasts))];
}

async function load(who, career, toasts) {
  try {
    const [user, rows] = await Promise.all([
      call("GET", "/api/v1/users/current/"), call("GET", "/api/v1/users/current/stats/")]);
    who.replaceChildren(...profile(user));
    renderOnce(career, rows, () => rows.map(({ label, value }) => fact(label, value)));
  } catch (error) {
    if (error.status === 401) goSignIn();
    else toasts.tell(error.message, "error");
  }
}

const fact = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, value));

function profile(user) {
  const money = Object.entries(user.balances)
    .map(([code, amount]) => `${display(amount)} ${code}`).join(" \u00b7 ");
  return [h("h2", { id: "who" }, "Profile"),
    h("div", { class: "who" }, avatar(user.username), h("bdi", { class: "who-name" }, user.username)),
    h("dl", { class: "facts" },
      fact("Mail address", h("bdi", {}, user.email ?? "none")),
      fact("Here since", new Date(user.joined_at * 1000).toLocaleDateString()),
      fact("Money", money || "none"),
      user.payment_method ? fact("Card", card(user.payment_method)) : null),
    h("div", { class: "form-buttons" }, h("button", {
      class: "button", type: "button", onclick: signOutAndGo,
    }, "Sign out"))];
}

const card = ({ brand, last4 }) => `${brand} ending in ${last4}`;

function passwordCard(toasts) {
  const old = passwordField({
    name: "old_password", label: "Password now", autocomplete: "current-password",
  });
  const fresh = passwordField({
    name: "new_password", label: "New password", autocomplete: "new-password", minlength: 8,
    help: "8 characters or more. All your other sign-ins end.",
  });
  const element = form({
    label: "Change the password", submit: "Change the password", fields: [old, fresh],
    act: async (values) => {
      const { detail } = await call("POST", "/api/v1/auth/password/change/", values);
      element.reset();
      toasts.tell(detail, "good");
    },
  });
  return h("section", { class: "card", "aria-labelledby": "secret" },
    h("h2", { id: "secret" }, "Password"), element);
}
