import { Search, Workflow, X } from "lucide-react";
import type { ReactNode } from "react";
import { useLocation } from "wouter";
import { type ExecutionFilter, type Status, statuses } from "../../protocol/index.ts";
import { pageHref } from "../api/base.ts";
import { useList, useRead } from "../api/reading.ts";
import { FilterBar } from "../parts/filter-bar.tsx";
import { ChoiceFilter, StatusFilter, TextFilter } from "../parts/filter-controls.tsx";
import { type Filters, useFilters } from "../parts/filters.ts";
import { ListView } from "../parts/list-view.tsx";
import { useTitle } from "../parts/title.tsx";
import { executionColumns } from "./columns.tsx";
import { spanOf, spans } from "./spans.ts";

/** The executions that pass the filters of the address, with their counts by status. */
export function ExecutionsPage(): ReactNode {
  useTitle("Executions");
  const filters = useFilters();
  const { status, ...others } = filterOf(filters);
  const list = useList(
    "/api/executions",
    { ...others, status, order: filters.get("order") === "asc" ? "asc" : "desc" },
    { topics: ["executions"] },
  );
  const { data } = useRead("/api/executions/counts", others, { topics: ["executions"] });
  return (
    <div className="page">
      <div className="page-head">
        <h1>Executions</h1>
      </div>
      <StatusFilter
        statuses={statuses}
        chosen={status ?? []}
        counts={data?.counts}
        countUpTo={data?.countUpTo}
        onChange={(chosen) => filters.set({ status: chosen })}
      />
      <ExecutionFilters filters={filters} />
      <ListView
        label="Executions"
        list={list}
        columns={executionColumns}
        keyOf={({ id }) => id}
        hrefOf={({ id }) => pageHref("execution", { id })}
        word="execution"
        empty={{
          icon: Workflow,
          title: "No execution passes these filters",
          text: "Take some of them away, or wait for one to begin.",
        }}
      />
    </div>
  );
}

function filterOf(filters: Filters): ExecutionFilter {
  const span = spanOf(filters.get("span"));
  const leased = filters.get("leased");
  return {
    status: filters.all("status") as readonly Status[],
    definition: filters.get("definition"),
    label: filters.all("label"),
    correlationKey: filters.get("event"),
    createdAfter: span ?? filters.get("after"),
    createdBefore: filters.get("before"),
    isLeased: leased === undefined ? undefined : leased === "yes",
  };
}

const FILTERS = ["status", "definition", "label", "event", "span", "after", "before", "leased", "order"] as const;

function ExecutionFilters({ filters }: { readonly filters: Filters }): ReactNode {
  const [, navigate] = useLocation();
  const count = FILTERS.filter((name) => filters.get(name) !== undefined).length;
  return (
    <FilterBar label="Filter executions" count={count}>
      <form
        className="field"
        onSubmit={(event) => {
          event.preventDefault();
          const id = new FormData(event.currentTarget).get("id");
          if (typeof id === "string" && id.trim() !== "") navigate(pageHref("execution", { id: id.trim() }));
        }}
      >
        <Search size={14} aria-hidden="true" />
        <input
          name="id"
          aria-label="Open the execution with this id"
          placeholder="Open by id"
          className="w-id"
          autoComplete="off"
        />
      </form>
      <TextFilter
        label="Definition"
        placeholder="Definition"
        value={filters.get("definition")}
        onChange={(definition) => filters.set({ definition })}
        isFirst
        width={104}
      />
      <LabelFilter filters={filters} />
      <TextFilter
        label="Waits for the event with this key"
        placeholder="Waits for event"
        value={filters.get("event")}
        onChange={(event) => filters.set({ event })}
        width={104}
      />
      <ChoiceFilter
        label="Created"
        value={filters.get("span")}
        options={spans}
        onChange={(span) => filters.set({ span, after: undefined })}
      />
      <ChoiceFilter
        label="Lease"
        value={filters.get("leased")}
        options={[
          ["", "any"],
          ["yes", "held"],
          ["no", "not held"],
        ]}
        onChange={(leased) => filters.set({ leased })}
      />
      <ChoiceFilter
        label="Order"
        value={filters.get("order")}
        options={[
          ["", "newest first"],
          ["asc", "oldest first"],
        ]}
        onChange={(order) => filters.set({ order })}
      />
      {count > 0 ? (
        <button
          type="button"
          className="button quiet"
          onClick={() => filters.set(Object.fromEntries(FILTERS.map((name) => [name, undefined])))}
        >
          <X size={14} aria-hidden="true" /> Clear
        </button>
      ) : null}
    </FilterBar>
  );
}

/** Conditions on labels: each is a chip that goes away when it is pressed. */
function LabelFilter({ filters }: { readonly filters: Filters }): ReactNode {
  const labels = filters.all("label");
  return (
    <>
      {labels.map((label) => (
        <button
          key={label}
          type="button"
          className="chip"
          aria-label={`Remove the filter ${label}`}
          onClick={() => filters.set({ label: labels.filter((each) => each !== label) })}
        >
          {label} <X size={12} aria-hidden="true" />
        </button>
      ))}
      <TextFilter
        label="Label, such as customer=42 or price>=10"
        placeholder="label=value"
        value={undefined}
        onChange={(label) => filters.set({ label: [...labels, label] })}
        width={96}
      />
    </>
  );
}
