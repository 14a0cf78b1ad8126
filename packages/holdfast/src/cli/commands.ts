import type { Command } from "commander";
import type { Context } from "./context.ts";

/** Adds the arguments, options and subcommands of one command. */
export type BuildCommand = (command: Command, context: Context) => void;

/** A command of the first level. It is loaded when it is wanted, so that `--help` is quick. */
export interface CommandEntry {
  readonly group: "Look" | "Nouns" | "Maintain" | "Try";
  readonly about: string;
  /** Of a command with subcommands, which have their own. */
  readonly example?: string;
  readonly load: () => Promise<BuildCommand>;
}

/** The commands by name, in the order of the help. */
export const commands: Readonly<Record<string, CommandEntry>> = {
  status: {
    group: "Look",
    about: "show on one screen what the store holds, what waits, and what is late",
    load: async () => (await import("./status.ts")).buildStatus,
  },
  doctor: {
    group: "Look",
    about: "check connection, schema, server and work, and say what to do",
    load: async () => (await import("./doctor.ts")).buildDoctor,
  },
  console: {
    group: "Look",
    about: "serve the web console",
    load: async () => (await import("./console.ts")).buildConsole,
  },
  executions: {
    group: "Nouns",
    about: "runs of definitions: list, get, draw, cancel",
    example: "executions tree order-17",
    load: async () => (await import("./executions.ts")).buildExecutions,
  },
  tasks: {
    group: "Nouns",
    about: "units of work inside executions",
    example: "tasks list --status failed",
    load: async () => (await import("./tasks.ts")).buildTasks,
  },
  jobs: {
    group: "Nouns",
    about: "queued work: list, get, retry, cancel, dead letters",
    example: "jobs dead mail",
    load: async () => (await import("./jobs.ts")).buildJobs,
  },
  queues: {
    group: "Nouns",
    about: "depths, pauses and limits of queues",
    example: "queues list",
    load: async () => (await import("./queues.ts")).buildQueues,
  },
  timers: {
    group: "Nouns",
    about: "wake-ups of executions",
    example: "timers list --status scheduled",
    load: async () => (await import("./timers.ts")).buildTimers,
  },
  schedules: {
    group: "Nouns",
    about: "rules that make jobs: list, preview, pause, trigger",
    example: "schedules get nightly",
    load: async () => (await import("./schedules.ts")).buildSchedules,
  },
  correlations: {
    group: "Nouns",
    about: "waits for events, and events that nobody took",
    example: "correlations list --key payment:17",
    load: async () => (await import("./correlations.ts")).buildCorrelations,
  },
  definitions: {
    group: "Nouns",
    about: "workflow documents and their versions",
    example: "definitions get order active",
    load: async () => (await import("./definitions.ts")).buildDefinitions,
  },
  kv: {
    group: "Nouns",
    about: "bytes by prefix and key",
    example: "kv prefixes",
    load: async () => (await import("./kv.ts")).buildKv,
  },
  snapshots: {
    group: "Nouns",
    about: "versioned states",
    example: "snapshots get account-17",
    load: async () => (await import("./snapshots.ts")).buildSnapshots,
  },
  checkpoints: {
    group: "Nouns",
    about: "versions of the state of threads",
    example: "checkpoints get conversation-7",
    load: async () => (await import("./checkpoints.ts")).buildCheckpoints,
  },
  blobs: {
    group: "Nouns",
    about: "large bytes under keys",
    example: "blobs list --prefix invoices/",
    load: async () => (await import("./blobs.ts")).buildBlobs,
  },
  migrate: {
    group: "Maintain",
    about: "bring a schema up to this release",
    load: async () => (await import("./migrate.ts")).buildMigrate,
  },
  retain: {
    group: "Maintain",
    about: "remove what is past its period",
    load: async () => (await import("./retain.ts")).buildRetain,
  },
  export: {
    group: "Maintain",
    about: "write what a store holds into a file, for `holdfast import`",
    load: async () => (await import("./export.ts")).buildExport,
  },
  import: {
    group: "Maintain",
    about: "restore what `holdfast export` wrote, all or nothing",
    load: async () => (await import("./import.ts")).buildImport,
  },
  bench: {
    group: "Try",
    about: "measure this database, in a schema that is removed afterwards",
    load: async () => (await import("./bench.ts")).buildBench,
  },
  replay: {
    group: "Try",
    about: "run a recorded workflow (WfFormat 1.5) through the store",
    load: async () => (await import("./replay.ts")).buildReplay,
  },
};
