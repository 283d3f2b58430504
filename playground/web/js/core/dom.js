// Elements built from data. Text only ever becomes text nodes: nothing here parses HTML.

const SVG = "http://www.w3.org/2000/svg";
const there = (value) => value !== null && value !== undefined;

/** An element with properties and children; `null` and `false` leave a property or child out. */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) if (there(value) && value !== false) setProperty(element, name, value);
  element.append(...children.flat(Infinity).filter((child) => there(child) && child !== false));
  return element;
}

function setProperty(element, name, value) {
  if (name === "data") Object.assign(element.dataset, Object.fromEntries(Object.entries(value).filter(([, one]) => there(one))));
  // Through the object model: a style attribute would be refused by the page's security policy.
  else if (name === "vars") for (const [variable, one] of Object.entries(value)) element.style.setProperty(variable, one);
  else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else element.setAttribute(name, value === true ? "" : value);
}

/** A button that does not send the form it stands in. */
export const button = (look, props, ...children) => h("button", { type: "button", class: look, ...props }, children);

/** A button that shows an icon, with a label for screen readers. */
export const iconButton = (look, label, name, props) => button(look, { "aria-label": label, ...props }, icon(name));

/** A link to another site, in a new tab that has no access to this one. */
export const externalLink = (props, ...words) => h("a", { target: "_blank", rel: "noopener noreferrer", ...props }, words);

/** An icon of the page's own icon file, hidden from screen readers. */
export function icon(name) {
  const [svg, use] = ["svg", "use"].map((tag) => document.createElementNS(SVG, tag));
  svg.setAttribute("class", "icon");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `/static/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

export const byId = (id) => document.getElementById(id);
