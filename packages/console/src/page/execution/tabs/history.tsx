import { ScrollText } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { HistoryRow } from "../../../protocol/index.ts";
import { useList } from "../../api/reading.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { ChoiceFilter } from "../../parts/filter-controls.tsx";
import { useFilters } from "../../parts/filters.ts";
import { ListView } from "../../parts/list-view.tsx";
import type { Column } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";
import { Difference } from "../../payload/difference.tsx";
import { PayloadView } from "../../payload/payload.tsx";

/** The numbered entries of an execution; one opens to its payload, and to what changed since the entry before. */
export function ExecutionHistory({ id }: { readonly id: string }): ReactNode {
  const filters = useFilters();
  const order = filters.get("order") === "desc" ? "desc" : "asc";
  const list = useList("/api/execution/history", { id, order }, { topics: [`execution:${id}`] });
  const [shown, show] = useState<HistoryRow | null>(null);
  const before = shown && list.items.findLast(({ kind, number }) => kind === shown.kind && number < shown.number);
  return (
    <div className="stack">
      <div className="row">
        <ChoiceFilter
          label="Order"
          value={filters.get("order")}
          options={[
            ["", "oldest first"],
            ["desc", "newest first"],
          ]}
          onChange={(next) => filters.set({ order: next })}
        />
      </div>
      <ListView
        label="History"
        list={list}
        columns={columnsOf(show)}
        keyOf={({ number }) => String(number)}
        word="entry"
        empty={{
          icon: ScrollText,
          title: "Its history is empty",
          text: "Entries appear here as the engine appends them.",
        }}
      />
      {shown === null ? null : (
        <Dialog title={`Entry ${shown.number}: ${shown.kind}`} onClose={() => show(null)} isWide>
          <PayloadView label="Payload" payload={shown.payload} />
          {before?.payload && shown.payload ? (
            <>
              <h3>Since entry {before.number} of this kind</h3>
              <Difference label="Difference" before={before.payload.text} after={shown.payload.text} />
            </>
          ) : null}
        </Dialog>
      )}
    </div>
  );
}

const columnsOf = (show: (row: HistoryRow) => void): readonly Column<HistoryRow>[] => [
  {
    head: "Entry",
    width: "minmax(150px, 1fr)",
    narrow: "minmax(0, 1fr)",
    cell: (row) => (
      <button type="button" className="link row-link" onClick={() => show(row)}>
        <span className="faint">{row.number}</span> {row.kind}
      </button>
    ),
  },
  {
    head: "Payload",
    width: "minmax(160px, 3fr)",
    narrow: "minmax(0, 1fr)",
    cell: ({ payload }) => <code className="muted">{payload?.text.replaceAll(/\s+/g, " ").slice(0, 300) ?? "—"}</code>,
  },
  {
    head: "Recorded",
    width: "90px",
    narrow: "60px",
    isNumber: true,
    cell: ({ recordedAt }) => <Ago at={recordedAt} />,
  },
];
