import type { ReactNode } from "react";
import type { ExecutionDetail, PayloadVersion } from "../../../protocol/index.ts";
import { useRead } from "../../api/reading.ts";
import { Panel } from "../../parts/facts.tsx";
import { Empty } from "../../parts/states.tsx";
import { Comparison, type Version } from "../../payload/comparison.tsx";
import { PayloadView } from "../../payload/payload.tsx";

/** The payloads of an execution, and how they changed. */
export function ExecutionPayloads({ execution }: { readonly execution: ExecutionDetail }): ReactNode {
  const { id, input, state, output, error, version } = execution;
  const { data } = useRead("/api/execution/versions", { id }, { topics: [`execution:${id}`] });
  const versions = (data ?? []).map(nameVersion);
  return (
    <>
      <div className="grid-2">
        {error === null ? null : (
          <Panel title="Error">
            <PayloadView label="Error" payload={error} />
          </Panel>
        )}
        <Panel title="State" end={<span className="muted">version {version}</span>}>
          <PayloadView label="State" payload={state} />
        </Panel>
        <Panel title="Input">
          <PayloadView label="Input" payload={input} />
        </Panel>
        <Panel title="Output">
          <PayloadView label="Output" payload={output} />
        </Panel>
      </div>
      <Panel title="Compare versions">
        {versions.length < 2 ? (
          <Empty title="There is nothing to compare yet">
            The input, the state, the output, component states and snapshots of this execution's id can be compared once
            there are two.
          </Empty>
        ) : (
          <Comparison label="Difference" versions={versions} />
        )}
      </Panel>
    </>
  );
}

function nameVersion({ source, component, version, at, path }: PayloadVersion): Version {
  const what = component === null ? source : `${source} ${component}`;
  return { name: `${what}, version ${version}, ${new Date(at).toLocaleString("en-GB")}`, path };
}
