// Tabs by the pattern of the ARIA practices: arrows move, the chosen one is in the address.

import { h, show } from "./dom.js";

/** Return [tablist, ...panels]. tabs: [{name, text, panel}]; chosen(name) is told each choice. */
export function tabs(label, list, chosen) {
  const buttons = list.map(({ name, text, panel }) => {
    panel.id = `panel-${name}`;
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", `tab-${name}`);
    return h("button", {
      type: "button", role: "tab", id: `tab-${name}`, "aria-controls": panel.id,
      onclick: () => choose(name, true),
    }, text);
  });
  const names = list.map(({ name }) => name);
  const choose = (name, isAsked) => {
    list.forEach(({ panel }, index) => {
      const isOn = names[index] === name;
      buttons[index].setAttribute("aria-selected", String(isOn));
      buttons[index].tabIndex = isOn ? 0 : -1;
      show(panel, isOn);
    });
    if (isAsked) history.replaceState(null, "", `#${name}`);
    chosen(name);
  };
  const bar = h("div", { class: "segments", role: "tablist", "aria-label": label }, buttons);
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const now = buttons.findIndex((one) => one.tabIndex === 0);
    const next = (now + step + names.length) % names.length;
    choose(names[next], true);
    buttons[next].focus();
  });
  const asked = location.hash.slice(1);
  choose(names.includes(asked) ? asked : names[0], false);
  return [bar, ...list.map(({ panel }) => panel)];
}
