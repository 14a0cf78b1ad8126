import { isSerializationFailure, isStatementFailure } from "./failures.ts";
import type { Plan } from "./plan.ts";
import type { Write } from "./session.ts";

/** The most inputs that travel in one batch: enough to spread the cost of a commit, few enough to stay quick. */
const batchInputsMax = 500;

interface Waiting<I, O> {
  readonly input: I;
  readonly keys: readonly string[];
  resolve(output: O): void;
  reject(error: unknown): void;
}

/**
 * Group commit in the client, for one write: the first call goes at once, and those that come while it is under way travel
 * together in the next plan. There is no timer, so a lone caller waits for nothing.
 *
 * Within a batch no two inputs share a key, and inputs are sorted by key, so that batches of several processes lock rows in one
 * order. Calls on the same key keep their order. A batch that fails for one input's sake is halved until the guilty input
 * is alone with its error.
 */
export class Coalescer<I, O> {
  readonly #write: Write<I, O>;
  readonly #run: (plan: Plan<readonly O[]>) => Promise<readonly O[]>;
  #waiting: Waiting<I, O>[] = [];
  #isBusy = false;

  constructor(write: Write<I, O>, run: (plan: Plan<readonly O[]>) => Promise<readonly O[]>) {
    this.#write = write;
    this.#run = run;
  }

  call(input: I): Promise<O> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ input, keys: this.#write.keys(input), resolve, reject });
      if (this.#isBusy) return;
      this.#isBusy = true;
      // Callers of the same turn of the event loop, such as a Promise.all, travel together from the first batch on.
      queueMicrotask(() => void this.#drain());
    });
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) await this.#send(this.#takeBatch());
    this.#isBusy = false;
  }

  #takeBatch(): Waiting<I, O>[] {
    const taken = new Set<string>();
    const batch: Waiting<I, O>[] = [];
    const later: Waiting<I, O>[] = [];
    for (const call of this.#waiting) {
      if (batch.length < batchInputsMax && !call.keys.some((key) => taken.has(key))) batch.push(call);
      else later.push(call);
      // Also for a call that has to wait, so that none on the same key overtakes it.
      for (const key of call.keys) taken.add(key);
    }
    this.#waiting = later;
    return batch.sort((a, b) => compareKeys(a.keys[0], b.keys[0]));
  }

  async #send(batch: readonly Waiting<I, O>[]): Promise<void> {
    try {
      const outputs = await this.#run(this.#write.plan(batch.map((call) => call.input)));
      batch.forEach((call, i) => call.resolve(outputs[i] as O));
    } catch (error) {
      if (batch.length > 1 && isOneInputsFault(error)) {
        const half = batch.length >> 1;
        await this.#send(batch.slice(0, half));
        await this.#send(batch.slice(half));
      } else {
        for (const call of batch) call.reject(error);
      }
    }
  }
}

/** Splitting helps only where the server refused the statement; after a lost connection it might do the work twice. */
function isOneInputsFault(error: unknown): boolean {
  return isStatementFailure(error) && !isSerializationFailure(error);
}

function compareKeys(a = "", b = ""): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
