import { randomUUID } from "node:crypto";
import type { Store } from "holdfast";
import type { Sample, Topic } from "../protocol/index.ts";
import type { LiveClient } from "./client.ts";
import { Loop } from "./loop.ts";
import { Pulse, type PulseResult } from "./pulse.ts";
import { subscribe } from "./subscription.ts";

/** How long measuring goes on after the last client has left: a browser that reconnects misses nothing. */
const lingerMsDefault = 15_000;

/** How many samples are kept: fifteen minutes, by the default interval. */
const samplesMax = 450;

/** What the clients of a console share: hints and events of the store, and measurements while somebody watches. */
export class Hub {
  readonly clients: Set<LiveClient> = new Set<LiveClient>();
  readonly #store: Store;
  readonly #sampleMs: number;
  readonly #lingerMs: number;
  readonly #samples: Sample[] = [];
  /** The number of the newest event of each topic of this run. */
  readonly #changes = new Map<Topic, number>();
  #run: Run | null = null;
  #number = 0;
  #watchedAt = 0;
  #isClosed = false;

  constructor(store: Store, sampleMs: number, lingerMs: number = lingerMsDefault) {
    this.#store = store;
    this.#sampleMs = sampleMs;
    this.#lingerMs = lingerMs;
  }

  join(client: LiveClient, lastEventId: string | null): void {
    if (this.#isClosed) return client.end();
    const [run = "", number = ""] = lastEventId?.split(".") ?? [];
    const isResumed = this.#run !== null && this.#run.id === run && /^\d{1,15}$/.test(number);
    this.clients.add(client);
    this.#start();
    client.pending.greet({ at: new Date().toISOString(), isResumed });
    for (const topic of isResumed ? client.topics : []) {
      if ((this.#changes.get(topic) ?? 0) > Number(number)) client.pending.addChanged(topic);
    }
    this.#run?.loop.hasten();
  }

  leave(client: LiveClient): void {
    client.end();
    this.clients.delete(client);
    this.#watchedAt = Date.now();
  }

  /** The samples of the last minutes. Asking for them counts as watching for a while. */
  recentSamples(): readonly Sample[] {
    this.#watchedAt = Date.now();
    if (!this.#isClosed) this.#start();
    return this.#samples;
  }

  /** The id of the newest event, for a client to resume after. */
  eventId(): string {
    return `${this.#run?.id ?? "none"}.${this.#number}`;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const client of this.clients) client.end();
    this.clients.clear();
    await this.#stop();
  }

  #start(): void {
    if (this.#run !== null) return;
    const pulse = new Pulse(this.#store);
    const loop = new Loop(this.#sampleMs, async () => {
      if (this.clients.size === 0 && Date.now() - this.#watchedAt > this.#lingerMs) return this.#stop();
      this.#publish(await pulse.measure(this.#topics()));
    });
    // Without hints, measurements alone notice changes.
    const subscription = subscribe(this.#store, (topics) => {
      this.#announce(topics === "all" ? this.#topics() : topics);
      loop.hasten();
    }).catch(() => () => Promise.resolve());
    this.#changes.clear();
    this.#run = { id: randomUUID(), loop, subscription };
    loop.start();
  }

  async #stop(): Promise<void> {
    const run = this.#run;
    this.#run = null;
    run?.loop.stop();
    const stopListening = await run?.subscription;
    await stopListening?.();
  }

  /** What the clients watch, all together. The overview is sampled in any case, so that its charts have a past. */
  #topics(): ReadonlySet<Topic> {
    return new Set<Topic>(["overview", ...[...this.clients].flatMap((client) => [...client.topics])]);
  }

  #publish({ sample, changed, executions, tasks }: PulseResult): void {
    if (sample !== null) {
      this.#number += 1;
      this.#samples.push(sample);
      if (this.#samples.length > samplesMax) this.#samples.shift();
    }
    for (const client of this.clients) {
      if (sample !== null && client.topics.has("overview")) client.pending.addSample(sample);
      for (const change of executions) {
        if (client.topics.has(`execution:${change.id}`)) client.pending.addExecution(change);
      }
      for (const change of tasks) {
        if (client.topics.has(`execution:${change.executionId}`)) client.pending.addTasks(change);
      }
      if (!client.pending.isEmpty) client.notify();
    }
    this.#announce(changed);
  }

  #announce(topics: Iterable<Topic>): void {
    for (const topic of topics) {
      const watching = [...this.clients].filter((client) => client.topics.has(topic));
      // Changes that nobody watches are not remembered: hints name any number of records.
      if (watching.length === 0 && topic.includes(":")) continue;
      this.#number += 1;
      this.#changes.set(topic, this.#number);
      for (const client of watching) {
        client.pending.addChanged(topic);
        client.notify();
      }
    }
  }
}

/** One time of somebody watching, without a gap. */
interface Run {
  readonly id: string;
  readonly loop: Loop;
  readonly subscription: Promise<() => Promise<void>>;
}
