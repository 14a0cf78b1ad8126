import type { ActionName } from "./actions.ts";
import type { Page, Payload, Status } from "./basics.ts";
import type { BlobRow, DefinitionDetail, DefinitionRow, KvRow, SnapshotDetail, SnapshotRow } from "./data.ts";
import type {
  ChildRow,
  ComponentRow,
  ExecutionCounts,
  ExecutionDetail,
  ExecutionFilter,
  ExecutionRow,
  HistoryRow,
  PayloadVersion,
} from "./executions.ts";
import type { Graph } from "./graph.ts";
import type { JobDetail, JobFilter, JobLogRow, JobRow, QueueRow } from "./jobs.ts";
import type { Overview } from "./overview.ts";
import type { Session } from "./session.ts";
import type { SystemReport } from "./system.ts";
import type { TaskDetail, TaskRow } from "./tasks.ts";
import type { EventRow, ScheduleDetail, ScheduleRow, TimerRow, UpcomingTick, WaitRow } from "./time.ts";

/** The parameters of every list: at most 1,000 items (100 by default). The default order is the list's own. */
export interface PageParameters {
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
  readonly order?: "asc" | "desc" | undefined;
}

/** The parameters of a route about one execution. */
interface OfExecution {
  readonly id: string;
}

/**
 * The routes that read: the query parameters of each, and its answer. Ids are parameters and not parts of paths, because they may hold any
 * character. Unknown parameters are refused.
 */
export interface Routes {
  readonly "/api/session": Route<object, Session>;
  readonly "/api/overview": Route<object, Overview>;
  readonly "/api/system": Route<object, SystemReport>;

  /** `orderBy` is the name of a label. */
  readonly "/api/executions": Route<
    ExecutionFilter & PageParameters & { readonly orderBy?: string | undefined },
    Page<ExecutionRow>
  >;
  readonly "/api/executions/counts": Route<ExecutionFilter, ExecutionCounts>;
  readonly "/api/execution": Route<OfExecution, ExecutionDetail>;
  /**
   * All tasks of the execution, whatever their level, in creation order: at most 5,000 a page (1,000 by default). `status` may be repeated.
   * With `updatedAfter`, only those written since.
   */
  readonly "/api/execution/tasks/all": Route<
    OfExecution &
      PageParameters & {
        readonly status?: readonly Status[] | undefined;
        readonly updatedAfter?: string | undefined;
      },
    Page<TaskRow>
  >;
  /** `nodes` is the most nodes, from 10 to 500, 200 by default. */
  readonly "/api/execution/graph": Route<OfExecution & { readonly nodes?: number | undefined }, Graph>;
  /** Newest first by default. */
  readonly "/api/execution/children": Route<
    OfExecution & PageParameters & { readonly parentTaskId?: string | undefined },
    Page<ChildRow>
  >;
  readonly "/api/execution/history": Route<OfExecution & PageParameters, Page<HistoryRow>>;
  readonly "/api/execution/components": Route<OfExecution & PageParameters, Page<ComponentRow>>;
  /** Newest first; those of the snapshots are the versions of the persistence id that equals the execution's id. */
  readonly "/api/execution/versions": Route<OfExecution, readonly PayloadVersion[]>;
  readonly "/api/execution/blobs": Route<OfExecution, readonly BlobRow[]>;
  readonly "/api/task": Route<{ readonly id: string }, TaskDetail>;

  readonly "/api/queues": Route<PageParameters, Page<QueueRow>>;
  readonly "/api/queue": Route<{ readonly name: string }, QueueRow>;
  readonly "/api/jobs": Route<JobFilter & PageParameters, Page<JobRow>>;
  readonly "/api/job": Route<{ readonly id: string }, JobDetail>;
  readonly "/api/job/log": Route<{ readonly id: string } & PageParameters, Page<JobLogRow>>;

  /** By due time. */
  readonly "/api/timers": Route<
    PageParameters & { readonly executionId?: string | undefined; readonly status?: TimerRow["status"] | undefined },
    Page<TimerRow>
  >;
  /** Waits that still wait by default; other statuses need `executionId`. */
  readonly "/api/waits": Route<
    PageParameters & {
      readonly executionId?: string | undefined;
      readonly key?: string | undefined;
      readonly status?: WaitRow["status"] | undefined;
    },
    Page<WaitRow>
  >;
  /** The kept events of a key. */
  readonly "/api/events": Route<PageParameters & { readonly key: string }, Page<EventRow>>;
  /** By id. */
  readonly "/api/schedules": Route<
    PageParameters & { readonly queue?: string | undefined; readonly status?: ScheduleRow["status"] | undefined },
    Page<ScheduleRow>
  >;
  /** The next ticks of all active schedules together, at most 1,000 (`limit`). */
  readonly "/api/schedules/upcoming": Route<{ readonly limit?: number | undefined }, readonly UpcomingTick[]>;
  /** `ticks` is from 1 to 1,000, 10 by default. */
  readonly "/api/schedule": Route<{ readonly id: string; readonly ticks?: number | undefined }, ScheduleDetail>;

  /** Each name with its newest version. */
  readonly "/api/definitions": Route<
    PageParameters & { readonly status?: DefinitionRow["status"] | undefined },
    Page<DefinitionRow>
  >;
  readonly "/api/definition/versions": Route<PageParameters & { readonly name: string }, Page<DefinitionRow>>;
  readonly "/api/definition": Route<{ readonly name: string; readonly version: number }, DefinitionDetail>;
  /** The prefixes that begin with `start`. */
  readonly "/api/kv/prefixes": Route<PageParameters & { readonly start?: string | undefined }, Page<string>>;
  readonly "/api/kv": Route<PageParameters & { readonly prefix: string }, Page<KvRow>>;
  readonly "/api/kv/entry": Route<{ readonly prefix: string; readonly key: string }, KvRow>;
  readonly "/api/snapshots": Route<
    PageParameters & { readonly shard?: number | undefined; readonly definition?: string | undefined },
    Page<SnapshotRow>
  >;
  readonly "/api/snapshot/versions": Route<PageParameters & { readonly id: string }, Page<SnapshotRow>>;
  /** The newest version by default. */
  readonly "/api/snapshot": Route<{ readonly id: string; readonly version?: string | undefined }, SnapshotDetail>;
  readonly "/api/blobs": Route<PageParameters & { readonly prefix?: string | undefined }, Page<BlobRow>>;
  /** One payload by its own path, see {@link PayloadVersion} and {@link Payload}. Pages take the path as it is. */
  readonly "/api/payload": Route<Readonly<Record<string, string>>, Payload>;
}

interface Route<Parameters, Answer> {
  readonly parameters: Parameters;
  readonly answer: Answer;
}

/** The path of a reading route, below the console's own. */
export type RoutePath = keyof Routes;

/** The query parameters of a route. */
export type ParametersOf<P extends RoutePath> = Routes[P]["parameters"];

/** The answer of a route. */
export type AnswerOf<P extends RoutePath> = Routes[P]["answer"];

/** Signs in: POST with a `SignIn` as JSON. Answers a `Session`. */
export const signInPath = "/api/sign-in";

/** Signs out: POST. Answers a `Session`. */
export const signOutPath = "/api/sign-out";

/** The stream of server-sent events, with repeated parameters `topic`. */
export const livePath = "/api/live";

/** The figures of the store for Prometheus. */
export const metricsPath = "/metrics";

/** The header that every POST carries, with any value: another site cannot send it without the server's consent. */
export const requestHeader = "x-holdfast-console";

/** The path of an action. */
export function actionPath(name: ActionName): string {
  return `/api/actions/${name}`;
}
