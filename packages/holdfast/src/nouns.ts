import { type Blobs, blobsOf, type ContentBackend } from "./blobs/blobs.ts";
import { type Checkpoints, checkpointsOf } from "./checkpoints/checkpoints.ts";
import { type Components, componentsOf } from "./components/components.ts";
import { type Correlations, correlationsOf } from "./correlations/correlations.ts";
import { type Definitions, definitionsOf } from "./definitions/definitions.ts";
import { type Executions, executionsOf } from "./executions/executions.ts";
import { forkOf, type Forks } from "./fork/fork.ts";
import { type History, historyOf } from "./history/history.ts";
import { type Jobs, jobsOf } from "./jobs/jobs.ts";
import { type Kv, kvOf } from "./kv/kv.ts";
import { type Queues, queuesOf } from "./queues/queues.ts";
import { type Schedules, schedulesOf } from "./schedules/schedules.ts";
import type { Session } from "./session/session.ts";
import { type Snapshots, snapshotsOf } from "./snapshots/snapshots.ts";
import { startOf, type Starts } from "./start/start.ts";
import { type Tasks, tasksOf } from "./tasks/tasks.ts";
import { type Timers, timersOf } from "./timers/timers.ts";
import { type Transition, transitionOf } from "./transition/transition.ts";

/** The nouns of a store. Every method means the same on the store and on a transaction. */
export interface Nouns {
  readonly definitions: Definitions;
  readonly executions: Executions & Starts & Transition & Forks;
  readonly tasks: Tasks;
  readonly components: Components;
  readonly kv: Kv;
  readonly correlations: Correlations;
  readonly timers: Timers;
  readonly schedules: Schedules;
  readonly history: History;
  readonly jobs: Jobs;
  readonly queues: Queues;
  readonly snapshots: Snapshots;
  readonly checkpoints: Checkpoints;
  readonly blobs: Blobs;
}

/** The nouns of a session. Each is created on first use: most transactions and reads use one or two. */
export function nounsOn(session: Session, blobBackend: ContentBackend | null): Nouns {
  const made: { -readonly [N in keyof Nouns]?: Nouns[N] } = {};
  return {
    get definitions() {
      return (made.definitions ??= definitionsOf(session));
    },
    get executions() {
      return (made.executions ??= runsOf(session));
    },
    get tasks() {
      return (made.tasks ??= tasksOf(session));
    },
    get components() {
      return (made.components ??= componentsOf(session));
    },
    get kv() {
      return (made.kv ??= kvOf(session));
    },
    get correlations() {
      return (made.correlations ??= correlationsOf(session));
    },
    get timers() {
      return (made.timers ??= timersOf(session));
    },
    get schedules() {
      return (made.schedules ??= schedulesOf(session));
    },
    get history() {
      return (made.history ??= historyOf(session));
    },
    get jobs() {
      return (made.jobs ??= jobsOf(session));
    },
    get queues() {
      return (made.queues ??= queuesOf(session));
    },
    get snapshots() {
      return (made.snapshots ??= snapshotsOf(session));
    },
    get checkpoints() {
      return (made.checkpoints ??= checkpointsOf(session));
    },
    get blobs() {
      return (made.blobs ??= blobsOf(session, blobBackend));
    },
  };
}

/** The executions of a session, with all that combines them with other nouns. */
function runsOf(session: Session): Nouns["executions"] {
  return { ...executionsOf(session), ...startOf(session), ...transitionOf(session), ...forkOf(session) };
}
