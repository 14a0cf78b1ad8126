import { arch, availableParallelism, platform } from "node:os";
import type { DoneStep, Run } from "./run.ts";

/** What a recording says about the project that was built. */
export interface Subject {
  readonly version: string;
}

// Nothing in a recording tells which machine it comes from.
const MACHINE = "build-machine";
const SYSTEMS: Readonly<Record<string, string>> = { linux: "linux", darwin: "macos", win32: "windows" };
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "x86_64" };

/** The recording, in WfFormat 1.5, of the steps that were done. */
export function toDocument({ done, sizes, startedAt, seconds }: Run, { version }: Subject): unknown {
  const ids = done.map(({ step }) => step.id);
  const files = new Set(done.flatMap(({ step }) => [...step.reads, ...step.writes]));
  return {
    name: "build-and-test",
    description: "Holdfast's own build and tests, from an empty folder.",
    createdAt: new Date().toISOString(),
    schemaVersion: "1.5",
    runtimeSystem: { name: "holdfast examples/record", version },
    workflow: {
      specification: {
        tasks: done.map(({ step }) => ({
          name: step.id,
          id: step.id,
          parents: step.after,
          children: ids.filter((id) =>
            done.some((other) => other.step.id === id && other.step.after.includes(step.id)),
          ),
          inputFiles: step.reads.map(fileId),
          outputFiles: step.writes.map(fileId),
        })),
        files: [...files].map((path) => ({ id: fileId(path), sizeInBytes: sizes.get(path) ?? 0 })),
      },
      execution: {
        makespanInSeconds: round(seconds),
        executedAt: startedAt.toISOString(),
        tasks: done.map(toExecutedTask),
        machines: [
          {
            nodeName: MACHINE,
            ...(SYSTEMS[platform()] === undefined ? {} : { system: SYSTEMS[platform()] }),
            architecture: ARCHITECTURES[arch()] ?? arch(),
            cpu: { coreCount: availableParallelism() },
          },
        ],
      },
    },
  };
}

function toExecutedTask({ step, measurement }: DoneStep): unknown {
  const { startedAt, seconds, cpuSeconds, memoryBytes } = measurement;
  return {
    id: step.id,
    executedAt: startedAt.toISOString(),
    runtimeInSeconds: round(seconds),
    command: { program: step.program, arguments: step.arguments },
    avgCPU: Math.round((1000 * cpuSeconds) / seconds) / 10,
    ...(memoryBytes === 0 ? {} : { memoryInBytes: memoryBytes }),
    machines: [MACHINE],
  };
}

/** The path with dots for slashes: the format's 1.5 has no slashes in the ids of files. */
function fileId(path: string): string {
  return path.replaceAll("/", ".");
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
