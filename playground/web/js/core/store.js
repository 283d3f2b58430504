// What the page knows: filled by the socket, read by everything that draws. Emits an event for each change.

import { keep, recall } from "./memory.js";

const ADMINISTRATOR = 8n;
const before = (a, b) => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);

export class Store extends EventTarget {
  constructor() {
    super();
    this.me = null;
    this.users = new Map();
    this.guild = { id: "0", name: "Playground" };
    this.roles = [];
    this.members = {}; // user id → role ids
    this.channels = [];
    this.commands = [];
    this.messages = new Map();
    this.bot = { online: false, username: "bot" };
    this.channelId = recall("channel");
    this.read = {}; // channel id → the newest message that was seen there
    this.unread = new Map(); // channel id → how many messages were not seen
    this.waiting = new Set(); // "message id:custom id" of components pressed and not yet acknowledged
    this.chosen = new Map(); // "message id:custom id" of selects → the values chosen since the message was last changed
    this.failures = new Map(); // message id → why its last press failed
    this.met = new Set(); // whom this page has loaded: mentions of all others are numbers, as in Discord's client
    this.local = []; // placeholders of commands without an answer yet: {id, channel_id, name, state, error}
  }

  ready(state) {
    const { me, users, guild, roles, members, channels, commands, messages, bot } = state;
    Object.assign(this, { me, guild, roles: roles ?? [], members: members ?? {}, channels, commands, bot });
    this.users = new Map(users.map((user) => [user.id, user]));
    this.messages = new Map(channels.map(({ id }) => [id, (messages[id] ?? []).sort((a, b) => before(a.id, b.id))]));
    this.met = new Set([me.id, bot.id]);
    for (const list of this.messages.values()) list.forEach((message) => this.meet(message));
    this.waiting.clear();
    this.chosen.clear();
    this.local = this.local.filter((entry) => entry.state === "failed");
    if (!this.channel) this.channelId = channels.find(({ type }) => type === 0)?.id ?? channels[0]?.id;
    this.read = recall(`read-${me.id}`) ?? {};
    for (const { id } of channels) this.read[id] ??= this.newest(id);
    this.see();
    this.emit("ready");
  }

  newest(channelId) {
    return this.list(channelId).at(-1)?.id ?? "0";
  }

  /** Loads whom a message brings along: its author, and whom it pings. A mention without a ping brings none. */
  meet({ author, mentions }) {
    for (const { id } of [author, ...(mentions ?? [])]) this.met.add(id);
  }

  /** Marks the open channel as read to its end; counts the unread messages of the others. */
  see() {
    this.read[this.channelId] = this.newest(this.channelId);
    keep(`read-${this.me.id}`, this.read);
    const missed = (id) => this.list(id).filter((one) => before(this.read[id], one.id) < 0 && one.author.id !== this.me.id).length;
    this.unread = new Map(this.channels.map(({ id }) => [id, missed(id)]));
  }

  /** A member's roles in words: "Owner", "Admin", "Member · Artist". */
  standing({ id }) {
    const held = this.roles.filter((role) => this.members[id]?.includes(role.id));
    const admin = held.some(({ permissions }) => BigInt(permissions) & ADMINISTRATOR);
    const first = id === this.guild.owner_id ? "Owner" : admin ? "Admin" : "Member";
    return [first, ...held.map(({ name }) => name).filter((name) => name !== first)].join(" · ");
  }

  get channel() {
    return this.channels.find(({ id }) => id === this.channelId);
  }

  /** The commands that can be used in the open channel: where the bot is no member, only those of a user install. */
  get offered() {
    const { type, guild } = this.channel ?? {};
    const foreign = guild && !guild.has_bot;
    return this.commands.filter((command) => !((type === 1 || guild) && command.guild_id) && (!foreign || command.integration_types.includes(1)));
  }

  list(channelId = this.channelId) {
    return this.messages.get(channelId) ?? [];
  }

  message(id) {
    for (const list of this.messages.values()) {
      const found = list.find((message) => message.id === id);
      if (found) return found;
    }
    return null;
  }

  open(channelId) {
    if (!this.messages.has(channelId)) return;
    this.channelId = channelId;
    keep("channel", channelId);
    this.see();
    this.emit("channel");
  }

  put(message) {
    const list = this.messages.get(message.channel_id) ?? [];
    const at = list.findIndex(({ id }) => id === message.id);
    this.meet(message);
    if (at >= 0) {
      list[at] = message;
      for (const key of this.chosen.keys()) if (key.startsWith(`${message.id}:`)) this.chosen.delete(key);
      this.emit("message", message);
      return;
    }
    list.push(message);
    this.arrived(message);
    list.sort((a, b) => before(a.id, b.id));
    this.messages.set(message.channel_id, list);
    this.see();
    this.emit("messages", { channelId: message.channel_id, added: message });
  }

  // The bot's reply replaces the placeholder of its command; it may arrive before the acknowledgement.
  arrived({ channel_id: channelId, interaction_metadata: meta }) {
    if (!meta?.name || meta.user.id !== this.me.id) return;
    const entry = this.local.find((one) => one.state === "sending" && one.channel_id === channelId);
    this.local = this.local.filter((one) => one !== entry);
  }

  remove({ id, channel_id: channelId }) {
    this.messages.set(channelId, this.list(channelId).filter((message) => message.id !== id));
    this.see();
    this.emit("messages", { channelId });
  }

  choose(messageId, customId, values) {
    if (values) this.chosen.set(`${messageId}:${customId}`, values);
    else this.chosen.delete(`${messageId}:${customId}`);
  }

  expect(messageId, customId) {
    this.failures.delete(messageId);
    this.waiting.add(`${messageId}:${customId}`);
    this.touch(messageId);
  }

  settle(messageId, customId, failure) {
    this.waiting.delete(`${messageId}:${customId}`);
    if (failure) {
      this.choose(messageId, customId, null);
      this.failures.set(messageId, failure);
    }
    this.touch(messageId);
  }

  touch(messageId) {
    const message = this.message(messageId);
    if (message) this.emit("message", message);
  }

  addLocal(entry) {
    this.local.push(entry);
    this.emit("messages", { channelId: entry.channel_id, own: true });
  }

  failLocal(id, error) {
    const entry = this.local.find((one) => one.id === id);
    if (!entry) return;
    Object.assign(entry, { state: "failed", error });
    this.emit("messages", { channelId: entry.channel_id });
  }

  dropLocal(id) {
    const entry = this.local.find((one) => one.id === id);
    this.local = this.local.filter((one) => one !== entry);
    if (entry) this.emit("messages", { channelId: entry.channel_id });
  }

  setBot(bot) {
    this.bot = { ...this.bot, ...bot };
    this.emit("bot");
  }

  setCommands(commands) {
    this.commands = commands;
    this.emit("commands");
  }

  emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
