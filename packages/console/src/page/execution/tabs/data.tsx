import { Archive, Boxes } from "lucide-react";
import type { ReactNode } from "react";
import { useList, useRead } from "../../api/reading.ts";
import { blobColumns } from "../../blobs/columns.tsx";
import { Panel } from "../../parts/facts.tsx";
import { Empty, Loading, Problem } from "../../parts/states.tsx";
import { Table } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";
import { PayloadView } from "../../payload/payload.tsx";

/** What the components of an execution keep, and the blobs that its payloads refer to. */
export function ExecutionData({ id }: { readonly id: string }): ReactNode {
  const topics = [`execution:${id}`] as const;
  const components = useList("/api/execution/components", { id }, { topics });
  const blobs = useRead("/api/execution/blobs", { id }, { topics });
  return (
    <div className="stack">
      <h2>Component states</h2>
      {components.isLoading ? <Loading label="Loading component states" lines={4} /> : null}
      {components.error === null ? null : <Problem error={components.error} onRetry={components.restart} />}
      {!components.isLoading && components.items.length === 0 ? (
        <Empty icon={Boxes} title="No component keeps a state" />
      ) : null}
      <div className="grid-2">
        {components.items.map(({ component, version, updatedAt, state }) => (
          <Panel
            key={component}
            title={component}
            end={
              <span className="muted">
                version {version}, <Ago at={updatedAt} />
              </span>
            }
          >
            <PayloadView label={`State of ${component}`} payload={state} />
          </Panel>
        ))}
      </div>
      {components.hasMore ? (
        <button type="button" className="button" onClick={components.loadMore}>
          Show more component states
        </button>
      ) : null}
      <h2>Blobs</h2>
      {blobs.error === null ? null : <Problem error={blobs.error} onRetry={() => void blobs.refetch()} />}
      {blobs.data?.length === 0 ? <Empty icon={Archive} title="Its payloads refer to no blob" /> : null}
      {blobs.data === undefined || blobs.data.length === 0 ? null : (
        <Table label="Blobs" columns={blobColumns} rows={blobs.data} keyOf={({ key }) => key} />
      )}
    </div>
  );
}
