// The live wall: every run under way, a card each, and the last ones that ended.

import { h, fill, blank, problem, iconButton, chip, dollars, duration, since, count, complain } from "./dom.js";
import { hub, board, reload, WORKING } from "./live.js";

const RECENT = 24;

export function open() {
  const cards = new Map();
  const live = h("div", { class: "wall" }),
    recent = h("ul", { class: "rows" });
  const sums = h("p", { class: "soft", role: "status" });
  const nothing = h("div", { class: "nothing" });
  const after = h("section", { hidden: true }, h("h2", { class: "label" }, "Recent"), recent);
  const node = h(
    "div",
    { class: "page" },
    h(
      "header",
      { class: "head" },
      h("div", {}, h("h1", {}, "Live"), sums),
      h("div", { class: "actions" }, h("a", { class: "button", href: "#/new" }, "New chat")),
    ),
    nothing,
    live,
    after,
  );
  let order = "",
    past = "";

  function draw() {
    const runs = board.list();
    const working = runs.filter((run) => WORKING.includes(run.status)).reverse();
    const all = board.touched.has("all") || cards.size !== working.length;
    for (const run of working) {
      let card = cards.get(run.id);
      if (!card) cards.set(run.id, (card = makeCard(run)));
      else if (all || board.touched.has(run.id)) card.draw();
    }
    const now = working.map((run) => run.id).join();
    if (now !== order) {
      order = now;
      const wanted = new Set(working.map((run) => run.id));
      for (const [id, card] of cards)
        if (!wanted.has(id)) {
          card.node.remove();
          cards.delete(id);
        }
      working.forEach((run, at) => {
        const card = cards.get(run.id).node;
        if (live.children[at] !== card) live.insertBefore(card, live.children[at] || null);
      });
    }
    const waiting = working.filter((run) => run.status === "waiting").length;
    sums.textContent = working.length
      ? `${working.length} under way${waiting ? `, ${waiting} waiting for approval` : ""}`
      : "Nothing is under way.";
    drawPast(runs.filter((run) => !WORKING.includes(run.status)).slice(0, RECENT));
    drawNothing(runs.length);
  }

  function drawPast(runs) {
    const key = JSON.stringify(runs.map((run) => [run.id, run.status, run.version, board.conversations.get(run.conversation)?.title]));
    if (key === past) return;
    past = key;
    after.hidden = !runs.length;
    fill(
      recent,
      runs.map((run) =>
        h(
          "li",
          {},
          h(
            "a",
            { class: "row", href: `#/chat/${run.conversation}` },
            h("span", { class: "emoji", "aria-hidden": "true" }, board.emojiOf(run.agent?.id)),
            h(
              "span",
              { class: "grow" },
              h("span", { class: "name" }, titleOf(run)),
              h(
                "span",
                { class: "soft small" },
                `${board.nameOf(run.agent)}${run.version ? ` · v${run.version}` : ""} · ${since(run.finishedAt || run.createdAt)}`,
              ),
            ),
            h(
              "span",
              { class: "numbers soft small" },
              [
                run.usage && `${count(run.usage.inputTokens + run.usage.outputTokens)} tokens`,
                run.cost !== null && dollars(run.cost),
                elapsed(run),
              ]
                .filter(Boolean)
                .join(" · "),
            ),
            chip(run.status, run.status),
          ),
        ),
      ),
    );
  }

  function drawNothing(any) {
    if (board.error && !any) fill(nothing, problem(board.error, reload));
    else if (board.loaded && !any)
      fill(
        nothing,
        blank(
          "Quiet so far",
          "Ask an agent something, here or over the API. Everybody who looks at this page sees the answer grow, and nobody needs a key for the demo.",
          h("a", { class: "button primary", href: "#/new?agent=demo" }, "Ask the demo agent"),
        ),
      );
    else if (!board.loaded && !any) {
      if (!nothing.hasChildNodes()) fill(nothing, h("p", { class: "loading soft" }, "Loading…"));
    } else nothing.replaceChildren();
  }

  const end = board.listen(draw);
  const clock = setInterval(() => {
    for (const card of cards.values()) card.tick();
  }, 500);
  board.touched.add("all");
  draw();
  return {
    node,
    title: "Live",
    loud: true,
    wide: true,
    close: () => {
      end();
      clearInterval(clock);
    },
  };
}

const titleOf = (run) => board.conversations.get(run.conversation)?.title || "Conversation";

function elapsed(run) {
  const from = run.startedAt || run.createdAt;
  return from ? duration((run.finishedAt ? Date.parse(run.finishedAt) : Date.now()) - Date.parse(from)) : "";
}

function makeCard(run) {
  const title = h("a", { class: "name", href: `#/chat/${run.conversation}` }),
    who = h("span", { class: "soft small" }),
    state = chip("", "");
  const step = h("span", { class: "step small" }),
    tail = document.createTextNode(""),
    numbers = h("span", { class: "soft small numbers" }),
    time = h("span", { class: "soft small numbers" });
  const stop = iconButton("stop", "Stop this run", async () => {
    stop.disabled = true;
    try {
      await hub.stop(run.id);
    } catch (error) {
      complain(error);
    }
    stop.disabled = false;
  });
  const text = h("p", { class: "tail" }, tail);
  const node = h(
    "article",
    { class: "card run" },
    h(
      "div",
      { class: "line" },
      h("span", { class: "emoji", "aria-hidden": "true" }, board.emojiOf(run.agent?.id)),
      h("div", { class: "grow" }, title, who),
      state,
      stop,
    ),
    step,
    text,
    h("div", { class: "line foot" }, numbers, time),
  );
  const set = (target, value) => {
    if (target.textContent !== value) target.textContent = value;
  };
  const card = {
    node,
    draw() {
      set(title, titleOf(run));
      title.href = `#/chat/${run.conversation}`;
      set(who, `${board.nameOf(run.agent)}${run.version ? ` · v${run.version}` : ""}`);
      set(state, run.status);
      state.className = `chip ${run.status}`;
      const now =
        run.status === "waiting"
          ? `Waits for approval: ${(run.approvals || []).map((call) => call.tool).join(", ") || "a tool"}`
          : run.tool
            ? `Calls ${run.tool}`
            : run.step
              ? `Step ${run.step}`
              : run.channel === "thought"
                ? "Thinks"
                : "";
      set(step, now);
      if (tail.data !== run.tail) tail.data = run.tail;
      text.classList.toggle("thought", run.channel === "thought");
      const tokens = run.usage
        ? count(run.usage.inputTokens + run.usage.outputTokens)
        : run.characters
          ? `≈ ${count(Math.ceil(run.characters / 4))}`
          : "";
      set(numbers, [tokens && `${tokens} tokens`, run.cost !== null && dollars(run.cost)].filter(Boolean).join(" · "));
    },
    tick() {
      set(time, elapsed(run));
    },
  };
  card.draw();
  card.tick();
  return card;
}
