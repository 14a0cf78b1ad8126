import { NotFoundError } from "holdfast";
import type { z } from "zod";
import { badInput } from "../answers/failures.ts";
import { readQuery, text, whole, word } from "../answers/parameters.ts";
import type { PayloadPlace } from "../answers/payload-place.ts";
import { versionOf } from "./data.ts";
import type { Asked } from "./route.ts";

type Limited = Asked["limited"];

/** A payload, and where it is stored. */
export interface FoundPayload {
  readonly payload: unknown;
  readonly place: PayloadPlace;
}

type Find = (query: URLSearchParams, limited: Limited) => Promise<FoundPayload>;

/** A way to find payloads of one kind: its parameters besides `of`, and the read. */
function finding<S extends z.ZodRawShape>(
  shape: S,
  find: (given: z.output<z.ZodObject<S>>, limited: Limited) => Promise<FoundPayload>,
): Find {
  return (query, limited) => find(readQuery(shape, query), limited);
}

const finds: Readonly<Record<string, Find>> = {
  execution: finding(
    { id: text, field: word(["input", "state", "output", "error"]) },
    async ({ id, field }, { executions }) => ({
      payload: (await executions.require(id))[field],
      place: { of: "execution", id, field },
    }),
  ),
  task: finding({ id: text, field: word(["input", "output", "error"]) }, async ({ id, field }, { tasks }) => ({
    payload: (await tasks.require(id))[field],
    place: { of: "task", id, field },
  })),
  job: finding(
    { id: text, field: word(["payload", "result", "error", "progress"]) },
    async ({ id, field }, { jobs }) => ({
      payload: field === "progress" ? (await jobs.progressOf(id))?.progress : (await jobs.require(id))[field],
      place: { of: "job", id, field },
    }),
  ),
  "job-failure": finding({ id: text, token: whole(0, Number.MAX_SAFE_INTEGER) }, async ({ id, token }, { jobs }) => ({
    payload: (await jobs.require(id)).failures.find((failure) => failure.token === token)?.error,
    place: { of: "job-failure", id, token },
  })),
  component: finding({ id: text, component: text }, async ({ id, component }, { components }) => ({
    payload: (await components.require(id, component)).state,
    place: { of: "component", id, component },
  })),
  "former-state": finding({ id: text, version: whole(1, Number.MAX_SAFE_INTEGER) }, async ({ id, version }, nouns) => ({
    payload: (await nouns.executions.formerState(id, version))?.state,
    place: { of: "former-state", id, version },
  })),
  "former-component": finding(
    { id: text, component: text, version: whole(1, Number.MAX_SAFE_INTEGER) },
    async ({ id, component, version }, { executions }) => ({
      payload: (await executions.formerState(id, version, { component }))?.state,
      place: { of: "former-component", id, component, version },
    }),
  ),
  history: finding({ id: text, number: whole(1, Number.MAX_SAFE_INTEGER) }, async ({ id, number }, { history }) => {
    const { items } = await history.read(id, { from: number, limit: 1 });
    const entry = items.find((each) => each.number === number);
    return { payload: entry?.payload, place: { of: "history", id, number } };
  }),
  timer: finding({ id: text }, async ({ id }, { timers }) => ({
    payload: (await timers.require(id)).payload,
    place: { of: "timer", id },
  })),
  wait: finding({ id: text }, async ({ id }, { correlations }) => ({
    payload: (await correlations.require(id)).delivery?.payload,
    place: { of: "wait", id },
  })),
  schedule: finding({ id: text }, async ({ id }, { schedules }) => ({
    payload: (await schedules.require(id)).payload,
    place: { of: "schedule", id },
  })),
  definition: finding({ name: text, version: whole(1, 2 ** 31 - 1) }, async ({ name, version }, { definitions }) => ({
    payload: (await definitions.require(name, version)).document,
    place: { of: "definition", name, version },
  })),
  kv: finding({ prefix: text, key: text }, async ({ prefix, key }, { kv }) => ({
    payload: (await kv.require(prefix, key)).value ?? undefined,
    place: { of: "kv", prefix, key },
  })),
  snapshot: finding({ id: text, version: text }, async ({ id, version }, { snapshots }) => ({
    payload: (await snapshots.at(id, versionOf(version)))?.payload,
    place: { of: "snapshot", id, version },
  })),
};

/**
 * Finds the payload that a query names, such as `of=task&id=t1&field=output`.
 *
 * @throws InvalidInputError
 * @throws NotFoundError if there is none.
 */
export async function findPayload(query: URLSearchParams, limited: Limited): Promise<FoundPayload> {
  const [of = "", ...more] = query.getAll("of");
  const find = Object.hasOwn(finds, of) && more.length === 0 ? finds[of] : undefined;
  if (find === undefined) throw badInput("of", `must be one of: ${Object.keys(finds).join(", ")}`);
  const rest = new URLSearchParams(query);
  rest.delete("of");
  const found = await find(rest, limited);
  if (found.payload === undefined) throw new NotFoundError(`This ${of} has no such payload: it was never given.`);
  return found;
}
