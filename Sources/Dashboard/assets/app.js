// The shell: navigation, the state of the connection, theme, keyboard, and the way from an address to its view.

import { h, icon, fill, problem, ask, toast } from "./dom.js";
import { hub, board, follow, reload, WORKING } from "./live.js";

// name, title, sign, key, module. A view's module gives `open(path, query)`: { node, title, close?, keys? }.
const PLACES = [
  ["live", "Live", "live", "l"],
  ["meeting", "Meeting room", "meeting", "m"],
  ["search", "Search", "search", "/"],
  ["agents", "Agents", "agents", "a"],
  ["providers", "Providers", "keys", "p"],
  ["usage", "Usage", "usage", "u"],
  ["data", "Data sets", "data", "d"],
  ["knowledge", "Knowledge", "knowledge", "k"],
  ["settings", "Settings", "settings", "s"],
];
const MODULES = {
  live: () => import("./wall.js"),
  chat: () => import("./chat.js"),
  new: () => import("./chat.js"),
  meeting: () => import("./meeting.js"),
  agents: () => import("./agents.js"),
  providers: () => import("./providers.js"),
  usage: () => import("./usage.js"),
  data: () => import("./data.js"),
  knowledge: () => import("./knowledge.js"),
  settings: () => import("./settings.js"),
  search: () => import("./search.js"),
  replay: () => import("./replay.js"),
  chats: () => import("./chats.js"),
};

const $ = (id) => document.getElementById(id);
const places = new Map();
let view = null,
  turn = 0;

function address() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const parts = path
    .split("/")
    .filter(Boolean)
    .map((part) => {
      try {
        return decodeURIComponent(part);
      } catch {
        return part;
      }
    });
  return { name: parts[0] || "live", path: parts.slice(1), query: new URLSearchParams(query) };
}

async function go() {
  const mine = ++turn;
  const { name, path, query } = address();
  drawer(false);
  for (const [key, link] of places)
    if (key === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  // The same view may take another address without being built anew.
  if (view?.move?.(name, path, query)) return drawRecent();
  let next;
  try {
    const module = await (MODULES[name] || MODULES.live)();
    if (mine !== turn) return;
    view?.close?.();
    next = module.open(path, query, name);
  } catch (error) {
    if (mine !== turn) return;
    view?.close?.();
    next = {
      node: h(
        "div",
        { class: "page" },
        problem(error, () => {
          location.reload();
        }),
      ),
      title: "Error",
    };
  }
  view = next;
  follow(Boolean(view.loud));
  $("main").className = view.wide ? "wide" : "";
  fill($("main"), view.node);
  $("main").scrollTop = 0;
  titled(view.title);
  view.shown?.();
  drawRecent();
}

/** Names the page. */
export const titled = (title) => {
  document.title = title ? `${title} · AgentHub` : "AgentHub";
};
addEventListener("titled", ({ detail }) => titled(detail));

// --- connection

const STATES = { connecting: "Connecting", live: "Live", polling: "Without sockets", waiting: "Reconnecting", refused: "Refused" };
function drawState() {
  for (const id of ["state", "state-phone"]) {
    const node = $(id);
    node.dataset.state = hub.state;
    node.textContent = STATES[hub.state];
    node.title =
      hub.state === "refused"
        ? hub.reason
        : hub.state === "polling"
          ? "No WebSocket gets through. What is shown is read every few seconds."
          : "";
  }
}
hub.addEventListener("state", drawState);
hub.addEventListener("epoch", () => {
  toast("The hub's data was renewed; everything is read again.");
  reload();
});

// --- recent conversations

let drawn = "";
function drawRecent() {
  const { name, path } = address();
  const current = name === "chat" ? path[0] : null;
  const all = [...board.conversations.values()].sort((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1)).slice(0, 40);
  const busy = new Set();
  let working = 0;
  for (const run of board.runs.values())
    if (!run.parent && WORKING.includes(run.status)) {
      busy.add(run.conversation);
      working += 1;
    }
  const key = JSON.stringify([current, working, all.map((item) => [item.id, item.title, busy.has(item.id)])]);
  if (key === drawn) return;
  drawn = key;
  const badge = places.get("live")?.querySelector(".badge");
  if (badge) {
    badge.textContent = working || "";
    badge.hidden = !working;
  }
  fill(
    $("recent"),
    all.map((item) =>
      h(
        "li",
        {},
        h(
          "a",
          { href: `#/chat/${item.id}`, "aria-current": item.id === current ? "page" : null, title: item.title || "Conversation" },
          h("span", { class: "name" }, item.title || "Conversation"),
          busy.has(item.id) && h("span", { class: "dot", role: "img", "aria-label": "working" }),
        ),
      ),
    ),
    board.loaded && !all.length && h("li", { class: "soft small" }, "No conversations yet"),
  );
}
board.listen(drawRecent);

// --- theme, menu, keyboard

const media = matchMedia("(prefers-color-scheme: dark)");
function switchTheme() {
  const now = document.documentElement.dataset.theme || (media.matches ? "dark" : "light");
  document.documentElement.dataset.theme = now === "dark" ? "light" : "dark";
  try {
    localStorage.setItem("theme", document.documentElement.dataset.theme);
  } catch {
    /* then it lasts until the page is left */
  }
}

function drawer(isOpen) {
  $("side").classList.toggle("open", isOpen);
  $("shade").hidden = !isOpen;
  $("menu").setAttribute("aria-expanded", String(isOpen));
  if (isOpen) $("new-chat").focus();
}

const KEYS = [
  ["n", "New chat"],
  ["g then a letter", "Go: l live, m meeting room, a agents, p providers, u usage, d data, k knowledge, s settings"],
  ["/", "Search"],
  ["c", "Write: to the message field"],
  ["Enter", "Send; Shift+Enter makes a new line"],
  ["j, k", "Next and previous conversation"],
  ["t", "Dark or light"],
  ["Esc", "Close, or leave the message field"],
  ["?", "This list"],
];
const showHelp = () =>
  ask(
    "Keyboard",
    h(
      "dl",
      { class: "keys" },
      KEYS.map(([key, text]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, text)]),
    ),
    "",
  );

function step(by) {
  const links = [...$("recent").querySelectorAll("a")];
  const at = links.findIndex((link) => link.getAttribute("aria-current"));
  const next = links[Math.max(0, Math.min(links.length - 1, at + by))];
  if (next) location.hash = next.getAttribute("href");
}

let prefix = 0;
addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const isWriting = target.closest?.("input, textarea, select, [contenteditable]");
  if (key === "Escape") {
    if (isWriting) target.blur();
    drawer(false);
    return;
  }
  if (isWriting) return;
  if (prefix > Date.now()) {
    prefix = 0;
    const place = PLACES.find((one) => one[3] === key);
    if (place) {
      location.hash = `#/${place[0]}`;
      event.preventDefault();
    }
    return;
  }
  const does = {
    g: () => {
      prefix = Date.now() + 1200;
    },
    n: () => {
      location.hash = "#/new";
    },
    "/": () => {
      location.hash = "#/search";
    },
    t: switchTheme,
    "?": showHelp,
    c: () => document.querySelector("[data-composer]")?.focus(),
    j: () => step(1),
    k: () => step(-1),
  }[key];
  if (does) {
    does();
    event.preventDefault();
  }
});

function build() {
  for (const [name, title, sign] of PLACES) {
    const link = h(
      "a",
      { href: `#/${name}` },
      icon(sign),
      h("span", { class: "name" }, title),
      name === "live" && h("span", { class: "badge", hidden: true }),
    );
    places.set(name, link);
    $("places").append(h("li", {}, link));
  }
  fill($("menu"), icon("menu", 22));
  fill($("theme"), icon("theme"));
  fill($("help"), icon("help"));
  $("menu").onclick = () => drawer(!$("side").classList.contains("open"));
  $("shade").onclick = () => drawer(false);
  $("theme").onclick = switchTheme;
  $("help").onclick = showHelp;
  drawState();
  addEventListener("hashchange", go);
  go();
}
build();
