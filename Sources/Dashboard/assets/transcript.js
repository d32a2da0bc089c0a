// A conversation as turns. Only those that changed are drawn.

import { h } from "./dom.js";
import { WORKING } from "./live.js";
import { Turn } from "./turn.js";
import { refocus } from "./versions.js";

/** Draws what a watch knows; `node` is what to show. A watch with `isReplay` offers nothing to do. */
export class Transcript {
  #turns = new Map();
  #ofMessage = new Map();
  #ofRun = new Map();

  constructor(watch) {
    this.watch = watch;
    this.node = h("div", { class: "turns", role: "log", "aria-label": "Messages", "aria-live": "off" });
  }

  get conversation() {
    return this.watch.conversation;
  }

  /** Draws what has changed; true when there was something. */
  draw() {
    const { touched } = this.conversation;
    if (!touched.size) return false;
    const dirty = new Set();
    let isNew = touched.has("all");
    const hasTurned = isNew;
    for (const id of touched) {
      if (id === "all" || id === "head") continue;
      const turn = this.#ofMessage.get(id) || this.#ofRun.get(id);
      if (this.#ofMessage.get(id) === null) continue; // on another branch than the one that is shown
      if (turn) dirty.add(turn);
      if (!this.#ofMessage.has(id) && (this.conversation.messages.has(id) || this.#isNewRun(id))) isNew = true;
    }
    touched.clear();
    if (isNew) this.#group(dirty, hasTurned);
    for (const turn of dirty) turn.draw();
    if (this.#focus && isNew) {
      refocus(this.node, ...this.#focus);
      this.#focus = null;
    }
    return true;
  }

  /** Who has just used an arrow finds it again when the version is drawn. */
  keepFocus(place, label) {
    this.#focus = [place, label];
  }
  #focus = null;

  // A run that belongs elsewhere than its messages were put, or nowhere yet.
  #isNewRun(id) {
    const run = this.conversation.runs.get(id);
    return run !== undefined && this.#ofRun.get(id) !== null && this.#ofRun.get(id)?.key !== (run.parent || id);
  }

  #root(message, depth = 0) {
    const { runs, messages } = this.conversation;
    // A question stands with the answer that is shown.
    const answering = message.role === "user" && !message.step && this.conversation.answering(message);
    if (answering) return answering;
    const run = runs.get(message.run);
    if (run) return run.parent || run.id;
    const parent = message.step && depth < 4 && messages.get(message.parent);
    return parent ? this.#root(parent, depth + 1) : message.run || message.id;
  }

  #group(dirty, hasTurned) {
    const groups = new Map();
    const group = (key) => {
      let found = groups.get(key);
      if (!found) groups.set(key, (found = { messages: [], runs: new Set([key]) }));
      return found;
    };
    this.#ofMessage.clear();
    this.#ofRun.clear();
    for (const message of this.conversation.messages.values()) {
      if (this.conversation.shows(message)) group(this.#root(message)).messages.push(message);
      else this.#ofMessage.set(message.id, null);
    }
    for (const run of this.conversation.runs.values()) {
      const key = run.parent || run.id;
      if (groups.has(key) || (WORKING.includes(run.status) && this.conversation.showsRun(run))) group(key).runs.add(run.id);
      else if (WORKING.includes(run.status)) this.#ofRun.set(run.id, null);
    }
    const keys = [...groups.keys()].sort();
    for (const [key, turn] of this.#turns)
      if (!groups.has(key)) {
        turn.node.remove();
        this.#turns.delete(key);
      }
    let at = this.node.firstChild;
    for (const key of keys) {
      let turn = this.#turns.get(key);
      const { messages, runs } = groups.get(key);
      if (!turn) this.#turns.set(key, (turn = new Turn(this, key)));
      if (turn.adopt(messages, runs) || hasTurned) dirty.add(turn);
      for (const message of messages) this.#ofMessage.set(message.id, turn);
      for (const id of runs) this.#ofRun.set(id, turn);
      if (turn.node === at) at = at.nextSibling;
      else this.node.insertBefore(turn.node, at);
    }
  }

  /** Shows a message: scrolls to it and marks it. */
  reveal(id) {
    const turn = this.#ofMessage.get(id);
    if (!turn) return false;
    turn.node.scrollIntoView({ block: "center" });
    turn.node.classList.add("marked");
    setTimeout(() => turn.node.classList.remove("marked"), 3000);
    return true;
  }
}
