// Where a message is written: to whom, the text, send and stop.

import { h, icon, fill, complain } from "./dom.js";
import { newKey } from "/agenthub.js";
import { board } from "./live.js";

/** The agents one may write to, as options of a choice. */
export function agentOptions(chosen) {
  const groups = new Map();
  for (const agent of board.agents.values()) {
    if (agent.status !== "active" && agent.id !== chosen) continue;
    const name = agent.id === "demo" ? "Built in" : agent.provider === "pipeline" ? "Pipelines" : agent.workspace || "default";
    groups.set(name, [...(groups.get(name) || []), agent]);
  }
  const order = [...groups.keys()].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
  return order.map((name) =>
    h(
      "optgroup",
      { label: name },
      groups
        .get(name)
        .sort((a, b) => a.name.localeCompare(b.name))
        .map((agent) => h("option", { value: agent.id, selected: agent.id === chosen }, `${agent.emoji} ${agent.name}`)),
    ),
  );
}
const rank = (name) => ({ "Built in": 0, Pipelines: 1 })[name] ?? 2;

const drafts = {
  get(id) {
    try {
      return sessionStorage.getItem(`draft ${id}`) || "";
    } catch {
      return "";
    }
  },
  set(id, text) {
    try {
      if (text) sessionStorage.setItem(`draft ${id}`, text);
      else sessionStorage.removeItem(`draft ${id}`);
    } catch {
      /* a draft is a convenience */
    }
  },
};

/** `place` names the draft; `send({ agent, message, key })` and `stop()` do what their buttons say; `typing(state)` tells the others. */
export function composer({ place, agent = null, send, stop = null, typing = () => {}, choice = true, placeholder = "Message" }) {
  const text = h("textarea", { rows: "1", placeholder, "aria-label": "Message", "data-composer": true, value: drafts.get(place) });
  const who = h("select", { "aria-label": "Agent" });
  const go = h("button", { class: "send", "aria-label": "Send", title: "Send (Enter)" }, icon("send", 20));
  const halt = h(
    "button",
    {
      class: "send halt",
      type: "button",
      "aria-label": "Stop",
      title: "Stop",
      hidden: true,
      onclick: async () => {
        halt.disabled = true;
        try {
          await stop();
        } catch (error) {
          complain(error);
        }
        halt.disabled = false;
      },
    },
    icon("stop", 20),
  );
  const form = h(
    "form",
    { class: "composer" },
    text,
    h("div", { class: "line" }, choice ? who : h("span"), h("span", { class: "grow" }), halt, go),
  );
  let chosen = agent,
    wasTyping = 0;
  const fit = () => {
    text.style.height = "auto";
    text.style.height = `${Math.min(220, text.scrollHeight)}px`;
  };
  const told = (state) => {
    if ((state && Date.now() - wasTyping < 3000) || (!state && !wasTyping)) return;
    wasTyping = state ? Date.now() : 0;
    typing(state);
  };
  text.addEventListener("input", () => {
    drafts.set(place, text.value);
    fit();
    told(Boolean(text.value));
  });
  text.addEventListener("blur", () => told(false));
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const message = text.value;
    if (!message.trim()) return;
    text.value = "";
    drafts.set(place, "");
    fit();
    told(false);
    try {
      await send({ agent: (choice && who.value) || chosen || "demo", message, key: newKey() });
    } catch (error) {
      // Nothing that was written is lost.
      if (!text.value) text.value = message;
      drafts.set(place, text.value);
      fit();
      complain(error);
    }
  });
  who.addEventListener("change", () => {
    chosen = who.value;
  });
  let drawn = "";
  const self = {
    node: form,
    focus: () => text.focus({ preventScroll: true }),
    get agent() {
      return who.value;
    },
    /** Shows the agents there are; the one that was chosen stays. */
    draw(suggested) {
      if (suggested && !chosen) chosen = suggested;
      const key = JSON.stringify([chosen, [...board.agents.values()].map((one) => [one.id, one.name, one.emoji, one.status])]);
      if (key === drawn) return;
      drawn = key;
      fill(who, agentOptions(chosen || "demo"));
    },
    working(is) {
      halt.hidden = !is || !stop;
    },
  };
  self.draw();
  setTimeout(fit);
  return self;
}
