import type { Codec } from "../core/codec.ts";
import { combinePlans, type Plan } from "../core/plan.ts";
import type { SharedRead } from "../core/shared-read.ts";
import type { Write } from "../core/write.ts";
import type { TelemetryAttributes } from "../telemetry/span-parts.ts";
import type { OpenTransaction, Session } from "./session.ts";
import type { TransactionOptions } from "./transact.ts";

/** A session whose transactions accept options. */
export interface SnapshotSession extends Session {
  transaction<T>(work: (session: OpenTransaction) => Promise<T>, options?: TransactionOptions): Promise<T>;
}

/**
 * Runs `work`, which only reads, on one snapshot. All of its first requests take one round trip. Work that asks again runs a second time,
 * in a read-only transaction, so it must have no side effects.
 */
export async function inOneSnapshot<T>(session: SnapshotSession, work: (session: Session) => Promise<T>): Promise<T> {
  const gathering = new GatheringSession(session);
  try {
    const result = await work(gathering);
    if (!gathering.asksAgain) return result;
  } catch (error) {
    if (!gathering.asksAgain) throw error;
  } finally {
    gathering.close();
  }
  return session.transaction(work, { isolation: "repeatable read", readOnly: true });
}

/** A plan that waits for others of the same turn of the event loop. */
interface Asked {
  readonly plan: Plan<unknown>;
  readonly answer: (answered: Promise<unknown>) => void;
}

/** Gathers plans and sends them as one, once. */
class GatheringSession implements Session {
  readonly codec: Codec;
  readonly isTransaction = false;
  readonly target: TelemetryAttributes;
  readonly #session: Session;
  #asked: Asked[] | null = [];
  #asksAgain = false;

  constructor(session: Session) {
    this.codec = session.codec;
    this.target = session.target;
    this.#session = session;
  }

  /** Whether a call came that one round trip could not serve. */
  get asksAgain(): boolean {
    return this.#asksAgain;
  }

  /** Drops requests that are not sent yet. */
  close(): void {
    this.#asked = null;
  }

  run<T>(plan: Plan<T>): Promise<T> {
    const asked = this.#asked;
    if (asked === null || plan.next !== undefined) return this.#refuse();
    // In the next turn of the event loop: some reads await a resolved promise before they ask.
    if (asked.length === 0) setImmediate(() => this.#send());
    // The promise is answered with what its own plan reads.
    return new Promise<unknown>((resolve) => asked.push({ plan, answer: resolve })) as Promise<T>;
  }

  async write<I, O>(write: Write<I, O>, input: I): Promise<O> {
    const [output] = await this.run(write.plan([input]));
    return output as O;
  }

  read<K, R>(read: SharedRead<K, R>, key: K): Promise<R | null> {
    return this.run(read.one(key));
  }

  writeAll(): Promise<never> {
    return this.#refuse();
  }

  transaction(): Promise<never> {
    return this.#refuse();
  }

  hasListeners(): boolean {
    return false;
  }

  emit(): void {
    // Nothing is written here.
  }

  count(): void {
    // Nor is there anything to count.
  }

  hint(): void {
    // A read changes nothing that others should learn of.
  }

  listen(): Promise<never> {
    return this.#refuse();
  }

  /** The work runs again in a transaction, which does this or refuses it with a reason. */
  async #refuse(): Promise<never> {
    this.#asksAgain = true;
    throw new TypeError("The reads of one round trip are on their way already.");
  }

  #send(): void {
    const asked = this.#asked;
    this.#asked = null;
    if (asked === null) return;
    const answers = this.#session.run({ ...combinePlans(asked.map(({ plan }) => plan)), isSnapshot: true });
    for (const [i, { answer }] of asked.entries()) answer(answers.then((all) => all[i]));
  }
}
