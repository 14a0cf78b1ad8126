import {
  type ConnectionOptions,
  InvalidInputError,
  openStore,
  type Store,
  type StoreOptions,
  UnavailableError,
} from "../index.ts";

/** A message with the name of its type, as Protocol Buffers' `Any`. */
export interface AnyMessage {
  /** Such as "type.googleapis.com/billing.AccountState"; without a "/", the bare name of the type. */
  readonly typeUrl: string;
  /** Copied at the call. */
  readonly value: Uint8Array;
}

/** The durable state of one persistence id. */
export interface DurableState {
  readonly persistenceId: string;
  /** From 0 to 2^63 - 1, and greater than the stored one's. */
  readonly versionNumber: bigint;
  readonly resultingState: AnyMessage;
  /** The engine's own time. */
  readonly timestamp: bigint;
  /** From 0 to 2^53 - 1. */
  readonly shard: bigint;
}

/** The latest state by persistence id, in the methods of eGo's `persistence.StateStore`. */
export interface StateStore {
  /** Does nothing if it is connected already. */
  connect(): Promise<void>;
  /** Closes what `connect` opened. Does nothing if it is not connected. */
  disconnect(): Promise<void>;
  /** Requests an answer from the database, and connects first if necessary. */
  ping(): Promise<void>;
  /**
   * Writes a version that is newer than the stored one. The stored version once more, with the same content, changes nothing.
   *
   * @throws ConflictError for an older version, and for other content of the same one.
   * @throws UnavailableError while it is not connected.
   */
  writeState(state: DurableState): Promise<void>;
  /**
   * null if the id has no state.
   *
   * @throws UnavailableError while it is not connected.
   */
  getLatestState(persistenceId: string): Promise<DurableState | null>;
}

/** A state store with its own Holdfast store, which `connect` opens and `disconnect` closes. */
export function stateStore(options: ConnectionOptions & StoreOptions = {}): StateStore {
  return stateStoreFrom({ open: () => openStore(options), close: (store) => store.close() });
}

/** A state store on an open store, which the caller closes: `connect` only checks that its database answers. */
export function stateStoreOn(store: Store): StateStore {
  const open = async (): Promise<Store> => {
    await store.ping();
    return store;
  };
  return stateStoreFrom({ open, close: () => Promise.resolve() });
}

/** The source of the Holdfast store, and its end. */
interface Source {
  readonly open: () => Promise<Store>;
  readonly close: (store: Store) => Promise<void>;
}

function stateStoreFrom({ open, close }: Source): StateStore {
  // The result of an earlier `connect`, even while it is still opening: later calls wait for it.
  let opening: Promise<Store> | null = null;
  const connect = async (): Promise<void> => {
    const opened = (opening ??= open());
    try {
      await opened;
    } catch (error) {
      // The next call tries again.
      if (opening === opened) opening = null;
      throw error;
    }
  };
  const connected = async (): Promise<Store> => {
    if (opening) return opening;
    throw new UnavailableError("The state store is not connected: call connect() first.", {
      facts: { connected: false },
    });
  };
  return {
    connect,
    disconnect: async () => {
      const opened = opening;
      opening = null;
      // A store that never opened needs no closing, and `connect` has reported why.
      await opened?.then(close, () => undefined);
    },
    ping: async () => (opening ? (await opening).ping() : connect()),
    writeState: async (state) => {
      const { persistenceId, versionNumber: version, resultingState, timestamp, shard } = checkState(state);
      const manifest = manifestOf(resultingState.typeUrl);
      // Copied before any waiting, because the bytes are the caller's.
      const payload = resultingState.value.slice();
      const store = await connected();
      await store.snapshots.write({ persistenceId, version, payload, manifest, timestamp, shard: shardOf(shard) });
    },
    getLatestState: async (persistenceId) => {
      const store = await connected();
      const snapshot = await store.snapshots.latest(persistenceId);
      if (snapshot === null) return null;
      const { version: versionNumber, manifest, payload: value, timestamp, shard } = snapshot;
      const resultingState = { typeUrl: typeUrlOf(manifest), value };
      const state = { persistenceId, versionNumber, resultingState, timestamp: timestamp ?? 0n, shard: BigInt(shard) };
      return withJson(state);
    },
  };
}

/** The default prefix of type names. Like eGo's stores, this one does not store it. */
const registry = "type.googleapis.com/";

function manifestOf(typeUrl: string): string {
  return typeUrl.startsWith(registry) ? typeUrl.slice(registry.length) : typeUrl;
}

function typeUrlOf(manifest: string | null): string {
  // A snapshot written otherwise may have no manifest.
  if (manifest === null) return "";
  return manifest.includes("/") ? manifest : `${registry}${manifest}`;
}

/** The shards of a Holdfast store are plain numbers; the store refuses one that a number would round. */
function shardOf(shard: bigint): number {
  return typeof shard === "bigint" ? Number(shard) : shard;
}

/** Lets `JSON.stringify` write a state, its 64-bit numbers as text; not enumerable, so that the state stays plain. */
function withJson(state: DurableState): DurableState {
  const toJSON = (): object => ({
    ...state,
    versionNumber: String(state.versionNumber),
    timestamp: String(state.timestamp),
    shard: String(state.shard),
  });
  return Object.defineProperty(state, "toJSON", { value: toJSON });
}

/** Checks fields that the store below calls by other names. */
function checkState(state: DurableState): DurableState {
  if (typeof state !== "object" || state === null) throw invalid("state", "must be an object");
  const { versionNumber, resultingState } = state;
  checkWhole(versionNumber, "versionNumber", 0n);
  if (typeof resultingState !== "object" || resultingState === null) {
    throw invalid("resultingState", "must be an object with a typeUrl and a value");
  }
  const { typeUrl, value } = resultingState;
  if (typeof typeUrl !== "string" || typeUrl === "") throw invalid("resultingState.typeUrl", "must name a type");
  if (!(value instanceof Uint8Array)) throw invalid("resultingState.value", "must be a Uint8Array");
  checkWhole(state.timestamp, "timestamp", -(2n ** 63n));
  checkWhole(state.shard, "shard", 0n);
  return state;
}

/** eGo's states always have these; a snapshot may lack them. */
function checkWhole(value: unknown, field: string, min: bigint): void {
  const whole = typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : value;
  const isWhole = typeof whole === "bigint" && whole >= min && whole < 2n ** 63n;
  if (!isWhole) throw invalid(field, `must be a bigint from ${min} to 2^63 - 1`);
}

function invalid(field: string, rule: string): InvalidInputError {
  return new InvalidInputError(`${field} ${rule}.`, { facts: { field } });
}
