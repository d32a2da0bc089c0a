// A conversation as it happened: its log, folded up to a place that one can move, at any pace.

import { h, load, icon, iconButton, select, duration, when, soon, fill } from "./dom.js";
import { Conversation } from "/agenthub.js";
import { hub, board } from "./live.js";
import { Transcript } from "./transcript.js";

/** Nobody waits longer than this for what was a pause. */
const LONGEST_PAUSE = 2000;
const COARSE = "As it happened, but in larger pieces: the log of old answers is merged";
const PACES = [
  ["1", "1 ×"],
  ["2", "2 ×"],
  ["5", "5 ×"],
  ["20", "20 ×"],
];

/** `#/replay/CONVERSATION?at=SEQ` */
export function open([id], query) {
  const body = h("div", {}),
    node = h("div", { class: "chat" }, body);
  let stop = () => {};
  load(body, async () => {
    const events = await log(id);
    const player = play(id, events, Number(query.get("at")) || events.length);
    stop = player.stop;
    soon(() => node.replaceChildren(...player.nodes));
    return [];
  });
  return { node, title: "Replay", wide: true, close: () => stop() };
}

async function log(id) {
  const events = [];
  for (let after = 0; after !== null; ) {
    const page = await hub.get(`/api/conversations/${encodeURIComponent(id)}/events?limit=500&after=${after}`);
    events.push(...page.items);
    after = page.next === null ? null : Number(page.next);
  }
  return events;
}

function play(id, events, begin) {
  const times = clock(events),
    conversation = new Conversation(id);
  const transcript = new Transcript({ conversation, isReplay: true, recall: async () => {} });
  const scroller = h("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": "Conversation" }, transcript.node);
  const place = h("input", { type: "range", min: "0", max: String(events.length), step: "1", "aria-label": "Place in the log" }),
    told = h("span", { class: "soft small numbers" });
  const pace = select(PACES, "1", { "aria-label": "Pace" });
  let at = 0,
    timer = null;

  // Forward by what comes, backward from the beginning: folding ten thousand events takes some milliseconds.
  function move(to) {
    if (to < at || at === 0) {
      conversation.clear();
      conversation.seq = 0;
      at = 0;
    }
    for (; at < to; at += 1) conversation.fold(events[at]);
    place.value = String(at);
    const event = events[Math.max(0, at - 1)];
    place.setAttribute("aria-valuetext", event ? `${event.type}, ${when(event.at)}` : "");
    told.textContent = `${at} of ${events.length}${event ? ` · ${event.type} · ${duration(times[Math.max(0, at - 1)])}` : ""}`;
    soon(draw);
  }

  function draw() {
    transcript.draw();
    scroller.scrollTop = scroller.scrollHeight;
  }

  function halt() {
    clearTimeout(timer);
    timer = null;
    fill(button, icon("play"));
    button.setAttribute("aria-label", "Play");
  }

  function run() {
    if (at >= events.length) move(0);
    fill(button, icon("pause"));
    button.setAttribute("aria-label", "Pause");
    const from = performance.now(),
      start = at > 0 ? times[at - 1] : 0;
    const tick = () => {
      const now = start + (performance.now() - from) * Number(pace.value);
      let to = at;
      while (to < events.length && times[to] <= now) to += 1;
      if (to > at) move(to);
      if (at >= events.length) return halt();
      timer = setTimeout(tick, 16);
    };
    timer = setTimeout(tick, 0);
  }

  const button = iconButton("play", "Play", () => (timer === null ? run() : halt()));
  pace.addEventListener("change", () => {
    if (timer !== null) {
      halt();
      run();
    }
  });
  place.addEventListener("input", () => {
    halt();
    move(Number(place.value));
  });
  place.addEventListener("change", () => history.replaceState(null, "", `#/replay/${id}?at=${at}`));
  move(Math.min(begin, events.length));
  const title = board.conversations.get(id)?.title || conversation.title || "Conversation";
  return {
    stop: halt,
    nodes: [
      h(
        "header",
        { class: "bar" },
        h(
          "div",
          { class: "grow" },
          h("h1", {}, `Replay: ${title}`),
          h("p", { class: "soft small" }, events.some((event) => event.count > 1) ? COARSE : "As it happened; long pauses are shortened"),
        ),
        h("a", { class: "button", href: `#/chat/${id}` }, "Open"),
      ),
      scroller,
      h("div", { class: "player" }, button, place, told, pace),
    ],
  };
}

// When each event is due, in milliseconds from the first.
function clock(events) {
  const times = [];
  let now = 0;
  events.forEach((event, at) => {
    if (at) now += Math.min(LONGEST_PAUSE, Math.max(0, Date.parse(event.at) - Date.parse(events[at - 1].at)));
    times.push(now);
  });
  return times;
}
