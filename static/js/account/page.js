// The account pages: one shell, one view for each path.

import { startHeader } from "../header.js";
import { goSignIn, isPerson, rememberNext, safePath } from "../session.js";
import "../toasts.js";
import { confirmView, forgotView, resetView, signInView, signUpView } from "./doors.js";
import { profileView } from "./profile.js";

const VIEWS = {
  "": ["Your account", profileView], "sign-in": ["Sign in", signInView],
  "sign-up": ["Sign up", signUpView], confirm: ["Confirm your mail address", confirmView],
  forgot: ["Forgotten password", forgotView], reset: ["New password", resetView],
};
const NEEDS_SIGN_IN = new Set([""]);

const name = location.pathname.split("/")[2] ?? "";
const [title, view] = VIEWS[name];
const main = document.querySelector("#main");
const next = new URLSearchParams(location.search).get("next");

document.title = `${title} \u00b7 vphost`;
if (next) rememberNext(safePath(next, ""));
if (NEEDS_SIGN_IN.has(name) && !isPerson()) goSignIn();
else {
  const draw = startHeader(document.querySelector("#site-nav"));
  const toasts = document.querySelector("toast-stack");
  main.append(...[view({ title, draw, toasts })].flat());
}
