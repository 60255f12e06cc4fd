// One's own account: who one is, what one has played, and the password.

import { h, renderOnce, setText } from "../dom.js";
import { form, passwordField } from "../forms.js";
import { avatar, signOutAndGo } from "../header.js";
import { display } from "../money.js";
import { call, goSignIn, rememberAvatar } from "../session.js";
import { PICTURES, uploaded } from "./upload.js";

export function profileView({ title, toasts, draw }) {
  const who = h("section", { class: "card", "aria-labelledby": "who" },
    h("h2", { id: "who" }, "Profile"), h("p", { role: "status" }, "One moment\u2026"));
  const career = h("dl", { class: "facts" });
  load(who, career, { toasts, draw });
  return [h("h1", {}, title), h("div", { class: "cards" }, who,
    h("section", { class: "card", "aria-labelledby": "played" },
      h("h2", { id: "played" }, "Career"), career),
    passwordCard(toasts))];
}

async function load(who, career, parts) {
  try {
    const [user, rows] = await Promise.all([
      call("GET", "/api/v1/users/current/"), call("GET", "/api/v1/users/current/stats/")]);
    show(who, user, parts);
    renderOnce(career, rows, () => rows.map(({ label, value }) => fact(label, value)));
  } catch (error) {
    if (error.status === 401) goSignIn();
    else parts.toasts.tell(error.message, "error");
  }
}

function show(who, user, parts) {
  rememberAvatar(user.avatar_url ?? null);
  parts.draw();
  who.replaceChildren(...profile(user, pictureForm(who, user, parts)));
}

/** Choosing a picture uploads it; the profile is drawn anew with it. */
function pictureForm(who, user, parts) {
  const alert = h("p", { class: "form-alert", role: "alert" });
  const set = async (find) => {
    setText(alert, "");
    try {
      show(who, await call("PATCH", "/api/v1/users/current/", { avatar_url: await find() }), parts);
      parts.toasts.tell("Your picture is changed.", "good");
    } catch (error) {
      if (error.status === undefined) throw error;
      setText(alert, error.fields?.avatar_url?.join(" ") ?? error.message);
    }
  };
  const input = h("input", { type: "file", id: "picture", accept: PICTURES.join(",") });
  input.addEventListener("change", () => {
    const [file] = input.files;
    input.value = "";
    if (file) set(() => uploaded(file, "player_avatars"));
  });
  return h("div", { class: "picture-form" }, h("div", { class: "form-buttons" }, input,
    h("label", { class: "button", for: "picture" }, "Change the picture"),
    user.avatar_url ? h("button", {
      type: "button", class: "button button-quiet", onclick: () => set(async () => null),
    }, "Remove it") : null),
  h("p", { class: "hint" }, "PNG, JPEG or WebP, at most 2 MB."), alert);
}

const fact = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, value));

function profile(user, picture) {
  const money = Object.entries(user.balances)
    .map(([code, amount]) => `${display(amount)} ${code}`).join(" \u00b7 ");
  return [h("h2", { id: "who" }, "Profile"),
    h("div", { class: "who" }, avatar(user.username, user.avatar_url),
      h("bdi", { class: "who-name" }, user.username)),
    picture,
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
