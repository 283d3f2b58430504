// The small parts that the panel's sections are made of.

import { button as plain, h } from "../core/dom.js";

export const button = (words, onclick, look = "secondary") => plain(`button ${look}`, { onclick }, words);

export const note = (words = "") => h("p", { class: "modal-note" }, words);

export const card = (title, words, ...children) => h("section", { class: "panel-card" }, h("h3", {}, title), note(words), children);

/** Buttons for one of several {value, words}; `choose` is called with the value. `pressed(value)` marks one as pressed. */
export function choice(label, options, choose) {
  const buttons = options.map(({ value, words }) => plain("panel-choice", { onclick: () => choose(value), "aria-pressed": "false" }, words));
  const root = h("div", { class: "panel-choices", role: "group", "aria-label": label }, buttons);
  const pressed = (value) => options.forEach((option, at) => buttons[at].setAttribute("aria-pressed", String(option.value === value)));
  return { root, pressed };
}

/** Asks before something that can't be undone; resolves to true when it is confirmed. */
export function askToConfirm(title, words, yes) {
  const dialog = h("dialog", { class: "modal", "aria-labelledby": "panel-question" },
    h("form", { method: "dialog", class: "modal-form" },
      h("header", {}, h("h2", { id: "panel-question" }, title)), h("div", { class: "modal-body" }, h("p", {}, words)),
      h("footer", {}, h("button", { class: "button secondary" }, "Cancel"), h("button", { class: "button danger", value: "yes" }, yes))));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}

export const number = (value) => value.toLocaleString();
