import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** What a made-up recording looks like. */
interface Shape {
  /** How many tasks side by side in each layer; each comes after two of the layer before. */
  readonly layers: readonly number[];
  readonly runtimeInSeconds: number;
}

/** A recording in WfFormat 1.5, as an object that a test may damage before it is written. */
export function makeRecording({ layers, runtimeInSeconds }: Shape): Record<string, unknown> {
  const idOf = (layer: number, i: number): string => `layer${layer}_ID${String(i).padStart(6, "0")}`;
  const tasks = layers.flatMap((width, layer) =>
    Array.from({ length: width }, (_, i) => {
      const above = layers[layer - 1] ?? 0;
      const parents = above === 0 ? [] : [...new Set([idOf(layer - 1, i % above), idOf(layer - 1, (i + 1) % above)])];
      return {
        name: idOf(layer, i),
        id: idOf(layer, i),
        parents,
        children: [] as string[],
        inputFiles: [],
        outputFiles: [],
      };
    }),
  );
  const byId = new Map(tasks.map((task) => [task.id, task]));
  for (const task of tasks) for (const parent of task.parents) byId.get(parent)?.children.push(task.id);
  return {
    name: "made-up",
    schemaVersion: "1.5",
    createdAt: "2026-01-01T00:00:00Z",
    workflow: {
      specification: { tasks, files: [] },
      execution: {
        makespanInSeconds: layers.length * runtimeInSeconds,
        executedAt: "2026-01-01T00:00:00Z",
        tasks: tasks.map(({ id }) => ({ id, runtimeInSeconds, command: { program: "work", arguments: [] } })),
      },
    },
  };
}

/** Writes a recording into a folder and gives its path. */
export function writeRecording(folder: string, recording: unknown): string {
  const file = join(folder, "recording.json");
  writeFileSync(file, typeof recording === "string" ? recording : JSON.stringify(recording));
  return file;
}
