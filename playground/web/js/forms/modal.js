// The bot's modals as dialogs: inputs, labels, selects, files; checked in place before they are sent.

import { button, h, icon, iconButton } from "../core/dom.js";
import { markdown } from "../timeline/markdown.js";
import { control } from "./modal-controls.js";

export class Modal {
  constructor(modal, { actions, context, store }) {
    Object.assign(this, { modal, actions, context, store, controls: [] });
    this.problem = h("p", { class: "problem modal-problem", role: "alert", hidden: true });
    this.save = h("button", { type: "submit", class: "button primary" }, "Submit");
    const leave = { onclick: () => this.dialog.close() };
    this.form = h("form", { novalidate: true, class: "modal-form" },
      h("header", {}, h("h2", { id: "modal-title" }, modal.title), iconButton("icon-button", "Close", "close", leave)),
      h("div", { class: "modal-body" }, modal.components.map((one) => this.draw(one))),
      this.problem, h("footer", {}, button("button secondary", leave, "Cancel"), this.save));
    this.dialog = h("dialog", { class: "modal", "aria-labelledby": "modal-title", onclose: () => this.dialog.remove() }, this.form);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
  }

  open() {
    document.body.append(this.dialog);
    this.dialog.showModal();
    this.controls[0]?.focus();
  }

  draw(component) {
    if (component.type === 10) return h("div", { class: "text" }, markdown(component.content, this.context));
    if (component.type === 1) return component.components.map((inner) => this.labelled(inner, inner.label, null));
    if (component.type === 18) return this.labelled(component.component, component.label, component.description);
    return null;
  }

  labelled(component, label, description) {
    const one = control(component, this.store);
    if (!one) return null;
    this.controls.push(one);
    const id = `modal-${this.controls.length}`;
    const note = h("span", { class: "option-problem", role: "alert", id: `${id}-problem` });
    one.fail = (words) => {
      note.textContent = words ?? "";
      one.target.setAttribute("aria-invalid", String(Boolean(words)));
    };
    one.target.id = id;
    one.target.setAttribute("aria-describedby", `${id}-note ${id}-problem`);
    if (one.group) one.target.setAttribute("aria-label", label);
    const optional = component.required === false ? h("span", { class: "optional" }, " · optional") : null;
    return h("div", { class: "modal-field" },
      one.group ? h("span", { class: "modal-label" }, label, optional) : h("label", { class: "modal-label", for: id }, label, optional),
      h("span", { class: "modal-note", id: `${id}-note` }, description ?? ""), one.element, note);
  }

  async submit() {
    const problems = this.controls.map((one) => one.problem());
    this.controls.forEach((one, at) => one.fail(problems[at]));
    const wrong = problems.findIndex(Boolean);
    if (wrong >= 0) {
      this.controls[wrong].focus();
      return;
    }
    this.working(true);
    const failure = await this.send();
    this.working(false);
    this.problem.hidden = !failure;
    this.problem.replaceChildren(...(failure ? [icon("warn"), failure] : []));
    if (!failure) this.dialog.close();
  }

  async send() {
    const values = new Map();
    for (const one of this.controls) {
      const value = await one.value();
      if (value?.uploadProblem) return value.uploadProblem;
      values.set(one.component, { type: one.component.type, custom_id: one.component.custom_id, ...value });
    }
    const filled = this.modal.components.flatMap((one) => {
      if (one.type === 1) return [{ type: 1, components: one.components.map((inner) => values.get(inner)).filter(Boolean) }];
      return one.type === 18 && values.has(one.component) ? [{ type: 18, component: values.get(one.component) }] : [];
    });
    return this.actions.submit(this.modal, filled);
  }

  working(on) {
    this.save.toggleAttribute("disabled", on);
    this.save.setAttribute("aria-busy", String(on));
  }
}
