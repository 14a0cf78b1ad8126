import type { Store } from "holdfast";
import type { Happening } from "./timeline.ts";

/** A step of a demo workflow. */
interface Step {
  readonly id: string;
  readonly after: readonly string[];
  readonly component: string;
  readonly seconds: number;
  /** How many parts it has, each a task. */
  readonly parts?: number;
  readonly tool?: string;
  readonly agent?: string;
}

/** A demo workflow. */
export interface Workflow {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly tenants: readonly string[];
}

/** The demo's workflows: an order, a transcoding that fans out, and a review by agents. */
export const workflows: readonly Workflow[] = [
  {
    name: "order-fulfilment",
    tenants: ["acme", "globex", "initech"],
    steps: [
      { id: "reserve-stock", after: [], component: "warehouse", seconds: 3, tool: "inventory" },
      { id: "charge-card", after: ["reserve-stock"], component: "payments", seconds: 8, tool: "payments-api" },
      { id: "pick", after: ["charge-card"], component: "warehouse", seconds: 40, parts: 3, tool: "robot" },
      { id: "pack", after: ["pick"], component: "warehouse", seconds: 20, tool: "robot" },
      { id: "print-label", after: ["charge-card"], component: "shipping", seconds: 4, tool: "printer" },
      { id: "ship", after: ["pack", "print-label"], component: "shipping", seconds: 15, tool: "carrier" },
      { id: "notify", after: ["ship"], component: "mail", seconds: 2, tool: "smtp" },
    ],
  },
  {
    name: "media-transcode",
    tenants: ["studio-a", "studio-b"],
    steps: [
      { id: "probe", after: [], component: "media", seconds: 5, tool: "ffprobe" },
      { id: "split", after: ["probe"], component: "media", seconds: 12, tool: "ffmpeg" },
      { id: "encode", after: ["split"], component: "media", seconds: 60, parts: 24, tool: "ffmpeg" },
      { id: "audio", after: ["split"], component: "media", seconds: 30, tool: "ffmpeg" },
      { id: "merge", after: ["encode", "audio"], component: "media", seconds: 18, tool: "ffmpeg" },
      { id: "publish", after: ["merge"], component: "cdn", seconds: 6, tool: "cdn" },
    ],
  },
  {
    name: "contract-review",
    tenants: ["legal"],
    steps: [
      { id: "extract-text", after: [], component: "documents", seconds: 7, tool: "ocr" },
      { id: "find-clauses", after: ["extract-text"], component: "agents", seconds: 25, parts: 6, agent: "reader" },
      { id: "assess-risk", after: ["find-clauses"], component: "agents", seconds: 40, agent: "lawyer" },
      { id: "approve", after: ["assess-risk"], component: "people", seconds: 300, tool: "inbox" },
      { id: "archive", after: ["approve"], component: "documents", seconds: 3, tool: "storage" },
    ],
  },
];

/** Publishes the definitions: the first workflow in two versions. */
export async function publishWorkflows(store: Store): Promise<void> {
  for (const { name, steps } of workflows) {
    const document = { steps: steps.map(({ id, after, component }) => ({ id, after, component })) };
    const [first = { id: "", after: [] }] = document.steps;
    if (name === "order-fulfilment") {
      await store.definitions.publish({ name, document: { steps: [first] }, status: "active" });
    }
    await store.definitions.publish({ name, document, status: "active" });
  }
  await store.definitions.publish({
    name: "refund",
    document: { steps: [{ id: "check", after: [] }] },
    status: "draft",
  });
}

/** How a run of a workflow goes. */
export interface RunOptions {
  readonly id: string;
  readonly workflow: Workflow;
  readonly atMs: number;
  readonly random: () => number;
  /** The step that fails in the end, or at which the run still is. */
  readonly stopsAt: { readonly step: string; readonly as: "failed" | "running" | "waiting" } | null;
}

/** What happens in one run of a workflow. */
export function runOf(store: Store, { id, workflow, atMs, random, stopsAt }: RunOptions): readonly Happening[] {
  const { steps, name, tenants } = workflow;
  const tenant = tenants[Math.floor(random() * tenants.length)] ?? "acme";
  const total = Math.round(random() * 500);
  const happenings: Happening[] = [{ atMs, run: () => begin(store, id, { name, tenant, total, steps }) }];
  const endsAt = new Map<string, number>();
  let endMs = atMs;
  let isStopped = false;
  for (const step of steps) {
    const startMs = Math.max(atMs + 1000, ...step.after.map((before) => endsAt.get(before) ?? Infinity));
    if (startMs === Infinity) continue;
    const tookMs = step.seconds * 1000 * (0.6 + random() * 0.8);
    const stop = stopsAt?.step === step.id ? stopsAt.as : null;
    happenings.push(...stepOf(store, { id, step, startMs, tookMs, stop, random }));
    if (stop !== null) isStopped = true;
    else endsAt.set(step.id, startMs + tookMs);
    endMs = Math.max(endMs, startMs + tookMs);
  }
  if (stopsAt?.as !== "running" && stopsAt?.as !== "waiting") {
    happenings.push({ atMs: endMs + 1000, run: () => finish(store, id, isStopped, total) });
  }
  return happenings;
}

async function begin(
  store: Store,
  id: string,
  {
    name,
    tenant,
    total,
    steps,
  }: { readonly name: string; readonly tenant: string; readonly total: number; readonly steps: readonly Step[] },
): Promise<void> {
  await store.executions.create({
    id,
    definition: { name, version: "active" },
    status: "running",
    labels: { tenant, total },
    input: {
      tenant,
      total,
      note: `<b>${tenant}</b> & friends`,
      items: Array.from({ length: 4 }, (_, i) => ({ sku: `sku-${i}`, count: i + 1 })),
    },
    state: { step: steps[0]?.id },
  });
  await store.tasks.saveMany(
    steps.map((step) => ({
      id: `${id}/${step.id}`,
      executionId: id,
      name: step.id,
      component: step.component,
      type: (step.parts ?? 0) > 0 ? "parallel" : "basic",
      ...(step.agent === undefined ? { tool: step.tool } : { agent: step.agent, action: "read" }),
      input: { from: step.after },
    })),
  );
  await store.history.append(id, [{ kind: "started", payload: { name, tenant } }]);
}

async function finish(store: Store, id: string, isFailed: boolean, total: number): Promise<void> {
  const output = { total, invoice: `INV-${id}` };
  await store.history.append(id, [{ kind: isFailed ? "failed" : "finished", payload: { total } }]);
  await (isFailed
    ? store.executions.setStatus(id, "failed", { error: { name: "StepFailed", message: "A step failed too often." } })
    : store.executions.save({ id, status: "succeeded", output }));
}

interface StepRun {
  readonly id: string;
  readonly step: Step;
  readonly startMs: number;
  readonly tookMs: number;
  readonly stop: "failed" | "running" | "waiting" | null;
  readonly random: () => number;
}

function stepOf(store: Store, { id, step, startMs, tookMs, stop, random }: StepRun): readonly Happening[] {
  const task = `${id}/${step.id}`;
  const tool = step.tool ?? "reader";
  const count = step.parts ?? 0;
  const parts = Array.from({ length: count }, (_, i) => ({ id: `${task}/${i + 1}`, name: `${step.id}-part`, tool }));
  const state = { step: step.id, done: Math.round(random() * 100) };
  const start = async (): Promise<void> => {
    await store.tasks.setStatus(task, "running");
    if (parts.length > 0) await store.tasks.createChildren(task, parts);
    await store.executions.save({ id, state });
    await store.components.save({ executionId: id, component: step.component, state: { ...state, queue: [step.id] } });
    await store.history.append(id, [{ kind: "step-started", payload: { step: step.id } }]);
    if (stop === "waiting") await wait(store, id, step.id);
  };
  const partRuns = parts.flatMap((part, i) =>
    partOf(store, {
      id: part.id,
      startMs: startMs + random() * tookMs * 0.4,
      endMs: startMs + tookMs * (0.5 + (i / count) * 0.5),
      isStuck: stop !== null,
    }),
  );
  const started = [{ atMs: startMs, run: start }, ...partRuns];
  if (stop === "running") return started;
  return [...started, { atMs: startMs + tookMs, run: () => endStep(store, id, { step, stop, tookMs }) }];
}

async function endStep(
  store: Store,
  id: string,
  { step, stop, tookMs }: Pick<StepRun, "step" | "stop" | "tookMs">,
): Promise<void> {
  const end = stop ?? "succeeded";
  const payload = { step: step.id, tookMs: Math.round(tookMs) };
  const error = { name: "CarrierError", message: "503 from the carrier: try again later", code: 503 };
  const change = end === "failed" ? { error } : { output: payload, usage: { tokens: 100 } };
  await store.tasks.setStatus(`${id}/${step.id}`, end, change);
  await store.history.append(id, [{ kind: `step-${end}`, payload }]);
}

interface PartRun {
  readonly id: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly isStuck: boolean;
}

function partOf(store: Store, { id, startMs, endMs, isStuck }: PartRun): readonly Happening[] {
  const start = { atMs: startMs + 1, run: () => store.tasks.setStatus(id, "running") };
  const output = { bytes: 4096 };
  const end = { atMs: Math.max(endMs, startMs + 1000), run: () => store.tasks.setStatus(id, "succeeded", { output }) };
  return isStuck ? [start] : [start, end];
}

async function wait(store: Store, executionId: string, step: string): Promise<void> {
  await store.correlations.wait({ executionId, step, key: `approval:${executionId}`, ttlMs: 7 * 86_400_000 });
  await store.timers.schedule({
    executionId,
    step: `remind-${step}`,
    afterMs: 86_400_000,
    payload: { to: "legal@example.com" },
  });
  await store.executions.setStatus(executionId, "waiting");
}
