import type { InvalidInputError } from "./errors.ts";
import { copyPlain } from "./fields.ts";
import { checkId, checkText, invalid, type Order, type Page, type PageRequest } from "./input.ts";

/** Greater than any name or key: those end at 1,024 bytes. */
export const lastText: string = "\u{10ffff}".repeat(257);

/** The error for an `after` that is no cursor of this list. */
export function notACursor(): InvalidInputError {
  return invalid("after", "is no cursor of this list: give the `next` of a former page of it, or one of its `cursors`");
}

/** The name after which a page begins. Without a cursor, before the first or, backwards, after the last. */
export function nameAfter(
  after: string | undefined,
  order: Order,
  check: (name: unknown, field: string) => string = checkId,
): string {
  if (after !== undefined) return check(after, "after");
  return order === "asc" ? "" : lastText;
}

/** Like {@link nameAfter}, for the cursor of a list by numbers. */
export function numberAfter(after: string | undefined, order: Order): number {
  if (after !== undefined) return numberOf(after);
  return order === "asc" ? 0 : Number.MAX_SAFE_INTEGER;
}

/** Reads a number from a cursor. */
export function numberOf(text: unknown): number {
  const number = typeof text === "string" && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw notACursor();
  return number;
}

/** Where a page of a list by time begins; both null without a cursor. */
export interface MomentAfter {
  /** With all six digits of the microseconds, which a Date lacks. */
  readonly afterMoment: string | null;
  readonly afterSequence: number | null;
}

/** The cursor of a row in a list by time, then by sequence. */
export function momentCursor({ micros, sequence }: { readonly micros: string; readonly sequence: number }): string {
  return `${micros}.${sequence}`;
}

/** Reads such a cursor. */
export function momentAfter(after: string | undefined): MomentAfter {
  if (after === undefined) return { afterMoment: null, afterSequence: null };
  const [micros, sequence, ...more] = checkText(after, "after").split(".");
  if (more.length > 0) throw notACursor();
  return { afterMoment: momentOf(micros), afterSequence: numberOf(sequence) };
}

/** The time that is this many microseconds after 1970, within the valid years. */
export function momentOf(micros: string | undefined): string {
  if (micros === undefined || !/^-?\d{1,18}$/.test(micros)) throw notACursor();
  const total = BigInt(micros);
  const fraction = ((total % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const second = new Date(Number((total - fraction) / 1000n));
  const year = second.getUTCFullYear();
  if (year < 1 || year > 9999) throw notACursor();
  return `${second.toISOString().slice(0, 19)}.${String(fraction).padStart(6, "0")}Z`;
}

/**
 * The items of all pages of a list, one by one. The request is checked when the first item is read; its `limit` is the page size. Nothing
 * is held between pages, so the loop may call the store, and sees writes ahead of it.
 */
export async function* iterate<R extends PageRequest, T>(
  request: R,
  field: string,
  list: (request: R) => Promise<Page<T>>,
): AsyncGenerator<T, void, undefined> {
  const asked = copyPlain(request, field);
  let page = await list(asked);
  for (;;) {
    yield* page.items;
    if (page.next === null) return;
    page = await list({ ...asked, after: page.next });
  }
}
