import { Archive, Search } from "lucide-react";
import type { ReactNode } from "react";
import { useList } from "../api/reading.ts";
import { TextFilter } from "../parts/filter-controls.tsx";
import { useFilters } from "../parts/filters.ts";
import { ListView } from "../parts/list-view.tsx";
import { useTitle } from "../parts/title.tsx";
import { blobColumns } from "./columns.tsx";

/** The blobs by key. */
export function BlobsPage(): ReactNode {
  useTitle("Blobs");
  const filters = useFilters();
  const list = useList("/api/blobs", { prefix: filters.get("prefix") });
  return (
    <div className="page">
      <div className="page-head">
        <h1>Blobs</h1>
      </div>
      <div className="row" role="search" aria-label="Filter blobs">
        <TextFilter
          label="Keys that begin with"
          placeholder="Key begins with"
          value={filters.get("prefix")}
          onChange={(prefix) => filters.set({ prefix })}
          icon={Search}
          isFirst
        />
      </div>
      <ListView
        label="Blobs"
        list={list}
        columns={blobColumns}
        keyOf={({ key }) => key}
        word="blob"
        empty={{ icon: Archive, title: "There are no blobs", text: "Upload one, and its description appears here." }}
      />
    </div>
  );
}
