// A chosen command with its options as fields, and the tray of options that can be added.

import { OPTION_TYPES } from "../core/choices.js";
import { button, h, icon } from "../core/dom.js";
import { upload } from "../core/upload.js";
import { freeOption, nested, range, split } from "./command.js";
import { optionField } from "./option-field.js";

export class CommandForm {
  /** `host`: {store, actions, suggestions, hint, leave(text), sent()} */
  constructor(invocable, host) {
    Object.assign(this, { invocable, host, store: host.store, suggestions: host.suggestions, fields: [] });
    this.fieldBox = h("div", { class: "options", onkeydown: (event) => this.key(event) }, h("span", { class: "command-chip" }, `/${invocable.name}`));
    this.tray = h("div", { class: "tray", role: "toolbar", "aria-label": "Options to add", onkeydown: (event) => this.trayKey(event) });
    for (const option of invocable.options.filter(({ required }) => required)) this.add(option);
    if (!this.fields.length && freeOption(invocable.options)) this.add(freeOption(invocable.options));
    this.drawTray();
  }

  /** The command as one line: `/imagine prompt:a red fox aspect:16:9`. */
  get line() {
    const texts = this.fields.filter(({ kind, empty }) => kind === "text" && !empty).map(({ option, text }) => `${option.name}:${text}`);
    return `/${this.invocable.name} ${texts.join(" ")}`;
  }

  fill(texts) {
    for (const [name, text] of Object.entries(texts)) {
      const field = this.wanted(name);
      if (field?.kind === "text") field.text = text;
    }
  }

  field(name) {
    return this.fields.find(({ option }) => option.name === name);
  }

  /** The field of an option, added if it is not there yet. */
  wanted(name) {
    const option = this.invocable.options.find((one) => one.name === name);
    return this.field(name) ?? (option && this.add(option));
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
    this.host.remember();
  }

  drawTray() {
    const free = this.invocable.options.filter(({ name }) => !this.field(name));
    this.tray.hidden = !free.length;
    this.tray.replaceChildren(...free.map((option, at) => {
      const hint = () => this.host.hint(describe(option));
      const props = { title: option.description, tabindex: at ? "-1" : "0", onclick: () => this.add(option).focus(), onfocus: hint, onmousemove: hint, onmouseleave: () => this.rehint() };
      return button("tray-option", props, icon("plus"), option.name);
    }));
  }

  trayKey(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...this.tray.children];
    all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
  }

  focusFirst() {
    this.focusOn(this.fields.find((field) => field.empty) ?? this.fields[0]);
  }

  focusOn(field) {
    if (field) field.focus();
    else this.host.focusSend();
  }

  /** Shows the hint of the focused option again, else that of the command. */
  rehint() {
    const field = this.holding(document.activeElement);
    this.host.hint(field ? describe(field.option) : [`/${this.invocable.name}`, this.invocable.description]);
  }

  holding(node) {
    return this.fields.find(({ element }) => element.contains(node));
  }

  focused(field) {
    this.host.hint(describe(field.option));
    field.suggest();
  }

  /** Text just typed into a field; `name:` of another option at its end moves the focus to that option. */
  typed(field) {
    const { free, texts } = split(field.text, this.invocable.options);
    const own = field.option.name;
    const last = Object.keys(texts).at(-1);
    if (!last || field.control.selectionEnd !== field.text.length) return field.suggest();
    field.text = [free, texts[own]].filter(Boolean).join(" ");
    delete texts[own];
    this.fill(texts);
    return this.field(last).focus();
  }

  key(event) {
    const { key, shiftKey, target } = event;
    const field = this.holding(target);
    if (event.isComposing) return;
    const erases = key === "Backspace" && field?.empty;
    if (this.suggestions.key(event)) event.preventDefault();
    else if (key === "Escape") this.host.leave("");
    else if (key === "Enter" && !shiftKey && target.matches("textarea")) {
      event.preventDefault();
      this.submit();
    } else if (erases && (!field.option.required || field === this.fields[0])) {
      event.preventDefault();
      if (field.option.required) this.host.leave(`/${this.invocable.name}`);
      else this.remove(field);
    }
  }

  next(field) {
    const open = this.fields.find((one) => one !== field && one.empty && one.option.required);
    (open ?? field).focus();
    this.suggestions.hide();
    this.host.remember();
  }

  autocomplete(field, onChoices) {
    const options = this.fields.filter((one) => one === field || (!one.empty && one.kind === "text")).flatMap((one) => {
      const { value } = one === field ? { value: one.text } : one.read();
      return value === undefined ? [] : [{ ...sent(one, value), ...(one === field ? { focused: true } : {}) }];
    });
    this.host.actions.autocomplete(this.invocable, nested(this.invocable, options), onChoices);
  }

  /** Puts a pasted or dropped file into the first field that still needs one; returns whether there was one. */
  takeFile(file) {
    const waiting = this.fields.find(({ kind, empty }) => kind === "file" && empty)
      ?? this.wanted(this.invocable.options.find(({ type, name }) => type === OPTION_TYPES.attachment && !this.field(name))?.name);
    waiting?.take(file);
    return Boolean(waiting);
  }

  async submit() {
    if (this.busy) return;
    const answers = this.fields.map((field) => [field, field.read()]);
    for (const [field, { problem }] of answers) field.fail(problem);
    const wrong = answers.find(([, { problem }]) => problem);
    if (wrong) return void wrong[0].focus();
    this.busy = true;
    const options = await this.values(answers);
    this.busy = false;
    if (options && this.host.actions.slash(this.invocable, nested(this.invocable, options))) this.host.sent();
  }

  async values(answers) {
    const options = [];
    for (const [field, { value, file }] of answers) {
      const stored = file && await upload(file, this.store);
      if (stored?.problem) return void field.fail(stored.problem);
      const given = stored ? stored.id : value;
      if (given !== undefined) options.push(sent(field, given));
    }
    return options;
  }
}

const sent = ({ option: { name, type } }, value) => ({ name, type, value });

function describe({ name, description, required, min_value: low, max_value: high, max_length: most }) {
  const described = description.includes(`${low} to ${high}`);
  const bounds = [described ? "" : range(low, high), most ? `at most ${most} characters` : ""].filter(Boolean).join(", ");
  return [name, [description, bounds && `(${bounds})`, required ? "· required" : ""].filter(Boolean).join(" ")];
}
