// Questions in other words, other answers, and copies: what stands beside a turn to go on in another way.

import { h, fill, iconButton, complain, toast, ask } from "./dom.js";
import { hub, board } from "./live.js";
import { agentOptions } from "./composer.js";

/** The arrows between versions; nothing where there is one. `choose` is called with the version. */
export function arrows(what, versions, current, place, choose) {
  if (versions.length < 2) return null;
  const to = (step, label, sign) =>
    iconButton(sign, `${label} version of the ${what}`, () => choose(versions[current + step], place, label), {
      disabled: !versions[current + step],
      "data-way": `${place} ${label}`,
    });
  return h(
    "span",
    { class: "versions", role: "group", "aria-label": `Versions of the ${what}` },
    to(-1, "Earlier", "left"),
    h(
      "span",
      { class: "small", role: "status", "aria-label": `Version ${current + 1} of ${versions.length}` },
      `${current + 1}/${versions.length}`,
    ),
    to(1, "Later", "right"),
  );
}

/** Puts the focus back to an arrow that was drawn anew; its pair if it leads nowhere any more. */
export function refocus(node, place, label) {
  const find = (name) => node.querySelector(`[data-way="${CSS.escape(`${place} ${name}`)}"]:not([disabled])`);
  (find(label) || find(label === "Later" ? "Earlier" : "Later"))?.focus();
}

/** Lets everybody's view go to a version. */
export async function choose(conversation, version) {
  const messages = [...conversation.messages.values()];
  const isWanted = (message) =>
    version.kind === "question"
      ? message.run === version.run && message.role === "user" && !message.step
      : message.run === version.run && message.role === "agent" && message.type === "message" && !message.step;
  const found = version.first && version.kind === "question" ? { id: version.message } : version.run && messages.find(isWanted);
  const place = found ? { messageId: found.id } : version.run ? { runId: version.run } : { branch: version.branch };
  try {
    await hub.select({ conversation: conversation.id, ...place });
    conversation.look(null);
  } catch (error) {
    complain(error);
  }
}

/** Turns a question into a field in which it can be put in other words. */
export function editor(question, node, conversation, done) {
  const text = h("textarea", { "aria-label": "The question in other words", rows: "3", value: question.text });
  const send = h("button", { class: "primary" }, "Ask");
  const end = () => done(form);
  const form = h(
    "form",
    {
      class: "editor",
      onsubmit: async (event) => {
        event.preventDefault();
        const message = text.value.trim();
        if (!message) return text.focus();
        send.disabled = true;
        try {
          await hub.edit({ conversation: conversation.id, messageId: question.id, message, onBusy: "interrupt" });
          conversation.look(null);
          end();
        } catch (error) {
          send.disabled = false;
          complain(error);
        }
      },
      onkeydown: (event) => {
        if (event.key === "Escape") end();
        else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
      },
    },
    text,
    h(
      "div",
      { class: "actions" },
      h("span", { class: "soft small grow" }, "The first version stays; the arrows lead back to it."),
      h("button", { type: "button", class: "plain", onclick: end }, "Cancel"),
      send,
    ),
  );
  fill(node, form);
  text.focus();
  text.setSelectionRange(text.value.length, text.value.length);
}

/** Another answer, by the same agent or another. */
export async function again(conversation, messageId, agent = null) {
  try {
    await hub.regenerate({ conversation: conversation.id, messageId, ...(agent ? { agent } : {}) });
    conversation.look(null);
  } catch (error) {
    complain(error);
  }
}

/** Asks who is to give another answer. */
export async function againBy(conversation, messageId, agent) {
  const who = h("select", { "aria-label": "Agent" }, agentOptions(agent));
  if (await ask("Let another agent answer", who, "Answer")) await again(conversation, messageId, who.value);
}

/** Goes on in a copy of the conversation, up to a message or whole. */
export async function fork(conversation, messageId = null) {
  try {
    const copy = await hub.fork({ conversation: conversation.id, ...(messageId ? { messageId } : {}) });
    toast("You are in a copy now; the original stays as it is.");
    location.hash = `#/chat/${copy.conversation}`;
  } catch (error) {
    complain(error);
  }
}

/** What is told above a conversation that this page alone sees on another branch. */
export function elsewhere(conversation, draw) {
  return h(
    "div",
    { class: "elsewhere", role: "status" },
    h("span", { class: "grow" }, "This message is on a branch that the conversation left."),
    h(
      "button",
      {
        type: "button",
        onclick: async () => {
          await choose(conversation, { branch: conversation.view, run: null });
          draw();
        },
      },
      "Go on here",
    ),
    h(
      "button",
      {
        type: "button",
        class: "plain",
        onclick: () => {
          conversation.look(null);
          draw();
        },
      },
      "Back",
    ),
  );
}
