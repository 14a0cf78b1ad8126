import type { ReactNode } from "react";
import { Link } from "wouter";
import type { SnapshotDetail, SnapshotRow } from "../../protocol/index.ts";
import { pageHref } from "../api/base.ts";
import { useList, useRead } from "../api/reading.ts";
import { Crumbs } from "../parts/crumbs.tsx";
import { Facts, Panel } from "../parts/facts.tsx";
import { ChoiceFilter } from "../parts/filter-controls.tsx";
import { useFilters } from "../parts/filters.ts";
import { Loaded } from "../parts/loaded.tsx";
import { Ago, Moment } from "../parts/time.tsx";
import { useTitle } from "../parts/title.tsx";
import { Difference } from "../payload/difference.tsx";
import { PayloadView } from "../payload/payload.tsx";

/** One snapshot: a version of it, the versions that were kept, and what changed between two. */
export function SnapshotPage(): ReactNode {
  const filters = useFilters();
  const [id, version] = [filters.get("id") ?? "", filters.get("version")];
  useTitle(id === "" ? "Snapshot" : id);
  const query = useRead("/api/snapshot", { id, version }, { isEnabled: id !== "" });
  return (
    <div className="page">
      <Loaded query={query} label="Loading the snapshot">
        {(snapshot) => <Snapshot snapshot={snapshot} />}
      </Loaded>
    </div>
  );
}

function Snapshot({ snapshot: data }: { readonly snapshot: SnapshotDetail }): ReactNode {
  const { persistenceId: id } = data;
  const versions = useList("/api/snapshot/versions", { id });
  const others = versions.items.filter((each) => each.version !== data.version);
  return (
    <>
      <div className="page-head">
        <div className="title-block">
          <Crumbs links={[["Snapshots", "/snapshots"]]} />
          <h1 className="mono">{id}</h1>
        </div>
      </div>
      <nav className="row" aria-label="Versions">
        {versions.items.map((each) => (
          <Link
            key={each.version}
            className="chip"
            href={pageHref("snapshot", { id, version: each.version })}
            aria-current={each.version === data.version ? "page" : undefined}
          >
            {each.version}{" "}
            <span className="count">
              <Ago at={each.updatedAt} />
            </span>
          </Link>
        ))}
        {versions.hasMore ? (
          <button type="button" className="button quiet" onClick={versions.loadMore}>
            More versions
          </button>
        ) : null}
      </nav>
      <Panel title={`Version ${data.version}`}>
        <Facts
          facts={[
            ["Generation", data.generation],
            ["Shard", data.shard],
            ["Manifest", data.manifest ?? "none"],
            ["Written", <Moment key="written" at={data.updatedAt} />],
            [
              "Definition",
              data.definition === null ? "none" : `${data.definition.name} v${data.definition.version ?? "?"}`,
            ],
            ["Engine's time", data.timestamp ?? "none"],
          ]}
        />
      </Panel>
      <SnapshotPayload snapshot={data} others={others} />
    </>
  );
}

interface PayloadProps {
  readonly snapshot: SnapshotDetail;
  readonly others: readonly SnapshotRow[];
}

function SnapshotPayload({ snapshot: data, others }: PayloadProps): ReactNode {
  const filters = useFilters();
  const other = filters.get("with");
  const against = useRead(
    "/api/snapshot",
    { id: data.persistenceId, version: other },
    { isEnabled: other !== undefined },
  );
  const choice = (
    <ChoiceFilter
      label="Compare with"
      value={other}
      options={[["", "nothing"], ...others.map((each) => [each.version, `version ${each.version}`] as const)]}
      onChange={(next) => filters.set({ with: next })}
    />
  );
  return (
    <Panel title="Payload" end={others.length === 0 ? undefined : choice}>
      {other === undefined || against.data === undefined ? (
        <PayloadView label="Payload" payload={data.payload} />
      ) : (
        <Difference
          label={`Changes from version ${other}`}
          before={against.data.payload.text}
          after={data.payload.text}
        />
      )}
    </Panel>
  );
}
