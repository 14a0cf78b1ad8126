import { z } from "zod";
import { moment, readObject, text, word } from "../answers/parameters.ts";
import { type ActionName, type ActionOutcome, type Actions, jobStatuses } from "../protocol/index.ts";
import type { Asked } from "./route.ts";

type Limited = Asked["limited"];

/** Runs an action with the body of its request. */
type Act = (body: unknown, limited: Limited) => Promise<ActionOutcome>;

type BodyShape<A extends ActionName> = { readonly [K in keyof Required<Actions[A]>]: z.ZodType };

function acting<A extends ActionName, const S extends BodyShape<A> & z.ZodRawShape>(
  _name: A,
  shape: S,
  act: (given: z.output<z.ZodObject<S>>, limited: Limited) => Promise<ActionOutcome | boolean>,
): Act {
  return async (body, limited) => {
    const outcome = await act(readObject(shape, body), limited);
    return typeof outcome === "boolean" ? { changed: outcome ? 1 : 0, next: null } : outcome;
  };
}

const id = { id: text } as const;

const selection = {
  queue: text.optional(),
  group: text.optional(),
  executionId: text.optional(),
  status: z.array(word(jobStatuses)).optional(),
  pushedBefore: moment.optional(),
  after: text.optional(),
  limit: z.number().int().optional(),
} as const;

const count = z.number().nullable().optional();

const settings = z.strictObject({
  concurrency: count,
  concurrencyPerGroup: count,
  rate: z.strictObject({ limit: z.number(), periodMs: z.number() }).nullable().optional(),
  agingMs: count,
  timeoutMs: count,
});

const version = { name: text, version: z.number().int() } as const;

/** Every action, by its name. Holdfast checks the values. */
export const actions: Readonly<Record<ActionName, Act>> = {
  "executions.cancel": acting(
    "executions.cancel",
    { ...id, reason: text.optional(), tree: z.boolean().optional() },
    ({ id: execution, ...options }, { executions }) => executions.cancel(execution, options),
  ),
  "jobs.retry": acting("jobs.retry", id, (given, { jobs }) => jobs.retry(given.id)),
  "jobs.cancel": acting("jobs.cancel", id, (given, { jobs }) => jobs.cancel(given.id)),
  "jobs.retryAll": acting("jobs.retryAll", selection, (given, { jobs }) => jobs.retryAll(given)),
  "jobs.cancelAll": acting("jobs.cancelAll", selection, (given, { jobs }) => jobs.cancelAll(given)),
  "queues.pause": acting("queues.pause", { queue: text }, async ({ queue }, { queues }) => {
    if (await queues.isPaused(queue)) return false;
    await queues.pause(queue);
    return true;
  }),
  "queues.resume": acting("queues.resume", { queue: text }, ({ queue }, { queues }) => queues.resume(queue)),
  "queues.configure": acting("queues.configure", { queue: text, settings }, async (given, { queues }) => {
    await queues.configure(given.queue, given.settings);
    return true;
  }),
  "timers.cancel": acting("timers.cancel", id, (given, { timers }) => timers.cancel(given.id)),
  "waits.cancel": acting("waits.cancel", id, (given, { correlations }) => correlations.cancel(given.id)),
  "schedules.pause": acting("schedules.pause", id, (given, { schedules }) => schedules.pause(given.id)),
  "schedules.resume": acting("schedules.resume", id, (given, { schedules }) => schedules.resume(given.id)),
  "schedules.trigger": acting("schedules.trigger", id, async (given, { schedules }) => {
    await schedules.trigger(given.id);
    return true;
  }),
  "definitions.activate": acting("definitions.activate", version, async (given, { definitions }) => {
    await definitions.activate(given.name, given.version);
    return true;
  }),
  "definitions.retire": acting("definitions.retire", version, async (given, { definitions }) => {
    await definitions.retire(given.name, given.version);
    return true;
  }),
};

/** Whether a name is that of an action. */
export function isAction(name: string): name is ActionName {
  return Object.hasOwn(actions, name);
}
