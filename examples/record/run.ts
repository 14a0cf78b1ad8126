import { execFileSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { measure, type Measurement } from "./measure.ts";
import { CHECKOUT, SCRATCH, type Step } from "./steps.ts";

/** A step that was run and did what it should. */
export interface DoneStep {
  readonly step: Step;
  readonly measurement: Measurement;
}

/** How a run of the steps went. */
export interface Run {
  readonly done: readonly DoneStep[];
  /** Steps that failed, with what they printed, and those that waited for them. */
  readonly failed: ReadonlyMap<string, string>;
  /** Bytes of every file and folder that a done step read or wrote. */
  readonly sizes: ReadonlyMap<string, number>;
  readonly startedAt: Date;
  readonly seconds: number;
}

/** Where the steps run: the copy that they build, and the project and commit that it is a copy of. */
export interface Place {
  readonly folder: string;
  readonly project: string;
  readonly commit: string;
}

/** Runs every step as soon as those it waits for are done, as many at once as there are processors. */
export async function runSteps(steps: readonly Step[], place: Place): Promise<Run> {
  const startedAt = new Date();
  const start = performance.now();
  const [done, failed, sizes] = [new Array<DoneStep>(), new Map<string, string>(), new Map<string, number>()];
  const waiting = new Set(steps);
  const running = new Map<Step, Promise<void>>();
  const runOne = async (step: Step): Promise<void> => {
    addSizes(sizes, place.folder, step.reads);
    const measurement = await measureStep(step, place);
    console.log(`${measurement.exitCode === 0 ? "done  " : "FAILED"} ${measurement.seconds.toFixed(1)} s  ${step.id}`);
    if (measurement.exitCode === 0) done.push({ step, measurement });
    else failed.set(step.id, measurement.output);
    addSizes(sizes, place.folder, step.writes);
    running.delete(step);
  };
  while (waiting.size + running.size > 0) {
    for (const step of waiting) {
      const blocker = step.after.find((id) => failed.has(id));
      if (blocker !== undefined) failed.set(step.id, `waited for ${blocker}, which failed`);
      const isReady = step.after.every((id) => done.some((other) => other.step.id === id));
      if (isReady && running.size < availableParallelism()) running.set(step, runOne(step));
      if (blocker !== undefined || running.has(step)) waiting.delete(step);
    }
    await Promise.race(running.values());
  }
  return { done, failed, sizes, startedAt, seconds: (performance.now() - start) / 1000 };
}

async function measureStep(step: Step, { folder, project, commit }: Place): Promise<Measurement> {
  const { DATABASE_URL: _, CI: __, ...inherited } = process.env;
  const path = `${join(folder, "node_modules/.bin")}:${inherited["PATH"] ?? ""}`;
  const environment = { ...inherited, PATH: path, NO_COLOR: "1" };
  const words = [step.program, ...step.arguments];
  if (step !== CHECKOUT) return measure({ words, folder, environment });
  const archive = join(folder, SCRATCH, "project.tar");
  const checkout = ["git", "archive", "--output", archive, commit];
  const measurement = await measure({ words: checkout, folder: project, environment });
  if (measurement.exitCode === 0) execFileSync("tar", ["-x", "-f", archive, "-C", folder]);
  return measurement;
}

/** A file's size is the one it had when it was first read, or when it was written. */
function addSizes(sizes: Map<string, number>, folder: string, paths: readonly string[]): void {
  for (const path of paths) if (!sizes.has(path)) sizes.set(path, sizeOf(join(folder, path)));
}

function sizeOf(path: string): number {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return 0;
  if (!stats.isDirectory()) return stats.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}
