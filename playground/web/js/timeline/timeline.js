// The list of messages: stays at the bottom while the reader is there; changed messages are patched in place.

import { byId, h, icon } from "../core/dom.js";
import { morph, morphChildren } from "../core/morph.js";
import { longDate, sentAt } from "../core/time.js";
import { displayName, localItem, messageItem, summary, THINKING } from "./message.js";

const NEAR = 48; // pixels from the bottom that still count as being there
const GROUP = 7 * 60 * 1000;

export class Timeline {
  constructor(store, context) {
    Object.assign(this, { store, context, pinned: true, missed: 0, top: 0 });
    this.scroller = byId("timeline");
    this.list = byId("messages");
    this.present = byId("to-present");
    this.scroller.addEventListener("scroll", () => this.scrolled());
    this.scroller.addEventListener("keydown", (event) => this.key(event));
    this.present.addEventListener("click", () => this.toBottom());
    this.list.addEventListener("error", (event) => event.target.closest?.(".tile")?.setAttribute("data-broken", ""), true);
    const resized = new ResizeObserver(() => this.pinned && this.toBottom());
    for (const one of [byId("timeline-inner"), this.scroller]) resized.observe(one);
    for (const name of ["ready", "commands"]) store.addEventListener(name, () => this.draw());
    store.addEventListener("channel", () => this.switched());
    store.addEventListener("message", ({ detail }) => this.changed(detail));
    store.addEventListener("messages", ({ detail }) => this.grown(detail));
  }

  draw() {
    const next = h("ol");
    let last = null;
    for (const message of this.store.list()) {
      if (!last || sentAt(last).toDateString() !== sentAt(message).toDateString()) next.append(divider(sentAt(message)));
      next.append(messageItem(message, this.context, follows(last, message)));
      last = message;
    }
    const here = this.store.local.filter((entry) => entry.channel_id === this.store.channelId);
    next.append(...here.map((entry) => localItem(entry, this.context)));
    morphChildren(this.list, next);
    if (this.pinned) this.toBottom();
  }

  changed(message) {
    if (message.channel_id !== this.store.channelId) return;
    const item = byId(`message-${message.id}`);
    const settled = item?.querySelector(".thinking") && !(message.flags & THINKING);
    if (!item) return;
    for (const one of [item, ...this.answersTo(message)]) this.redraw(one);
    if (this.pinned) this.toBottom();
    if (settled) this.announce(message);
  }

  /** The items that quote a message above them. */
  answersTo({ id }) {
    return [...this.list.querySelectorAll(`.origin[data-jump-message="${id}"]`)].map((line) => line.closest(".message"));
  }

  redraw(item) {
    morph(item, messageItem(this.store.message(item.dataset.id), this.context, item.dataset.grouped === "true"));
  }

  grown({ channelId, added, own }) {
    if (channelId !== this.store.channelId) return;
    if (own || (added && added.author.id === this.store.me.id)) this.pinned = true;
    this.draw();
    if (!added) return;
    this.announce(added);
    if (!this.pinned) {
      this.missed += 1;
      this.mark();
    }
  }

  announce(message) {
    byId("announcer").textContent = `${displayName(message.author)}: ${summary(message, this.context).slice(0, 300)}`;
  }

  switched() {
    this.pinned = true;
    this.draw();
    this.toBottom();
  }

  scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    // Only scrolling up unpins: the bottom also moves away when a picture above gets its height.
    if (scrollHeight - scrollTop - clientHeight <= NEAR) this.pinned = true;
    else if (scrollTop < this.top) this.pinned = false;
    this.top = scrollTop;
    if (this.pinned) this.missed = 0;
    this.mark();
  }

  toBottom() {
    this.pinned = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  mark() {
    this.present.hidden = this.pinned;
    const words = this.missed ? `${this.missed} new message${this.missed > 1 ? "s" : ""}` : "Jump to the newest";
    this.present.replaceChildren(words, icon("down"));
  }

  /** Arrow keys, Home and End go from message to message; Tab enters the message. */
  key(event) {
    if (!event.target.matches(".timeline, .message")) return;
    const all = [...this.list.querySelectorAll(".message")];
    const at = all.indexOf(event.target);
    const next = { ArrowUp: at < 0 ? all.length - 1 : at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1 }[event.key];
    if (!all[next]) return;
    event.preventDefault();
    all[next].focus();
  }

  /** Scrolls to a message and highlights it briefly; returns whether it is here. */
  jump(channelId, messageId) {
    if (channelId && channelId !== this.store.channelId) this.store.open(channelId);
    const item = messageId && byId(`message-${messageId}`);
    if (!item) return !messageId && channelId === this.store.channelId;
    this.pinned = false;
    item.scrollIntoView({ block: "center" });
    item.focus({ preventScroll: true });
    item.classList.remove("highlight");
    void item.offsetWidth; // restarts the animation
    item.classList.add("highlight");
    return true;
  }
}

const divider = (date) =>
  h("li", { class: "divider", data: { key: date.toDateString() } }, h("span", {}, longDate(date)));

function follows(last, message) {
  if (!last || last.author.id !== message.author.id || (last.flags & 64) !== (message.flags & 64)) return false;
  if (message.message_reference || message.interaction_metadata || message.interaction) return false;
  return sentAt(message) - sentAt(last) < GROUP && sentAt(last).toDateString() === sentAt(message).toDateString();
}
