import { Link } from "wouter";
import type { JobRow } from "../../protocol/index.ts";
import { JobActions } from "../actions/jobs.tsx";
import { pageHref } from "../api/base.ts";
import { Status } from "../parts/status.tsx";
import type { Column } from "../parts/table.tsx";
import { Ago, Duration } from "../parts/time.tsx";

/** The columns of lists of jobs. */
export const jobColumns: readonly Column<JobRow>[] = [
  {
    head: "Job",
    width: "minmax(180px, 2fr)",
    narrow: "minmax(0, 1fr)",
    cell: ({ id, queue }) => (
      <span className="cell-two">
        <span className="mono">{id}</span>
        <span className="muted narrow-only">{queue}</span>
      </span>
    ),
  },
  { head: "Status", width: "110px", narrow: "102px", cell: ({ status }) => <Status status={status} /> },
  {
    head: "Queue",
    width: "minmax(90px, 1fr)",
    cell: ({ queue }) => <Link href={pageHref("queue", { name: queue })}>{queue}</Link>,
  },
  {
    head: "Attempts",
    width: "76px",
    isNumber: true,
    cell: ({ attempts, maxAttempts }) => (maxAttempts > 999 ? attempts : `${attempts} of ${maxAttempts}`),
  },
  { head: "Due", width: "84px", isNumber: true, cell: ({ runAt }) => <Ago at={runAt} /> },
  {
    head: "Ran",
    width: "84px",
    isNumber: true,
    cell: ({ startedAt, finishedAt, status }) =>
      status === "running" || finishedAt !== null ? (
        <Duration from={startedAt} to={finishedAt} />
      ) : (
        <span className="faint">—</span>
      ),
  },
  { head: "Actions", width: "64px", narrow: "40px", cell: (job) => <JobActions job={job} isSmall /> },
];
