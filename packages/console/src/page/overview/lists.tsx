import type { ReactNode } from "react";
import { Link } from "wouter";
import type { ExecutionRow, JobRow, QueueRow, UpcomingTick } from "../../protocol/index.ts";
import { pageHref } from "../api/base.ts";
import { formatCount } from "../parts/format.ts";
import { Empty } from "../parts/states.tsx";
import { Status } from "../parts/status.tsx";
import { Ago } from "../parts/time.tsx";

/** The queues with the most work, and how long it waits. */
export function TopQueues({ queues }: { readonly queues: readonly QueueRow[] }): ReactNode {
  const top = queues
    .toSorted((a, b) => b.counts.ready + b.counts.running - a.counts.ready - a.counts.running)
    .slice(0, 8);
  return (
    <section className="panel" aria-labelledby="top-queues">
      <header>
        <h2 id="top-queues">Queues</h2>
        <Link className="end" href="/queues">
          All queues
        </Link>
      </header>
      {top.length === 0 ? (
        <Empty title="No queue has work">Push a job, or create an execution with a queue.</Empty>
      ) : (
        <table className="plain">
          <thead>
            <tr>
              <th scope="col">Queue</th>
              <th scope="col" className="num">
                Ready
              </th>
              <th scope="col" className="num">
                Running
              </th>
              <th scope="col" className="num">
                Oldest
              </th>
            </tr>
          </thead>
          <tbody>
            {top.map(({ name, pausedAt, counts, oldestReadyAt }) => (
              <tr key={name}>
                <td>
                  <Link href={pageHref("queue", { name })}>{name}</Link>{" "}
                  {pausedAt === null ? null : <Status status="paused" />}
                </td>
                <td className="num">{formatCount(counts.ready)}</td>
                <td className="num">{formatCount(counts.running)}</td>
                <td className="num">
                  <Ago at={oldestReadyAt} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

interface FailuresProps {
  readonly executions: readonly ExecutionRow[];
  readonly jobs: readonly JobRow[];
}

/** What failed last. */
export function RecentFailures({ executions, jobs }: FailuresProps): ReactNode {
  const failures = [
    ...executions.map(({ id, status, finishedAt, definition }) => {
      return { id, status, at: finishedAt, href: pageHref("execution", { id }), of: definition?.name ?? "execution" };
    }),
    ...jobs.map(({ id, status, finishedAt, queue }) => {
      return { id, status, at: finishedAt, href: pageHref("job", { id }), of: queue };
    }),
  ];
  const newest = failures.toSorted((a, b) => (b.at ?? "").localeCompare(a.at ?? "")).slice(0, 8);
  return (
    <section className="panel" aria-labelledby="failures">
      <header>
        <h2 id="failures">Newest failures</h2>
        <Link className="end" href="/dead">
          Dead letters
        </Link>
      </header>
      {newest.length === 0 ? (
        <Empty title="Nothing has failed">Failed executions and dead jobs appear here.</Empty>
      ) : (
        <table className="plain">
          <tbody>
            {newest.map(({ id, status, at, href, of }) => (
              <tr key={href}>
                <td>
                  <Status status={status} />
                </td>
                <td className="grows">
                  <Link href={href}>{id}</Link> <span className="muted">{of}</span>
                </td>
                <td className="num">
                  <Ago at={at} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

interface UpcomingProps {
  readonly ticks: readonly UpcomingTick[];
  readonly nextTimerAt: string | null;
}

/** What comes next by the clock. */
export function Upcoming({ ticks, nextTimerAt }: UpcomingProps): ReactNode {
  return (
    <section className="panel" aria-labelledby="upcoming">
      <header>
        <h2 id="upcoming">Next by the clock</h2>
        <span className="muted">
          Next timer: <Ago at={nextTimerAt} none="none" />
        </span>
        <Link className="end" href="/schedules">
          Schedules
        </Link>
      </header>
      {ticks.length === 0 ? (
        <Empty title="No schedule is active" />
      ) : (
        <ul className="ticks">
          {ticks.map(({ at, scheduleId, queue }) => (
            <li key={`${scheduleId} ${at}`}>
              <Ago at={at} />
              <Link href={pageHref("schedule", { id: scheduleId })}>{scheduleId}</Link>
              <span className="muted">to {queue}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
