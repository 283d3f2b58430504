// The box at the bottom: plain messages, the list of commands after `/`, then the chosen command's fields.

import { byId, h, icon } from "../core/dom.js";
import { keep, recall } from "../core/memory.js";
import { CommandForm } from "./command-form.js";
import { invocables, matching, parse } from "./command.js";
import { MessageFiles } from "./message-files.js";
import { Suggestions } from "./suggestions.js";

export class Composer {
  constructor(store, actions, notice) {
    Object.assign(this, { store, actions, notice, form: null, used: [], drafts: recall("drafts") ?? {} });
    this.root = byId("composer");
    this.popup = h("div", { class: "suggestions" });
    this.suggestions = new Suggestions(this.popup);
    this.hintLine = h("p", { class: "hint", hidden: true });
    this.text = h("textarea", {
      id: "composer-text", rows: 1, "aria-autocomplete": "list", "aria-controls": "suggestions", "aria-label": "Message", enterkeyhint: "send", spellcheck: "false",
    });
    this.field = h("div", { class: "composer-field" }, this.text);
    this.files = new MessageFiles(store, notice);
    this.sendButton = h("button", { type: "submit", class: "send", "aria-label": "Send" }, icon("send"));
    this.box = h("div", { class: "composer-box" }, this.files.button, this.field, this.sendButton);
    this.root.append(this.popup, this.hintLine, this.files.list, this.box, this.files.input);
    this.listen();
  }

  listen() {
    this.text.addEventListener("input", () => this.typed());
    this.text.addEventListener("keydown", (event) => this.key(event));
    this.root.addEventListener("input", () => this.remember());
    this.root.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.root.addEventListener("focusout", (event) => this.root.contains(event.relatedTarget) || this.suggestions.hide());
    this.root.addEventListener("paste", (event) => this.pasted(event));
    for (const name of ["ready", "channel"]) this.store.addEventListener(name, () => this.place());
    this.store.addEventListener("commands", () => this.form || this.typed());
  }

  get commands() {
    return invocables(this.store.offered);
  }

  /** The content of the box, as one line that could be typed. */
  get draft() {
    return this.form ? this.form.line : this.text.value;
  }

  remember() {
    this.drafts[this.channelId] = this.draft;
    keep("drafts", this.drafts);
  }

  /** Restores the draft of the channel that is open now. */
  place() {
    const { id, name, closed, locked } = this.store.channel;
    this.text.placeholder = closed ?? `Message #${name} or type /`;
    this.text.disabled = Boolean(closed) && !locked; // clients offer commands in locked threads
    this.text.setAttribute("aria-label", `Message in ${name}. Type a slash for commands.`);
    if (id === this.channelId) return;
    const busy = this.root.contains(document.activeElement);
    this.channelId = id;
    this.write(this.drafts[id] ?? "");
    if (busy) this.focus();
    else if (this.form) document.activeElement.blur();
  }

  typed() {
    const text = this.text.value;
    const parsed = parse(text, this.commands);
    const whole = parsed && !this.commands.some(({ name }) => name.startsWith(`${text.slice(1).trim()} `) && name !== parsed.invocable.name);
    if (whole) this.choose(parsed.invocable, parsed.texts);
    else if (text.startsWith("/") && !text.includes("\n") && document.activeElement === this.text) this.offerCommands(text.slice(1));
    else this.suggestions.hide();
  }

  offerCommands(typed) {
    const found = matching(this.commands, typed.trimEnd());
    if (!typed) found.sort((a, b) => this.used.indexOf(b.name) - this.used.indexOf(a.name)); // the last used first
    const items = found.map((invocable) => ({ label: `/${invocable.name}`, note: invocable.description, invocable, badge: needs(invocable) }));
    const empty = this.store.bot.online ? "No command of the bot begins like this" : "The bot is not online yet";
    this.suggestions.show(this.text, items, { title: "Commands", empty, onPick: (item) => this.choose(item.invocable, {}) });
  }

  choose(invocable, texts) {
    this.suggestions.hide();
    this.form?.tray.remove();
    this.form = new CommandForm(invocable, this);
    this.form.fill(texts);
    this.text.value = "";
    this.field.replaceChildren(this.form.fieldBox);
    this.box.after(this.form.tray);
    this.root.dataset.mode = "command";
    this.hint([`/${invocable.name}`, invocable.description]);
    this.form.focusFirst();
    this.remember();
  }

  /** Replaces the content of the box by plain text. */
  write(text) {
    this.form?.tray.remove();
    this.form = null;
    delete this.root.dataset.mode;
    this.hint(null);
    this.text.value = text;
    this.field.replaceChildren(this.text);
    this.typed();
  }

  /** Back to plain text. */
  leave(text) {
    this.write(text);
    this.text.focus();
    this.typed();
    this.remember();
  }

  sent() {
    const { name } = this.form.invocable;
    this.used = [...this.used.filter((one) => one !== name), name];
    this.leave("");
  }

  hint(words) {
    this.hintLine.hidden = !words;
    this.hintLine.replaceChildren(...(words ? [h("strong", {}, words[0]), " ", words[1]] : []));
  }

  focusSend() {
    this.sendButton.focus();
  }

  focus() {
    if (this.form) this.form.focusFirst();
    else this.text.focus();
  }

  key(event) {
    if (this.suggestions.key(event)) event.preventDefault();
    else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.submit();
    }
  }

  submit() {
    if (this.form) return void this.form.submit();
    const content = this.text.value.trim();
    if (content.startsWith("/")) this.unknown(content);
    else if ((content || this.files.ids.length) && this.actions.say(content, this.files.ids)) {
      this.files.clear();
      this.leave("");
    }
  }

  unknown(content) {
    const exact = this.commands.find(({ name }) => `/${name}` === content);
    if (exact) this.choose(exact, {});
    else this.notice(`The bot has no command ${content.split(" ")[0]}`);
  }

  /** Sends a whole line like `/imagine a red fox` as if it had been typed. */
  run(line) {
    const parsed = parse(line, this.commands);
    if (!parsed) return;
    this.choose(parsed.invocable, parsed.texts);
    this.form.submit();
  }

  pasted(event) {
    const file = event.clipboardData?.files?.[0];
    if (!file) return;
    event.preventDefault();
    this.takeFile(file);
  }

  /** A dropped or pasted file: for the open command, else for the message. */
  takeFile(file) {
    if (!this.form) this.files.take(file);
    else if (!this.form.takeFile(file)) this.notice(`/${this.form.invocable.name} takes no file`);
  }
}

const needs = ({ options }) => options.filter(({ required }) => required).map(({ name }) => name).join(", ");
