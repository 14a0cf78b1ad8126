import { newId, type Store } from "holdfast";
import type { TestClock } from "holdfast/testing";
import { fillContents } from "./contents.ts";
import { jobHappenings } from "./jobs.ts";
import { type Happening, play, randomFrom } from "./timeline.ts";
import { publishWorkflows, runOf, workflows } from "./workflows.ts";

/** How much a demo store holds. */
export interface FillOptions {
  /** The number of executions; 60 by default. */
  readonly executions?: number;
  /** How finely the past is played; 1,000 by default. Tests take less time with more. */
  readonly stepMs?: number;
  /** The tasks of one large execution, "large"; none by default. */
  readonly largeTasks?: number;
}

const lengthMs = 45 * 60_000;

/** Fills an empty store with what happened in three quarters of an hour: the same each time, except for generated ids. */
export async function fillDemo(store: Store, clock: TestClock, options: FillOptions = {}): Promise<void> {
  const { executions = 60, largeTasks = 0, stepMs = 1000 } = options;
  const random = randomFrom(7);
  const first = { atMs: -1, run: () => publishWorkflows(store) };
  const runs = Array.from({ length: executions }, (_, i) => oneRun(store, i, executions, random));
  await play([first, ...runs.flat(), ...jobHappenings(store, lengthMs, random), ...families(store)], clock, {
    lengthMs,
    stepMs,
  });
  await fillContents(store);
  if (largeTasks > 0) await fillLarge(store, largeTasks);
}

function oneRun(store: Store, i: number, count: number, random: () => number): readonly Happening[] {
  const workflow = workflows[i % workflows.length] ?? workflows[0];
  if (workflow === undefined) return [];
  // The newest are still on their way; of the others, one in six fails.
  const isOpen = i >= count * 0.8;
  const step =
    workflow.steps[Math.min(workflow.steps.length - 1, 1 + Math.floor(random() * (workflow.steps.length - 1)))]?.id ??
    "";
  const isWaiting = isOpen && workflow.name === "contract-review";
  const open = isWaiting ? ({ step: "approve", as: "waiting" } as const) : ({ step, as: "running" } as const);
  const failed = random() < 1 / 6 ? ({ step, as: "failed" } as const) : null;
  const atMs = (i / count) * (lengthMs - 6 * 60_000);
  return runOf(store, { id: `${workflow.name}-${i + 1}`, workflow, atMs, random, stopsAt: isOpen ? open : failed });
}

/** A parent with child executions, and executions that were canceled and timed out. */
function families(store: Store): readonly Happening[] {
  const definition = { name: "media-transcode", version: "active" } as const;
  return [
    {
      atMs: 60_000,
      run: async () => {
        await store.executions.create({
          id: "season-1",
          status: "running",
          labels: { tenant: "studio-a" },
          input: { episodes: 3 },
        });
        const episodes = [1, 2, 3].map((episode) => ({
          id: `season-1/episode-${episode}`,
          parentId: "season-1",
          definition,
        }));
        await store.executions.createMany(episodes);
      },
    },
    { atMs: 120_000, run: () => store.executions.setStatus("season-1/episode-1", "succeeded") },
    { atMs: 130_000, run: () => store.executions.setStatus("season-1/episode-2", "timed_out") },
    { atMs: 140_000, run: () => store.executions.cancel("season-1/episode-3", { reason: "no longer wanted" }) },
  ];
}

/** One execution with many tasks: a root, groups of a thousand, and their tasks, most of them done. */
async function fillLarge(store: Store, count: number, id = "large"): Promise<void> {
  await store.executions.create({ id, status: "running", labels: { tenant: "acme", size: count } });
  const root = `${id}/root`;
  await store.tasks.save({ id: root, executionId: id, name: "root", type: "composite", status: "running" });
  const size = 1000;
  for (let first = 0; first < count; first += size) {
    const group = `${id}/group-${first / size + 1}`;
    const tasks = Array.from({ length: Math.min(size, count - first) }, (_, i) => ({
      id: newId(),
      executionId: id,
      parentId: group,
      name: `item-${first + i}`,
      tool: "worker",
      status: first + i < count * 0.9 ? ("succeeded" as const) : ("pending" as const),
    }));
    const parent = {
      id: group,
      executionId: id,
      parentId: root,
      name: `group-${first / size + 1}`,
      type: "collection" as const,
    };
    await store.tasks.saveMany([{ ...parent, status: "running" }, ...tasks]);
  }
}
