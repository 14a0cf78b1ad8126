import { Workflow } from "lucide-react";
import type { ReactNode } from "react";
import { pageHref } from "../../api/base.ts";
import { useList } from "../../api/reading.ts";
import { executionColumns } from "../../executions/columns.tsx";
import { ListView } from "../../parts/list-view.tsx";

/** The executions that this one has begun. */
export function ExecutionChildren({ id }: { readonly id: string }): ReactNode {
  const list = useList("/api/executions", { parentId: id }, { topics: [`execution:${id}`, "executions"] });
  return (
    <ListView
      label="Child executions"
      list={list}
      columns={executionColumns}
      keyOf={(child) => child.id}
      hrefOf={(child) => pageHref("execution", { id: child.id })}
      word="child execution"
      empty={{ icon: Workflow, title: "It has no child executions" }}
    />
  );
}
