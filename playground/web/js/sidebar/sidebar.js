// Channels, the bot's state and the current member: everything left of and above the chat.

import { button, byId, h, icon } from "../core/dom.js";
import { openPicker } from "../core/picker.js";
import { avatar, displayName } from "../timeline/message.js";

const narrow = matchMedia("(max-width: 760px)");

export class Sidebar {
  constructor(store, { onUser }) {
    Object.assign(this, { store, onUser });
    byId("menu").append(icon("menu"));
    byId("menu").addEventListener("click", () => this.drawer(!this.drawn));
    byId("scrim").addEventListener("click", () => this.drawer(false));
    byId("sidebar").addEventListener("keydown", (event) => this.key(event));
    byId("channels").addEventListener("click", (event) => this.choose(event));
    byId("member").addEventListener("click", () => this.members());
    narrow.addEventListener("change", () => this.drawer(false));
    for (const name of ["ready", "channel", "messages"]) store.addEventListener(name, () => this.draw());
    store.addEventListener("bot", () => this.drawBot());
    this.drawer(false);
  }

  draw() {
    const { guild, me, channel, unread } = this.store;
    const missed = [...unread.values()].reduce((sum, count) => sum + count, 0);
    byId("guild-name").textContent = guild.name;
    byId("member").replaceChildren(avatar(me), person([
      h("span", { class: "visually-hidden" }, "You are "), displayName(me), h("span", { class: "member-role" }, this.store.standing(me).split(" · ").at(-1))], "Switch member"), icon("down"));
    byId("channel-title").replaceChildren(icon(mark(channel)), title(channel));
    byId("channel-topic").textContent = channel?.topic ?? "";
    document.title = `${missed ? `(${missed}) ` : ""}#${title(channel)} · ${(channel?.guild ?? guild).name}`;
    this.drawChannels();
    this.drawBot();
  }

  drawChannels() {
    const direct = this.store.channels.filter(({ type }) => type === 1);
    const ordinary = nested(this.store.channels.filter(({ type, guild }) => type !== 1 && !guild));
    const foreign = this.store.channels.filter(({ guild }) => guild);
    const servers = [...new Set(foreign.map(({ guild }) => guild.name))];
    const focused = document.activeElement?.dataset?.channel;
    byId("channels").replaceChildren(
      h("h2", { class: "channels-title" }, "Channels"), ...ordinary.map((channel) => this.entry(channel)),
      ...servers.flatMap((name) => [h("h2", { class: "channels-title" }, name),
        ...foreign.filter(({ guild }) => guild.name === name).map((channel) => this.entry(channel))]),
      ...(direct.length ? [h("h2", { class: "channels-title" }, "Direct messages"), ...direct.map((channel) => this.entry(channel))] : []));
    if (focused) byId("channels").querySelector(`[data-channel="${focused}"]`)?.focus();
  }

  entry(channel) {
    const unread = this.store.unread.get(channel.id);
    return button("channel", { "aria-current": channel.id === this.store.channelId ? "page" : null, data: { channel: channel.id, unread: Boolean(unread), nested: Boolean(channel.parent_id) } },
      icon(mark(channel)), h("span", { class: "channel-name" }, title(channel)),
      channel.nsfw ? h("span", { class: "channel-tag", title: "Age-restricted" }, "18+") : null,
      state(channel),
      unread ? h("span", { class: "channel-unread" }, unread, h("span", { class: "visually-hidden" }, " unread")) : null);
  }

  drawBot() {
    const { bot } = this.store;
    const words = bot.online ? "online" : "offline";
    byId("bot-card").replaceChildren(avatar({ ...bot, bot: true }), person(displayName(bot), `Bot is ${words}`));
    for (const id of ["bot-card", "bot-status"]) byId(id).dataset.online = bot.online;
    byId("bot-status").replaceChildren(h("span", { class: "lamp" }), h("span", {}, h("span", { class: "status-subject" }, "Bot "), words));
  }

  choose(event) {
    const entry = event.target.closest("[data-channel]");
    if (!entry) return;
    this.store.open(entry.dataset.channel);
    this.drawer(false);
  }

  members() {
    const people = [...this.store.users.values()].filter(({ bot }) => !bot);
    openPicker(byId("member"), people.map((user) => ({
      label: displayName(user), note: this.store.standing(user), mark: avatar(user), value: user.id, selected: user.id === this.store.me.id,
    })), { label: "Members", onPick: ([id]) => id !== this.store.me.id && this.onUser(id) });
  }

  key({ key }) {
    if (key !== "Escape" || !this.drawn) return;
    this.drawer(false);
    byId("menu").focus();
  }

  /** The sidebar over the chat on narrow screens; the chat below is inert then. */
  drawer(open) {
    this.drawn = open;
    byId("app").toggleAttribute("data-drawer", open);
    byId("scrim").hidden = !open;
    byId("menu").ariaExpanded = open;
    byId("sidebar").inert = narrow.matches && !open;
    document.querySelector("main").inert = open;
    if (open) byId("channels").querySelector("[aria-current]")?.focus();
  }
}

const person = (name, note) =>
  h("span", { class: "member-words" }, h("span", { class: "member-name" }, name), h("span", { class: "member-note" }, note));
const MARKS = { 1: "at", 2: "voice", 11: "reply", 12: "reply" };
const mark = (channel) => MARKS[channel?.type] ?? "hash";
/** Threads and posts below the channel that they belong to. */
const nested = (list) => list.filter(({ parent_id: parent }) => !list.some(({ id }) => id === parent))
  .flatMap((channel) => [channel, ...list.filter(({ parent_id: parent }) => parent === channel.id)]);
function state({ type, archived, locked }) {
  const word = locked ? "locked" : archived ? "archived" : { 12: "private", 15: "forum" }[type];
  return word ? h("span", { class: "channel-tag channel-state" }, word) : null;
}
const title = (channel) => channel?.name ?? (channel ? "direct message" : "");
