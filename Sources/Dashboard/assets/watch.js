// A conversation that is followed: what comes in order, what is missing from the log, what was before from its pages.

import { Conversation } from "./conversation.js";

/** What the hub said no to: `code`, `message`, `hint`, and `status` of an HTTP answer. */
export class HubError extends Error {
  constructor({ code = "failed", message, error, detail, hint = null, status = null, temporary = false, retryAfterMs = null }) {
    super(message || error || (typeof detail === "string" ? detail : "") || `The hub answered ${status}.`);
    Object.assign(this, { code, hint, status, temporary, retryAfterMs });
  }
}

/** A conversation that is watched. */
export class Watch {
  constructor(hub, id, { change = () => {}, error = () => {}, presence = () => {} }) {
    Object.assign(this, { hub, id, onChange: change, onError: error, onPresence: presence });
    Object.assign(this, {
      conversation: new Conversation(id),
      ready: false,
      waiting: [],
      healing: false,
      present: [],
      typing: [],
      stream: null,
    });
  }

  get subscription() {
    const { seq, epoch } = this.conversation;
    return { conversation: this.id, ...(seq === null ? {} : { after: seq, epoch }) };
  }

  take(event) {
    if (this.healing) return void this.waiting.push(event);
    const outcome = this.conversation.take(event);
    if (outcome === "missing") {
      this.waiting.push(event);
      this.heal();
    } else if (outcome === "applied") this.onChange(this);
  }

  /** Reads what is missing from the log; what comes meanwhile waits. */
  async heal() {
    this.healing = true;
    const { conversation } = this;
    try {
      for (let after = conversation.seq; after !== null && !this.closed; ) {
        const page = await this.hub.get(`/api/conversations/${encodeURIComponent(this.id)}/events?limit=500&after=${after}`);
        if (page.epoch !== conversation.epoch) throw new HubError({ code: "epoch", message: "The numbering has changed." });
        for (const event of page.items)
          if (conversation.take(event) === "missing") throw new HubError({ code: "gap", message: "The log has a gap." });
        after = page.next === null ? null : Number(page.next);
      }
    } catch {
      conversation.seq = null;
    }
    this.healing = false;
    const waiting = this.waiting.splice(0);
    if (conversation.seq === null) return this.hub.resubscribe(this);
    for (const event of waiting) this.take(event);
    this.onChange(this);
  }

  /** Reads the page of messages before the oldest known one; false when there is none. */
  async older(limit = 50) {
    const { conversation } = this;
    if (!conversation.hasOlder || conversation.oldest === null) return false;
    const path = `/api/conversations/${encodeURIComponent(this.id)}/messages`;
    const page = await this.hub.get(`${path}?limit=${limit}&branch=all&before=${conversation.oldest}`);
    conversation.add(page.items);
    conversation.hasOlder = page.next !== null;
    this.onChange(this);
    return page.items.length > 0;
  }

  /** Reads what happened between two positions again: steps, tools and thoughts of old runs, which pages of messages do not have. */
  async recall(from, to) {
    for (let after = Math.max(0, from); after < to; ) {
      const page = await this.hub.get(`/api/conversations/${encodeURIComponent(this.id)}/events?limit=500&after=${after}`);
      for (const event of page.items) if (event.seq <= to) this.conversation.fold(event);
      after = page.next === null ? Infinity : Number(page.next);
    }
    this.onChange(this);
  }

  close() {
    this.closed = true;
    this.stream?.close();
    this.hub.forget(this);
  }
}
