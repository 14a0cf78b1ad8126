import { CalendarClock } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "wouter";
import type { ScheduleRow } from "../../protocol/index.ts";
import { pageHref } from "../api/base.ts";
import { useList, useRead } from "../api/reading.ts";
import { Panel } from "../parts/facts.tsx";
import { ChoiceFilter, TextFilter } from "../parts/filter-controls.tsx";
import { useFilters } from "../parts/filters.ts";
import { formatDuration } from "../parts/format.ts";
import { ListView } from "../parts/list-view.tsx";
import { Status } from "../parts/status.tsx";
import type { Column } from "../parts/table.tsx";
import { Ago } from "../parts/time.tsx";
import { useTitle } from "../parts/title.tsx";

const STATUSES = ["active", "paused", "ended"] as const;

/** Schedules, and the ticks of all of them that come next. */
export function SchedulesPage(): ReactNode {
  useTitle("Schedules");
  const filters = useFilters();
  const status = STATUSES.find((each) => each === filters.get("status"));
  const list = useList("/api/schedules", { status, queue: filters.get("queue") }, { topics: ["schedules"] });
  const upcoming = useRead("/api/schedules/upcoming", { limit: 24 }, { topics: ["schedules"] });
  return (
    <div className="page">
      <div className="page-head">
        <h1>Schedules</h1>
      </div>
      {upcoming.data === undefined || upcoming.data.length === 0 ? null : (
        <Panel title="Next ticks">
          <ul className="ticks flush">
            {upcoming.data.map(({ at, scheduleId, queue }) => (
              <li key={`${scheduleId} ${at}`}>
                <Ago at={at} />
                <Link href={pageHref("schedule", { id: scheduleId })}>{scheduleId}</Link>
                <span className="muted">to {queue}</span>
              </li>
            ))}
          </ul>
        </Panel>
      )}
      <div className="row" role="search" aria-label="Filter schedules">
        <TextFilter
          label="Queue"
          placeholder="Queue"
          value={filters.get("queue")}
          onChange={(queue) => filters.set({ queue })}
          isFirst
        />
        <ChoiceFilter
          label="Status"
          value={status}
          options={[["", "any"], ...STATUSES.map((each) => [each, each] as const)]}
          onChange={(next) => filters.set({ status: next })}
        />
      </div>
      <ListView
        label="Schedules"
        list={list}
        columns={scheduleColumns}
        keyOf={({ id }) => id}
        hrefOf={({ id }) => pageHref("schedule", { id })}
        word="schedule"
        empty={{
          icon: CalendarClock,
          title: "There are no schedules",
          text: "Save one with a cron pattern or an interval.",
        }}
      />
    </div>
  );
}

/** A rule in words: its pattern with its zone, or its interval. */
export function ruleOf({ cron, timeZone, everyMs }: Pick<ScheduleRow, "cron" | "timeZone" | "everyMs">): string {
  return cron === null ? `every ${formatDuration(everyMs ?? 0)}` : `${cron} ${timeZone}`;
}

const scheduleColumns: readonly Column<ScheduleRow>[] = [
  { head: "Schedule", width: "minmax(140px, 1.4fr)", narrow: "minmax(0, 1fr)", cell: ({ id }) => id },
  { head: "Status", width: "100px", narrow: "90px", cell: ({ status }) => <Status status={status} /> },
  { head: "Rule", width: "minmax(140px, 1.2fr)", cell: (row) => <code>{ruleOf(row)}</code> },
  { head: "Queue", width: "minmax(90px, 1fr)", cell: ({ queue }) => <span className="muted">{queue}</span> },
  { head: "Next", width: "80px", narrow: "64px", isNumber: true, cell: ({ nextAt }) => <Ago at={nextAt} /> },
  { head: "Last", width: "80px", isNumber: true, cell: ({ lastTickAt }) => <Ago at={lastTickAt} /> },
  { head: "Pushed", width: "72px", isNumber: true, cell: ({ pushedCount }) => pushedCount.toLocaleString("en") },
  { head: "Skipped", width: "72px", isNumber: true, cell: ({ skippedCount }) => skippedCount.toLocaleString("en") },
];
