import { Hourglass, Timer } from "lucide-react";
import type { ReactNode } from "react";
import type { WaitRow } from "../../../protocol/index.ts";
import { CancelWait } from "../../actions/others.tsx";
import { useList } from "../../api/reading.ts";
import { ChoiceFilter } from "../../parts/filter-controls.tsx";
import { useFilters } from "../../parts/filters.ts";
import { ListView } from "../../parts/list-view.tsx";
import { Status } from "../../parts/status.tsx";
import type { Column } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";
import { timerColumns } from "../../timers/columns.tsx";

const WAITS = ["waiting", "delivered", "expired"] as const;

/** What an execution waits for: events, and times. */
export function ExecutionWaiting({ id }: { readonly id: string }): ReactNode {
  const filters = useFilters();
  const status = WAITS.find((each) => each === filters.get("waits")) ?? "waiting";
  const topics = [`execution:${id}`] as const;
  const waits = useList("/api/waits", { executionId: id, status }, { topics });
  const timers = useList("/api/timers", { executionId: id }, { topics });
  return (
    <div className="stack">
      <div className="row">
        <h2>Waits for events</h2>
        <ChoiceFilter
          label="Status"
          value={status}
          options={WAITS.map((each) => [each, each] as const)}
          onChange={(next) => filters.set({ waits: next })}
        />
      </div>
      <ListView
        label="Waits"
        list={waits}
        columns={waitColumns}
        keyOf={(wait) => wait.id}
        word="wait"
        empty={{ icon: Hourglass, title: status === "waiting" ? "It waits for no event" : `No wait is ${status}` }}
      />
      <h2>Timers</h2>
      <ListView
        label="Timers"
        list={timers}
        columns={timerColumns.filter(({ head }) => head !== "Execution")}
        keyOf={(timer) => timer.id}
        word="timer"
        empty={{ icon: Timer, title: "It has no timers" }}
      />
    </div>
  );
}

const waitColumns: readonly Column<WaitRow>[] = [
  { head: "Key", width: "minmax(160px, 2fr)", narrow: "minmax(0, 1fr)", cell: ({ key }) => <code>{key}</code> },
  { head: "Step", width: "minmax(100px, 1fr)", narrow: "minmax(0, 1fr)", cell: ({ step }) => step },
  { head: "Status", width: "110px", narrow: "100px", cell: ({ status }) => <Status status={status} /> },
  { head: "Since", width: "80px", isNumber: true, cell: ({ createdAt }) => <Ago at={createdAt} /> },
  { head: "Expires", width: "80px", isNumber: true, cell: ({ expiresAt }) => <Ago at={expiresAt} none="never" /> },
  { head: "Actions", width: "64px", narrow: "40px", cell: (wait) => <CancelWait wait={wait} /> },
];
