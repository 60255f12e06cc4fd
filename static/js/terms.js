// Words with a meaning at hand: shown beside the word on hover, focus and press; Escape hides it.

import { h, setText, setVariables, show } from "./dom.js";
import { newId } from "./ids.js";

const GAP = 8;

/** Serve all `.term[data-meaning]` below an element. */
export function startTerms(element) {
  const tip = h("div", { class: "tip", role: "tooltip", id: `tip-${newId()}`, hidden: true });
  document.body.append(tip);
  let word = null;
  const hide = () => {
    word?.removeAttribute("aria-describedby");
    word = null;
    show(tip, false);
  };
  const open = (event) => {
    const found = event.target.closest?.(".term");
    if (!found || found === word) return;
    hide();
    word = found;
    setText(tip, found.dataset.meaning);
    found.setAttribute("aria-describedby", tip.id);
    show(tip, true);
    place(tip, found.getBoundingClientRect());
  };
  for (const name of ["pointerover", "focusin", "click"]) element.addEventListener(name, open);
  element.addEventListener("pointerout", (event) => {
    if (word && event.target.closest?.(".term") === word && document.activeElement !== word) hide();
  });
  element.addEventListener("focusout", hide);
  addEventListener("keydown", (event) => event.key === "Escape" && hide());
  addEventListener("scroll", hide, true);
}

function place(tip, box) {
  const { offsetWidth: width, offsetHeight: height } = tip;
  const left = Math.max(GAP, Math.min(box.left, innerWidth - width - GAP));
  const above = box.top - height - GAP;
  setVariables(tip, { "--left": `${left}px`, "--top": `${above > GAP ? above : box.bottom + GAP}px` });
}
