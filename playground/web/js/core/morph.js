// Turns one element into another in place, so that pictures do not reload, focus stays and nothing flickers.

// The state of an element on this page (an opened spoiler, a picture that could not load) outlives an update.
const KEPT = new Set(["data-revealed", "data-broken"]);

export function morph(node, next) {
  if (node.nodeType !== next.nodeType || node.nodeName !== next.nodeName) {
    node.replaceWith(next);
    return;
  }
  if (node.nodeType === Node.TEXT_NODE) {
    if (node.data !== next.data) node.data = next.data;
    return;
  }
  morphAttributes(node, next);
  morphChildren(node, next);
}

function morphAttributes(node, next) {
  if (node.nodeName === "IMG" && node.getAttribute("src") !== next.getAttribute("src")) {
    node.closest("[data-broken]")?.removeAttribute("data-broken");
  }
  for (const { name } of [...node.attributes]) {
    if (!next.hasAttribute(name) && !KEPT.has(name)) node.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (node.getAttribute(name) === value) continue;
    if (name === "style") node.style.cssText = next.style.cssText;
    else node.setAttribute(name, value);
  }
}

const keyOf = (node) => node.dataset?.key;

/** Makes the children of `parent` look like those of `next`; elements with the same `data-key` are reused. */
export function morphChildren(parent, next) {
  const keys = new Set([...next.childNodes].map(keyOf).filter(Boolean));
  const keyed = new Map();
  for (const child of [...parent.childNodes]) {
    const key = keyOf(child);
    if (key && !keys.has(key)) child.remove();
    else if (key) keyed.set(key, child);
  }
  let cursor = parent.firstChild;
  for (const wanted of [...next.childNodes]) {
    const match = matching(keyed, cursor, wanted);
    if (!match) {
      parent.insertBefore(wanted, cursor);
      continue;
    }
    if (match === cursor) cursor = cursor.nextSibling;
    else parent.insertBefore(match, cursor);
    morph(match, wanted);
  }
  while (cursor) {
    const after = cursor.nextSibling;
    cursor.remove();
    cursor = after;
  }
}

function matching(keyed, cursor, wanted) {
  const key = keyOf(wanted);
  if (key) {
    const found = keyed.get(key);
    return found?.nodeName === wanted.nodeName ? found : null;
  }
  const fits = cursor && !keyOf(cursor) && cursor.nodeName === wanted.nodeName && cursor.nodeType === wanted.nodeType;
  return fits ? cursor : null;
}
