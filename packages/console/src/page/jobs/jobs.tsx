import { ListTree, Search } from "lucide-react";
import type { ReactNode } from "react";
import { useLocation } from "wouter";
import { type JobStatus, jobStatuses } from "../../protocol/index.ts";
import { CancelAll, RetryAll } from "../actions/jobs.tsx";
import { pageHref } from "../api/base.ts";
import { useList, useRead } from "../api/reading.ts";
import { StatusFilter, TextFilter } from "../parts/filter-controls.tsx";
import { useFilters } from "../parts/filters.ts";
import { ListView } from "../parts/list-view.tsx";
import { useTitle } from "../parts/title.tsx";
import { jobColumns } from "./columns.tsx";

const OPEN: readonly JobStatus[] = ["blocked", "scheduled", "ready", "running"];
const ENDED: readonly JobStatus[] = ["dead", "canceled"];

/** The jobs that pass the filters of the address. */
export function JobsPage(): ReactNode {
  useTitle("Jobs");
  const filters = useFilters();
  const [, navigate] = useLocation();
  const [queue, executionId] = [filters.get("queue"), filters.get("execution")];
  const status = filters.all("status") as readonly JobStatus[];
  const list = useList("/api/jobs", { queue, executionId, status, order: "desc" }, { topics: ["jobs"] });
  const counts = useRead("/api/queue", { name: queue ?? "" }, { topics: ["queues"], isEnabled: queue !== undefined });
  return (
    <div className="page">
      <div className="page-head">
        <h1>Jobs</h1>
        <div className="actions">
          {queue === undefined && executionId === undefined ? null : (
            <ManyActions {...{ queue, executionId, status }} />
          )}
        </div>
      </div>
      <StatusFilter
        statuses={jobStatuses}
        chosen={status}
        counts={queue === undefined ? undefined : counts.data?.counts}
        countUpTo={counts.data?.countUpTo}
        onChange={(chosen) => filters.set({ status: chosen })}
      />
      <div className="row" role="search" aria-label="Filter jobs">
        <TextFilter
          label="Open the job with this id"
          placeholder="Open by id"
          value={undefined}
          onChange={(id) => navigate(pageHref("job", { id }))}
          icon={Search}
          width={130}
        />
        <TextFilter
          label="Queue"
          placeholder="Queue"
          value={queue}
          onChange={(next) => filters.set({ queue: next })}
          isFirst
          width={130}
        />
        <TextFilter
          label="Execution"
          placeholder="Execution"
          value={executionId}
          onChange={(next) => filters.set({ execution: next })}
          width={170}
        />
      </div>
      <ListView
        label="Jobs"
        list={list}
        columns={jobColumns}
        keyOf={({ id }) => id}
        hrefOf={({ id }) => pageHref("job", { id })}
        word="job"
        empty={{ icon: ListTree, title: "No job passes these filters", text: "Take some of them away, or push a job." }}
      />
    </div>
  );
}

interface ManyProps {
  readonly queue: string | undefined;
  readonly executionId: string | undefined;
  readonly status: readonly JobStatus[];
}

/** What can be done to all jobs that the filters select. */
function ManyActions({ queue, executionId, status }: ManyProps): ReactNode {
  const which = [
    queue === undefined ? "" : `of queue ${queue}`,
    executionId === undefined ? "" : `of execution ${executionId}`,
  ]
    .filter(Boolean)
    .join(", ");
  const among = (possible: readonly JobStatus[]): readonly JobStatus[] =>
    status.length === 0 ? possible : possible.filter((each) => status.includes(each));
  const place = { ...(queue === undefined ? {} : { queue }), ...(executionId === undefined ? {} : { executionId }) };
  const [ended, open] = [among(ENDED), among(OPEN)];
  return (
    <>
      {ended.length === 0 ? null : (
        <RetryAll selection={{ ...place, ...(status.length === 0 ? {} : { status: ended }) }} which={which} />
      )}
      {open.length === 0 ? null : (
        <CancelAll selection={{ ...place, ...(status.length === 0 ? {} : { status: open }) }} which={which} />
      )}
    </>
  );
}
