// The meeting room: one message to several agents at once, their answers side by side, a conversation each.

import { h, fill, blank, iconButton, soon, complain } from "./dom.js";
import { newKey } from "/agenthub.js";
import { hub, board, WORKING } from "./live.js";
import { Transcript } from "./transcript.js";
import { composer } from "./composer.js";

const MOST = 6;

/** `#/meeting?seats=AGENT:CONVERSATION,AGENT` — who sits there, and where each one's conversation goes on. */
export function open(_path, query) {
  const seats = new Map(),
    room = h("div", { class: "meeting" }),
    picks = h("div", { class: "picks", role: "group", "aria-label": "Who is invited" });
  for (const part of (query.get("seats") || "").split(",").filter(Boolean).slice(0, MOST)) {
    const [agent, conversation] = part.split(":");
    seats.set(agent, { agent, conversation: conversation || null });
  }
  if (!seats.size) seats.set("demo", { agent: "demo", conversation: null });

  const keep = () =>
    history.replaceState(
      null,
      "",
      `#/meeting?seats=${[...seats.values()].map((seat) => [seat.agent, seat.conversation].filter(Boolean).join(":")).join(",")}`,
    );

  function sit(seat) {
    if (!seat.node) {
      seat.name = h("strong", { class: "grow" });
      seat.body = h("div", { class: "body", tabindex: "0", role: "region" });
      seat.open = h("a", { class: "small", hidden: true }, "open");
      seat.node = h(
        "section",
        { class: "card seat" },
        h(
          "header",
          {},
          h("span", { class: "emoji", "aria-hidden": "true" }, board.emojiOf(seat.agent)),
          seat.name,
          seat.open,
          iconButton("close", "Leave the room", () => leave(seat)),
        ),
        seat.body,
      );
    }
    seat.name.textContent = board.nameOf({ id: seat.agent });
    seat.body.setAttribute("aria-label", `Answers of ${seat.name.textContent}`);
    if (seat.conversation && !seat.watch) {
      seat.open.hidden = false;
      seat.open.href = `#/chat/${seat.conversation}`;
      seat.watch = hub.watch(seat.conversation, {
        change: () => soon(seat.draw),
        error: (error) => {
          if (!error.temporary) fill(seat.body, h("p", { class: "soft" }, error.message));
        },
      });
      seat.transcript = new Transcript(seat.watch);
      seat.draw = () => {
        const atEnd = seat.body.scrollHeight - seat.body.scrollTop - seat.body.clientHeight < 60;
        seat.transcript.draw();
        if (seat.body.firstChild !== seat.transcript.node) fill(seat.body, seat.transcript.node);
        if (atEnd) seat.body.scrollTop = seat.body.scrollHeight;
        write.working(working().length > 0);
      };
    } else if (!seat.conversation) fill(seat.body, h("p", { class: "soft small turns" }, "Waits for the first message."));
    return seat.node;
  }

  const working = () =>
    [...seats.values()].flatMap((seat) =>
      seat.watch ? [...seat.watch.conversation.runs.values()].filter((run) => !run.parent && WORKING.includes(run.status)) : [],
    );

  function leave(seat) {
    seat.watch?.close();
    seats.delete(seat.agent);
    draw();
  }

  function draw() {
    const nodes = [...seats.values()].map(sit);
    if (nodes.length) {
      nodes.forEach((node, at) => {
        if (room.children[at] !== node) room.insertBefore(node, room.children[at] || null);
      });
      while (room.children.length > nodes.length) room.lastChild.remove();
    } else fill(room, blank("Nobody is here", "Choose who is invited, below."));
    drawPicks();
    keep();
  }

  let drawn = "";
  function drawPicks() {
    const key = JSON.stringify([[...seats.keys()], [...board.agents.keys()]]);
    if (key === drawn) return;
    drawn = key;
    const add = h(
      "select",
      {
        "aria-label": "Invite an agent",
        onchange: () => {
          if (add.value) {
            seats.set(add.value, { agent: add.value, conversation: null });
            draw();
          }
        },
      },
      h("option", { value: "" }, seats.size < MOST ? "Invite…" : "The room is full"),
      seats.size < MOST &&
        [...board.agents.values()]
          .filter((agent) => agent.status === "active" && !seats.has(agent.id))
          .sort((a, b) => a.name.localeCompare(b.name))
          .map((agent) => h("option", { value: agent.id }, `${agent.emoji} ${agent.name}`)),
    );
    fill(picks, add);
  }

  const write = composer({
    place: "meeting",
    choice: false,
    placeholder: "To everybody in the room",
    send: async ({ message }) => {
      const all = [...seats.values()];
      if (!all.length) throw { message: "Nobody is in the room.", hint: "Invite an agent first." };
      const outcomes = await Promise.allSettled(
        all.map(async (seat) => {
          const run = await hub.invoke({
            agent: seat.agent,
            message,
            key: newKey(),
            ...(seat.conversation ? { conversation: seat.conversation } : {}),
          });
          seat.conversation = run.conversation;
        }),
      );
      draw();
      const failed = outcomes.find((outcome) => outcome.status === "rejected");
      if (failed && outcomes.every((outcome) => outcome.status === "rejected")) throw failed.reason;
      if (failed) complain(failed.reason);
    },
    stop: () => Promise.all(working().map((run) => hub.stop(run.id))),
  });
  write.node.querySelector(".line").prepend(picks);
  const end = board.listen(() => {
    for (const seat of seats.values()) if (seat.name) seat.name.textContent = board.nameOf({ id: seat.agent });
    drawPicks();
  });
  draw();
  return {
    node: h(
      "div",
      { class: "chat" },
      h(
        "header",
        { class: "bar" },
        h(
          "div",
          { class: "grow" },
          h("h1", {}, "Meeting room"),
          h("p", { class: "soft small" }, "One message to all, answers side by side"),
        ),
      ),
      room,
      write.node,
    ),
    title: "Meeting room",
    wide: true,
    close: () => {
      end();
      for (const seat of seats.values()) seat.watch?.close();
    },
    shown: () => write.focus(),
  };
}
