import { loneOf } from "./batches.ts";
import { isInputFailure } from "./failures.ts";
import type { Plan } from "./plan.ts";
import type { Write } from "./session.ts";

/** The most inputs that travel in one batch: enough to spread the cost of a commit, few enough to stay quick. */
const batchInputsMax = 500;

/**
 * A batch that takes longer than this probably waits for a row that another transaction holds; calls on other keys then go
 * without it, lest one locked row hold up every writer. Each such batch takes a connection, so there are few.
 */
const slow = { afterMs: 50, batchesMax: 4 };

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
  readonly #batchesMax: number;
  #waiting: Waiting<I, O>[] = [];
  /** The keys of the batches under way. */
  readonly #taken = new Set<string>();
  #batches = 0;
  /** Of the batches under way, those for which the next does not wait. */
  #slowBatches = 0;
  #isScheduled = false;

  constructor(write: Write<I, O>, run: (plan: Plan<readonly O[]>) => Promise<readonly O[]>, connectionsMax: number) {
    this.#write = write;
    this.#run = run;
    this.#batchesMax = Math.max(1, Math.min(slow.batchesMax, connectionsMax >> 1));
  }

  /** Sends the input with the next batch; `leave` takes it back where it still waits, and says whether it did. */
  call(input: I): { readonly output: Promise<O>; leave(): boolean } {
    let call: Waiting<I, O> | undefined;
    const output = new Promise<O>((resolve, reject) => {
      call = { input, keys: this.#write.keys(input), resolve, reject };
      this.#waiting.push(call);
      this.#schedule();
    });
    const leave = (): boolean => {
      const others = this.#waiting.filter((other) => other !== call);
      const isWaiting = others.length < this.#waiting.length;
      this.#waiting = others;
      return isWaiting;
    };
    return { output, leave };
  }

  /** Callers of the same turn of the event loop, such as a Promise.all, travel together from the first batch on. */
  #schedule(): void {
    if (this.#isScheduled || !this.#isFree()) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#sendNext();
    });
  }

  #isFree(): boolean {
    return this.#batches === this.#slowBatches && this.#batches < this.#batchesMax;
  }

  #sendNext(): void {
    if (!this.#isFree()) return;
    const batch = this.#takeBatch();
    if (batch.length === 0) return;
    this.#batches++;
    for (const { keys } of batch) for (const key of keys) this.#taken.add(key);
    let isSlow = false;
    const timer = setTimeout(() => {
      isSlow = true;
      this.#slowBatches++;
      this.#sendNext();
    }, slow.afterMs);
    void this.#send(batch).then(() => {
      clearTimeout(timer);
      this.#batches--;
      if (isSlow) this.#slowBatches--;
      for (const { keys } of batch) for (const key of keys) this.#taken.delete(key);
      this.#sendNext();
    });
  }

  #takeBatch(): Waiting<I, O>[] {
    const taken = new Set<string>();
    const batch: Waiting<I, O>[] = [];
    const later: Waiting<I, O>[] = [];
    for (const call of this.#waiting) {
      if (batch.length < batchInputsMax && !call.keys.some((key) => taken.has(key) || this.#taken.has(key))) {
        batch.push(call);
      } else later.push(call);
      // Also for a call that has to wait, so that none on the same key overtakes it.
      for (const key of call.keys) taken.add(key);
    }
    this.#waiting = later;
    return batch.sort((a, b) => compareKeys(a.keys[0], b.keys[0]));
  }

  async #send(batch: readonly Waiting<I, O>[]): Promise<void> {
    try {
      const outputs = await runWrite(
        this.#write,
        batch.map((call) => call.input),
        this.#run,
      );
      if (outputs.length !== batch.length) {
        throw new TypeError(`Write ${this.#write.name} gave ${outputs.length} results for ${batch.length} inputs.`);
      }
      for (const [i, call] of batch.entries()) call.resolve(outputs[i] as O);
    } catch (error) {
      // Splitting helps only where a row is at fault; after a lost connection it might do the work twice.
      if (batch.length > 1 && isInputFailure(error)) {
        const half = batch.length >> 1;
        await this.#send(batch.slice(0, half));
        await this.#send(batch.slice(half));
      } else {
        for (const call of batch) call.reject(error);
      }
    }
  }
}

/** Executes a write of inputs by a plan of their own: of a lone one, by that of the usual case first. */
export async function runWrite<I, O>(
  write: Write<I, O>,
  inputs: readonly I[],
  run: (plan: Plan<readonly O[]>) => Promise<readonly O[]>,
): Promise<readonly O[]> {
  const only = loneOf(inputs);
  const usual = only === undefined ? undefined : write.usual?.(only);
  if (usual) {
    const outputs = await run(usual);
    if (outputs.length > 0) return outputs;
  }
  return run(write.plan(inputs));
}

function compareKeys(a = "", b = ""): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
