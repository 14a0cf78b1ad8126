import { type Fields, fieldsOf } from "../database/fields.ts";
import { checkInteger, checkText, pageLimitMax } from "../database/input.ts";
import { combinePlans } from "../database/plan.ts";
import { InvalidInputError } from "../errors.ts";
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

/** What a sweep looks at. */
export interface SweepOptions {
  /**
   * For how long a content must have been without a blob, or an upload past its last sign of life; an hour by default. Downloads that
   * take longer may lose a content that is replaced meanwhile.
   */
  readonly olderThanMs?: number;
  /** The most of each kind of thing, 1 to 1,000; 1,000 by default. */
  readonly limit?: number;
  /** Where a former sweep's look through the folder or bucket ended: its `next`. */
  readonly after?: string;
}

/** What a sweep did. */
export interface SweepResult {
  /** Expired blobs, removed. */
  readonly expired: number;
  /** Contents that no blob had any more, and those of uploads that died, removed. */
  readonly unused: number;
  /** Contents in the folder or bucket that no row knows of, removed: of transactions that were rolled back. */
  readonly strays: number;
  /** Uploads that were begun in the folder or bucket and never ended, removed. */
  readonly unfinished: number;
  /** Blobs whose content is not there, and which are left for you to look at: restore the content, or remove the blob. */
  readonly missing: readonly string[];
  /** Where the look through the folder or bucket goes on, with the next sweep; null at its end. */
  readonly next: string | null;
}

const sweepOptions: Fields<SweepOptions> = fieldsOf<SweepOptions>({ olderThanMs: true, limit: true, after: true });

const olderThanMsDefault = 3_600_000;
const olderThanMsMax = 10 * 366 * 24 * 3600 * 1000;

/** Removes what nobody needs any more, and tells what is missing. At most `limit` of each, so that a call stays short. */
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

/** The part of a sweep that goes by the rows alone: contents that no blob has any more, and those of uploads that died. */
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
    // The rows last: what a crash leaves is found again by them.
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
  // Page by page to the end, for those that are under way must not hide the dead ones behind them.
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

/** A page of what is there beside a page of what should be, both by id. */
async function compare(
  parts: BlobParts,
  inventory: ContentInventory,
  { space, after, limit }: { readonly space: string; readonly after: string; readonly limit: number },
): Promise<Pick<SweepResult, "strays" | "missing" | "next">> {
  const there = await inventory.list(space, { after, limit });
  const end = there.length < limit ? null : (there.at(-1) ?? null);
  const { backend } = parts;
  const from = after === "" ? `${space}/` : after;
  const page = { after: from, upTo: end, backend: backend.name, limit: limit + 1 };
  const wanted = await parts.session.run(listContents(page));
  // Where more is wanted than a page holds, the rest of both is the next sweep's.
  const next = wanted.length > limit ? (wanted[limit - 1]?.id ?? null) : end;
  const isIn = (id: string): boolean => next === null || id <= next;
  const strays = await unneeded(parts, there.filter(isIn), ({ isKnown }) => isKnown);
  await backend.remove([...strays]);
  const present = new Set(there);
  const missing: string[] = [];
  for (const { id, key } of wanted.slice(0, limit).filter(({ id }) => isIn(id) && !present.has(id))) {
    // It may have come after the page was read.
    if (!(await inventory.has(id))) missing.push(key);
  }
  return { strays: strays.size, missing, next };
}

/**
 * Which contents nobody needs, by what the database knows of them. Those that seem so are looked at again, and few are: first
 * whether a transaction is uploading them, then, in a snapshot that has what it committed, what is known of them.
 */
async function unneeded(
  { session }: BlobParts,
  ids: readonly string[],
  isNeeded: (known: FindContentsRow) => boolean,
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const known = await session.run(findContents({ ids }));
  const suspects = ids.filter((_, i) => !isTrueOf(known[i], isNeeded));
  if (suspects.length === 0) return new Set();
  const [held, again] = await session.run(
    combinePlans([holdContents({ ids: suspects }), findContents({ ids: suspects })]),
  );
  return new Set(suspects.filter((_, i) => held[i]?.isFree === true && !isTrueOf(again[i], isNeeded)));
}

/** What there is no row of is not taken for unneeded: there is one for each id. */
function isTrueOf(row: FindContentsRow | undefined, test: (row: FindContentsRow) => boolean): boolean {
  return row === undefined || test(row);
}
