import { Camera, Search } from "lucide-react";
import type { ReactNode } from "react";
import { useLocation } from "wouter";
import type { SnapshotRow } from "../../protocol/index.ts";
import { pageHref } from "../api/base.ts";
import { useList } from "../api/reading.ts";
import { TextFilter } from "../parts/filter-controls.tsx";
import { useFilters } from "../parts/filters.ts";
import { ListView } from "../parts/list-view.tsx";
import type { Column } from "../parts/table.tsx";
import { Ago } from "../parts/time.tsx";
import { useTitle } from "../parts/title.tsx";

/** The newest snapshot of each persistence id. */
export function SnapshotsPage(): ReactNode {
  useTitle("Snapshots");
  const filters = useFilters();
  const [, navigate] = useLocation();
  const shard = filters.get("shard");
  const list = useList("/api/snapshots", {
    shard: shard === undefined ? undefined : Number(shard),
    definition: filters.get("definition"),
  });
  return (
    <div className="page">
      <div className="page-head">
        <h1>Snapshots</h1>
      </div>
      <div className="row" role="search" aria-label="Filter snapshots">
        <TextFilter
          label="Open the snapshot of this persistence id"
          placeholder="Open by id"
          value={undefined}
          onChange={(id) => navigate(pageHref("snapshot", { id }))}
          icon={Search}
          isFirst
        />
        <TextFilter
          label="Shard"
          placeholder="Shard"
          value={shard}
          onChange={(next) => filters.set({ shard: next.replaceAll(/\D/g, "") })}
          width={70}
        />
        <TextFilter
          label="Definition"
          placeholder="Definition"
          value={filters.get("definition")}
          onChange={(definition) => filters.set({ definition })}
        />
      </div>
      <ListView
        label="Snapshots"
        list={list}
        columns={snapshotColumns}
        keyOf={({ persistenceId }) => persistenceId}
        hrefOf={({ persistenceId }) => pageHref("snapshot", { id: persistenceId })}
        word="snapshot"
        empty={{
          icon: Camera,
          title: "There are no snapshots",
          text: "Write one under a persistence id, and it appears here.",
        }}
      />
    </div>
  );
}

const snapshotColumns: readonly Column<SnapshotRow>[] = [
  {
    head: "Persistence id",
    width: "minmax(180px, 2fr)",
    narrow: "minmax(0, 1fr)",
    cell: ({ persistenceId }) => <span className="mono">{persistenceId}</span>,
  },
  { head: "Version", width: "90px", narrow: "70px", isNumber: true, cell: ({ version }) => version },
  { head: "Generation", width: "90px", isNumber: true, cell: ({ generation }) => generation },
  { head: "Shard", width: "70px", isNumber: true, cell: ({ shard }) => shard },
  {
    head: "Manifest",
    width: "minmax(110px, 1fr)",
    cell: ({ manifest }) => <span className="muted">{manifest ?? "—"}</span>,
  },
  { head: "Written", width: "84px", narrow: "64px", isNumber: true, cell: ({ updatedAt }) => <Ago at={updatedAt} /> },
];
