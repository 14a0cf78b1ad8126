import { Skull } from "lucide-react";
import type { ReactNode } from "react";
import type { JobRow } from "../../protocol/index.ts";
import { JobActions, RetryAll } from "../actions/jobs.tsx";
import { pageHref } from "../api/base.ts";
import { useList, useRead } from "../api/reading.ts";
import { useFilters } from "../parts/filters.ts";
import { formatCount } from "../parts/format.ts";
import { ListView } from "../parts/list-view.tsx";
import type { Column } from "../parts/table.tsx";
import { Ago } from "../parts/time.tsx";
import { useTitle } from "../parts/title.tsx";

/** The dead jobs, by queue. */
export function DeadLettersPage(): ReactNode {
  useTitle("Dead letters");
  const filters = useFilters();
  const queue = filters.get("queue");
  const list = useList("/api/jobs", { queue, status: ["dead"], order: "desc" }, { topics: ["jobs"] });
  const { data } = useRead("/api/queues", { limit: 1000 }, { topics: ["queues"] });
  const queues = (data?.items ?? []).filter(({ counts, name }) => counts.dead > 0 || name === queue);
  return (
    <div className="page">
      <div className="page-head">
        <h1>Dead letters</h1>
        <div className="actions">
          {queue === undefined ? null : (
            <RetryAll selection={{ queue, status: ["dead"] }} which={`of queue ${queue}`} />
          )}
        </div>
      </div>
      <p className="muted">Jobs whose attempts are spent. Choose a queue to retry all of its dead jobs.</p>
      <div className="row" role="group" aria-label="Queues with dead letters">
        {queues.map(({ name, counts, countUpTo }) => (
          <button
            key={name}
            type="button"
            className="chip"
            aria-pressed={name === queue}
            onClick={() => filters.set({ queue: name === queue ? undefined : name })}
          >
            {name}{" "}
            <span className="count">
              {formatCount(counts.dead)}
              {counts.dead >= countUpTo ? "+" : ""}
            </span>
          </button>
        ))}
      </div>
      <ListView
        label="Dead letters"
        list={list}
        columns={deadColumns}
        keyOf={({ id }) => id}
        hrefOf={({ id }) => pageHref("job", { id })}
        word="dead job"
        empty={{ icon: Skull, title: "No job is dead", text: "A job that has spent its attempts would be here." }}
      />
    </div>
  );
}

const deadColumns: readonly Column<JobRow>[] = [
  {
    head: "Job",
    width: "minmax(180px, 2fr)",
    narrow: "minmax(0, 1fr)",
    cell: ({ id }) => <span className="mono">{id}</span>,
  },
  { head: "Queue", width: "minmax(100px, 1fr)", narrow: "minmax(0, 90px)", cell: ({ queue }) => queue },
  { head: "Attempts", width: "80px", isNumber: true, cell: ({ attempts }) => attempts },
  {
    head: "Last holder",
    width: "minmax(90px, 1fr)",
    cell: ({ holder }) => <span className="muted">{holder ?? "—"}</span>,
  },
  { head: "Died", width: "80px", narrow: "58px", isNumber: true, cell: ({ finishedAt }) => <Ago at={finishedAt} /> },
  { head: "Actions", width: "64px", narrow: "40px", cell: (job) => <JobActions job={job} isSmall /> },
];
