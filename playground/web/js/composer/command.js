// The bot's registered commands as the composer needs them: their names and options, and typed text parsed to values.

import { OPTION_TYPES } from "../core/choices.js";

/** Every command that can be typed, sub-commands by their whole name: {name, root, path, description, options}. */
export function invocables(commands) {
  return commands.filter((command) => (command.type ?? 1) === 1).flatMap((command) => unfold(command, command.name, []));
}

function unfold(node, root, path) {
  const inner = (node.options ?? []).filter(({ type }) => type === OPTION_TYPES.sub || type === OPTION_TYPES.group);
  if (inner.length) return inner.flatMap((one) => unfold(one, root, [...path, one]));
  const name = [root, ...path.map((one) => one.name)].join(" ");
  const options = [...(node.options ?? [])].sort((a, b) => Boolean(b.required) - Boolean(a.required));
  return [{ name, root, path, description: node.description ?? "", options }];
}

/** The commands that match typed text like "im", best first. */
export function matching(list, typed) {
  const words = typed.toLowerCase();
  const rank = ({ name, description }) =>
    name.startsWith(words) ? 0 : name.includes(words) ? 1 : description.toLowerCase().includes(words) ? 2 : 3;
  return list.map((one) => [rank(one), one]).filter(([order]) => order < 3)
    .sort(([a, x], [b, y]) => a - b || x.name.localeCompare(y.name)).map(([, one]) => one);
}

/** `/imagine a red fox` or `/imagine prompt:a red fox aspect:16:9` as {invocable, texts}, or null while the name is incomplete. */
export function parse(text, list) {
  if (!text.startsWith("/")) return null;
  const typed = text.slice(1);
  const found = list.filter(({ name }) => typed.startsWith(`${name} `)).sort((a, b) => b.name.length - a.name.length)[0];
  return found ? { invocable: found, texts: named(typed.slice(found.name.length + 1), found) } : null;
}

/** Free text and `name:value` pairs by option name; free text is the first text option's. */
function named(text, { options }) {
  const { free, texts } = split(text, options);
  const first = freeOption(options);
  return free && first ? { [first.name]: free, ...texts } : texts;
}

/** `free text name:value name:value` as {free, texts}, by the names that the options have. */
export function split(text, options) {
  const names = options.filter(({ type }) => type !== OPTION_TYPES.attachment).map(({ name }) => name).join("|");
  const marks = names ? [...text.matchAll(new RegExp(`(?<=^|\\s)(${names}):`, "giu"))] : [];
  const texts = {};
  marks.forEach((mark, at) => {
    const end = marks[at + 1]?.index ?? text.length;
    texts[mark[1].toLowerCase()] = text.slice(mark.index + mark[0].length, end).trim();
  });
  return { free: text.slice(0, marks[0]?.index ?? text.length).trim(), texts };
}

/** The option that text without an option name is for. */
export const freeOption = (options) =>
  options.find(({ type, required }) => type === OPTION_TYPES.string && required) ?? options.find(({ type }) => type === OPTION_TYPES.string) ?? null;

/** {value} or {problem} for typed text; an empty optional field is {}. */
export function read(option, text, choices) {
  const typed = text.trim();
  if (!typed) return option.required ? { problem: `${option.name} is needed` } : {};
  const chosen = choices?.find(({ name, value }) => [name, String(value)].some((one) => one.toLowerCase() === typed.toLowerCase()));
  if (chosen) return { value: chosen.value };
  if (choices && !option.autocomplete) return { problem: `Choose one of the list for ${option.name}` };
  if (option.type === OPTION_TYPES.integer || option.type === OPTION_TYPES.number) return readNumber(option, typed);
  return readText(option, typed);
}

function readNumber(option, typed) {
  const value = Number(typed.replace(",", "."));
  const whole = option.type === OPTION_TYPES.integer;
  if (!Number.isFinite(value) || (whole && !Number.isInteger(value))) return { problem: `${option.name} must be a ${whole ? "whole " : ""}number` };
  const { min_value: low, max_value: high } = option;
  if ((low ?? -Infinity) > value || value > (high ?? Infinity)) return { problem: `${option.name} must be ${range(low, high)}` };
  return { value };
}

function readText(option, typed) {
  const { min_length: low, max_length: high } = option;
  if (typed.length < (low ?? 0)) return { problem: `${option.name} must have at least ${low} characters` };
  if (typed.length > (high ?? 6000)) return { problem: `${option.name} may have at most ${high ?? 6000} characters (now ${typed.length})` };
  return { value: typed };
}

const has = (bound) => bound !== null && bound !== undefined;

export function range(low, high) {
  if (has(low) && has(high)) return `between ${low} and ${high}`;
  if (has(low)) return `at least ${low}`;
  return has(high) ? `at most ${high}` : "";
}

/** The options as the server expects them, nested in their sub-command. */
export function nested(invocable, options) {
  return invocable.path.reduceRight((inner, { name, type }) => [{ name, type, options: inner }], options);
}
