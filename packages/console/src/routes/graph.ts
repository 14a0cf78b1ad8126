import { createHash } from "node:crypto";
import type { Execution, Job, Status } from "holdfast";
import type { TaskGroup, TaskGroups } from "holdfast/tasks";
import { text, whole } from "../answers/parameters.ts";
import { type Graph, type GraphEdge, type GraphNode, type StatusCounts, statuses } from "../protocol/index.ts";
import { plain } from "../rows/plain.ts";
import type { Asked, DefineRoute } from "./route.ts";
import { tasksThatStarted } from "./started.ts";
import { type GraphStep, stepsIn } from "./steps.ts";

/** The most jobs that are counted by their queues. */
const jobsMax = 1000;

/** The most waits, timers and child executions that are nodes of their own. */
const besideMax = 20;

/** The route of an execution's graph. */
export function graphRoutes(route: DefineRoute): void {
  route("/api/execution/graph", { id: text, nodes: whole(10, 500).optional() }, ({ id, nodes = 200 }, asked) =>
    graphOf(asked, id, nodes),
  );
}

async function graphOf({ limited }: Asked, id: string, limit: number): Promise<Graph> {
  const beside = limited.read([
    (nouns) => nouns.executions.require(id),
    (nouns) => nouns.correlations.list({ executionId: id, limit: besideMax }),
    (nouns) => nouns.executions.children(id, { payloads: false, limit: besideMax }),
    (nouns) => nouns.timers.list({ executionId: id, status: "scheduled", limit: besideMax }),
    (nouns) => nouns.jobs.list({ executionId: id, payloads: false, limit: jobsMax }),
  ]);
  const [[execution, waits, children, timers, jobs], groups] = await Promise.all([
    beside,
    limited.tasks.groups(id, { limit }),
  ]);
  const hasTasks = groups.groups.length > 0;
  // Jobs do the work of tasks. They are shown themselves where an execution has no tasks, and do the work of steps that bear their queues'
  // names.
  const doers = hasTasks ? taskNodes(groups) : jobNodes(jobs.items);
  const steps = await stepsOf({ limited }, execution);
  const drawn = withSteps(doers, steps.slice(0, limit));
  const waiting = waits.items.map(({ id: ref, step, createdAt }): GraphNode => ({
    ...oneNode("wait", ref, { label: step, status: "waiting" }),
    startedAt: plain(createdAt),
  }));
  const below = children.items.map((child): GraphNode => ({
    ...oneNode("execution", child.id, { label: child.definition?.name ?? child.id, status: child.status }),
    startedAt: plain(child.startedAt),
    finishedAt: plain(child.finishedAt),
  }));
  const due = timers.items.map((timer): GraphNode => ({
    ...oneNode("timer", timer.id, { label: timer.step, status: "waiting" }),
    startedAt: plain(timer.createdAt),
  }));
  const nodes = [...drawn.nodes, ...waiting, ...due, ...below];
  const known = new Set(nodes.map((node) => node.id));
  const started = [
    ...(await childEdges({ limited }, children.items, known)),
    ...waits.items.map(({ id: ref, step }) => startEdge(drawn.nodeOf(step), "wait", ref)),
    ...timers.items.map(({ id: ref, step }) => startEdge(drawn.nodeOf(step), "timer", ref)),
  ];
  const queued = hasTasks ? [] : await queueEdges({ limited }, jobs.items);
  const edges = [...linkEdges(groups, drawn.idOf), ...drawn.edges, ...started, ...queued].filter(
    ({ from, to }) => known.has(from) && known.has(to) && from !== to,
  );
  const graph = { nodes, edges: distinct(edges), omitted: groups.omitted };
  const revision = createHash("sha256").update(JSON.stringify(graph)).digest("base64url").slice(0, 22);
  return { ...graph, revision };
}

/** The steps of the execution's definition, where its document has some. */
async function stepsOf({ limited }: Pick<Asked, "limited">, { definition }: Execution): Promise<readonly GraphStep[]> {
  if (definition === null) return [];
  const found = await limited.definitions.get(definition.name, definition.version);
  return stepsIn(found?.document) ?? [];
}

const statusOfJob: Readonly<Record<Job["status"], Status>> = {
  blocked: "pending",
  scheduled: "pending",
  ready: "pending",
  running: "running",
  succeeded: "succeeded",
  dead: "failed",
  canceled: "canceled",
};

/** The most jobs whose dependencies are read. Those of ended jobs are gone, so only blocked ones have some. */
const blockedMax = 50;

/** Which queues' jobs come after which, by the jobs that still wait for others. */
async function queueEdges({ limited }: Pick<Asked, "limited">, jobs: readonly Job[]): Promise<readonly GraphEdge[]> {
  const blocked = jobs.filter(({ status }) => status === "blocked").slice(0, blockedMax);
  if (blocked.length === 0) return [];
  const queueOf = new Map(jobs.map(({ id, queue }) => [id, queue]));
  const links = await limited.read(
    blocked.map(
      ({ id }) =>
        (nouns) =>
          nouns.jobs.dependencies(id, { limit: blockedMax }),
    ),
  );
  return links.flatMap(({ after }, place) =>
    after.flatMap((id): readonly GraphEdge[] => {
      const [from, to] = [queueOf.get(id), blocked[place]?.queue];
      return from === undefined || to === undefined ? [] : [{ from: `jobs:${from}`, to: `jobs:${to}`, kind: "after" }];
    }),
  );
}

/** Which tasks started the child executions. A task's node is that of its name, or of all names below its parent. */
async function childEdges(
  { limited }: Pick<Asked, "limited">,
  children: readonly Execution[],
  known: ReadonlySet<string>,
): Promise<readonly GraphEdge[]> {
  const tasks = await tasksThatStarted({ limited }, children);
  const parentIds = [...new Set([...tasks.values()].flatMap(({ parentId }) => parentId ?? []))];
  const parents = await limited.read(parentIds.map((parentId) => (nouns) => nouns.tasks.get(parentId)));
  const nameOf = new Map(parents.map((parent, place) => [parentIds[place], parent?.name ?? null]));
  return children.flatMap(({ id, parentTaskId }): readonly GraphEdge[] => {
    const task = parentTaskId === null ? undefined : tasks.get(parentTaskId);
    if (task === undefined) return [];
    const parentName = task.parentId === null ? null : (nameOf.get(task.parentId) ?? null);
    const from = [task.name, null].map((name) => keyOf({ parentName, name })).find((key) => known.has(key));
    return from === undefined ? [] : [startEdge(from, "execution", id)];
  });
}

function startEdge(from: string, kind: "wait" | "timer" | "execution", ref: string): GraphEdge {
  return { from, to: `${kind}:${ref}`, kind: "starts" };
}

/** A node for the jobs of each queue. */
function jobNodes(jobs: readonly Job[]): readonly Doer[] {
  return [...new Set(jobs.map(({ queue }) => queue))].map((queue) => {
    const own = jobs.filter((job) => job.queue === queue);
    const counts = { ...noCounts };
    for (const { status } of own) counts[statusOfJob[status]] += 1;
    const [only] = own;
    const ref = own.length === 1 && only !== undefined ? only.id : null;
    const node: GraphNode = {
      ...emptyNode,
      id: `jobs:${queue}`,
      kind: "job",
      label: queue,
      status: overall(counts),
      total: own.length,
      counts,
      ref,
    };
    return { name: queue, node };
  });
}

interface Keyed {
  readonly parentName: string | null;
  readonly name: string | null;
}

function keyOf({ parentName, name }: Keyed): string {
  return `tasks:${JSON.stringify([parentName, name])}`;
}

/** A group of tasks or jobs that do the work of a step, and its node. */
interface Doer {
  readonly name: string | null;
  readonly node: GraphNode;
}

/** A node for each group, inside the node of its parents' name. */
function taskNodes({ groups }: TaskGroups): readonly Doer[] {
  const byName = new Map<string, TaskGroup>();
  for (const group of groups) if (group.name !== null && !byName.has(group.name)) byName.set(group.name, group);
  return groups.map((group) => {
    const parent = group.parentName === null ? undefined : byName.get(group.parentName);
    const all = group.parentName === null ? "tasks" : `${group.parentName} / all`;
    const node: GraphNode = {
      id: keyOf(group),
      kind: "task",
      label: group.name ?? all,
      status: overall(group.counts),
      total: group.total,
      counts: group.counts,
      startedAt: plain(group.startedAt),
      finishedAt: plain(group.finishedAt),
      parent: parent === undefined || parent === group ? null : keyOf(parent),
      ref: group.id,
    };
    return { name: group.name, node };
  });
}

interface Drawn {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** The node of a group. */
  readonly idOf: (group: Keyed) => string;
  /** The node that a step of this name has. */
  readonly nodeOf: (step: string) => string;
}

/** Adds the steps of the definition. Tasks, or jobs of a queue, that bear a step's id stand for it; other steps are nodes of their own. */
function withSteps(doers: readonly Doer[], steps: readonly GraphStep[]): Drawn {
  const ofName = new Map(doers.map(({ name, node }) => [name, node.id]));
  const nodeOf = (step: string): string => ofName.get(step) ?? `step:${step}`;
  const waiting = steps.filter(({ id }) => !ofName.has(id));
  return {
    nodes: [
      ...doers.map(({ node }) => node),
      ...waiting.map(({ id }): GraphNode => ({ ...emptyNode, id: `step:${id}`, label: id })),
    ],
    edges: steps.flatMap(({ id, after }) =>
      after.map((before): GraphEdge => ({ from: nodeOf(before), to: nodeOf(id), kind: "after" })),
    ),
    idOf: keyOf,
    nodeOf,
  };
}

function linkEdges({ links }: TaskGroups, idOf: Drawn["idOf"]): readonly GraphEdge[] {
  return links.map(({ from, to }) => ({ from: idOf(from), to: idOf(to), kind: "after" }));
}

function distinct(edges: readonly GraphEdge[]): readonly GraphEdge[] {
  return [...new Map(edges.map((edge) => [`${edge.kind}\0${edge.from}\0${edge.to}`, edge])).values()];
}

const noCounts = Object.fromEntries(statuses.map((status) => [status, 0])) as Record<Status, number>;

const emptyNode = {
  kind: "step",
  status: null,
  total: 0,
  counts: noCounts,
  startedAt: null,
  finishedAt: null,
  parent: null,
  ref: null,
} as const;

function oneNode(
  kind: "wait" | "timer" | "execution",
  ref: string,
  { label, status }: { readonly label: string; readonly status: Status },
): GraphNode {
  return {
    ...emptyNode,
    id: `${kind}:${ref}`,
    kind,
    label,
    status,
    total: 1,
    counts: { ...noCounts, [status]: 1 },
    ref,
  };
}

/** The status that a reader looks for first. */
function overall(counts: StatusCounts): Status {
  const order = ["failed", "timed_out", "running", "waiting", "paused", "pending", "canceled", "succeeded"] as const;
  return order.find((status) => counts[status] > 0) ?? "pending";
}
