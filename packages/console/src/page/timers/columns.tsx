import { Link } from "wouter";
import type { TimerRow } from "../../protocol/index.ts";
import { CancelTimer } from "../actions/others.tsx";
import { pageHref } from "../api/base.ts";
import { Status } from "../parts/status.tsx";
import type { Column } from "../parts/table.tsx";
import { Ago, Moment } from "../parts/time.tsx";

/** The columns of lists of timers. */
export const timerColumns: readonly Column<TimerRow>[] = [
  { head: "Due", width: "84px", narrow: "64px", cell: ({ fireAt }) => <Ago at={fireAt} /> },
  {
    head: "At",
    width: "minmax(150px, 1fr)",
    cell: ({ fireAt }) => (
      <span className="muted">
        <Moment at={fireAt} />
      </span>
    ),
  },
  {
    head: "Step",
    width: "minmax(110px, 1.2fr)",
    narrow: "minmax(0, 1fr)",
    cell: ({ step, wait }) => (wait === null ? step : `${step}: wait for ${wait.key} expired`),
  },
  {
    head: "Execution",
    width: "minmax(140px, 1.6fr)",
    narrow: "minmax(0, 1fr)",
    cell: ({ executionId }) => (
      <Link href={pageHref("execution", { id: executionId, tab: "waiting" })}>{executionId}</Link>
    ),
  },
  { head: "Status", width: "110px", narrow: "104px", cell: ({ status }) => <Status status={status} /> },
  {
    head: "Holder",
    width: "minmax(70px, 0.7fr)",
    cell: ({ holder }) => <span className="muted">{holder ?? "—"}</span>,
  },
  { head: "Actions", width: "64px", narrow: "40px", cell: (timer) => <CancelTimer timer={timer} /> },
];
