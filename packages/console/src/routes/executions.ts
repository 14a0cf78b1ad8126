import type { Execution } from "holdfast";
import type { ExecutionFilter } from "holdfast/executions";
import type { z } from "zod";
import { blobKeysIn } from "../answers/blob-refs.ts";
import { badInput } from "../answers/failures.ts";
import { flag, moment, page, several, text, whole, word } from "../answers/parameters.ts";
import {
  type BlobRow,
  type ChildRow,
  type ExecutionCounts,
  type ExecutionDetail,
  type Page,
  statuses,
} from "../protocol/index.ts";
import { blobRow } from "../rows/data.ts";
import { componentRow, executionRow, historyRow } from "../rows/executions.ts";
import { pageOf, plain } from "../rows/plain.ts";
import { labelFilter } from "./label-filter.ts";
import type { Asked, DefineRoute } from "./route.ts";
import { tasksThatStarted } from "./started.ts";
import { versionsOf } from "./versions.ts";

const filter = {
  definition: text.optional(),
  version: whole(1, 2 ** 31 - 1).optional(),
  status: several(word(statuses)).optional(),
  parentId: text.optional(),
  parentTaskId: text.optional(),
  createdAfter: moment.optional(),
  createdBefore: moment.optional(),
  label: several(text).optional(),
  isLeased: flag.optional(),
  correlationKey: text.optional(),
} as const;

type Given = z.output<z.ZodObject<typeof filter>>;

/** The routes about executions, except their tasks. */
export function executionRoutes(route: DefineRoute): void {
  route("/api/executions", { ...filter, ...page, orderBy: text.optional() }, async (given, { limited }) => {
    const { after, limit, order = "desc", orderBy, ...wanted } = given;
    const query = { ...filterOf(wanted), after, limit, order, payloads: false };
    const byLabel = orderBy === undefined ? undefined : { label: orderBy };
    return pageOf(await limited.executions.list({ ...query, orderBy: byLabel }), executionRow);
  });
  route("/api/executions/counts", filter, (given, asked) => countsOf(asked, filterOf(given)));
  route("/api/execution", { id: text }, ({ id }, asked) => detailOf(asked, id));
  route("/api/execution/children", { id: text, parentTaskId: text.optional(), ...page }, (given, asked) =>
    childrenOf(asked, given),
  );
  route("/api/execution/history", { id: text, ...page }, async ({ id, ...given }, { limited, show }) =>
    pageOf(await limited.history.read(id, given), (entry) => historyRow(show, entry)),
  );
  route("/api/execution/components", { id: text, ...page }, async ({ id, ...given }, { limited, show }) =>
    pageOf(await limited.components.list(id, given), (state) => componentRow(show, state)),
  );
  route("/api/execution/versions", { id: text }, ({ id }, asked) => versionsOf(asked, id));
  route("/api/execution/blobs", { id: text }, ({ id }, asked) => blobsOf(asked, id));
}

function filterOf({ definition, version, label, ...rest }: Given): ExecutionFilter {
  if (definition === undefined) return { ...rest, labels: labelFilter(label), definition: noVersion(version) };
  const chosen = version === undefined ? { name: definition } : { name: definition, version };
  return { ...rest, labels: labelFilter(label), definition: chosen };
}

function noVersion(version: number | undefined): undefined {
  if (version !== undefined) throw badInput("version", "needs a definition: give its name too");
}

/** The numbers of executions by status that pass a filter. */
async function countsOf({ limited }: Pick<Asked, "limited">, by: ExecutionFilter): Promise<ExecutionCounts> {
  const groups = await limited.executions.countBy("status", by);
  const found = new Map(groups.map(({ value, count }) => [value, count]));
  const counts = Object.fromEntries(statuses.map((status) => [status, found.get(status) ?? 0]));
  return { counts: counts as ExecutionCounts["counts"], countUpTo: null };
}

async function detailOf({ limited, show }: Asked, id: string): Promise<ExecutionDetail> {
  const [execution, lease, progress, historyCount, childCount] = await limited.read([
    (nouns) => nouns.executions.require(id),
    (nouns) => nouns.executions.leaseOf(id),
    (nouns) => nouns.tasks.progressOfExecution(id),
    (nouns) => nouns.history.count(id),
    (nouns) => nouns.executions.count({ parentId: id }),
  ]);
  const shown = (field: "input" | "state" | "output" | "error"): ReturnType<typeof show.show> =>
    show.show(execution[field], { of: "execution", id, field });
  return {
    ...executionRow(execution),
    input: shown("input"),
    state: shown("state"),
    output: shown("output"),
    error: shown("error"),
    lease: plain(lease),
    progress,
    historyCount,
    childCount,
    blobKeys: blobKeysOf(execution),
  };
}

interface Children {
  readonly id: string;
  readonly parentTaskId?: string | undefined;
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
  readonly order?: "asc" | "desc" | undefined;
}

/** A page of child executions, with the names of the tasks that started them. */
async function childrenOf(asked: Asked, { id, order = "desc", ...given }: Children): Promise<Page<ChildRow>> {
  const found = await asked.limited.executions.children(id, { ...given, order, payloads: false });
  const tasks = await tasksThatStarted(asked, found.items);
  return pageOf(found, (child) => {
    const task = child.parentTaskId === null ? undefined : tasks.get(child.parentTaskId);
    return { ...executionRow(child), parentTaskName: task?.name ?? null };
  });
}

function blobKeysOf({ input, state, output, error }: Execution): readonly string[] {
  return blobKeysIn([input, state, output, error]);
}

/** The blobs that the execution's payloads, and the states of its components, refer to. Those that are gone are left out. */
async function blobsOf({ limited, show, settings }: Asked, id: string): Promise<readonly BlobRow[]> {
  const [execution, components] = await limited.read([
    (nouns) => nouns.executions.require(id),
    (nouns) => nouns.components.list(id, { limit: 1000 }),
  ]);
  const { input, state, output, error } = execution;
  const keys = blobKeysIn([input, state, output, error, ...components.items.map((component) => component.state)]);
  if (keys.length === 0) return [];
  const found = await limited.read(keys.map((key) => (nouns) => nouns.blobs.stat(key)));
  return found.flatMap((blob) => (blob === null ? [] : [blobRow(show, blob, settings)]));
}
