// Discord's block markdown as nodes: paragraphs, headings, subtext, quotes, lists and code blocks.

import { h } from "../core/dom.js";
import { inline } from "./inline.js";

const FENCE = /^```(?:([\w+.-]*)\n)?([^]*?)```/;
const HEADING = /^(#{1,3})\s+(.+)$/;
const SUBTEXT = /^-#\s+(.+)$/;
const ITEM = /^(\s*)([-*]|\d{1,9}\.)\s+(.+)$/;

/** The nodes of a whole text, line by line. */
export function markdown(text, context) {
  const nodes = [];
  for (const piece of pieces(String(text ?? ""))) {
    if (piece.code !== undefined) nodes.push(codeBlock(piece));
    else nodes.push(...blocks(piece.text.split("\n"), context));
  }
  return nodes;
}

/** The words of a text without any markup, on one line. */
export function plainText(text, context) {
  const holder = h("div", {}, markdown(text, context).flatMap((node) => [node, " "]));
  return holder.textContent.replace(/\s+/g, " ").trim();
}

function* pieces(text) {
  let rest = text;
  while (rest) {
    const at = rest.indexOf("```");
    const match = at >= 0 && FENCE.exec(rest.slice(at));
    if (!match || !match[2].trim()) {
      yield { text: rest };
      return;
    }
    if (at > 0) yield { text: rest.slice(0, at).replace(/\n$/, "") };
    yield { code: match[2], language: match[1] };
    rest = rest.slice(at + match[0].length).replace(/^\n/, "");
  }
}

const codeBlock = ({ code, language }) =>
  h("pre", { class: "code-block", tabindex: "0", "aria-label": language ? `${language} code` : "code" }, h("code", {}, code.replace(/\n$/, "")));

function blocks(lines, context) {
  const nodes = [];
  let paragraph = [];
  const flush = () => {
    if (paragraph.some((line) => line.trim())) nodes.push(h("p", {}, inline(paragraph.join("\n"), context)));
    paragraph = [];
  };
  for (let at = 0; at < lines.length; ) {
    const taken = special(lines, at, context);
    if (!taken) {
      paragraph.push(lines[at]);
      at += 1;
      continue;
    }
    flush();
    nodes.push(taken.node);
    at += taken.lines;
  }
  flush();
  return nodes;
}

function special(lines, at, context) {
  const line = lines[at];
  const heading = HEADING.exec(line);
  if (heading) return { node: h("div", { class: `heading h${heading[1].length}`, role: "heading", "aria-level": heading[1].length + 2 }, inline(heading[2], context)), lines: 1 };
  const subtext = SUBTEXT.exec(line);
  if (subtext) return { node: h("p", { class: "subtext" }, inline(subtext[1], context)), lines: 1 };
  if (line.startsWith(">>> ")) {
    const quoted = [line.slice(4), ...lines.slice(at + 1)];
    return { node: h("blockquote", {}, blocks(quoted, context)), lines: quoted.length };
  }
  if (line.startsWith("> ")) return run(lines, at, (one) => one.startsWith("> "), (taken) =>
    h("blockquote", {}, blocks(taken.map((one) => one.slice(2)), context)));
  const item = ITEM.exec(line);
  if (item) return run(lines, at, (one) => belongs(one, item), (taken) => list(taken, context));
  return null;
}

// A numbered item after a bulleted one begins a new list, unless it is indented further.
function belongs(line, [, indent, mark]) {
  const item = ITEM.exec(line);
  return item && (item[1].length > indent.length || /\d/.test(item[2]) === /\d/.test(mark));
}

function run(lines, at, belongs, build) {
  let end = at;
  while (end < lines.length && belongs(lines[end])) end += 1;
  return { node: build(lines.slice(at, end)), lines: end - at };
}

function list(lines, context) {
  const [, indent, mark] = ITEM.exec(lines[0]);
  const ordered = /\d/.test(mark);
  const node = h(ordered ? "ol" : "ul", { class: "list", start: ordered ? parseInt(mark, 10) : null });
  for (let at = 0; at < lines.length; ) {
    const item = h("li", {}, inline(ITEM.exec(lines[at])[3], context));
    const deeper = run(lines, at + 1, (one) => ITEM.exec(one)[1].length > indent.length, (taken) => taken);
    if (deeper.lines) item.append(list(deeper.node, context));
    node.append(item);
    at += 1 + deeper.lines;
  }
  return node;
}
