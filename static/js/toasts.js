// <toast-stack>: short notices that come and go. Refusals are alerts, the rest is polite.

import { h } from "./dom.js";

const SHOWN_MS = 6000;
const MOST = 4;

export class ToastStack extends HTMLElement {
  clear() {
    this.replaceChildren();
  }

  /** Show a notice. kind: "error", "info" or "good". */
  tell(text, kind = "info") {
    const repeated = [...this.children].find((each) => each.dataset.text === text);
    repeated?.remove();
    const close = h("button", { class: "toast-close", type: "button", "aria-label": "Dismiss" }, "\u00d7");
    const toast = h("div", {
      class: `toast toast-${kind}`, role: kind === "error" ? "alert" : "status", "data-text": text,
    }, h("span", { class: "toast-text", dir: "auto" }, text), close);
    const remove = () => toast.remove();
    close.addEventListener("click", remove);
    setTimeout(remove, SHOWN_MS);
    this.append(toast);
    while (this.children.length > MOST) this.firstChild.remove();
  }
}

customElements.define("toast-stack", ToastStack);

const FAILED = "That did not work. Please try again, or load the page again.";

/** A press that fails by a fault of the page says so, wherever it was. */
function tellFault() {
  document.querySelector("toast-stack")?.tell(FAILED, "error");
}

addEventListener("error", (event) => event.error && tellFault());
addEventListener("unhandledrejection", tellFault);
