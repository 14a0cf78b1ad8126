import { Timer } from "lucide-react";
import type { ReactNode } from "react";
import { useList } from "../api/reading.ts";
import { ChoiceFilter, TextFilter } from "../parts/filter-controls.tsx";
import { useFilters } from "../parts/filters.ts";
import { ListView } from "../parts/list-view.tsx";
import { useTitle } from "../parts/title.tsx";
import { timerColumns } from "./columns.tsx";

const STATUSES = ["scheduled", "claimed", "fired", "canceled"] as const;

/** Timers by the time that they are due. */
export function TimersPage(): ReactNode {
  useTitle("Timers");
  const filters = useFilters();
  const status = STATUSES.find((each) => each === (filters.get("status") ?? "scheduled"));
  const list = useList("/api/timers", { status, executionId: filters.get("execution") }, { topics: ["timers"] });
  return (
    <div className="page">
      <div className="page-head">
        <h1>Timers</h1>
      </div>
      <div className="row" role="search" aria-label="Filter timers">
        <ChoiceFilter
          label="Status"
          value={filters.get("status") ?? "scheduled"}
          options={[...STATUSES.map((each) => [each, each] as const), ["all", "all"]]}
          onChange={(next) => filters.set({ status: next })}
        />
        <TextFilter
          label="Execution"
          placeholder="Execution"
          value={filters.get("execution")}
          onChange={(execution) => filters.set({ execution })}
          isFirst
        />
      </div>
      <ListView
        label="Timers"
        list={list}
        columns={timerColumns}
        keyOf={({ id }) => id}
        word="timer"
        empty={{
          icon: Timer,
          title: "No timer is due",
          text: "Timers that steps of executions schedule appear here by their due time.",
        }}
      />
    </div>
  );
}
