import { randomUUID } from "node:crypto";
import {
  BaseCheckpointSaver,
  type ChannelVersions,
  type Checkpoint,
  type CheckpointListOptions,
  type CheckpointMetadata,
  type CheckpointPendingWrite,
  type CheckpointTuple,
  type DeltaChannelHistory,
  getCheckpointId,
  maxChannelVersion,
  type PendingWrite,
  type SerializerProtocol,
  TASKS,
  WRITES_IDX_MAP,
} from "@langchain/langgraph-checkpoint";
import type { Store } from "holdfast";
import type { Checkpoint as Stored } from "holdfast/checkpoints";
import { InvalidInputError } from "holdfast/errors";
import { escaped, labelsOf, unescaped } from "./text.ts";

/** The options of a saver. */
export interface SaverOptions {
  /** Writes and reads values; LangGraph's own serializer by default. */
  readonly serde?: SerializerProtocol | undefined;
  /** How long a thread lives after each write; forever by default. */
  readonly ttlMs?: number | undefined;
}

/** What pruning leaves of a thread: the latest checkpoint of each namespace, the default, or nothing. */
export interface PruneOptions {
  readonly strategy?: "keep_latest" | "delete" | undefined;
}

type Config = CheckpointTuple["config"];

/** A value as the serializer writes it. */
interface Dumped {
  readonly manifest: string;
  readonly value: Uint8Array;
}

/** Keeps the checkpoints of LangGraph in a Holdfast store, or in one of its transactions. */
export class HoldfastSaver extends BaseCheckpointSaver {
  readonly #checkpoints: Store["checkpoints"];
  readonly #ttlMs: number | undefined;

  constructor({ checkpoints }: Pick<Store, "checkpoints">, { serde, ttlMs }: SaverOptions = {}) {
    super(serde);
    this.#checkpoints = checkpoints;
    this.#ttlMs = ttlMs;
  }

  override async getTuple(config: Config): Promise<CheckpointTuple | undefined> {
    if (config.configurable?.["thread_id"] === undefined) return undefined;
    const found = await this.#checkpoints.get(placeOf(config));
    return found ? this.#toTuple(found) : undefined;
  }

  override async *list(config: Config, options: CheckpointListOptions = {}): AsyncGenerator<CheckpointTuple> {
    const { limit = Infinity, before, filter = {} } = options;
    const { thread, namespace, id } = textsOf(config);
    const where = { thread, namespace, id, beforeId: before && textsOf(before).id, labels: labelsOf(filter) };
    let left = limit;
    if (left <= 0) return;
    for await (const found of this.#checkpoints.iterate({ ...where, limit: Math.min(limit, 100) })) {
      yield await this.#toTuple(found);
      if (--left <= 0) return;
    }
  }

  override async put(
    config: Config,
    checkpoint: Checkpoint,
    metadata: CheckpointMetadata,
    newVersions: ChannelVersions,
  ): Promise<Config> {
    const { id: parentId, ...place } = placeOf(config);
    const { channel_values: values, channel_versions: versions, ...rest } = checkpoint;
    const parts = Object.entries({ ...versions, ...newVersions }).map(async ([channel, version]) => {
      const part = { name: escaped(channel), version: String(version) };
      if (!Object.hasOwn(newVersions, channel)) return part;
      // A new version without a value: the channel was emptied.
      return Object.hasOwn(values, channel) ? Object.assign(part, await this.#dump(values[channel])) : null;
    });
    const { manifest, value: state } = await this.#dump([{ channel_versions: versions, ...rest }, metadata]);
    const key = { id: escaped(checkpoint.id), ...place };
    const content = { manifest, state, parts: (await Promise.all(parts)).filter((part) => part !== null) };
    await this.#checkpoints.write({ parentId, labels: labelsOf(metadata), ttlMs: this.#ttlMs, ...key, ...content });
    return configOf(key);
  }

  override async putWrites(config: Config, writes: PendingWrite[], taskId: string, taskPath = ""): Promise<void> {
    const { id = missing("checkpoint_id"), ...place } = placeOf(config);
    const dumped = writes.map(async ([channel, value], i) => {
      return { number: WRITES_IDX_MAP[channel] ?? i, name: escaped(channel), ...(await this.#dump(value)) };
    });
    const by = { task: escaped(taskId), path: escaped(taskPath), ttlMs: this.#ttlMs };
    await this.#checkpoints.addWrites({ id, writes: await Promise.all(dumped), ...place, ...by });
  }

  override async deleteThread(threadId: string): Promise<void> {
    await this.#checkpoints.removeThread(escaped(threadId));
  }

  /** Removes the checkpoints of these runs, by `run_id` in their metadata, and returns their number. */
  async deleteForRuns(runIds: readonly string[]): Promise<number> {
    let removed = 0;
    for (const id of runIds) removed += await this.#checkpoints.removeAll({ labels: labelsOf({ run_id: id }) });
    return removed;
  }

  /** Copies a thread with all its checkpoints and writes. Throws a DuplicateError if the other thread exists. */
  async copyThread(sourceThreadId: string, targetThreadId: string): Promise<void> {
    await this.#checkpoints.copyThread(escaped(sourceThreadId), escaped(targetThreadId));
  }

  /** Removes old checkpoints of threads, but never those from which the latest still reads delta channels. */
  async prune(threadIds: readonly string[], { strategy = "keep_latest" }: PruneOptions = {}): Promise<void> {
    if (strategy === "delete") await this.#checkpoints.removeThreads(threadIds.map(escaped));
    else for (const id of threadIds) await this.#keepLatest(id);
  }

  override async getDeltaChannelHistory(options: {
    config: Config;
    channels: string[];
  }): Promise<Record<string, DeltaChannelHistory>> {
    const found = new Map(options.channels.map((channel) => [channel, { writes: [] as CheckpointPendingWrite[] }]));
    const seeds = new Map<string, unknown>();
    let from = found.size > 0 ? await this.#checkpoints.get(placeOf(options.config)) : null;
    while (from && seeds.size < found.size) {
      const names = [...found.keys()].filter((channel) => !seeds.has(channel)).map(escaped);
      const { thread, namespace, id } = from;
      const ancestors = await this.#checkpoints.ancestors({ thread, namespace, id }, { names, limit: 64 });
      for (const ancestor of ancestors) {
        const writes = await this.#writesOf(ancestor);
        for (const write of writes.toReversed()) if (!seeds.has(write[1])) found.get(write[1])?.writes.unshift(write);
        for (const { name, manifest, value } of ancestor.parts) {
          if (!seeds.has(unescaped(name))) seeds.set(unescaped(name), await this.#load(manifest, value));
        }
      }
      from = ancestors.at(-1) ?? null;
    }
    const entries = [...found].map(([channel, history]) => {
      return [channel, seeds.has(channel) ? { ...history, seed: seeds.get(channel) } : history] as const;
    });
    return Object.fromEntries(entries);
  }

  /** The next version of a channel. No two branches ever give the same one, so a fork never takes another's value. */
  override getNextVersion(current: number | undefined): number {
    const next = String(Number.parseInt(String(current ?? 0), 10) + 1);
    // The 48 random bits of a UUID: Node.js draws the bytes of many at once. A checkpoint holds each version several times, so it is short.
    const random = Number.parseInt(randomUUID().slice(24), 16).toString(36);
    const version: unknown = `${next.padStart(10, "0")}.${random}`;
    // Versions may be texts, but graphs accept only savers whose type says number.
    return version as number;
  }

  async #keepLatest(threadId: string): Promise<void> {
    const thread = escaped(threadId);
    let ancestors = 0;
    for await (const found of this.#checkpoints.iterate({ thread, isNewest: true })) {
      const [, metadata] = await this.#stateOf(found);
      // Since its last snapshot, a delta channel is spread over one checkpoint for each superstep.
      for (const [, supersteps] of Object.values(metadata.counters_since_delta_snapshot ?? {})) {
        ancestors = Math.max(ancestors, supersteps + 1);
      }
    }
    await this.#checkpoints.prune(thread, { ancestors });
  }

  async #toTuple(found: Stored): Promise<CheckpointTuple> {
    const [checkpoint, metadata] = await this.#stateOf(found);
    const parts = found.parts.map(async ({ name, manifest, value }) => {
      return [unescaped(name), await this.#load(manifest, value)] as const;
    });
    const { parentId, ...place } = found;
    const tuple = {
      config: configOf(place),
      checkpoint: Object.assign({}, checkpoint, { channel_values: Object.fromEntries(await Promise.all(parts)) }),
      metadata,
      ...(parentId === null ? {} : { parentConfig: configOf({ ...place, id: parentId }) }),
      pendingWrites: await this.#writesOf(found),
    };
    // Before version 4, the sends of the step before were part of its writes.
    if (checkpoint.v < 4 && tuple.parentConfig) await this.#addSends(tuple.checkpoint, tuple.parentConfig);
    return tuple;
  }

  async #addSends(checkpoint: Checkpoint, parentConfig: Config): Promise<void> {
    const parent = await this.#checkpoints.get(placeOf(parentConfig));
    const writes = parent ? await this.#writesOf(parent) : [];
    const versions = Object.values(checkpoint.channel_versions);
    checkpoint.channel_values[TASKS] = writes.flatMap(([, channel, value]) => (channel === TASKS ? [value] : []));
    checkpoint.channel_versions[TASKS] =
      versions.length > 0 ? maxChannelVersion(...versions) : this.getNextVersion(undefined);
  }

  async #stateOf({ manifest, state }: Stored): Promise<[Checkpoint, CheckpointMetadata]> {
    // What `put` wrote.
    return (await this.#load(manifest, state)) as [Checkpoint, CheckpointMetadata];
  }

  async #writesOf({ writes }: Stored): Promise<CheckpointPendingWrite[]> {
    return Promise.all(
      writes.map(async ({ task, name, manifest, value }): Promise<CheckpointPendingWrite> => {
        return [unescaped(task), unescaped(name), await this.#load(manifest, value)];
      }),
    );
  }

  async #dump(value: unknown): Promise<Dumped> {
    const [manifest, bytes] = await this.serde.dumpsTyped(value);
    return { manifest, value: bytes };
  }

  async #load(manifest: string | null, value: Uint8Array): Promise<unknown> {
    return this.serde.loadsTyped(manifest ?? "json", value);
  }
}

interface Place {
  readonly thread: string;
  readonly namespace: string;
  readonly id?: string | undefined;
}

/** The names in a configuration, escaped. What is no text stays, for Holdfast to refuse. */
function textsOf(config: Config): Partial<Place> {
  const { thread_id: thread, checkpoint_ns: namespace } = (config.configurable ?? {}) as Record<string, unknown>;
  const texts = Object.entries({ thread, namespace, id: getCheckpointId(config) || undefined });
  return Object.fromEntries(texts.map(([name, text]) => [name, typeof text === "string" ? escaped(text) : text]));
}

function placeOf(config: Config): Place {
  const { thread = missing("thread_id"), namespace = "", id } = textsOf(config);
  return { thread, namespace, id };
}

function configOf({ thread, namespace, id = "" }: Place): Config {
  const [thread_id, checkpoint_ns, checkpoint_id] = [thread, namespace, id].map(unescaped);
  return { configurable: { thread_id, checkpoint_ns, checkpoint_id } };
}

function missing(name: string): never {
  const field = `config.configurable.${name}`;
  throw new InvalidInputError(`${field} is missing: name the thread, and for writes its checkpoint.`, {
    facts: { field },
  });
}
