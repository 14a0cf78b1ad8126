import type { ReactNode } from "react";
import { Link } from "wouter";
import type { DefinitionDetail, DefinitionRow } from "../../protocol/index.ts";
import { DefinitionActions } from "../actions/others.tsx";
import { pageHref } from "../api/base.ts";
import { type List, useList, useRead } from "../api/reading.ts";
import { Crumbs } from "../parts/crumbs.tsx";
import { Panel } from "../parts/facts.tsx";
import { ChoiceFilter } from "../parts/filter-controls.tsx";
import { useFilters } from "../parts/filters.ts";
import { Loaded } from "../parts/loaded.tsx";
import { Status } from "../parts/status.tsx";
import { Ago } from "../parts/time.tsx";
import { useTitle } from "../parts/title.tsx";
import { Difference } from "../payload/difference.tsx";
import { PayloadView } from "../payload/payload.tsx";

/** One version of a definition, and what another version has otherwise. */
export function DefinitionPage(): ReactNode {
  const filters = useFilters();
  const [name, version] = [filters.get("name") ?? "", Number(filters.get("version"))];
  useTitle(name === "" ? "Definition" : `${name} v${version}`);
  const query = useRead("/api/definition", { name, version }, { isEnabled: name !== "" });
  const versions = useList("/api/definition/versions", { name }, { isEnabled: name !== "" });
  return (
    <div className="page">
      <Loaded query={query} label="Loading the definition">
        {(definition) => <Definition definition={definition} versions={versions} />}
      </Loaded>
    </div>
  );
}

interface DefinitionProps {
  readonly definition: DefinitionDetail;
  readonly versions: List<DefinitionRow>;
}

function Definition({ definition: data, versions }: DefinitionProps): ReactNode {
  const { name, version } = data;
  return (
    <>
      <div className="page-head">
        <div className="title-block">
          <Crumbs links={[["Definitions", "/definitions"]]} />
          <h1>
            {name} <span className="muted">v{data.version}</span>
          </h1>
        </div>
        <Status status={data.status} />
        <div className="actions">
          <Link className="button" href={pageHref("executions", { definition: name })}>
            Its executions
          </Link>
          <DefinitionActions definition={data} />
        </div>
      </div>
      <Versions name={name} current={version} list={versions} />
      <Document definition={data} versions={versions.items} />
    </>
  );
}

function Versions({
  name,
  current,
  list,
}: {
  readonly name: string;
  readonly current: number;
  readonly list: List<DefinitionRow>;
}): ReactNode {
  return (
    <nav className="row" aria-label="Versions">
      {list.items.map(({ version, status, createdAt }) => (
        <Link
          key={version}
          className="chip"
          href={pageHref("definition", { name, version })}
          aria-current={version === current ? "page" : undefined}
        >
          v{version} <Status status={status} bare />{" "}
          <span className="count">
            <Ago at={createdAt} />
          </span>
        </Link>
      ))}
      {list.hasMore ? (
        <button type="button" className="button quiet" onClick={list.loadMore}>
          Older versions
        </button>
      ) : null}
    </nav>
  );
}

function Document({
  definition,
  versions,
}: {
  readonly definition: DefinitionDetail;
  readonly versions: readonly DefinitionRow[];
}): ReactNode {
  const filters = useFilters();
  const { name, version, document } = definition;
  const other = filters.get("with");
  const against = useRead("/api/definition", { name, version: Number(other) }, { isEnabled: other !== undefined });
  const others = versions.filter((each) => each.version !== version);
  const choice = (
    <ChoiceFilter
      label="Compare with"
      value={other}
      options={[["", "nothing"], ...others.map((each) => [String(each.version), `version ${each.version}`] as const)]}
      onChange={(next) => filters.set({ with: next })}
    />
  );
  return (
    <Panel title="Document" end={others.length === 0 ? undefined : choice}>
      {other === undefined || against.data === undefined ? (
        <PayloadView label="Document" payload={document} />
      ) : (
        <Difference label={`Changes from version ${other}`} before={against.data.document.text} after={document.text} />
      )}
    </Panel>
  );
}
