// Building blocks of every view. All text becomes text nodes; nothing here or elsewhere makes markup from strings.

const SVG = "http://www.w3.org/2000/svg";

/** An element: `h("button", { class: "icon", onclick: f, "aria-label": "Stop" }, "text", child)`. */
export function h(tag, members = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else if (name === "value" || name === "checked" || name === "selected" || name === "hidden" || name === "disabled") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  append(node, children);
  return node;
}

function append(node, children) {
  for (const child of children.flat(Infinity)) if (child !== null && child !== undefined && child !== false) node.append(child);
}

/** Replaces what a node holds. */
export function fill(node, ...children) {
  node.replaceChildren();
  append(node, children);
  return node;
}

const PATHS = {
  live: "M3 12h4l3-8 4 16 3-8h4",
  chat: "M21 12a8 8 0 0 1-8 8H4l2.300-3A8 8 0 1 1 21 12z",
  meeting: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.500 19a5.500 5.500 0 0 1 11 0M16 5.200a3 3 0 0 1 0 5.600M17 14a5.500 5.500 0 0 1 4.500 5",
  agents: "M12 3v3M6 9h12a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2v-7a2 2 0 0 1 2-2zM9 14v1M15 14v1",
  keys: "M14 8a4 4 0 1 1-2.800 6.800L4 22M7 19l2 2M14 12a4 4 0 0 1 0-4",
  usage: "M4 20V10M10 20V4M16 20v-7M21 20H3",
  data: "M4 6c0-1.700 3.600-3 8-3s8 1.300 8 3-3.600 3-8 3-8-1.300-8-3zM4 6v12c0 1.700 3.600 3 8 3s8-1.300 8-3V6M4 12c0 1.700 3.600 3 8 3s8-1.300 8-3",
  knowledge: "M4 5a2 2 0 0 1 2-2h13v18H6a2 2 0 0 1-2-2V5zM4 17h15M8 7h7",
  settings:
    "M4 7h10M18 7h2M4 17h2M10 17h10M16 9.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM8 19.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16.500 16.500 21 21",
  menu: "M4 7h16M4 12h16M4 17h16",
  theme: "M12 3a9 9 0 1 0 9 9 7 7 0 0 1-9-9z",
  help: "M9.200 9a3 3 0 1 1 4 2.800c-.8.400-1.200 1-1.200 2M12 17.500v.1M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
  stop: "M7 7h10v10H7z",
  send: "M12 20V5M6 11l6-6 6 6",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  again: "M4 12a8 8 0 0 1 14-5.300L20 9M20 4v5h-5M20 12a8 8 0 0 1-14 5.300L4 15M4 20v-5h5",
  up: "M7 11v9H4v-9zM7 11l4-8a2.500 2.500 0 0 1 2.500 2.500V9H19a2 2 0 0 1 2 2.300l-1.200 7A2 2 0 0 1 17.800 20H7",
  down: "M17 13V4h3v9zM17 13l-4 8a2.500 2.500 0 0 1-2.500-2.500V15H5a2 2 0 0 1-2-2.300l1.200-7A2 2 0 0 1 6.200 4H17",
  close: "M6 6l12 12M18 6 6 18",
  save: "M12 4v11M7 10l5 5 5-5M5 20h14",
  more: "M5.500 12h1M11.500 12h1M17.500 12h1",
  plus: "M12 5v14M5 12h14",
  tool: "M14.500 6a4 4 0 0 1 5-1l-2.700 2.700 1.500 1.500L21 6.500a4 4 0 0 1-5.400 5L8 19a2 2 0 0 1-3-3l7.500-7.600A4 4 0 0 1 14.500 6z",
  pause: "M9 6v12M15 6v12",
  play: "M8 5l11 7-11 7z",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  edit: "M4 20h4L19 9l-4-4L4 16zM13 7l4 4",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  fork: "M7 8v8M7 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM7 20a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM17 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM17 8c0 5-10 3-10 8",
  other: "M4 20a6 6 0 0 1 12 0M10 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM16 9l2.500-2.500L21 9M18.500 6.500V14",
  bulb: "M9 18h6M10 21h4M12 3a6 6 0 0 1 4 10.500c-.7.700-1 1.500-1 2.500H9c0-1-.300-1.800-1-2.500A6 6 0 0 1 12 3z",
};

/** A drawn sign; for the eye only, so that whatever holds it needs a name. */
export function icon(name, size = 18) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", width: size, height: size, "aria-hidden": "true", class: "sign" }))
    svg.setAttribute(key, value);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name] || "");
  svg.append(path);
  return svg;
}

/** An SVG element. */
export function svg(tag, members = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(members)) node.setAttribute(name, value);
  append(node, children);
  return node;
}

/** A button with a sign and a name. */
export const iconButton = (name, label, onclick, members = {}) =>
  h("button", { type: "button", class: "icon", "aria-label": label, title: label, onclick, ...members }, icon(name));

/** A sentence with words of code in it, as the hub's documents write them: between backticks. */
export const prose = (text) => (text || "").split("`").map((part, index) => (index % 2 ? h("code", {}, part) : part));

// --- once a frame

const due = new Set();
let asked = false;

/** Calls a function in the next frame, once however often it is asked for. */
export function soon(draw) {
  due.add(draw);
  if (asked) return;
  asked = true;
  // A page in the background gets no frames, and needs none.
  requestAnimationFrame(() => {
    asked = false;
    const all = [...due];
    due.clear();
    for (const one of all) one();
  });
}

// --- words

const numbers = new Intl.NumberFormat("en");
export const count = (value) => (value === null || value === undefined ? "–" : numbers.format(value));
export const plural = (value, one, many = `${one}s`) => `${count(value)} ${value === 1 ? one : many}`;

/** Dollars with as many digits as they need; null is unknown, not nothing. */
export function dollars(value) {
  if (value === null || value === undefined) return "–";
  if (value === 0) return "$0";
  return value < 0.01 ? `$${value.toPrecision(2).replace(/e-0?/, "e-")}` : `$${value.toFixed(value < 1 ? 3 : 2)}`;
}

export function duration(milliseconds) {
  if (!(milliseconds >= 0)) return "–";
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return seconds < 3600
    ? `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`
    : `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** "now", "5 min ago", or the day. */
export function since(iso) {
  if (!iso) return "";
  const at = new Date(iso),
    seconds = (Date.now() - at) / 1000;
  if (seconds < 45) return "now";
  if (seconds < 3600) return `${Math.max(1, Math.round(seconds / 60))} min ago`;
  if (seconds < 86400) return `${Math.round(seconds / 3600)} h ago`;
  return at.toLocaleDateString("en", { day: "numeric", month: "short", ...(seconds > 2e7 ? { year: "numeric" } : {}) });
}

export const when = (iso) => (iso ? new Date(iso).toLocaleString("en", { dateStyle: "medium", timeStyle: "short" }) : "");
export const plainJSON = (value) =>
  value === undefined || value === null ? "" : typeof value === "string" ? value : JSON.stringify(value, null, 2);

// --- pieces that every view has

/** What is shown where there is nothing: what it means, and what to do. */
export const blank = (title, text, ...actions) =>
  h("div", { class: "blank" }, h("h2", {}, title), text && h("p", {}, text), actions.length ? h("p", {}, actions) : null);

/** An error as a person can act on it. */
export function problem(error, again) {
  const text = [error.message, error.hint]
    .filter(Boolean)
    .map((part) => (/[.!?]$/.test(part) ? part : `${part}.`))
    .join(" ");
  return h(
    "div",
    { class: "problem", role: "alert" },
    h("p", {}, text),
    again && h("button", { type: "button", onclick: again }, "Try again"),
  );
}

export function toast(text, kind = "") {
  const node = h("div", { class: `toast ${kind}` }, text);
  document.getElementById("toasts").append(node);
  setTimeout(() => node.remove(), kind === "bad" ? 8000 : 3500);
}

export const complain = (error) => toast([error.message, error.hint].filter(Boolean).join(" "), "bad");

/** A head of a view: its title, words beside it, and what can be done. */
export const head = (title, sub, ...actions) =>
  h(
    "header",
    { class: "head" },
    h("div", {}, h("h1", {}, title), sub && h("p", { class: "soft" }, sub)),
    h("div", { class: "actions" }, actions),
  );

export const chip = (text, kind = "") => h("span", { class: `chip ${kind}` }, text);

/** A labelled field of a form. */
export function field(label, control, hint) {
  const id = `f${(field.last = (field.last || 0) + 1)}`;
  control.id = id;
  return h("div", { class: "field" }, h("label", { for: id }, label), control, hint && h("p", { class: "soft small" }, hint));
}

/** A choice of `[value, text]`. */
export const select = (options, value, members = {}) =>
  h(
    "select",
    members,
    options.map(([key, text]) => h("option", { value: key, selected: key === value }, text)),
  );

/** A dialog; resolves with what its form was closed by, or null. */
export function ask(title, body, action = "OK", kind = "primary") {
  return new Promise((resolve) => {
    const dialog = h("dialog", { "aria-label": title });
    const close = (value) => {
      dialog.close();
      dialog.remove();
      resolve(value);
    };
    const form = h(
      "form",
      {
        onsubmit: (event) => {
          event.preventDefault();
          close(true);
        },
      },
      h("h2", {}, title),
      body,
      h(
        "div",
        { class: "actions end" },
        h("button", { type: "button", onclick: () => close(null) }, action ? "Cancel" : "Close"),
        action && h("button", { class: kind }, action),
      ),
    );
    dialog.append(form);
    dialog.addEventListener("cancel", () => close(null));
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Fills a place with what a promise brings, and says so while it waits and when it fails. */
export async function load(place, make) {
  fill(place, h("p", { class: "loading soft", role: "status" }, "Loading…"));
  try {
    fill(place, await make());
  } catch (error) {
    fill(
      place,
      problem(error, () => load(place, make)),
    );
  }
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied");
  } catch {
    toast("The browser did not allow copying.", "bad");
  }
}
