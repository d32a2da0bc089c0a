// The rule of branches: which messages are on the way to a branch's end. No page, no socket.

/** The branches of a conversation, as the hub tells them; the trunk is 0 and not among them. */
export class Branches {
  constructor(items = []) {
    this.items = items.map((item) => ({ ...item }));
    this.toldAt = 0;
  }

  get(number) {
    return this.items.find((item) => item.branch === number);
  }

  /** Adds a branch, which the conversation's path takes from here on. */
  add(branch) {
    if (this.get(branch.branch)) return;
    this.items.push({ ...branch });
    for (let one = this.get(branch.branch); one; one = this.get(one.parent))
      for (const other of this.items) {
        if (isVersion(other, one)) other.selected = other === one;
        else if (other.parent === one.parent && order(other) < order(one)) other.selected = false;
      }
  }

  /** Takes over which branches are selected at their forks. */
  mark(numbers) {
    for (const item of this.items) item.selected = numbers.includes(item.branch);
  }

  /** The branch at the end of the conversation's path. */
  get end() {
    let end = 0;
    for (;;) {
      const next = this.items.filter((item) => item.parent === end && item.selected).sort((a, b) => order(a) - order(b))[0];
      if (!next) return end;
      end = next.branch;
    }
  }

  /** The way to a branch's end: for each branch on it, the one that leaves it there. */
  path(number) {
    const forks = new Map([[number, null]]);
    for (let one = this.get(number); one; one = this.get(one.parent)) forks.set(one.parent, one);
    return forks;
  }

  /** The versions of a question, the first one first; none when there is but one. */
  questions(message) {
    const found = this.items.find((item) => item.kind === "question" && (item.message === message.id || (item.run && item.run === message.run)));
    return found ? this.#versions(found) : [];
  }

  /** The versions of the answer to a question. */
  answers(message) {
    const found = this.items.find((item) => item.kind === "answer" && item.message === message.id);
    return found ? this.#versions(found) : [];
  }

  #versions(fork) {
    const first = { branch: fork.parent, kind: fork.kind, run: fork.before, message: fork.message, first: true };
    return [first, ...this.items.filter((item) => isVersion(item, fork))];
  }
}

const isVersion = (a, b) => a.parent === b.parent && a.kind === b.kind && a.message === b.message;

// A question stands before its answer.
const order = (fork) => fork.from + (fork.kind === "answer" ? 0.5 : 0);

/** Whether a branch sees a message of its parent, of which `run` is the run, or the one that its run is a part of. */
export function sees(fork, seq, run) {
  if (seq < fork.from || (fork.kind === "answer" && seq === fork.from)) return true;
  return seq <= fork.until && Boolean(run && fork.before && run < fork.before);
}
