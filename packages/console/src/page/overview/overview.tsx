import { useQueryClient } from "@tanstack/react-query";
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

function Totals({ overview: { executions, jobs } }: { readonly overview: Overview }): ReactNode {
  return (
    <div className="panel totals">
      <TotalsOf name="Executions" page="executions" counts={executions} order={statuses} />
      <TotalsOf name="Jobs" page="jobs" counts={jobs} order={jobStatuses} />
    </div>
  );
}

interface TotalsProps {
  readonly name: string;
  readonly page: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly order: readonly string[];
}

function TotalsOf({ name, page, counts, order }: TotalsProps): ReactNode {
  return (
    <section aria-label={name} className="totals-of">
      <h2>
        <Link href={`/${page}`}>{name}</Link>
      </h2>
      <ul>
        {order.map((status) => (
          <li key={status}>
            <Link href={pageHref(page, { status })} className={counts[status] === 0 ? "is-zero" : undefined}>
              <strong>{formatCount(counts[status] ?? 0)}</strong>
              <Status status={status} />
            </Link>
          </li>
        ))}
      </ul>
      <StatusBar label={name} counts={counts} />
    </section>
  );
}
