// What is fetched when it is needed first: until then the page is lighter by it.

import { h } from "./dom.js";

const sheets = new Map();

/** A module of the page with its style sheets in force; null, and a notice, when the playground does not answer. */
export async function fetched(name, styles, notice) {
  try {
    const [module] = await Promise.all([import(`./${name}.js`), ...styles.map(sheet)]);
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
    sheets.delete(name); // for another try
    throw problem;
  }
}
