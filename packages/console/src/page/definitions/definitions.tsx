import { FileCode2 } from "lucide-react";
import type { ReactNode } from "react";
import type { DefinitionRow } from "../../protocol/index.ts";
import { pageHref } from "../api/base.ts";
import { useList } from "../api/reading.ts";
import { ChoiceFilter } from "../parts/filter-controls.tsx";
import { useFilters } from "../parts/filters.ts";
import { ListView } from "../parts/list-view.tsx";
import { Status } from "../parts/status.tsx";
import type { Column } from "../parts/table.tsx";
import { Ago } from "../parts/time.tsx";
import { useTitle } from "../parts/title.tsx";

const STATUSES = ["draft", "active", "retired"] as const;

/** Each definition with its newest version. */
export function DefinitionsPage(): ReactNode {
  useTitle("Definitions");
  const filters = useFilters();
  const status = STATUSES.find((each) => each === filters.get("status"));
  const list = useList("/api/definitions", { status });
  return (
    <div className="page">
      <div className="page-head">
        <h1>Definitions</h1>
      </div>
      <div className="row">
        <ChoiceFilter
          label="Status"
          value={status}
          options={[["", "any"], ...STATUSES.map((each) => [each, each] as const)]}
          onChange={(next) => filters.set({ status: next })}
        />
      </div>
      <ListView
        label="Definitions"
        list={list}
        columns={[...definitionColumns]}
        keyOf={({ name }) => name}
        hrefOf={({ name, version }) => pageHref("definition", { name, version })}
        word="definition"
        empty={{
          icon: FileCode2,
          title: "No definition is published",
          text: "Publish one, and its versions appear here.",
        }}
      />
    </div>
  );
}

const definitionColumns: readonly Column<DefinitionRow>[] = [
  { head: "Name", width: "minmax(160px, 2fr)", narrow: "minmax(0, 1fr)", cell: ({ name }) => name },
  { head: "Newest", width: "80px", narrow: "56px", isNumber: true, cell: ({ version }) => `v${version}` },
  { head: "Status", width: "110px", narrow: "92px", cell: ({ status }) => <Status status={status} /> },
  { head: "Published", width: "90px", isNumber: true, cell: ({ createdAt }) => <Ago at={createdAt} /> },
  { head: "Deployed", width: "90px", isNumber: true, cell: ({ deployedAt }) => <Ago at={deployedAt} none="never" /> },
];
