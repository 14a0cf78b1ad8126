import { useQueryClient } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { Link } from "wouter";
import { jobStatuses, type Overview, statuses } from "../../protocol/index.ts";
import { pageHref } from "../api/base.ts";
import { live } from "../api/live.ts";
import { useRead } from "../api/reading.ts";
import { formatCount } from "../parts/format.ts";
import { Loaded } from "../parts/loaded.tsx";
import { Status, StatusBar } from "../parts/status.tsx";
import { useTitle } from "../parts/title.tsx";
import { OverviewCharts } from "./charts.tsx";
import { RecentFailures, TopQueues, Upcoming } from "./lists.tsx";
import "./overview.css";

/** How many samples stay on the charts: half an hour of one every five seconds. */
const samplesMax = 360;

/** The state of the whole store at a glance. */
export function OverviewPage(): ReactNode {
  useTitle("Overview");
  const query = useRead("/api/overview", {}, { topics: ["overview"] });
  useSamples();
  return (
    <div className="page">
      <Loaded query={query} label="Loading the overview" lines={12}>
        {(data) => <Store overview={data} />}
      </Loaded>
    </div>
  );
}

function Store({ overview: data }: { readonly overview: Overview }): ReactNode {
  return (
    <>
      <div className="page-head">
        <h1>Overview</h1>
        {data.isHealthy ? null : (
          <Link href="/health" className="tag tone-failed unhealthy">
            The store needs attention
          </Link>
        )}
      </div>
      <Totals overview={data} />
      <Overdue overdue={data.overdue} />
      <OverviewCharts samples={data.samples} />
      <div className="grid-2">
        <TopQueues queues={data.queues} />
        <RecentFailures executions={data.failedExecutions} jobs={data.deadJobs} />
      </div>
      <Upcoming ticks={data.upcoming} nextTimerAt={data.nextTimerAt} />
    </>
  );
}

/** Adds each new sample to what was read. */
function useSamples(): void {
  const client = useQueryClient();
  useEffect(
    () =>
      live.on("sample", (sample) => {
        client.setQueryData<Overview>(["/api/overview", {}], (former) => {
          if (former === undefined || (former.samples.at(-1)?.at ?? "") >= sample.at) return former;
          return { ...former, samples: [...former.samples, sample].slice(-samplesMax) };
        });
      }),
    [client],
  );
}

const OVERDUE = [
  ["leases", "lease has run out", "leases have run out", "executions"],
  ["timers", "timer is due and unclaimed", "timers are due and unclaimed", "timers"],
  ["schedules", "schedule has unhandled ticks", "schedules have unhandled ticks", "schedules"],
] as const;

/** What nobody has handled in time: the workers, the timer pump or the scheduler may be gone. */
function Overdue({ overdue }: Pick<Overview, "overdue">): ReactNode {
  const late = OVERDUE.filter(([name]) => overdue[name] > 0);
  if (late.length === 0) return null;
  return (
    <div className="row">
      {late.map(([name, one, many, page]) => (
        <Link key={name} href={`/${page}`} className="chip tone-timed_out overdue">
          <TriangleAlert size={14} aria-hidden="true" />
          {formatCount(overdue[name])} {overdue[name] === 1 ? one : many}
        </Link>
      ))}
    </div>
  );
}

function Totals({ overview: { executions, jobs, countUpTo } }: { readonly overview: Overview }): ReactNode {
  return (
    <div className="panel totals">
      <TotalsOf name="Executions" page="executions" counts={executions} countUpTo={countUpTo} order={statuses} />
      <TotalsOf name="Jobs" page="jobs" counts={jobs} countUpTo={Number.POSITIVE_INFINITY} order={jobStatuses} />
    </div>
  );
}

interface TotalsProps {
  readonly name: string;
  readonly page: string;
  readonly counts: Readonly<Record<string, number>>;
  /** A count that reaches it stands for at least as many. */
  readonly countUpTo: number;
  readonly order: readonly string[];
}

function TotalsOf({ name, page, counts, countUpTo, order }: TotalsProps): ReactNode {
  return (
    <section aria-label={name} className="totals-of">
      <h2>
        <Link href={`/${page}`}>{name}</Link>
      </h2>
      <ul>
        {order.map((status) => (
          <li key={status}>
            <Link href={pageHref(page, { status })} className={counts[status] === 0 ? "is-zero" : undefined}>
              <strong>
                {formatCount(counts[status] ?? 0)}
                {(counts[status] ?? 0) >= countUpTo ? "+" : ""}
              </strong>
              <Status status={status} />
            </Link>
          </li>
        ))}
      </ul>
      <StatusBar label={name} counts={counts} />
    </section>
  );
}
