import { copyPlain } from "./fields.ts";
import type { Page, PageRequest } from "./input.ts";

/**
 * The items of all pages of a list, one by one. The request is read when the first item is asked for; its `limit` says how many are
 * read at a time. Between pages nothing is held, so the loop may call the store, and meets what is written ahead of it.
 */
export async function* iterate<R extends PageRequest, T>(
  request: R,
  field: string,
  list: (request: R) => Promise<Page<T>>,
): AsyncGenerator<T, void, undefined> {
  const asked = copyPlain(request, field);
  yield* itemsOf(await list(asked), (after: string) => list({ ...asked, after }));
}

/** The items of a page and of those that follow it, whatever tells where the next one begins. */
export async function* itemsOf<C, T>(
  first: { readonly items: readonly T[]; readonly next: C | null },
  following: (next: C) => Promise<{ readonly items: readonly T[]; readonly next: C | null }>,
): AsyncGenerator<T, void, undefined> {
  let page = first;
  for (;;) {
    yield* page.items;
    if (page.next === null) return;
    page = await following(page.next);
  }
}
