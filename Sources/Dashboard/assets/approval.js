// A call of a tool that waits for somebody: what it would do, and the decision.

import { h, icon, complain, plainJSON } from "./dom.js";
import { hub } from "./live.js";

/** The question; `tool` is a call as a conversation knows it. */
export function approval(tool) {
  const input = h("textarea", {
    "aria-label": "Arguments",
    rows: "4",
    spellcheck: "false",
    hidden: true,
    value: plainJSON(tool.arguments),
  });
  const shown = h("pre", {}, plainJSON(tool.arguments));
  const reason = h("input", { type: "text", placeholder: "Why not (the agent reads it)", "aria-label": "Reason", hidden: true });
  const decide = async (decision) => {
    if (decision === "deny" && reason.hidden) {
      reason.hidden = false;
      reason.focus();
      return;
    }
    try {
      const members = { call: tool.call, decision };
      if (decision === "approve" && !input.hidden) members.arguments = JSON.parse(input.value);
      if (decision === "deny" && reason.value) members.reason = reason.value;
      const { arguments: edited, ...rest } = members;
      for (const button of node.querySelectorAll("button")) button.disabled = true;
      await hub.approve(tool.run, edited === undefined && !rest.reason ? rest : { calls: [members] });
    } catch (error) {
      complain(error instanceof SyntaxError ? { message: "The arguments are no JSON.", hint: error.message } : error);
    }
    for (const button of node.querySelectorAll("button")) button.disabled = false;
  };
  const edit = () => {
    input.hidden = !input.hidden;
    shown.hidden = !input.hidden;
    if (!input.hidden) input.focus();
  };
  const node = h(
    "section",
    { class: "approval", "aria-label": `Approval of ${tool.name}` },
    h("p", {}, icon("tool"), h("strong", {}, tool.name), " waits for your approval"),
    shown,
    input,
    reason,
    h(
      "div",
      { class: "actions" },
      h("button", { type: "button", class: "primary", onclick: () => decide("approve") }, "Approve"),
      h("button", { type: "button", onclick: () => decide("deny") }, "Deny"),
      h("button", { type: "button", class: "plain", onclick: edit }, "Edit arguments"),
    ),
  );
  return node;
}
