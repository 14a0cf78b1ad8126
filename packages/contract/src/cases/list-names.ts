import type { Nouns } from "holdfast/transactions";

/** The methods of a noun that answer a page. */
type ListOf<N> = {
  [M in keyof N & string]: N[M] extends (...args: never) => Promise<infer P>
    ? P extends { readonly items: readonly unknown[] }
      ? M
      : never
    : never;
}[keyof N & string];

/** Every list of a store, such as "jobs.deadLetters". */
export type ListName = { [N in keyof Nouns]: `${N}.${ListOf<Nouns[N]>}` }[keyof Nouns];

/** The name of the iterator beside a list. */
export type IteratorName<M extends string> = M extends "list" | "read"
  ? "iterate"
  : M extends "readAll"
    ? "iterateAll"
    : `iterate${Capitalize<M>}`;
