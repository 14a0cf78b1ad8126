import { randomBytes } from "node:crypto";
import { expect } from "vitest";
import type { Store } from "../../src/index.ts";

/** What a sweep finds where nothing is left over. */
export const nothingLeft = { expired: 0, unused: 0, strays: 0, unfinished: 0, missing: [], next: null };

/** Expects that every content has a blob and every blob a content. */
export async function expectNothingLeft({ blobs }: Store): Promise<void> {
  expect(await blobs.sweep({ olderThanMs: 0 })).toEqual(nothingLeft);
}

/** A stream of `count` pieces of a MiB, which calls `between` before each but the first. */
export async function* mebibytes(count: number, between: (i: number) => unknown): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i++) {
    if (i > 0) await between(i);
    yield randomBytes(1024 * 1024);
  }
}
