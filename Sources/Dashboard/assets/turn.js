// A question, what was done about it, and the answer. What did not change is not touched.

import { h, fill, icon, iconButton, chip, copy, complain, toast, count, dollars, duration, when, plainJSON } from "./dom.js";
import { approval } from "./approval.js";
import { Markdown } from "./markdown.js";
import { again, againBy, arrows, choose, editor, fork } from "./versions.js";
import { hub, board, WORKING } from "./live.js";

/** One turn of a transcript; its key is its run, or its message when there is none. */
export class Turn {
  messages = [];
  runs = new Set();
  #answers = new Map();
  #foot = "";
  #activity = null;
  #recalled = false;
  #question = null;
  #approvals = new Map();

  constructor(transcript, key) {
    Object.assign(this, { transcript, key });
    this.question = h("div", { class: "question", hidden: true });
    this.activity = h(
      "details",
      { class: "activity", hidden: true, ontoggle: () => this.#toggled() },
      (this.summary = h("summary", {})),
      (this.inside = h("div", { class: "inside" })),
    );
    this.waits = h("div", { class: "waits" });
    this.answers = h("div", { class: "answers" });
    this.status = h("div", { class: "status" });
    this.foot = h("div", { class: "foot" });
    this.node = h(
      "article",
      { class: "turn", "aria-label": "Turn" },
      this.question,
      this.activity,
      this.waits,
      this.answers,
      this.status,
      this.foot,
    );
  }

  get conversation() {
    return this.transcript.conversation;
  }
  get run() {
    return this.conversation.runs.get(this.key);
  }
  get tools() {
    return [...this.conversation.tools.values()].filter((tool) => this.runs.has(tool.run));
  }
  get steps() {
    return [...this.conversation.steps.values()].filter((step) => this.runs.has(step.run));
  }

  adopt(messages, runs) {
    const isSame =
      messages.length === this.messages.length &&
      runs.size === this.runs.size &&
      messages.every((message, at) => message === this.messages[at]);
    this.messages = messages;
    this.runs = runs;
    return !isSame;
  }

  draw() {
    this.#drawQuestion();
    this.#drawAnswers();
    this.#drawApprovals();
    this.#drawActivity();
    this.#drawStatus();
    this.#drawFoot();
  }

  get asked() {
    return this.messages.find((message) => message.role === "user" && !message.step && message.type === "message");
  }

  #drawQuestion() {
    const { asked } = this;
    if (!asked || this.editing) return;
    const versions = this.conversation.branches.questions(asked),
      current = Math.max(0, versions.findIndex((version) => !version.first && version.run === asked.run));
    const key = JSON.stringify([asked.id, asked.text, versions.length, current]);
    if (this.#question === key) return;
    this.#question = key;
    this.question.hidden = false;
    fill(
      this.question,
      h("div", { class: "bubble" }, asked.text),
      !this.transcript.watch.isReplay &&
        h(
          "div",
          { class: "tools" },
          arrows("question", versions, current, `question ${versions[0]?.message}`, this.#choose),
          iconButton("copy", "Copy the question", () => copy(asked.text)),
          iconButton("edit", "Ask in other words", () => this.#edit(asked)),
        ),
    );
  }

  #edit(asked) {
    this.editing = true;
    editor(asked, this.question, this.conversation, () => {
      this.editing = false;
      this.#question = null;
      this.#drawQuestion();
      this.question.querySelector("button")?.focus();
    });
  }

  #choose = async (version, place, label) => {
    this.transcript.keepFocus(place, label);
    await choose(this.conversation, version);
  };

  #drawAnswers() {
    const answers = this.messages.filter(
      (message) => message.role !== "user" && message.role !== "tool" && message.type === "message" && !message.step && message.text,
    );
    const wanted = new Set(answers.map((message) => message.id));
    for (const [id, answer] of this.#answers)
      if (!wanted.has(id)) {
        answer.node.remove();
        this.#answers.delete(id);
      }
    for (const message of answers) {
      let answer = this.#answers.get(message.id);
      if (!answer) {
        const node = h("div", { class: `answer markdown ${message.role}`, "data-message": message.id });
        this.#answers.set(message.id, (answer = { node, markdown: new Markdown(node) }));
        this.answers.append(node);
      }
      answer.markdown.update(message.text);
      answer.node.classList.toggle("open", message.open);
    }
  }

  #drawStatus() {
    const run = this.run,
      status = run?.status;
    const isSilent =
      WORKING.includes(status) && status !== "waiting" && !this.messages.some((message) => message.open && message.text && !message.step);
    const key = JSON.stringify([status, isSilent, run?.error, run?.agent?.name]);
    if (key === this.drawnStatus) return;
    this.drawnStatus = key;
    if (isSilent)
      fill(
        this.status,
        h(
          "p",
          { class: "soft working" },
          h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
          status === "queued" ? `${board.nameOf(run.agent)} will answer when it is its turn` : `${board.nameOf(run.agent)} works`,
        ),
      );
    else if (run?.error && !["completed"].includes(status)) {
      const words = [run.error.message, run.error.hint]
        .filter(Boolean)
        .map((text) => (/[.!?]$/.test(text) ? text : `${text}.`))
        .join(" ");
      fill(
        this.status,
        h(
          "div",
          { class: "problem" },
          h("p", {}, words),
          !this.transcript.watch.isReplay &&
            h(
              "span",
              { class: "actions" },
              h("button", { type: "button", class: "plain", onclick: () => this.#whatHappened() }, "What happened"),
              h("button", { type: "button", onclick: () => this.#again() }, "Answer again"),
            ),
        ),
      );
    } else if (status === "stopped") fill(this.status, h("p", { class: "soft small" }, "Stopped."));
    else this.status.replaceChildren();
  }

  #drawFoot() {
    const run = this.run;
    const answer = this.messages.findLast((message) => message.role === "agent" && message.type === "message" && !message.step);
    const isOver = !run || !WORKING.includes(run.status);
    const { asked } = this,
      versions = asked ? this.conversation.branches.answers(asked) : [],
      current = Math.max(0, versions.findIndex((version) => !version.first && version.run === this.key));
    const key = JSON.stringify([
      [run?.status, run?.usage, run?.cost, run?.version, run?.finishedAt],
      [answer?.id, answer?.open, this.rated, versions.length, current, asked?.id],
    ]);
    if (key === this.#foot) return;
    this.#foot = key;
    const steps = this.transcript.watch.isReplay
      ? null
      : arrows("answer", versions, current, `answer ${asked?.id}`, this.#choose);
    if (!answer || answer.open || !isOver) return void fill(this.foot, steps);
    const agent = run?.agent || answer.agent,
      tokens = run?.usage && run.usage.inputTokens + run.usage.outputTokens;
    const words = [
      agent && board.nameOf(agent),
      run?.version && `v${run.version}`,
      tokens && `${run.usage.estimated ? "≈ " : ""}${count(tokens)} tokens`,
      run && run.cost !== undefined && dollars(run.cost),
      run?.startedAt && run.finishedAt && duration(Date.parse(run.finishedAt) - Date.parse(run.startedAt)),
    ]
      .filter(Boolean)
      .join(" · ");
    const rate = (rating, label, sign) =>
      iconButton(sign, label, () => this.#rate(answer, rating), { "aria-pressed": String(this.rated === rating) });
    fill(
      this.foot,
      steps,
      h("span", { class: "soft small", title: when(answer.at) }, words),
      !this.transcript.watch.isReplay &&
        h(
          "span",
          { class: "tools" },
          iconButton("copy", "Copy the answer", () => copy(answer.text)),
          iconButton("again", "Answer again", () => this.#again()),
          iconButton("other", "Let another agent answer", () => againBy(this.conversation, answer.id, agent?.id)),
          iconButton("fork", "Go on in a copy", () => fork(this.conversation, answer.id)),
          rate("up", "Good answer", "up"),
          rate("down", "Bad answer", "down"),
          iconButton("more", "What happened", () => this.#whatHappened()),
        ),
    );
  }

  // --- approvals

  #drawApprovals() {
    const waiting = this.transcript.watch.isReplay
      ? []
      : this.tools.filter((tool) => tool.state === "waiting" && this.conversation.runs.get(this.key)?.status === "waiting");
    const wanted = new Set(waiting.map((tool) => tool.id));
    for (const [id, node] of this.#approvals)
      if (!wanted.has(id)) {
        node.remove();
        this.#approvals.delete(id);
      }
    for (const tool of waiting) {
      if (this.#approvals.has(tool.id)) continue;
      const node = approval(tool);
      this.#approvals.set(tool.id, node);
      this.waits.append(node);
    }
  }

  // --- what was done on the way

  get #thoughts() {
    return this.messages.flatMap((message) =>
      message.thought
        ? [message.thought]
        : (message.parts || []).filter?.((part) => part.type === "reasoning" && part.text).map((part) => part.text) || [],
    );
  }

  #drawActivity() {
    const { steps, tools } = this,
      thoughts = this.#thoughts;
    const spoken = this.messages.filter((message) => message.type === "action" && message.role !== "user");
    const hasStored = spoken.length > 0 || this.messages.some((message) => message.role === "tool");
    this.activity.hidden = !(steps.length || tools.length || thoughts.length || hasStored);
    if (this.activity.hidden) return;
    const now = steps.find((step) => step.state === "started") || tools.find((tool) => tool.state === "running");
    const isWorking = WORKING.includes(this.run?.status);
    const words =
      [
        steps.length && `${steps.length} ${steps.length === 1 ? "step" : "steps"}`,
        tools.length && `${tools.length} tool ${tools.length === 1 ? "call" : "calls"}`,
        thoughts.length && "thoughts",
      ]
        .filter(Boolean)
        .join(", ") || "What happened";
    const text = isWorking && now ? `${now.type ? "Step" : "Calls"} ${now.name}` : words[0].toUpperCase() + words.slice(1);
    if (this.summary.textContent !== text)
      fill(this.summary, icon(thoughts.length && !steps.length && !tools.length ? "bulb" : "tool", 16), text);
    if (this.activity.open) this.#drawInside(steps, tools, thoughts, spoken);
  }

  #drawInside(steps, tools, thoughts, spoken) {
    const key = JSON.stringify([
      steps.map((step) => [step.state, step.label]),
      tools.map((tool) => tool.state),
      thoughts.map((text) => text.length),
      spoken.map((message) => [message.text.length, message.step]),
    ]);
    if (key === this.#activity) return;
    this.#activity = key;
    const opened = new Set([...this.inside.querySelectorAll("details[open]")].map((node) => node.dataset.key));
    const fold = (id, ...members) => h("details", { class: "part", "data-key": id, open: opened.has(id) || id === "thoughts" }, members);
    const names = new Set(steps.map((step) => step.name));
    const said = (name) =>
      spoken.filter((message) => message.step === name && message.text).map((message) => h("div", { class: "said" }, message.text));
    const mine = (name) => tools.filter((tool) => tool.step === name);
    const one = (tool) =>
      fold(
        tool.id,
        h(
          "summary",
          {},
          icon("tool", 15),
          h("span", { class: "grow" }, tool.name),
          tool.ms !== undefined && h("span", { class: "soft small" }, duration(tool.ms)),
          chip(tool.state, tool.state),
        ),
        h("p", { class: "label" }, "Arguments"),
        h("pre", { tabindex: "0" }, plainJSON(tool.arguments)),
        (tool.result !== undefined || tool.error) && [
          h("p", { class: "label" }, "Result"),
          h("pre", { tabindex: "0" }, (plainJSON(tool.result) || tool.error?.message || "") + (tool.cut ? "…" : "")),
        ],
      );
    fill(
      this.inside,
      thoughts.length
        ? fold("thoughts", h("summary", {}, icon("bulb", 15), "Thoughts"), h("div", { class: "thoughts" }, thoughts.join("\n\n")))
        : null,
      steps.map((step) =>
        fold(
          step.id,
          h(
            "summary",
            {},
            h("span", { class: "grow" }, step.name, step.label && h("span", { class: "soft" }, ` → ${step.label}`)),
            h("span", { class: "soft small" }, step.type || ""),
            step.startedAt &&
              step.finishedAt &&
              h("span", { class: "soft small" }, duration(Date.parse(step.finishedAt) - Date.parse(step.startedAt))),
            chip(step.state, step.state === "started" ? "running" : step.state),
          ),
          said(step.name).length ? said(step.name) : step.result?.text && h("div", { class: "said" }, step.result.text),
          mine(step.name).map(one),
          step.error && h("p", { class: "bad" }, step.error.message),
        ),
      ),
      tools.filter((tool) => !names.has(tool.step)).map(one),
      spoken
        .filter((message) => !names.has(message.step) && message.text)
        .map((message) => h("div", { class: "said" }, message.step && h("p", { class: "label" }, message.step), message.text)),
      tools.length
        ? null
        : this.messages.flatMap((message) =>
            message.role === "tool"
              ? (message.parts || [])
                  .filter((part) => part.type === "tool_result")
                  .map((part) =>
                    fold(
                      `${message.id}${part.call}`,
                      h("summary", {}, icon("tool", 15), part.name),
                      h("pre", { tabindex: "0" }, (part.parts || []).map((one) => one.text || "").join("\n")),
                    ),
                  )
              : [],
          ),
    );
  }

  #toggled() {
    if (!this.activity.open) return;
    this.#recall();
    this.#activity = null;
    this.#drawActivity();
  }

  // Pages of messages have no steps, tools and thoughts; the log has.
  async #recall() {
    const numbers = this.messages.map((message) => message.seq).filter(Number.isFinite);
    if (this.#recalled || !numbers.length || !this.messages.some((message) => message.stored)) return;
    this.#recalled = true;
    try {
      await this.transcript.watch.recall(Math.min(...numbers) - 1, Math.max(...numbers) + 2);
    } catch (error) {
      this.#recalled = false;
      complain(error);
    }
  }

  async #whatHappened() {
    await this.#recall();
    this.transcript.draw();
    if (this.activity.hidden) return void toast("Nothing but the answer: no steps, tools or thoughts.");
    this.activity.open = !this.activity.open;
  }

  #again() {
    const answer = this.messages.find((message) => message.role === "agent" && message.run === this.key && message.stored);
    const message = this.asked || answer || this.messages[0];
    return again(this.conversation, message.id);
  }

  async #rate(message, rating) {
    try {
      if (this.rated === rating) await hub.call("DELETE", `/api/messages/${encodeURIComponent(message.id)}/rating`);
      else await hub.post(`/api/messages/${encodeURIComponent(message.id)}/rating`, { rating });
      this.rated = this.rated === rating ? null : rating;
      this.#drawFoot();
    } catch (error) {
      complain(error);
    }
  }
}
