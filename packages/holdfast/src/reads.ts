import { checkFunction } from "./core/input.ts";
import { checkEach } from "./core/items.ts";
import type { Nouns } from "./nouns.ts";

/** The methods that read and answer at once: no iterators, and no bytes of blobs. */
const names = {
  definitions: ["get", "require", "list", "versions", "find"],
  executions: [
    "get",
    "getMany",
    "require",
    "list",
    "children",
    "count",
    "countBy",
    "ends",
    "leaseOf",
    "availabilityOf",
    "formerStates",
    "formerState",
  ],
  tasks: [
    "get",
    "require",
    "list",
    "count",
    "children",
    "child",
    "root",
    "childrenOutputs",
    "tree",
    "progress",
    "progressOfExecution",
    "childCounts",
    "pages",
    "timeline",
    "groups",
  ],
  components: ["get", "require", "list"],
  kv: ["get", "require", "getMany", "has", "hasMany", "count", "list", "listMany", "scan", "prefixes"],
  correlations: ["get", "require", "list", "events"],
  timers: ["get", "require", "list", "next"],
  schedules: ["get", "require", "list", "count", "preview", "upcoming", "next"],
  history: ["read", "readAll", "last", "count"],
  jobs: ["get", "getMany", "require", "list", "deadLetters", "next", "progressOf", "log", "dependencies", "ends"],
  queues: ["get", "list", "counts", "isPaused"],
  snapshots: ["latest", "latestMany", "require", "at", "versions", "list", "count"],
  checkpoints: ["get", "require", "list", "count", "ancestors", "threads"],
  blobs: ["stat", "require", "exists", "list"],
} as const;

/** The nouns of a store, with only their reading methods. */
export type ReadableNouns = {
  readonly [N in keyof Nouns]: Pick<Nouns[N], Extract<(typeof names)[N][number], keyof Nouns[N]>>;
};

/** A read of any nouns. It may run twice, so it should have no side effects. */
export type Read<T = unknown> = (nouns: ReadableNouns) => Promise<T>;

/** The answers of several reads. */
export type ReadAnswers<R extends readonly Read[]> = { readonly [I in keyof R]: Awaited<ReturnType<R[I]>> };

/** Combines reads. */
export interface Reads {
  /**
   * Runs reads of any nouns in one round trip and one snapshot. If a read asks again with what it got, or takes several steps, all of them
   * run again in one read-only transaction.
   *
   * On a transaction, reads see its writes, and share a snapshot only if its isolation level gives one.
   *
   * @throws what one of the reads throws.
   */
  read<const R extends readonly Read[]>(reads: R): Promise<ReadAnswers<R>>;
}

/** The `read` of a store or of a transaction; `within` runs all reads on the nouns that it chooses. */
export function readsOf(within: <T>(work: (nouns: Nouns) => Promise<T>) => Promise<T>): Reads {
  return {
    read: async (reads) => {
      checkEach(reads, "reads", checkRead);
      const answers = within((nouns) => {
        const readable = readableOf(nouns);
        return Promise.all(reads.map((read) => read(readable)));
      });
      // The mapped tuple type cannot be inferred from Array.map, which forgets the length.
      return (await answers) as ReadAnswers<typeof reads>;
    },
  };
}

function checkRead(read: Read, place: string): Read {
  checkFunction(read, place);
  return read;
}

/** Only the reading methods: a write would fail on a store, but run on a transaction. */
function readableOf(nouns: Nouns): ReadableNouns {
  return new Proxy(nouns, {
    get: (target, noun) => (isNoun(noun) ? partOf(target[noun], names[noun]) : undefined),
  });
}

function isNoun(name: string | symbol): name is keyof Nouns {
  return Object.hasOwn(names, name);
}

function partOf(noun: object, methods: readonly string[]): object {
  return Object.fromEntries(methods.map((name) => [name, Reflect.get(noun, name)]));
}
