import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import type { StandardSchema } from "../../src/codecs/index.ts";

/** What each library checks the same: a page to fetch, whose `retries` are 3 where they are left out. */
interface Library {
  readonly name: string;
  readonly page: StandardSchema<{ url: string; retries?: number | undefined }, { url: string; retries: number }>;
  readonly fetched: StandardSchema<{ status: number }>;
}

/** Real schemas of the libraries that implement Standard Schema, and one that answers later. */
export const libraries: readonly Library[] = [
  {
    name: "zod",
    page: z.object({ url: z.string(), retries: z.number().default(3) }),
    fetched: z.object({ status: z.number() }),
  },
  {
    name: "valibot",
    page: v.object({ url: v.string(), retries: v.optional(v.number(), 3) }),
    fetched: v.object({ status: v.number() }),
  },
  {
    name: "arktype",
    page: type({ url: "string", retries: "number = 3" }),
    fetched: type({ status: "number" }),
  },
  {
    name: "zod with a check that is asynchronous",
    page: z.object({ url: z.string().refine(async () => true), retries: z.number().default(3) }),
    fetched: z.object({ status: z.number().refine(async () => true) }),
  },
];
