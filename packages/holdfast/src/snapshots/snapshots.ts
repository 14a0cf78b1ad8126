import { NotFoundError } from "../core/errors.ts";
import { type Fields, fieldsOf, pageNames, pageRequest } from "../core/fields.ts";
import {
  batchItemsMax,
  checkInteger,
  checkKey,
  checkLimit,
  checkOptionalCount,
  checkOptionalId,
  checkOrder,
  invalid,
  type Page,
  type PageRequest,
  toPage,
} from "../core/input.ts";
import { checkDistinct, checkEach } from "../core/items.ts";
import { iterate, nameAfter, notACursor } from "../core/pages.ts";
import { mapPlan, type Plan } from "../core/plan.ts";
import { foundRows, readBytesMax, sharedRead } from "../core/shared-read.ts";
import type { Write } from "../core/write.ts";
import type { Session } from "../session/session.ts";
import { checkLong, keepBounds, longMax } from "./input.ts";
import { checkMigration, migrated, type SnapshotReadOptions } from "./migration.ts";
import { type Snapshot, type SnapshotHead, toHead, toSnapshot } from "./snapshot.ts";
import {
  countSnapshots,
  latestSnapshot,
  latestSnapshots,
  listSnapshots,
  listVersions,
  pruneLast,
  pruneOlder,
  removeSnapshots,
  snapshotAt,
} from "./statements.generated.ts";
import { encodeSnapshot, encodeSnapshots, type SnapshotInput, type SnapshotWritten, writeSnapshot } from "./write.ts";

export type { MigratedSnapshot, SnapshotMigration, SnapshotReadOptions } from "./migration.ts";
export type { Snapshot, SnapshotDefinition, SnapshotHead } from "./snapshot.ts";
export { countExpiredSnapshotVersions, removeExpiredSnapshotVersions } from "./statements.generated.ts";
export type { SnapshotInput, SnapshotWritten } from "./write.ts";
export type { SnapshotDefinitionInput } from "./input.ts";

/** Selects snapshots to list or count. */
export interface SnapshotFilter {
  readonly shard?: number | undefined;
  readonly definitionName?: string | undefined;
}

/** Which former versions to remove: all except the newest 1 to 1,000, the latest included; or those below a version. */
export type SnapshotPruning = { readonly keepLast: number } | { readonly olderThanVersion: bigint };

const countFilter: Fields<SnapshotFilter> = fieldsOf<SnapshotFilter>({ shard: true, definitionName: true });

const listRequest: Fields<SnapshotFilter & PageRequest> = fieldsOf<SnapshotFilter & PageRequest>({
  shard: true,
  definitionName: true,
  ...pageNames,
});

/** Either of its two forms, before the caller's is known. */
interface Pruning {
  readonly keepLast?: number | undefined;
  readonly olderThanVersion?: bigint | undefined;
}

const pruningFields: Fields<Pruning> = fieldsOf<Pruning>({ keepLast: true, olderThanVersion: true });

/** The latest versioned state of each persistence id, and kept former ones. */
export interface Snapshots {
  /**
   * Writes a version that is newer than the stored one. The stored version once more, with the same payload, manifest, shard and
   * definition, is "replayed" and changes nothing.
   *
   * @throws ConflictError for an older version, the same version with other content, or another version or generation than expected.
   * `facts.field` says which, `facts.expected` is the given value, and `facts.actual` the stored one (null for nothing).
   */
  write(input: SnapshotInput): Promise<SnapshotWritten>;
  /** Like `write`, all or nothing; at most 64 MiB of payloads a call. */
  writeMany(inputs: readonly SnapshotInput[]): Promise<readonly SnapshotWritten[]>;
  /** The newest version; null if the id has no snapshot. */
  latest(persistenceId: string, options?: SnapshotReadOptions): Promise<Snapshot | null>;
  /** Like `latest`, for each id in the given order. Holds all payloads in memory at once. */
  latestMany(persistenceIds: readonly string[], options?: SnapshotReadOptions): Promise<readonly (Snapshot | null)[]>;
  /**
   * Like `latest`.
   *
   * @throws NotFoundError
   */
  require(persistenceId: string, options?: SnapshotReadOptions): Promise<Snapshot>;
  /** One version: the newest, or a kept former one; null for any other. */
  at(persistenceId: string, version: bigint, options?: SnapshotReadOptions): Promise<Snapshot | null>;
  /** The stored versions without payloads, newest first unless `order` is "asc". */
  versions(persistenceId: string, page?: PageRequest): Promise<Page<SnapshotHead>>;
  /** Every item of `versions`, read in pages of `limit`. */
  iterateVersions(persistenceId: string, page?: PageRequest): AsyncGenerator<SnapshotHead, void, undefined>;
  /** By persistence id in byte order, without payloads. */
  list(request?: SnapshotFilter & PageRequest): Promise<Page<SnapshotHead>>;
  /** Every item of `list`, read in pages of `limit`. */
  iterate(request?: SnapshotFilter & PageRequest): AsyncGenerator<SnapshotHead, void, undefined>;
  /** The number of persistence ids with a snapshot. */
  count(filter?: SnapshotFilter): Promise<number>;
  /** Removes former versions, never the latest, and returns their number. */
  prune(persistenceId: string, pruning: SnapshotPruning): Promise<number>;
  /** Removes a snapshot with its former versions, and returns whether it existed. The id then starts anew, in a later generation. */
  remove(persistenceId: string): Promise<boolean>;
  /** Like `remove`, for each id in the given order, all or nothing. */
  removeMany(persistenceIds: readonly string[]): Promise<readonly boolean[]>;
}

/** The `snapshots` of a store or of a transaction. */
export function snapshotsOf(session: Session): Snapshots {
  const { codec } = session;
  return {
    ...readingOf(session),
    ...iterable(listingOf(session)),
    write: async (input) => session.write(writeSnapshot, encodeSnapshot(codec, input)),
    writeMany: async (inputs) => session.writeAll(writeSnapshot, encodeSnapshots(codec, inputs)),
    prune: async (persistenceId, pruning) =>
      session.run(mapPlan(prunePlan(checkKey(persistenceId, "persistenceId"), pruning), ({ count }) => count)),
    remove: async (persistenceId) => session.write(removeSnapshot, checkKey(persistenceId, "persistenceId")),
    removeMany: async (persistenceIds) => session.writeAll(removeSnapshot, checkIds(persistenceIds)),
  };
}

/** The row of a newest version. */
const latestRow = sharedRead({
  name: "snapshots.latest",
  one: (persistenceId: string) => latestSnapshot({ persistenceId }),
  many: (persistenceIds) =>
    mapPlan(latestSnapshots({ persistenceIds, bytesMax: readBytesMax }), (rows) =>
      foundRows(persistenceIds.length, rows),
    ),
});

function readingOf(session: Session): Pick<Snapshots, "latest" | "latestMany" | "require" | "at"> {
  const { codec } = session;
  const latest: Snapshots["latest"] = async (persistenceId, options = {}) => {
    const migrate = checkMigration(options);
    const row = await session.read(latestRow, checkKey(persistenceId, "persistenceId"));
    return migrated(row && toSnapshot(codec, row), migrate);
  };
  return {
    latest,
    latestMany: async (persistenceIds, options = {}) => {
      const migrate = checkMigration(options);
      const ids = checkIds(persistenceIds);
      if (ids.length === 0) return [];
      const rows = await session.run(latestSnapshots({ persistenceIds: ids, bytesMax: Number.MAX_SAFE_INTEGER }));
      const found = foundRows(ids.length, rows).map((row) => (row ? toSnapshot(codec, row) : null));
      return Promise.all(found.map((snapshot) => migrated(snapshot, migrate)));
    },
    require: async (persistenceId, options) => {
      const snapshot = await latest(persistenceId, options);
      if (snapshot) return snapshot;
      throw new NotFoundError(`Snapshot ${persistenceId} does not exist: write it first.`, {
        facts: { entity: "snapshot", persistenceId },
      });
    },
    at: async (persistenceId, version, options = {}) => {
      const migrate = checkMigration(options);
      const plan = snapshotAt({
        persistenceId: checkKey(persistenceId, "persistenceId"),
        version: String(checkLong(version, "version", 0n)),
      });
      return migrated(await session.run(mapPlan(plan, (row) => row && toSnapshot(codec, row))), migrate);
    },
  };
}

type Lists = Pick<Snapshots, "versions" | "list" | "count">;

function iterable(lists: Lists): Lists & Pick<Snapshots, "iterate" | "iterateVersions"> {
  return {
    ...lists,
    iterate: (request = {}) => iterate(request, "request", lists.list),
    iterateVersions: (persistenceId, page = {}) => iterate(page, "page", (each) => lists.versions(persistenceId, each)),
  };
}

function listingOf(session: Session): Lists {
  return {
    versions: async (persistenceId, page = {}) => {
      const { after, limit, order } = pageRequest.read(page, "page");
      const size = checkLimit(limit);
      const plan = listVersions[checkOrder(order, "desc")]({
        persistenceId: checkKey(persistenceId, "persistenceId"),
        afterVersion: checkVersionCursor(after),
        limit: size + 1,
      });
      return toPage(await session.run(plan), size, toHead, (row) => row.version);
    },
    list: async (request = {}) => {
      const { after, limit, order: given, ...filter } = listRequest.read(request, "request");
      const size = checkLimit(limit);
      const order = checkOrder(given);
      const plan = listSnapshots[order]({
        ...checkFilter(filter),
        after: nameAfter(after, order, checkKey),
        limit: size + 1,
      });
      return toPage(await session.run(plan), size, toHead, (row) => row.persistenceId);
    },
    count: async (filter = {}) =>
      session.run(mapPlan(countSnapshots(checkFilter(countFilter.read(filter, "filter"))), ({ count }) => count)),
  };
}

function checkVersionCursor(after: string | undefined): string | null {
  if (after === undefined) return null;
  if (typeof after !== "string" || !/^\d{1,19}$/.test(after) || BigInt(after) > longMax) throw notACursor();
  return after;
}

const removeSnapshot: Write<string, boolean> = {
  name: "snapshots.remove",
  keys: (persistenceId) => [`snapshot\0${persistenceId}`],
  plan: (persistenceIds) => mapPlan(removeSnapshots({ persistenceIds }), (rows) => rows.map(({ removed }) => removed)),
};

function checkIds(persistenceIds: readonly string[]): readonly string[] {
  return checkDistinct(
    checkEach(persistenceIds, "persistenceIds", checkKey, batchItemsMax),
    "persistenceIds",
    (id) => id,
  );
}

function checkFilter(filter: SnapshotFilter): {
  readonly shard: number | null;
  readonly definitionName: string | null;
} {
  const { shard, definitionName } = filter;
  return {
    shard: checkOptionalCount(shard, "shard", 0),
    definitionName: checkOptionalId(definitionName, "definitionName"),
  };
}

function prunePlan(persistenceId: string, pruning: SnapshotPruning): Plan<{ readonly count: number }> {
  const { keepLast, olderThanVersion } = pruningFields.read<Pruning>(pruning, "pruning");
  if ((keepLast === undefined) === (olderThanVersion === undefined)) {
    throw invalid("pruning", "must say either keepLast or olderThanVersion");
  }
  if (keepLast === undefined) {
    return pruneOlder({ persistenceId, olderThanVersion: String(checkLong(olderThanVersion, "olderThanVersion", 0n)) });
  }
  return pruneLast({ persistenceId, keep: checkInteger(keepLast, "keepLast", keepBounds) - 1 });
}
