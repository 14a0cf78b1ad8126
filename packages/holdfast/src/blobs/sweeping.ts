import { InvalidInputError } from "../core/errors.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkInteger, checkText, pageLimitMax } from "../core/input.ts";
import { combinePlans } from "../core/plan.ts";
import type { ContentInventory } from "./content-backend.ts";
import type { BlobParts } from "./parts.ts";
import {
  findContents,
  type FindContentsRow,
  getSpace,
  holdContents,
  listContents,
  removeContents,
  removeExpiredBlobs,
  takeUnusedContents,
} from "./statements.generated.ts";

/** The limits of a sweep. */
export interface SweepOptions {
  /**
   * How long a content must have been without a blob, or an upload without a sign of life; an hour by default. Downloads that take longer
   * may lose a replaced content.
   */
  readonly olderThanMs?: number;
  /** The most of each kind, 1 to 1,000; 1,000 by default. */
  readonly limit?: number;
  /** The `next` of an earlier sweep, to continue through the folder or bucket. */
  readonly after?: string;
}

/** What a sweep did. */
export interface SweepResult {
  /** Expired blobs that were removed. */
  readonly expired: number;
  /** Removed contents that no blob had any more, and those of dead uploads. */
  readonly unused: number;
  /** Removed contents in the folder or bucket that no row knows, from rolled-back transactions. */
  readonly strays: number;
  /** Removed uploads that were begun in the folder or bucket and never finished. */
  readonly unfinished: number;
  /** Blobs whose content is missing. They are left for you to decide: restore the content, or remove the blob. */
  readonly missing: readonly string[];
  /** Where the next sweep continues through the folder or bucket; null at its end. */
  readonly next: string | null;
}

const sweepOptions: Fields<SweepOptions> = fieldsOf<SweepOptions>({ olderThanMs: true, limit: true, after: true });

const olderThanMsDefault = 3_600_000;
const olderThanMsMax = 10 * 366 * 24 * 3600 * 1000;

/** Removes what nobody needs any more, and reports what is missing. At most `limit` of each, so that a call stays short. */
export async function sweep(parts: BlobParts, options: SweepOptions): Promise<SweepResult> {
  const given = sweepOptions.read(options, "options");
  const limit = checkInteger(given.limit ?? pageLimitMax, "limit", { min: 1, max: pageLimitMax });
  const olderThanMs = checkInteger(given.olderThanMs ?? olderThanMsDefault, "olderThanMs", {
    min: 0,
    max: olderThanMsMax,
  });
  const after = checkText(given.after ?? "", "after");
  if (parts.session.isTransaction) {
    throw new InvalidInputError(
      "A sweep was made in a transaction, whose rollback could not bring the bytes back: make it on the store.",
      { facts: { field: "sweep" } },
    );
  }
  const { removed } = await parts.session.run(removeExpiredBlobs({ limit }));
  const unused = await removeUnused(parts, { olderThanMs, limit });
  const { inventory } = parts.backend;
  const space = inventory === null ? null : await parts.session.run(getSpace({}));
  const found =
    inventory === null || space === null
      ? { strays: 0, unfinished: 0, missing: [], next: null }
      : {
          unfinished: await removeUnfinished(parts, inventory, { space: space.id, limit }),
          ...(await compare(parts, inventory, { space: space.id, after, limit })),
        };
  return { expired: removed, unused, ...found };
}

/** The part of a sweep that needs only rows: contents that no blob has any more, and those of dead uploads. */
export async function removeUnused(
  { session, reachable }: BlobParts,
  { olderThanMs = olderThanMsDefault, limit }: { readonly olderThanMs?: number; readonly limit: number },
): Promise<number> {
  const backends = reachable.map(({ name }) => name);
  const taken = await session.run(takeUnusedContents({ olderThanMs, limit, backends }));
  let count = 0;
  for (const backend of reachable) {
    const ids = taken.filter((content) => content.backend === backend.name).map(({ id }) => id);
    if (ids.length === 0) continue;
    // The rows last: after a crash they still lead to the rest.
    await backend.remove(ids);
    const { removed } = await session.run(removeContents({ ids }));
    count += removed;
  }
  return count;
}

async function removeUnfinished(
  parts: BlobParts,
  inventory: ContentInventory,
  { space, limit }: { readonly space: string; readonly limit: number },
): Promise<number> {
  let count = 0;
  // Page by page to the end: live uploads must not hide dead ones behind them.
  for (let after = ""; ;) {
    const contents = await inventory.listUnfinished(space, { after, limit: pageLimitMax });
    const ids = contents.map(({ id }) => id);
    const dead = await unneeded(parts, ids, ({ isPending }) => isPending);
    const removed = contents.filter(({ id }) => dead.has(id)).slice(0, limit - count);
    await inventory.removeUnfinished(removed);
    count += removed.length;
    if (contents.length < pageLimitMax || count === limit) return count;
    after = ids.at(-1) ?? "";
  }
}

/** Compares a page of what exists with a page of what should, both by id. */
async function compare(
  parts: BlobParts,
  inventory: ContentInventory,
  { space, after, limit }: { readonly space: string; readonly after: string; readonly limit: number },
): Promise<Pick<SweepResult, "strays" | "missing" | "next">> {
  const stored = await inventory.list(space, { after, limit });
  const end = stored.length < limit ? null : (stored.at(-1) ?? null);
  const { backend } = parts;
  const from = after === "" ? `${space}/` : after;
  const page = { after: from, upTo: end, backend: backend.name, limit: limit + 1 };
  const expected = await parts.session.run(listContents(page));
  // If more is wanted than a page holds, the rest of both is left to the next sweep.
  const next = expected.length > limit ? (expected[limit - 1]?.id ?? null) : end;
  const isIn = (id: string): boolean => next === null || id <= next;
  const strays = await unneeded(parts, stored.filter(isIn), ({ isKnown }) => isKnown);
  await backend.remove([...strays]);
  const present = new Set(stored);
  const missing: string[] = [];
  for (const { id, key } of expected.slice(0, limit).filter(({ id }) => isIn(id) && !present.has(id))) {
    // It may have appeared after the page was read.
    if (!(await inventory.has(id))) missing.push(key);
  }
  return { strays: strays.size, missing, next };
}

/**
 * Which contents nobody needs, by the database. The few candidates are checked again. First, is a transaction uploading them? Then, in a
 * snapshot that includes its commit, what is known about them?
 */
async function unneeded(
  { session }: BlobParts,
  ids: readonly string[],
  isNeeded: (known: FindContentsRow) => boolean,
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const known = await session.run(findContents({ ids }));
  const candidates = ids.filter((_, i) => !isTrueOf(known[i], isNeeded));
  if (candidates.length === 0) return new Set();
  const [held, again] = await session.run(
    combinePlans([holdContents({ ids: candidates }), findContents({ ids: candidates })]),
  );
  return new Set(candidates.filter((_, i) => held[i]?.isFree === true && !isTrueOf(again[i], isNeeded)));
}

/** A missing row does not count as unneeded: each id has one. */
function isTrueOf(row: FindContentsRow | undefined, test: (row: FindContentsRow) => boolean): boolean {
  return row === undefined || test(row);
}
