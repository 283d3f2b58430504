// A chosen command with its options as fields, and the tray of options that can be added.

import { button, h, icon } from "./dom.js";
import { freeOption, nested, range, split, TYPES } from "./command.js";
import { optionField } from "./option-field.js";
import { upload } from "./upload.js";

export class CommandForm {
  /** `host`: {store, actions, suggestions, hint, leave(text), sent()} */
  constructor(invocable, host) {
    Object.assign(this, { invocable, host, store: host.store, suggestions: host.suggestions, fields: [] });
    this.fieldBox = h("div", { class: "options" }, h("span", { class: "command-chip" }, `/${invocable.name}`));
    this.tray = h("div", { class: "tray", role: "toolbar", "aria-label": "Options to add", onkeydown: (event) => this.trayKey(event) });
    this.fieldBox.addEventListener("keydown", (event) => this.key(event));
    for (const option of invocable.options.filter(({ required }) => required)) this.add(option);
    if (!this.fields.length && freeOption(invocable.options)) this.add(freeOption(invocable.options));
    this.drawTray();
  }

  fill(texts) {
    for (const [name, text] of Object.entries(texts)) {
      const field = this.field(name) ?? this.addNamed(name);
      if (field?.kind === "text") field.text = text;
    }
    this.drawTray();
  }

  /** The command as one line: `/imagine prompt:a red fox aspect:16:9`. */
  get line() {
    const texts = this.fields.filter(({ kind, empty }) => kind === "text" && !empty).map(({ option, text }) => `${option.name}:${text}`);
    return [`/${this.invocable.name}`, ...texts].join(" ") + (texts.length ? "" : " ");
  }

  field(name) {
    return this.fields.find(({ option }) => option.name === name);
  }

  addNamed(name) {
    const option = this.invocable.options.find((one) => one.name === name);
    return option ? this.add(option) : null;
  }

  add(option) {
    const field = optionField(option, this);
    this.fields.push(field);
    this.fieldBox.append(field.element);
    this.drawTray();
    return field;
  }

  remove(field) {
    const at = this.fields.indexOf(field);
    this.fields.splice(at, 1);
    field.element.remove();
    this.drawTray();
    this.focusOn(this.fields[Math.max(0, at - 1)]);
  }

  drawTray() {
    const free = this.invocable.options.filter(({ name }) => !this.field(name));
    this.tray.hidden = !free.length;
    this.tray.replaceChildren(...free.map((option, at) =>
      button("tray-option", { title: option.description, tabindex: at ? "-1" : "0", onclick: () => this.add(option).focus(),
        onfocus: () => this.host.hint(describe(option)), onmousemove: () => this.host.hint(describe(option)), onmouseleave: () => this.rehint() }, icon("plus"), option.name)));
  }

  trayKey(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...this.tray.children];
    all[(all.indexOf(document.activeElement) + step + all.length) % all.length]?.focus();
  }

  focusFirst() {
    this.focusOn(this.fields.find((field) => field.empty) ?? this.fields[0]);
  }

  focusOn(field) {
    if (field) field.focus();
    else this.host.focusSend();
  }

  /** Says again what has the focus, or else what the command does. */
  rehint() {
    const field = this.fields.find(({ element }) => element.contains(document.activeElement));
    this.host.hint(field ? describe(field.option) : [`/${this.invocable.name}`, this.invocable.description]);
  }

  focused(field) {
    this.host.hint(describe(field.option));
    field.suggest();
  }

  /** Text just typed into a field; `name:` of another option at its end moves on to that option. */
  typed(field) {
    if (this.swallow(field)) return;
    field.suggest();
  }

  swallow(field) {
    if (!field.control.matches("textarea") || field.control.selectionEnd !== field.text.length) return false;
    const { free, texts } = split(field.text, this.invocable.options);
    const marked = Object.keys(texts);
    if (!marked.length) return false;
    const own = field.option.name;
    field.text = [free, texts[own]].filter(Boolean).join(" ");
    this.fill(Object.fromEntries(Object.entries(texts).filter(([name]) => name !== own)));
    this.focusOn(this.field(marked.at(-1)));
    return true;
  }

  key(event) {
    if (event.isComposing) return;
    const field = this.fields.find(({ element }) => element.contains(event.target));
    if (this.suggestions.key(event)) event.preventDefault();
    else if (event.key === "Enter" && !event.shiftKey && event.target.matches("textarea")) {
      event.preventDefault();
      this.submit();
    } else if (event.key === "Escape") {
      this.host.leave("");
    } else if (event.key === "Backspace" && field?.empty && !field.option.required) {
      event.preventDefault();
      this.remove(field);
    } else if (event.key === "Backspace" && field?.empty && field === this.fields[0]) {
      event.preventDefault();
      this.host.leave(`/${this.invocable.name}`);
    }
  }

  next(field) {
    const open = this.fields.find((one) => one !== field && one.empty && one.option.required);
    (open ?? field).focus();
    this.suggestions.hide();
  }

  autocomplete(field, onChoices) {
    const options = this.fields.filter((one) => one === field || (!one.empty && one.kind === "text")).flatMap((one) => {
      const { value } = one === field ? { value: one.text } : one.read();
      return value === undefined ? [] : [{ name: one.option.name, type: one.option.type, value, ...(one === field ? { focused: true } : {}) }];
    });
    this.host.actions.autocomplete(this.invocable, nested(this.invocable, options), onChoices);
  }

  /** Puts a pasted or dropped file into the first field that waits for one; says whether there was one. */
  takeFile(file) {
    const waiting = this.fields.find((field) => field.kind === "file" && field.empty) ?? this.addNamed(
      this.invocable.options.find(({ type, name }) => type === TYPES.attachment && !this.field(name))?.name);
    waiting?.take(file);
    return Boolean(waiting);
  }

  async submit() {
    if (this.busy) return;
    const answers = this.fields.map((field) => [field, field.read()]);
    for (const [field, { problem }] of answers) field.fail(problem);
    const [wrong] = answers.find(([, { problem }]) => problem) ?? [];
    if (wrong) return this.focusOn(wrong);
    this.busy = true;
    const options = await this.values(answers);
    this.busy = false;
    if (options && this.host.actions.slash(this.invocable, nested(this.invocable, options))) this.host.sent();
  }

  async values(answers) {
    const options = [];
    for (const [field, { value, file }] of answers) {
      const { option } = field;
      if (value !== undefined) options.push({ name: option.name, type: option.type, value });
      if (!file) continue;
      const stored = await upload(file, this.store.guild);
      if (stored.problem) {
        field.fail(stored.problem);
        return null;
      }
      options.push({ name: option.name, type: option.type, value: stored.id });
    }
    return options;
  }
}

function describe(option) {
  const told = option.description.includes(`${option.min_value} to ${option.max_value}`);
  const bounds = [told ? "" : range(option.min_value, option.max_value), option.max_length ? `at most ${option.max_length} characters` : ""].filter(Boolean).join(", ");
  return [option.name, [option.description, bounds && `(${bounds})`, option.required ? "· required" : ""].filter(Boolean).join(" ")];
}
