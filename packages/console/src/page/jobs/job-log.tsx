import type { ReactNode } from "react";
import { useList } from "../api/reading.ts";
import { Panel } from "../parts/facts.tsx";
import { Loading, Problem } from "../parts/states.tsx";
import "./job-log.css";

const clock = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
});

/** The lines that a job has logged, as they come. */
export function JobLog({ id }: { readonly id: string }): ReactNode {
  const { items, isLoading, error, hasMore, loadMore, restart } = useList(
    "/api/job/log",
    { id },
    { topics: [`job:${id}`] },
  );
  return (
    <Panel title="Log" end={<span className="muted">{items.length} lines</span>}>
      {isLoading ? <Loading label="Loading the log" lines={3} /> : null}
      {error === null ? null : <Problem error={error} onRetry={restart} />}
      {!isLoading && items.length === 0 ? <p className="faint">It has logged nothing.</p> : null}
      {items.length === 0 ? null : (
        <ol className="log" role="log" aria-label="Log">
          {items.map(({ message, data, reportedAt }, place) => (
            <li key={place}>
              <time dateTime={reportedAt}>{clock.format(new Date(reportedAt))}</time>
              <span>
                {message}
                {data === null ? null : <code>{data.text.replaceAll(/\s+/g, " ")}</code>}
              </span>
            </li>
          ))}
        </ol>
      )}
      {hasMore ? (
        <button type="button" className="button" onClick={loadMore}>
          Show later lines
        </button>
      ) : null}
    </Panel>
  );
}
