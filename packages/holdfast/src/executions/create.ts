import { type Codec, encodeOptional, type JsonText } from "../core/codec.ts";
import { type Status, type Strategy, strategyLabels } from "../core/enums.generated.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkId, checkInteger, checkOneOf, checkOptionalKey, invalid } from "../core/input.ts";
import { newId } from "../core/new-id.ts";
import { combinePlans, mapPlan, type Plan } from "../core/plan.ts";
import type { Write } from "../core/write.ts";
import { delayMsMax } from "../jobs/jobs.ts";
import { activeTrace } from "../telemetry/trace-context.ts";
import {
  checkDefinition,
  checkParent,
  type DefinitionChoice,
  type DefinitionColumns,
  type Execution,
  type Labels,
  parentsComeBefore,
  toExecution,
  toHead,
} from "./execution.ts";
import { fingerprintsOf } from "./fingerprint.ts";
import { checkKeptStates } from "./former-states.ts";
import { encodeLabels } from "./labels.ts";
import { type EncodedQueue, encodeQueue, type QueueOptions } from "./queueing.ts";
import {
  createExecution as createOne,
  createExecutions,
  type CreateExecutionsRow,
  createQueued,
  lockIdempotencyKeys,
} from "./statements.generated.ts";

/** An execution to create. */
export interface NewExecution extends QueueOptions {
  /** A new UUID (version 7) by default. */
  readonly id?: string | undefined;
  readonly definition?: DefinitionChoice | null | undefined;
  readonly parentId?: string | null | undefined;
  /**
   * The task of the parent that started it; only with a `parentId`. Trees and graphs show the child there. It is not checked, because the
   * task may be recorded later.
   */
  readonly parentTaskId?: string | null | undefined;
  readonly input?: unknown;
  readonly state?: unknown;
  /** How many former states are kept, up to 1,000; none by default. See `keepStates`. */
  readonly keepStates?: number | undefined;
  readonly labels?: Labels | undefined;
  /** "wait_all" by default. */
  readonly strategy?: Strategy | undefined;
  /** "pending" by default. */
  readonly status?: "pending" | "running" | undefined;
  /** Names the request. Of all calls with the same key, one creates an execution, and the others get it. */
  readonly idempotencyKey?: string | null | undefined;
  /** How long the key names the execution, from its creation; forever by default. */
  readonly idempotencyMs?: number | undefined;
  /** Decides whether two requests under one key are the same. By default, a digest of the requested definition and the input. */
  readonly fingerprint?: string | undefined;
}

/**
 * The outcome of `create`. "created": the execution is new. "replayed": the idempotency key was known with the same fingerprint.
 * "mismatch": it was known with another. The last two carry the execution that has the key.
 */
export interface ExecutionCreation {
  readonly outcome: "created" | "replayed" | "mismatch";
  readonly execution: Execution;
}

/** A new execution, checked and encoded. */
export interface EncodedCreation extends DefinitionColumns, EncodedQueue {
  readonly id: string;
  readonly parentId: string | null;
  readonly parentTaskId: string | null;
  readonly status: Status;
  readonly strategy: Strategy;
  readonly idempotencyKey: string | null;
  readonly idempotencyMs: number | null;
  readonly fingerprint: string | null;
  /** The fingerprints that the same request would have under the codec's other keys. */
  readonly otherFingerprints: string | null;
  readonly labels: JsonText;
  readonly input: JsonText | null;
  readonly state: JsonText | null;
  readonly keptStates: number | null;
  /** The trace that is active. */
  readonly traceContext: string | null;
  /** The values as the caller gave them. */
  readonly values: Pick<NewExecution, "input" | "state">;
}

/** The fields of a new execution. */
export const creationNames = {
  id: true,
  definition: true,
  parentId: true,
  parentTaskId: true,
  input: true,
  state: true,
  keepStates: true,
  labels: true,
  strategy: true,
  status: true,
  idempotencyKey: true,
  idempotencyMs: true,
  fingerprint: true,
  queue: true,
  priority: true,
  runAt: true,
  group: true,
  requires: true,
  maxAttempts: true,
} as const;

const creationFields: Fields<NewExecution> = fieldsOf<NewExecution>(creationNames);

/** Checks and encodes a new execution. */
export function encodeCreation(codec: Codec, input: NewExecution, field = "input"): EncodedCreation {
  return encodeFields(codec, creationFields.read(input, field));
}

/** Like {@link encodeCreation}, for fields whose names are known. */
export function encodeFields(codec: Codec, given: NewExecution): EncodedCreation {
  const definition = checkDefinition(given.definition);
  const idempotencyKey = checkOptionalKey(given.idempotencyKey, "idempotencyKey");
  const input = encodeOptional(codec, given.input, "input");
  return {
    id: given.id === undefined ? newId() : checkId(given.id, "id"),
    ...definition,
    ...checkParent(given),
    status: checkOneOf(given.status ?? "pending", "status", ["pending", "running"]),
    strategy: checkOneOf(given.strategy ?? "wait_all", "strategy", strategyLabels),
    idempotencyKey,
    idempotencyMs: checkIdempotencyMs(given),
    ...encodeQueue(given),
    ...encodeFingerprint(codec, given, definition),
    labels: encodeLabels(given.labels),
    input,
    state: encodeOptional(codec, given.state, "state"),
    keptStates: given.keepStates === undefined ? null : checkKeptStates(given.keepStates, "keepStates"),
    traceContext: activeTrace(),
    values: { input: given.input, state: given.state },
  };
}

function checkIdempotencyMs({ idempotencyMs, idempotencyKey }: NewExecution): number | null {
  if (idempotencyMs === undefined) return null;
  if ((idempotencyKey ?? null) === null) throw invalid("idempotencyMs", "is given without an idempotencyKey");
  return checkInteger(idempotencyMs, "idempotencyMs", { min: 1, max: delayMsMax });
}

function encodeFingerprint(
  codec: Codec,
  { fingerprint, idempotencyKey, input }: NewExecution,
  definition: DefinitionColumns,
): Pick<EncodedCreation, "fingerprint" | "otherFingerprints"> {
  if (fingerprint !== undefined) return { fingerprint: checkId(fingerprint, "fingerprint"), otherFingerprints: null };
  if (idempotencyKey === undefined || idempotencyKey === null) return { fingerprint: null, otherFingerprints: null };
  const [current = null, ...others] = fingerprintsOf(codec, definition, input);
  return { fingerprint: current, otherFingerprints: others.length > 0 ? others.join(" ") : null };
}

/** The write of new executions. */
export const createExecution: Write<EncodedCreation, CreateExecutionsRow> = {
  name: "executions.create",
  keys: ({ id, idempotencyKey }) => {
    const key = `execution\0${id}`;
    return idempotencyKey === null ? [key] : [key, `execution key\0${idempotencyKey}`];
  },
  locks: ({ idempotencyKey, definitionName, parentId }) => [
    ...(idempotencyKey === null ? [] : (["keys"] as const)),
    ...(definitionName === null ? [] : (["definitions"] as const)),
    ...(parentId === null ? [] : (["executions"] as const)),
  ],
  announces: ({ queue, runAt }) => (queue === null || runAt !== null ? null : `executions:${queue}`),
  plan: (rows) => {
    const keys = idempotencyKeysOf(rows);
    const create = createExecutions({
      ids: rows.map((row) => row.id),
      definitionNames: rows.map((row) => row.definitionName),
      definitionVersions: rows.map((row) => row.definitionVersion),
      parentIds: rows.map((row) => row.parentId),
      parentTaskIds: rows.map((row) => row.parentTaskId),
      hasParents: parentsComeBefore(rows),
      statuses: rows.map((row) => row.status),
      strategies: rows.map((row) => row.strategy),
      idempotencyKeys: rows.map((row) => row.idempotencyKey),
      fingerprints: rows.map((row) => row.fingerprint),
      otherFingerprints: rows.map((row) => row.otherFingerprints),
      idempotencyMs: rows.map((row) => row.idempotencyMs),
      queues: rows.map((row) => row.queue),
      priorities: rows.map((row) => row.priority),
      routes: rows.map((row) => row.route),
      groups: rows.map((row) => row.group),
      maxAttempts: rows.map((row) => row.maxAttempts),
      runAts: rows.map((row) => row.runAt),
      labels: rows.map((row) => row.labels),
      inputs: rows.map((row) => row.input),
      states: rows.map((row) => row.state),
      keptStates: rows.map((row) => row.keptStates),
      traceContexts: rows.map((row) => row.traceContext),
    });
    if (keys.length === 0) return create;
    return mapPlan(combinePlans([lockIdempotencyKeys({ keys }), create]), ([, created]) => created);
  },
  fastPath: (row) =>
    row.parentId === null && row.group === null && row.keptStates === null ? createOnePlan(row) : undefined,
  lock: (rows) => lockIdempotencyKeys({ keys: idempotencyKeysOf(rows) }),
};

function createOnePlan(row: EncodedCreation): Plan<readonly CreateExecutionsRow[]> {
  const { queue, priority, route, maxAttempts } = row;
  const isPlain = row.definitionName === null && row.idempotencyKey === null && row.runAt === null;
  if (isPlain && queue !== null && priority !== null && route !== null && maxAttempts !== null) {
    const plan = createQueued({ ...row, queue, priority, route, maxAttempts });
    return mapPlan(plan, (created) => (created === null ? [] : [{ ...newRowOf(row), ...created }]));
  }
  return mapPlan(createOne(row), (created) => (created === null ? [] : [created]));
}

/** What is known of a new execution without a definition or a key before it is written. */
function newRowOf({
  id,
  status,
  strategy,
  labels,
}: EncodedCreation): Omit<CreateExecutionsRow, "createdAt" | "updatedAt"> {
  return {
    outcome: "created",
    id,
    version: 1,
    status,
    strategy,
    definitionName: null,
    definitionVersion: null,
    parentId: null,
    parentTaskId: null,
    idempotencyKey: null,
    labels,
    usage: "{}",
    startedAt: null,
    finishedAt: null,
    input: null,
    state: null,
    output: null,
    error: null,
  };
}

function idempotencyKeysOf(rows: readonly EncodedCreation[]): readonly string[] {
  return rows.flatMap((row) => row.idempotencyKey ?? []);
}

/** Reads the outcome of a call from its row. A new execution keeps the payloads that the caller gave. */
export function toCreation(codec: Codec, { values }: EncodedCreation, row: CreateExecutionsRow): ExecutionCreation {
  const { outcome } = row;
  const { input, state } = values;
  if (outcome === "created") {
    return { outcome, execution: Object.assign(toHead(row), { input, state, output: undefined, error: undefined }) };
  }
  return { outcome: outcome === "replayed" ? outcome : "mismatch", execution: toExecution(codec, row) };
}
