import { ListTree } from "lucide-react";
import type { ReactNode } from "react";
import { type JobStatus, jobStatuses } from "../../../protocol/index.ts";
import { CancelAll, RetryAll } from "../../actions/jobs.tsx";
import { pageHref } from "../../api/base.ts";
import { useList } from "../../api/reading.ts";
import { jobColumns } from "../../jobs/columns.tsx";
import { StatusFilter } from "../../parts/filter-controls.tsx";
import { useFilters } from "../../parts/filters.ts";
import { ListView } from "../../parts/list-view.tsx";

/** The jobs of an execution. */
export function ExecutionJobs({ id }: { readonly id: string }): ReactNode {
  const filters = useFilters();
  const chosen = filters.all("status") as readonly JobStatus[];
  const list = useList("/api/jobs", { executionId: id, status: chosen }, { topics: [`execution:${id}`, "jobs"] });
  return (
    <div className="stack">
      <div className="row">
        <StatusFilter statuses={jobStatuses} chosen={chosen} onChange={(status) => filters.set({ status })} />
        <RetryAll selection={{ executionId: id }} which="of this execution" />
        <CancelAll selection={{ executionId: id }} which="of this execution" />
      </div>
      <ListView
        label="Jobs"
        list={list}
        columns={jobColumns}
        keyOf={(job) => job.id}
        hrefOf={(job) => pageHref("job", { id: job.id })}
        word="job"
        empty={{ icon: ListTree, title: chosen.length === 0 ? "It has no jobs" : "It has no jobs in these statuses" }}
      />
    </div>
  );
}
