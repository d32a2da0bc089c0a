// Markdown as DOM nodes, while it is written. Text is only ever text: what looks like HTML is shown as it is, links lead to
// http, https and mailto, pictures are links. A block that another one follows is final; only the last one is drawn again.

import { h, fill } from "./dom.js";

const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([^`]*)$/,
  HEADING = /^ {0,3}(#{1,6})\s+(.*?)\s*#*$/,
  RULE = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])(\s+|$)(.*)$/,
  QUOTE = /^ {0,3}> ?(.*)$/,
  DIVIDER = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;
/** Text of one block beyond this is shown without formatting: a hostile one must not cost a frame. */
const MOST = 8000,
  DEEPEST = 6;

/** The blocks of a text: `{ start, type, lines, … }`, each with where it begins. */
export function blocks(text) {
  const lines = text.split("\n"),
    found = [];
  let index = 0,
    start = 0;
  const take = (block, to) => {
    found.push({ start, ...block });
    for (; index < to; index += 1) start += lines[index].length + 1;
  };
  while (index < lines.length) {
    const line = lines[index];
    if (!line.trim()) {
      start += line.length + 1;
      index += 1;
      continue;
    }
    let match = FENCE.exec(line);
    if (match) {
      let to = index + 1;
      const end = new RegExp(`^ {0,3}${match[1][0] === "`" ? "`" : "~"}{${match[1].length},}\\s*$`);
      while (to < lines.length && !end.test(lines[to])) to += 1;
      take(
        { type: "code", language: match[2].trim().split(/\s/)[0], text: lines.slice(index + 1, to).join("\n") },
        Math.min(to + 1, lines.length),
      );
    } else if ((match = HEADING.exec(line))) take({ type: "heading", level: match[1].length, text: match[2] }, index + 1);
    else if (RULE.test(line)) take({ type: "rule" }, index + 1);
    else if (QUOTE.test(line)) {
      const to = end(lines, index, (one) => QUOTE.test(one));
      take(
        {
          type: "quote",
          text: lines
            .slice(index, to)
            .map((one) => QUOTE.exec(one)[1])
            .join("\n"),
        },
        to,
      );
    } else if (ITEM.test(line)) {
      const to = endOfList(lines, index);
      take({ type: "list", lines: lines.slice(index, to) }, to);
    } else if (
      line.includes("|") &&
      index + 1 < lines.length &&
      lines[index + 1].includes("-") &&
      DIVIDER.test(lines[index + 1]) &&
      cells(lines[index + 1]).length === cells(line).length
    ) {
      const to = end(lines, index + 2, (one) => one.includes("|"));
      take({ type: "table", lines: lines.slice(index, to) }, to);
    } else {
      const to = end(
        lines,
        index + 1,
        (one, at) => one.trim() && !isStart(one) && !(one.includes("|") && lines[at + 1]?.includes("-") && DIVIDER.test(lines[at + 1])),
      );
      take({ type: "paragraph", text: lines.slice(index, to).join("\n") }, to);
    }
  }
  return found;
}

const isStart = (line) => FENCE.test(line) || HEADING.test(line) || RULE.test(line) || QUOTE.test(line) || ITEM.test(line);

function end(lines, from, goesOn) {
  let to = from;
  while (to < lines.length && goesOn(lines[to], to)) to += 1;
  return to;
}

// An item goes on in indented lines, a list over one blank line.
function endOfList(lines, from) {
  const [, indent, mark] = ITEM.exec(lines[from]),
    isOrdered = /\d/.test(mark);
  // Numbers after dots, or the other way round, are another list, unless they stand inside an item.
  const belongs = (line) => {
    const match = ITEM.exec(line);
    return match && !RULE.test(line) && (match[1].length > indent.length + 1 || /\d/.test(match[2]) === isOrdered);
  };
  let to = from + 1;
  while (to < lines.length) {
    const line = lines[to];
    if (belongs(line)) to += 1;
    else if (!line.trim()) {
      const next = lines[to + 1];
      if (next !== undefined && (belongs(next) || /^\s{2,}\S/.test(next))) to += 1;
      else break;
    } else if (/^\s{2,}/.test(line) || (!isStart(line) && lines[to - 1].trim())) to += 1;
    else break;
  }
  return to;
}

function cells(line) {
  const inner = line
    .trim()
    .replace(/^\|/, "")
    .replace(/(?<!\\)\|$/, "");
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replace(/\\\|/g, "|"));
}

function draw(block, depth = 0) {
  switch (block.type) {
    case "code":
      return h(
        "div",
        { class: "code" },
        block.language && h("span", { class: "language" }, block.language.slice(0, 40)),
        h("pre", { tabindex: "0" }, h("code", {}, block.text)),
      );
    case "heading":
      return h(`h${Math.min(6, block.level + 2)}`, {}, inline(block.text));
    case "rule":
      return h("hr");
    case "quote":
      return h("blockquote", {}, depth < DEEPEST ? blocks(block.text).map((one) => draw(one, depth + 1)) : block.text);
    case "list":
      return list(block.lines, depth);
    case "table":
      return table(block.lines);
    default:
      return h("p", {}, inline(block.text));
  }
}

function list(lines, depth) {
  const first = ITEM.exec(lines[0]),
    isOrdered = /\d/.test(first[2]),
    indent = first[1].length;
  const items = [];
  for (const line of lines) {
    const match = ITEM.exec(line);
    if (match && match[1].length <= indent + 1) items.push([match[4]]);
    else items.at(-1).push(line.replace(new RegExp(`^\\s{0,${indent + first[2].length + 1}}`), ""));
  }
  const number = isOrdered ? parseInt(first[2], 10) : 1;
  return h(
    isOrdered ? "ol" : "ul",
    number === 1 ? {} : { start: number },
    items.map((item) => {
      const text = item.join("\n").trimEnd();
      if (depth >= DEEPEST) return h("li", {}, text);
      const parts = blocks(text);
      // A lone paragraph is the item itself; what stands below it keeps its form.
      return h(
        "li",
        {},
        parts.map((part, at) => (at === 0 && part.type === "paragraph" ? inline(part.text) : draw(part, depth + 1))),
      );
    }),
  );
}

function table(lines) {
  const align = cells(lines[1]).map((cell) => (cell.endsWith(":") ? (cell.startsWith(":") ? "center" : "right") : ""));
  const row = (line, tag) =>
    h(
      "tr",
      {},
      cells(line)
        .slice(0, align.length)
        .map((cell, at) => h(tag, align[at] ? { class: align[at] } : {}, inline(cell))),
    );
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table" },
    h(
      "table",
      {},
      h("thead", {}, row(lines[0], "th")),
      h(
        "tbody",
        {},
        lines.slice(2).map((line) => row(line, "td")),
      ),
    ),
  );
}

const INLINE = new RegExp(
  [
    /(?<ticks>`+)(?<code>[^`]|[^`][\s\S]{0,2000}?[^`])\k<ticks>(?!`)/,
    /!?\[(?<label>(?:[^[\]\\\n]|\\.){0,500})\]\(\s*<?(?<target>[^\s()<>]{0,2000}(?:\([^\s()<>]{0,500}\)[^\s()<>]{0,500})?)>?(?:\s+["'][^"'\n]{0,200}["'])?\s*\)/,
    /<(?<angle>(?:https?:\/\/|mailto:)[^\s<>]{1,2000})>/,
    /(?<bare>https?:\/\/[^\s<>"'`|]{1,2000})/,
    /\*\*(?<strong>[^\s*](?:[^\n]{0,1500}?[^\s])??)\*\*(?!\*)/,
    /(?<![\p{L}\p{N}_])__(?<strong2>[^\s_](?:[^\n]{0,1500}?[^\s])??)__(?![\p{L}\p{N}_])/,
    /~~(?<strike>[^\s~](?:[^\n~]{0,1500}[^\s~])?)~~/,
    /\*(?<em>[^\s*](?:[^*\n]{0,1500}[^\s*])?)\*/,
    /(?<![\p{L}\p{N}_])_(?<em2>[^\s_](?:[^_\n]{0,1500}[^\s_])?)_(?![\p{L}\p{N}_])/,
    /\\(?<escaped>[!-/:-@[-`{-~])/,
    /(?<line>\s*\n)/,
  ]
    .map((one) => one.source)
    .join("|"),
  "gu",
);

/** Text with its emphasis, code and links, as nodes. */
export function inline(text, depth = 0) {
  if (text.length > MOST || depth > DEEPEST) return [text];
  const nodes = [];
  let from = 0;
  const inside = (tag, content) => h(tag, {}, inline(content, depth + 1));
  for (const match of text.matchAll(INLINE)) {
    const { code, label, target, angle, bare, strong, strong2, strike, em, em2, escaped, line } = match.groups;
    let [whole] = match;
    let node;
    if (code !== undefined) node = h("code", {}, code.replace(/^ (.*\S.*) $/, "$1"));
    else if (target !== undefined) node = link(target, inline(label || target, depth + 1)) || whole;
    else if (angle) node = link(angle, angle.replace(/^mailto:/, "")) || whole;
    else if (bare) {
      // A sentence's own sign does not belong to its address.
      whole = bare.replace(/[.,:;!?)\]*_~]+$/, (tail) => (tail.startsWith(")") && bare.includes("(") ? ")" : ""));
      node = link(whole, whole) || whole;
    } else if (strong ?? strong2) node = inside("strong", strong ?? strong2);
    else if (strike) node = inside("del", strike);
    else if (em ?? em2) node = inside("em", em ?? em2);
    else if (escaped) node = escaped;
    else if (line !== undefined) node = h("br");
    if (match.index < from) continue;
    if (match.index > from) nodes.push(text.slice(from, match.index));
    nodes.push(node);
    from = match.index + whole.length;
  }
  if (from < text.length) nodes.push(text.slice(from));
  return nodes;
}

/** A link to where a page may lead; nil for anything else. */
export function link(target, content) {
  let address;
  try {
    address = new URL(target);
  } catch {
    return null;
  }
  if (!["http:", "https:", "mailto:"].includes(address.protocol)) return null;
  return h("a", { href: address.href, target: "_blank", rel: "noopener noreferrer nofollow" }, content);
}

/** A text that grows. `update` takes the whole text so far. */
export class Markdown {
  // The last two blocks are not final: what follows may turn the last one into a part of the one before.
  #text = "";
  #from = 0;
  #open = [];

  constructor(root) {
    this.root = root;
  }

  update(text) {
    if (text === this.#text) return;
    if (!text.startsWith(this.#text)) {
      fill(this.root);
      [this.#from, this.#open] = [0, []];
    }
    this.#text = text;
    const found = blocks(text.slice(this.#from)),
      nodes = [];
    for (const [at, block] of found.entries()) nodes.push(this.#place(block, this.#open[at]));
    for (const { node } of this.#open.slice(found.length)) node.remove();
    const kept = Math.max(0, found.length - 2);
    this.#open = found
      .slice(kept)
      .map((block, at) => ({ block: { ...block, start: block.start - (found[kept]?.start ?? 0) }, node: nodes[kept + at] }));
    if (found.length) this.#from += found[kept].start;
  }

  // What only grew is appended, so that a long block of code costs no more than what came.
  #place(block, known) {
    if (!known) {
      const node = draw(block);
      this.root.append(node);
      return node;
    }
    const { block: before, node } = known;
    const isText =
      block.text !== undefined && before.text !== undefined && block.type === before.type && block.language === before.language;
    if (isText && block.text === before.text && block.level === before.level) return node;
    if (block.lines && before.lines && block.type === before.type && block.lines.join("\n") === before.lines.join("\n")) return node;
    const tail = isText && block.text.startsWith(before.text) ? block.text.slice(before.text.length) : null;
    if (block.type === "code" && tail !== null) {
      const code = node.querySelector("code");
      if (code.lastChild) code.lastChild.appendData(tail);
      else code.append(tail);
      return node;
    }
    const end = node.lastChild;
    if (
      block.type === "paragraph" &&
      tail !== null &&
      end instanceof Text &&
      /^[\p{L}\p{N} ,;]*$/u.test(tail) &&
      /^[^[\]*_~`\\<:/|]*$/.test(before.text)
    ) {
      end.appendData(tail);
      return node;
    }
    const fresh = draw(block);
    node.replaceWith(fresh);
    return fresh;
  }
}
