// One conversation, or a new one.

import { h, fill, blank, problem, iconButton, ask, complain, soon, count, dollars, copy } from "./dom.js";
import { hub, board, WORKING } from "./live.js";
import { Transcript } from "./transcript.js";
import { composer } from "./composer.js";
import { elsewhere, fork } from "./versions.js";

export function open(path, query, name) {
  return name === "chat" && path[0] ? conversation(path[0], path[1]) : fresh(query);
}

function fresh(query) {
  const agents = h("div", { class: "choices" });
  const write = composer({
    place: "new",
    agent: query.get("agent") || recall("agent"),
    placeholder: "Ask anything",
    send: async ({ agent, message, key }) => {
      remember("agent", agent);
      const run = await hub.invoke({ agent, message, key });
      location.hash = `#/chat/${run.conversation}`;
    },
  });
  const draw = () => write.draw();
  const end = board.listen(draw);
  const node = h(
    "div",
    { class: "chat new" },
    h(
      "div",
      { class: "hello" },
      h("h1", {}, "What shall it be?"),
      h(
        "p",
        { class: "soft" },
        "Any agent or pipeline answers; everyone who has the conversation open sees it live. The demo needs no key.",
      ),
      agents,
    ),
    write.node,
  );
  return { node, title: "New chat", wide: true, close: end, shown: () => write.focus() };
}

const recall = (name) => {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
};
const remember = (name, value) => {
  try {
    localStorage.setItem(name, value);
  } catch {
    /* then it is chosen again next time */
  }
};

function conversation(id, message) {
  const state = { pinned: true, wanted: message || null, runsNext: "", loading: null, atTop: false, failed: null };
  const title = h("h1", {}, "Conversation"),
    facts = h("p", { class: "soft small" }),
    present = h("span", { class: "soft small present" });
  const top = h("div", { class: "sentinel" }),
    scroller = h("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": "Conversation" });
  const pending = h("div", { class: "turns pending" }),
    note = h("p", { class: "soft small note", role: "status" }),
    aside = h("div", {}),
    body = h("div", {});
  const toEnd = h(
    "button",
    {
      type: "button",
      class: "to-end",
      hidden: true,
      onclick: () => {
        state.pinned = true;
        stick();
      },
    },
    "Newest",
  );

  const watch = hub.watch(id, { change: () => soon(draw), error: failed, presence: () => soon(drawPresence) });
  const transcript = new Transcript(watch);
  const write = composer({
    place: id,
    typing: (is) => hub.typing(id, is),
    send: async ({ agent, message: text, key }) => {
      remember("agent", agent);
      if (watch.conversation.view !== null) {
        // What is written stands behind what is seen.
        await hub.select({ conversation: id, branch: watch.conversation.view });
        watch.conversation.look(null);
      }
      const ghost = h("article", { class: "turn" }, h("div", { class: "question" }, h("div", { class: "bubble ghost" }, text)));
      pending.append(ghost);
      state.pinned = true;
      stick();
      try {
        await hub.invoke({ agent, message: text, key, conversation: id });
      } finally {
        ghost.remove();
      }
    },
    stop: () => Promise.all(working().map((run) => hub.stop(run.id))),
  });

  const working = () => [...watch.conversation.runs.values()].filter((run) => !run.parent && WORKING.includes(run.status));
  const stick = () => {
    if (state.pinned) scroller.scrollTop = scroller.scrollHeight;
  };

  function draw() {
    const { conversation: it } = watch;
    if (state.failed && it.seq !== null) state.failed = null;
    if (it.deleted) return gone();
    const isFirst = it.messages.size > 0 && !state.begun;
    state.begun ||= isFirst;
    transcript.draw();
    if ((it.view === null) !== !aside.hasChildNodes()) fill(aside, it.view === null ? null : elsewhere(it, draw));
    if (it.seq !== null && body.firstChild !== transcript.node) fill(body, transcript.node);
    top.hidden = !it.hasOlder;
    stick();
    // What is shorter now than it was scrolls to nowhere, and so tells nothing.
    if (scroller.scrollHeight <= scroller.clientHeight) toEnd.hidden = true;
    drawHead();
    write.working(working().length > 0);
    if (isFirst) begin();
  }

  function drawHead() {
    const known = board.conversations.get(id),
      it = watch.conversation;
    const text = it.title ?? known?.title ?? "Conversation";
    if (title.textContent !== text) {
      title.textContent = text;
      dispatchEvent(new CustomEvent("titled", { detail: text }));
    }
    const last = [...it.runs.values()].filter((run) => !run.parent).at(-1);
    write.draw(last?.agent?.id || recall("agent"));
    const done = [...it.runs.values()].filter((run) => !WORKING.includes(run.status)).length;
    if (done === state.done) return;
    state.done = done;
    soon(drawFacts);
    // Events name no version; what has ended is read once.
    if (state.runsNext !== "" && [...it.runs.values()].some((run) => run.version === undefined)) soon(readNewest);
  }

  // What all runs took, those that are not loaded included: the hub adds it up.
  async function drawFacts() {
    try {
      const usage = await hub.get(`/api/conversations/${encodeURIComponent(id)}/usage`);
      facts.textContent = usage.runs
        ? `${count(usage.runs)} ${usage.runs === 1 ? "run" : "runs"} · ${count(usage.inputTokens + usage.outputTokens)} tokens${usage.cost === null ? "" : ` · ${dollars(usage.cost)}`}`
        : "";
    } catch {
      facts.textContent = "";
    }
  }

  function drawPresence() {
    const others = watch.present.filter((one) => one.connection !== hub.connection);
    present.textContent = others.length ? `${others.length} more ${others.length === 1 ? "viewer" : "viewers"}` : "";
    const writing = watch.typing.filter((one) => one.connection !== hub.connection).map((one) => one.name || "Somebody");
    note.textContent = writing.length ? `${writing.slice(0, 3).join(", ")} ${writing.length === 1 ? "is" : "are"} writing…` : "";
  }

  // Names, versions and costs of runs stand with the runs, not with the messages.
  async function loadRuns() {
    if (state.runsNext === null) return;
    const page = await hub.get(
      `/api/runs?conversation=${encodeURIComponent(id)}&limit=200${state.runsNext ? `&after=${encodeURIComponent(state.runsNext)}` : ""}`,
    );
    state.runsNext = page.next;
    watch.conversation.addRuns(page.items);
    watch.conversation.touched.add("all");
  }

  async function readNewest() {
    try {
      const page = await hub.get(`/api/runs?conversation=${encodeURIComponent(id)}&limit=20`);
      watch.conversation.addRuns(page.items.filter((item) => !WORKING.includes(item.status)));
      soon(draw);
    } catch {
      /* the next end asks again */
    }
  }

  async function begin() {
    // Steps and tools of what is under way happened before this page came. It may be over before the first answer is there.
    const underWay = working();
    try {
      await loadRuns();
      const { conversation: it } = watch;
      for (const run of underWay) {
        const asked = [...it.messages.values()].find((one) => one.run === run.id && one.role === "user");
        if (asked && it.seq - asked.seq < 20000) await watch.recall(asked.seq, it.seq);
      }
      if (state.wanted) await find(state.wanted);
      soon(draw);
    } catch (error) {
      complain(error);
    }
  }

  function older(limit = 50) {
    if (!watch.conversation.hasOlder || watch.conversation.oldest === null) return false;
    // Whoever asks while a page comes gets that one.
    return (state.loading ||= readOlder(limit).finally(() => (state.loading = null)));
  }

  async function readOlder(limit) {
    try {
      const height = scroller.scrollHeight - scroller.scrollTop;
      await watch.older(limit);
      const { messages, runs } = watch.conversation;
      if ([...messages.values()].some((one) => one.run && !runs.has(one.run))) await loadRuns();
      transcript.draw();
      draw();
      if (!state.pinned) scroller.scrollTop = scroller.scrollHeight - height;
      // The observer tells of changes only: whoever is at the top again, or still, wants the next page, too.
      requestAnimationFrame(() => requestAnimationFrame(() => state.atTop && older()));
      return true;
    } catch (error) {
      complain(error);
      return false;
    }
  }

  async function find(wanted) {
    state.pinned = false;
    while (!watch.conversation.messages.has(wanted) && (await older(500)));
    const { conversation: it } = watch,
      found = it.messages.get(wanted);
    if (found && !it.shows(found)) it.look(it.branchOf(found));
    draw();
    if (!transcript.reveal(wanted)) complain({ message: "The message that the address names is not in this conversation." });
    state.wanted = null;
  }

  function failed(error) {
    if (error.temporary) return;
    state.failed = error;
    fill(
      body,
      error.code === "conversation_not_found"
        ? blank(
            "Not here",
            "There is no conversation with this address; it may have been deleted.",
            h("a", { class: "button", href: "#/new" }, "New chat"),
          )
        : problem(error, () => hub.resubscribe(watch)),
    );
  }

  function gone() {
    fill(body, blank("Deleted", "Somebody has deleted this conversation.", h("a", { class: "button", href: "#/new" }, "New chat")));
    write.node.hidden = true;
  }

  async function rename() {
    const input = h("input", {
      type: "text",
      value: watch.conversation.title || board.conversations.get(id)?.title || "",
      maxlength: "500",
      "aria-label": "Title",
    });
    if (!(await ask("Rename", input, "Rename"))) return;
    try {
      await hub.call("PATCH", `/api/conversations/${encodeURIComponent(id)}`, { title: input.value });
    } catch (error) {
      complain(error);
    }
  }

  function save() {
    const link = (format, text) =>
      h("a", { class: "button", href: `/api/conversations/${encodeURIComponent(id)}/export?format=${format}`, download: "" }, text);
    ask(
      "Save this conversation",
      h(
        "div",
        { class: "actions" },
        link("markdown", "Markdown, to read"),
        link("json", "JSON"),
        link("jsonl", "Lines of JSON, to import"),
      ),
      "",
    );
  }

  async function remove() {
    if (
      !(await ask(
        "Delete this conversation?",
        h("p", {}, "Its messages go, its runs are stopped. What it cost stays counted."),
        "Delete",
        "danger",
      ))
    )
      return;
    try {
      await hub.call("DELETE", `/api/conversations/${encodeURIComponent(id)}`);
      location.hash = "#/new";
    } catch (error) {
      complain(error);
    }
  }

  scroller.addEventListener(
    "scroll",
    () => {
      const left = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
      state.pinned = left < 60;
      toEnd.hidden = state.pinned;
    },
    { passive: true },
  );
  const seen = new IntersectionObserver(
    (entries) => {
      state.atTop = entries.at(-1).isIntersecting;
      if (state.atTop && body.firstChild === transcript.node) older();
    },
    { root: scroller, rootMargin: "600px 0px 0px" },
  );
  seen.observe(top);
  const size = new ResizeObserver(stick);
  size.observe(scroller);

  fill(body, h("p", { class: "loading soft", role: "status" }, "Loading…"));
  scroller.append(top, body, pending);
  const actions = [
    iconButton("copy", "Copy a link", () => copy(location.href)),
    iconButton("fork", "Go on in a copy", () => fork(watch.conversation)),
    iconButton("play", "Replay", () => {
      location.hash = `#/replay/${id}`;
    }),
    iconButton("save", "Save as a file", save),
    iconButton("edit", "Rename", rename),
    iconButton("trash", "Delete", remove),
  ];
  const node = h(
    "div",
    { class: "chat" },
    h("header", { class: "bar" }, h("div", { class: "grow" }, title, facts), present, h("div", { class: "actions" }, actions)),
    aside,
    scroller,
    toEnd,
    note,
    write.node,
  );
  const end = board.listen(() => {
    drawHead();
  });
  return {
    node,
    title: board.conversations.get(id)?.title || "Conversation",
    wide: true,
    close: () => {
      end();
      watch.close();
      seen.disconnect();
      size.disconnect();
    },
    shown: () => {
      if (matchMedia("(min-width: 50rem)").matches) write.focus();
      draw();
      drawPresence();
    },
    // Another message of the same conversation: no new view.
    move: (to, parts) => {
      if (to !== "chat" || parts[0] !== id) return false;
      if (parts[1]) find(parts[1]);
      return true;
    },
  };
}
