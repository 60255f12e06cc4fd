// Building and changing elements. Text always goes in as text nodes, so nothing a player writes
// can become markup; styles are set through the object model, which the page's policy allows.

const SVG = "http://www.w3.org/2000/svg";

function apply(element, properties) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") element.setAttribute("class", value);
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "vars") setVariables(element, value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
}

/** Return a new element. properties: attributes, `on<event>` listeners, `vars` (CSS variables). */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  apply(element, properties);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** Return a new SVG element. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  apply(element, attributes);
  element.append(...children.flat());
  return element;
}

/** Set CSS variables of an element, touching only those that changed. */
export function setVariables(element, variables) {
  for (const [name, value] of Object.entries(variables)) {
    if (element.style.getPropertyValue(name) !== String(value)) {
      element.style.setProperty(name, String(value));
    }
  }
}

/** Set an element's text if it differs, so that live regions and selections stay quiet. */
export function setText(element, value) {
  const next = value === null || value === undefined ? "" : String(value);
  if (element.textContent !== next) element.textContent = next;
}

/** Show or hide an element by its `hidden` attribute. */
export function show(element, isShown) {
  if (element.hidden === isShown) element.hidden = !isShown;
}

/** Replace the children only when `key` differs from last time; returns whether it did. */
export function renderOnce(element, key, build) {
  const stamp = typeof key === "string" ? key : JSON.stringify(key);
  if (element.renderedKey === stamp) return false;
  element.renderedKey = stamp;
  element.replaceChildren(...[build()].flat().filter(Boolean));
  return true;
}

export const isMotionReduced = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
