// The account's corner of a page: who is signed in and where they may go, or how to sign in.

import { h, renderOnce } from "./dom.js";
import { hueOf, initials } from "./names.js";
import { isPerson, onOtherTab, session, signOut } from "./session.js";

const HERE = () => location.pathname + location.search + location.hash;

/** Return a link to an account page that leads back here. */
export function accountLink(page, text, kind = "", next = HERE()) {
  return h("a", {
    class: `button ${kind}`, href: `/account/${page}/?next=${encodeURIComponent(next)}`,
  }, text);
}

/** Return the round picture that stands for a name: the user's own, else initials. */
export function avatar(name, url = null) {
  const letters = h("span", {
    class: "mini-avatar", vars: { "--hue": hueOf(name) }, "aria-hidden": "true",
  }, initials(name));
  if (!isShowable(url)) return letters;
  const picture = h("img", { class: "mini-avatar mini-picture", src: url, alt: "" });
  picture.addEventListener("error", () => picture.replaceWith(letters));
  return picture;
}

/** Pictures that lie elsewhere are not loaded: the page's policy lets nothing in from there. */
function isShowable(url) {
  try {
    return Boolean(url) && new URL(url).origin === location.origin;
  } catch {
    return false;
  }
}

export async function signOutAndGo() {
  await signOut();
  location.assign("/");
}

/** Draw the corner into an element, and again when another tab signs in or out. */
export function startHeader(element) {
  const draw = () => drawHeader(element);
  onOtherTab(draw);
  draw();
  return draw;
}

function drawHeader(element) {
  const { username: name = null, avatar: url = null } = session()?.user ?? {};
  renderOnce(element, [name, url, isPerson(), location.pathname], () => (
    name === null ? strangerLinks() : ownLinks(name, url)));
}

function strangerLinks() {
  const isHere = location.pathname.startsWith("/account/");
  const next = isHere ? new URLSearchParams(location.search).get("next") ?? "/tables/" : HERE();
  return [accountLink("sign-in", "Sign in", "button-quiet", next),
    accountLink("sign-up", "Sign up", "button-main", next)];
}

function ownLinks(name, url) {
  const place = (path) => (location.pathname.startsWith(path) ? "page" : null);
  return [
    h("a", { class: "site-link", href: "/tables/", "aria-current": place("/tables/") }, "My tables"),
    isPerson() ? h("a", {
      class: "site-link site-me", href: "/account/", "aria-current": place("/account/"),
    }, avatar(name, url), h("bdi", { class: "account-name" }, name))
      : h("span", { class: "site-me" }, avatar(name, url), h("bdi", { class: "account-name" }, name)),
    h("button", { class: "button button-quiet", type: "button", onclick: signOutAndGo }, "Sign out"),
  ];
}
