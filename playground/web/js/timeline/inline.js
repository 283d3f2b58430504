// Discord's inline markdown as nodes: emphasis, code, spoilers, links, mentions, timestamps, escapes.

import { button, externalLink, h } from "../core/dom.js";
import { timestamp } from "../core/time.js";

const RULES = [
  [/^\\([^\p{L}\p{N}\s])/u, ([, character]) => character],
  [/^(`+)(?!`)([^]*?[^`])\1(?!`)/, ([, , code]) => h("code", {}, code.trim() || code)],
  [/^<t:(-?\d{1,13})(?::([tTdDfFR]))?>/, ([, seconds, style]) => timestamp(Number(seconds), style)],
  [/^<@!?(\d+)>/, ([, id], context) => mention(context.user(id) ? `@${context.user(id).name}` : `<@${id}>`)],
  [/^<@&(\d+)>/, ([, id], context) => mention(`@${context.role(id)?.name ?? "unknown-role"}`)],
  [/^<#(\d+)>/, ([, id], context) => channelMention(id, context)],
  [/^<\/([^:>]{1,100}):\d+>/, ([, name]) => mention(`/${name}`)],
  [/^<a?:(\w{2,32}):\d+>/, ([, name]) => drawn(name)],
  [/^<(https?:\/\/[^\s<>]+)>/i, ([text, url], context) => link(url, null, text, context)],
  [/^\[((?:\\.|[^\][\\])+)\]\(\s*<?([^\s<>()]*(?:\([^\s<>()]*\)[^\s<>()]*)*)>?(?:\s+"[^"]*")?\s*\)/, ([text, label, url], context) => link(url, label, text, context)],
  [/^https?:\/\/(?:\([^\s<>()]*\)|[^\s<>()])*(?:\([^\s<>()]*\)|[^\s<>().,:;"'*_~|\]])/i, ([url], context) => link(url, null, url, context)],
  [/^\|\|([^]+?)\|\|/, ([, text], context) => spoiler(text, context)],
  [/^\*\*\*(?=\S)([^]+?)\*\*\*(?!\*)/, ([, text], context) => h("strong", {}, h("em", {}, inline(text, context)))],
  [/^\*\*((?:\\.|[^\\])+?)\*\*(?!\*)/s, ([, text], context) => h("strong", {}, inline(text, context))],
  [/^__((?:\\.|[^\\])+?)__(?!_)/s, ([, text], context) => h("u", {}, inline(text, context))],
  [/^~~((?:\\.|[^\\])+?)~~/s, ([, text], context) => h("s", {}, inline(text, context))],
  [/^\*(?![\s*])((?:\\.|\*\*|[^\\*])+?)(?<!\s)\*(?!\*)/s, ([, text], context) => h("em", {}, inline(text, context))],
  [/^_(?![\s_])((?:\\.|__|[^\\_])+?)_(?![\p{L}\p{N}_])/su, ([, text], context) => h("em", {}, inline(text, context))],
];

const PLAIN = /^(?:[\p{L}\p{N}]+(?:_[\p{L}\p{N}]+)*|[^\\`<[|*_~\p{L}\p{N}]+)/u;

/** The nodes of a text; `context` knows users and channels by id. */
export function inline(text, context) {
  const nodes = [];
  let rest = text;
  while (rest) {
    const [node, length] = firstToken(rest, context);
    nodes.push(node);
    rest = rest.slice(length);
  }
  return nodes;
}

function firstToken(rest, context) {
  for (const [pattern, build] of RULES) {
    const match = pattern.exec(rest);
    const node = match && build(match, context);
    if (node !== null) return [node, match[0].length];
  }
  const plain = PLAIN.exec(rest)?.[0] ?? rest.slice(0, rest.codePointAt(0) > 0xffff ? 2 : 1);
  return [plain, plain.length];
}

function link(address, label, source, context) {
  const url = webUrl(address);
  if (!url) return label === null ? source : null;
  const jump = jumpTarget(url);
  const words = label === null ? jump ? jumpLabel(jump, context) : address : inline(label, context);
  return jump ? h("a", { href: url, class: "jump", data: jump }, words) : externalLink({ href: url }, words);
}

/** The address if it is HTTP or HTTPS, else null: scripts and files must not become links. */
export function webUrl(address) {
  try {
    const url = new URL(address);
    return ["http:", "https:"].includes(url.protocol) && url.hostname ? url.href : null;
  } catch {
    return null;
  }
}

/** Where a link to a message leads, or null for any other link. */
function jumpTarget(url) {
  const { pathname, hostname, host } = new URL(url);
  const known = host === location.host || /(^|\.)discord(app)?\.com$/.test(hostname);
  const match = known && /^\/channels\/(\d+|@me)\/(\d+)(?:\/(\d+))?\/?$/.exec(pathname);
  return match ? { jumpChannel: match[2], jumpMessage: match[3] ?? "" } : null;
}

const jumpLabel = ({ jumpChannel, jumpMessage }, context) =>
  `#${context.channel(jumpChannel)?.name ?? "unknown"}${jumpMessage ? " › message" : ""}`;

const mention = (words) => h("span", { class: "mention" }, words);

function channelMention(id, context) {
  const channel = context.channel(id);
  if (!channel) return mention("#unknown");
  return button("mention", { data: { jumpChannel: id, jumpMessage: "" } }, `#${channel.name}`);
}

const spoiler = (text, context) =>
  h("span", { class: "spoiler", data: { spoiler: "text" } },
    button("visually-hidden spoiler-tag", {}, "Spoiler, press to reveal"), h("span", { class: "spoiler-words" }, inline(text, context)));

// A custom emoji is a picture on Discord's own servers, which this page never requests: its first letter is shown instead.
const drawn = (name) => h("span", { class: "emoji-drawn", title: `:${name}:`, data: { letter: name[0] } }, h("span", { class: "visually-hidden" }, `:${name}:`));

/** The emoji of a button or option, or null. Hidden from screen readers: the label beside it is enough. */
export const emoji = (value) =>
  value ? h("span", { class: "emoji", "aria-hidden": "true" }, value.id ? drawn(value.name ?? "?") : value.name) : null;
