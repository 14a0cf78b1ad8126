import type { Store } from "holdfast";
import type { LimitedStore } from "holdfast/transactions";
import type { z } from "zod";
import type { Shape } from "../answers/parameters.ts";
import type { Payloads } from "../answers/payloads.ts";
import type { Live } from "../live/live.ts";
import type { Settings } from "../options.ts";
import type { AnswerOf, RoutePath } from "../protocol/index.ts";

/** What every route answers from. */
export interface Parts {
  readonly store: Store;
  readonly settings: Settings;
  readonly show: Payloads;
  readonly live: Live;
}

/** What one request answers from: the store with the request's limits. */
export interface Asked extends Parts {
  readonly limited: LimitedStore;
}

/** Defines a route that reads: its parameters, and its answer. */
export type DefineRoute = <P extends RoutePath, const S extends Shape<P> & z.ZodRawShape>(
  path: P,
  shape: S,
  answer: (given: z.output<z.ZodObject<S>>, asked: Asked) => Promise<AnswerOf<P>>,
) => void;
