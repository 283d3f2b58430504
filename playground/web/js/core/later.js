// Loads parts of the page when they are first needed, so that the first visit is light.

import { h } from "./dom.js";

const sheets = new Map();

/**
 * The module that `importModule` imports, once its style sheets apply; null, and a notice, when the playground does not answer.
 * The caller writes the `import()`, so that this file depends on none of the parts it loads.
 */
export async function loadOnDemand(importModule, styles, notice) {
  try {
    const [module] = await Promise.all([importModule(), ...styles.map(sheet)]);
    return module;
  } catch (problem) {
    console.error(problem);
    notice("This part of the page could not be loaded. Is the playground still running?");
    return null;
  }
}

function sheet(name) {
  if (!sheets.has(name)) sheets.set(name, added(name));
  return sheets.get(name);
}

async function added(name) {
  const link = h("link", { rel: "stylesheet", href: `/static/css/${name}.css` });
  try {
    await new Promise((resolve, reject) => {
      link.onload = resolve;
      link.onerror = () => reject(new Error(`${name}.css could not be loaded`));
      document.head.append(link);
    });
  } catch (problem) {
    link.remove();
    sheets.delete(name); // so that the next try loads it again
    throw problem;
  }
}
