// One message as an element: reply line, head, body, components and the notes below.

import { button, h, icon, iconButton } from "../core/dom.js";
import { fullDate, sentAt, shortTime } from "../core/time.js";
import { components, dots } from "./components.js";
import { embed } from "./embeds.js";
import { markdown, plainText } from "./markdown.js";
import { attachments } from "./media.js";

export const EPHEMERAL = 64;
export const THINKING = 128;
const V2 = 32768;

/** The list item of a message. `grouped`: it follows one of the same author and shows no head. */
export function messageItem(message, context, grouped = false) {
  const ephemeral = Boolean(message.flags & EPHEMERAL);
  const failure = context.failure(message.id);
  return h("li",
    { class: "message", id: `message-${message.id}`, tabindex: "-1", data: { key: message.id, id: message.id, grouped, ephemeral } },
    origin(message, context),
    h("article", { "aria-labelledby": `author-${message.id}` },
      avatar(message.author, grouped),
      h("div", { class: "message-main" }, head(message, context, grouped), body(message, context),
        failure ? problem(failure) : null, ephemeral ? ephemeralNote(message.id) : null)),
    tools(message, context));
}

export function avatar(user, hidden = false) {
  const name = displayName(user);
  const hue = [...String(user.id)].reduce((sum, digit) => (sum * 31 + digit.charCodeAt(0) * 137) % 360, 7);
  return h("span", { class: "avatar", "aria-hidden": "true", vars: { "--hue": hue }, data: { bot: Boolean(user.bot), hidden } },
    user.bot ? null : name.slice(0, 1).toUpperCase());
}

export const displayName = (user) => user.global_name || user.username || "unknown";

function head(message, context, grouped) {
  const date = sentAt(message);
  return h("header", { class: grouped ? "message-head visually-hidden" : "message-head" },
    h("span", { class: "author", id: `author-${message.id}` }, displayName(message.author)),
    message.author.bot ? badge() : null,
    h("time", { class: "sent", datetime: date.toISOString(), title: fullDate(date) }, shortTime(date)),
    message.content || message.flags & THINKING ? null : editedMark(message));
}

const badge = () => h("span", { class: "app-badge" }, "app");

const editedMark = ({ edited_timestamp: when }) =>
  when ? h("span", { class: "edited", title: fullDate(new Date(when)) }, "(edited)") : null;

function origin(message, context) {
  const meta = message.interaction_metadata ?? message.interaction;
  const name = meta?.name ?? message.interaction?.name;
  if (name && meta.user) return used(meta.user, (meta.command_type ?? 1) === 1 ? `/${name}` : name);
  const wanted = message.message_reference?.message_id ?? (meta?.interacted_message_id || null);
  return wanted ? replyLine(message, wanted, context) : null;
}

const used = (user, name) =>
  h("div", { class: "origin" }, avatar(user), h("strong", {}, displayName(user)), " used ", h("span", { class: "mention" }, name));

function replyLine(message, wanted, context) {
  const source = context.message(wanted) ?? message.referenced_message;
  if (!source) return h("div", { class: "origin" }, icon("reply"), h("em", {}, "The original message was deleted"));
  return button("origin", { data: { jumpChannel: source.channel_id, jumpMessage: source.id } },
    h("span", { class: "visually-hidden" }, "Go to the message this answers, by "), avatar(source.author),
    h("strong", {}, displayName(source.author)), h("span", { class: "origin-words" }, summary(source, context)));
}

function body(message, context) {
  if (message.flags & THINKING) {
    return h("div", { class: "thinking" }, dots(), `${displayName(message.author)} is thinking…`);
  }
  return h("div", { class: "message-body" },
    message.content ? h("div", { class: "text content" }, markdown(message.content, context), editedMark(message)) : null,
    (message.embeds ?? []).map((one) => embed(one, context)),
    message.flags & V2 ? null : attachments(message.attachments ?? []),
    h("div", { class: "components", data: { key: "components" } }, components(message.components, message, context)));
}

const problem = (words) => h("p", { class: "problem" }, icon("warn"), words);

const ephemeralNote = (id) =>
  h("p", { class: "ephemeral-note" }, icon("eye"), "Only you can see this · ", button("text-button", { data: { dismiss: id } }, "Dismiss message"));

function tools(message, context) {
  if (message.flags & EPHEMERAL || !context.messageCommands().length) return null;
  return iconButton("message-tools icon-button", "Apps for this message", "more", { "aria-haspopup": "listbox", "aria-expanded": "false", data: { tools: message.id } });
}

/** The placeholder of a command that is being sent or has failed, until the bot's answer replaces it. */
export function localItem(entry, context) {
  const failed = entry.state === "failed";
  return h("li", { class: "message", tabindex: "-1", data: { key: entry.id, id: entry.id, ephemeral: failed } },
    used(context.me, `/${entry.name}`),
    h("article", {}, avatar(context.bot), h("div", { class: "message-main" },
      h("header", { class: "message-head" }, h("span", { class: "author" }, displayName(context.bot)), badge()),
      failed ? [problem(entry.error), ephemeralNote(entry.id)] : h("div", { class: "thinking" }, dots(), "Sending command…"))));
}

/** A message as one line of plain text, for reply lines and screen readers. */
export function summary(message, context) {
  if (message.flags & THINKING) return "thinking…";
  const words = plainText([message.content, ...texts(message.components)].filter(Boolean).join(" "), context);
  return words || message.embeds?.[0]?.title || message.embeds?.[0]?.description || "a picture or file";
}

function texts(list) {
  return (list ?? []).flatMap((one) => (one.type === 10 ? [one.content] : texts(one.components)));
}
