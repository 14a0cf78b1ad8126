import { EntityConflictError, HookNotFoundError } from "@workflow/errors";
import type { Hook, ResolveData, Storage } from "@workflow/world";
import { SPEC_VERSION_CURRENT } from "@workflow/world";
import type { Store, Transaction } from "holdfast";
import { type Make, record, type Writer } from "./event-of.ts";
import { orRefused } from "./failures.ts";
import { toJson } from "./json.ts";
import { toHook } from "./records.ts";

function keyOf(namespace: string, token: string): string {
  return JSON.stringify([namespace, token]);
}

/**
 * Creates a hook: a task, and a wait under its token. Waits end with their run, so that the token is free again. A token that another
 * hook has is recorded as a conflict.
 */
export const createHook: Make<"hook_created"> = async (writer, given) => {
  const { runId, data } = given;
  const { correlationId: id, specVersion = SPEC_VERSION_CURRENT } = data;
  const { token, metadata, isWebhook, isSystem = false } = data.eventData;
  const key = keyOf(writer.namespace, token);
  const create = async ({ store: tx, ...rest }: Writer) => {
    // Waits of one key exclude nobody. The row is the lock of those who ask for the same token.
    await tx.kv.set({ prefix: `${rest.namespace}/tokens`, key: token, value: null, ttlMs: lockTtlMs });
    const { items } = await tx.correlations.list({ key, limit: 1 });
    const [held] = items;
    if (held?.id === id) throw new EntityConflictError(`Hook "${id}" already created`);
    if (held !== undefined) {
      const conflict = { token, conflictingRunId: held.executionId };
      return (await record({ store: tx, ...rest }, given, {}, [["hook_conflict", conflict]])).answer;
    }
    const input = toJson({ metadata, isWebhook, isSystem, specVersion });
    const step = {
      tasks: [{ id, name: token, component: "hook", status: "waiting", input, expectedVersion: 0 }],
      waits: [{ id, key, step: id }],
    } as const;
    const { result, answer } = await record({ store: tx, ...rest }, given, step);
    const [task] = result.tasks;
    return { ...answer, ...(task && { hook: toHook({ ...task, input }) }) };
  };
  return orRefused(within(writer, create), {
    "part exists": () => new EntityConflictError(`Hook "${id}" already created`),
    "run over": () => new EntityConflictError(`Cannot create hook "${id}": workflow run "${runId}" has ended`),
  });
};

/** How long the row of a token stays after it was asked for. */
const lockTtlMs = 60_000;

async function within<T>({ store, namespace }: Writer, work: (writer: Writer) => Promise<T>): Promise<T> {
  return store.transaction((tx) => work({ store: tx, namespace }));
}

/** Records a payload. The hook stays for further ones. */
export const receive: Make<"hook_received"> = async (writer, given) => {
  const { correlationId: id } = given.data;
  const gone = () => new HookNotFoundError(id);
  const call = record(writer, given, { taskStatuses: [{ id, status: "waiting" }] });
  return (await orRefused(call, { "run missing": gone, "run over": gone, "part missing": gone, "part over": gone }))
    .answer;
};

/** Ends a hook, and its wait with it. */
export const disposeHook: Make<"hook_disposed"> = async (writer, given) => {
  const { correlationId: id } = given.data;
  const gone = () => new HookNotFoundError(id);
  const call = record(writer, given, { endTasks: [{ id, status: "succeeded", repeated: "refused" }] });
  const over = () => new EntityConflictError(`Hook "${id}" already disposed`);
  return (await orRefused(call, { "run missing": gone, "run over": gone, "part missing": gone, "part over": over }))
    .answer;
};

/** The reads of hooks. One whose run has ended is gone. */
export function hooksOf(store: Store | Transaction, namespace: string): Storage["hooks"] {
  const get = async (id: string, missing: string, resolve: ResolveData = "all"): Promise<Hook> => {
    const [task, wait] = await store.read([({ tasks }) => tasks.get(id), ({ correlations }) => correlations.get(id)]);
    if (task === null || wait?.status !== "waiting") throw new HookNotFoundError(missing);
    return strip(toHook(task), resolve);
  };
  return {
    get: async (hookId, { resolveData } = {}) => get(hookId, hookId, resolveData),
    getByToken: async (token, { resolveData } = {}) => {
      const { items } = await store.correlations.list({ key: keyOf(namespace, token), limit: 1 });
      const [wait] = items;
      if (wait === undefined) throw new HookNotFoundError(token);
      return get(wait.id, token, resolveData);
    },
    list: async ({ runId, pagination, resolveData = "all" }) => {
      const { limit = 100, cursor, sortOrder = "asc" } = pagination ?? {};
      const { items, next } = await store.tasks.list({
        component: "hook",
        status: "waiting",
        limit,
        order: sortOrder,
        ...(runId !== undefined && { executionId: runId }),
        ...(cursor !== undefined && { after: cursor }),
      });
      const owners = await store.executions.getMany(
        items.map(({ executionId }) => executionId),
        { payloads: false },
      );
      const isOpen = (i: number): boolean => owners[i]?.finishedAt === null && owners[i].labels["world"] === namespace;
      const data = items.filter((_item, i) => isOpen(i)).map((task) => strip(toHook(task), resolveData));
      return { data, cursor: next, hasMore: next !== null };
    },
  };
}

function strip(hook: Hook, resolve: ResolveData): Hook {
  return resolve === "none" ? { ...hook, metadata: undefined } : { isWebhook: true, ...hook };
}
