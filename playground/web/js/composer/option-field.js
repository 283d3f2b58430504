// One option of a command as a field: typed text, a choice from a list, or a file.

import { choicesOf, OPTION_TYPES } from "../core/choices.js";
import { button, h, icon, iconButton } from "../core/dom.js";
import { fileChip } from "../core/upload.js";
import { range, read } from "./command.js";

const PAUSE = 120; // milliseconds without typing before the bot is asked for suggestions

class Field {
  constructor(option, form) {
    Object.assign(this, { option, form });
    this.note = h("span", { class: "option-problem", id: `problem-${option.name}`, role: "alert" });
    this.control = this.build();
    this.control.id = `option-${option.name}`;
    this.element = h("div", { class: "option", data: { option: option.name, kind: this.kind } },
      h("label", { class: "option-name", for: this.control.id }, option.name),
      h("span", { class: "option-control" }, this.parts()),
      option.required ? null : iconButton("option-remove", `Remove ${option.name}`, "close", { onclick: () => form.remove(this) }), this.note);
    this.control.addEventListener("focus", () => form.focused(this));
  }

  parts() {
    return this.control;
  }

  fail(problem) {
    this.note.textContent = problem ?? "";
    this.element.toggleAttribute("data-invalid", Boolean(problem));
    this.control.setAttribute("aria-invalid", String(Boolean(problem)));
    if (problem) this.control.setAttribute("aria-describedby", this.note.id);
    else this.control.removeAttribute("aria-describedby");
  }

  focus() {
    this.control.focus();
  }
}

class TextField extends Field {
  kind = "text";

  build() {
    const number = [OPTION_TYPES.integer, OPTION_TYPES.number].includes(this.option.type);
    this.choices = choicesOf(this.option, this.form.store);
    const listed = this.choices || this.option.autocomplete;
    const control = h("textarea", {
      rows: 1, spellcheck: "false", inputmode: number ? "decimal" : null, "aria-required": this.option.required ? "true" : null,
      "aria-autocomplete": listed ? "list" : null, "aria-controls": listed ? "suggestions" : null, enterkeyhint: "send", placeholder: placeholder(this.option),
    });
    control.addEventListener("input", () => this.typed());
    return control;
  }

  get text() {
    return this.control.value;
  }

  set text(value) {
    this.control.value = value;
    this.fail(null);
  }

  get empty() {
    return !this.text;
  }

  typed() {
    this.fail(null);
    this.form.typed(this);
  }

  /** Shows the choices of this option, from its list or from the bot. */
  suggest() {
    clearTimeout(this.timer);
    if (this.option.autocomplete) this.timer = setTimeout(() => this.ask(), PAUSE);
    else if (this.choices) this.offer(this.choices.filter(({ name }) => this.settled() || name.toLowerCase().includes(this.text.trim().toLowerCase())));
    else this.form.suggestions.hide();
  }

  ask() {
    const asked = this.text;
    this.form.autocomplete(this, (choices) => {
      if (document.activeElement !== this.control || this.text !== asked) return;
      this.choices = choices;
      this.offer(choices);
    });
  }

  settled() {
    const text = this.text.trim().toLowerCase();
    return Boolean(this.choices?.some(({ name }) => name.toLowerCase() === text));
  }

  offer(choices) {
    const waits = this.settled() || (this.empty && !this.option.required);
    this.form.suggestions.show(this.control, choices.map(({ name, value }) => ({ label: name, value })), {
      onPick: ({ label }) => this.pick(label), active: waits ? -1 : 0,
      empty: this.text && this.choices && !this.option.autocomplete ? "Nothing in the list matches" : null,
    });
  }

  pick(label) {
    this.text = label;
    this.form.next(this);
  }

  read() {
    return read(this.option, this.text, this.choices);
  }
}

class FileField extends Field {
  kind = "file";

  build() {
    this.picker = h("input", { type: "file", class: "visually-hidden", tabindex: "-1", "aria-hidden": "true", onchange: () => this.take(this.picker.files[0]) });
    return button("option-file", { onclick: () => this.picker.click() }, icon("image"), "Choose, paste or drop");
  }

  parts() {
    return [this.control, this.picker];
  }

  get empty() {
    return !this.file;
  }

  suggest() {
    this.form.suggestions.hide();
  }

  take(file) {
    if (!file) return;
    this.file = file;
    this.fail(null);
    if (this.preview) URL.revokeObjectURL(this.preview);
    this.preview = file.type.startsWith("image/") ? URL.createObjectURL(file) : null;
    this.control.replaceChildren(...fileChip(this.preview, file.name, file.size));
    this.form.next(this);
  }

  read() {
    if (this.file) return { file: this.file };
    return this.option.required ? { problem: `${this.option.name} needs a file` } : {};
  }
}

export const optionField = (option, form) => new (option.type === OPTION_TYPES.attachment ? FileField : TextField)(option, form);

function placeholder(option) {
  const bounds = range(option.min_value, option.max_value);
  if (bounds) return bounds.replace("between ", "").replace(" and ", "–");
  return option.type === OPTION_TYPES.string && !option.choices?.length ? "" : "choose";
}
