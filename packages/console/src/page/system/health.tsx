import { CircleCheck, CircleHelp, CircleX, type LucideIcon, RotateCw, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import type { SystemCheck, SystemReport } from "../../protocol/index.ts";
import { useRead } from "../api/reading.ts";
import { Panel } from "../parts/facts.tsx";
import { formatBytes, formatCount } from "../parts/format.ts";
import { Loaded } from "../parts/loaded.tsx";
import { Ago } from "../parts/time.tsx";
import { useTitle } from "../parts/title.tsx";
import "./system.css";

/** Whether the store is well, and what to do where it is not. */
export function HealthPage(): ReactNode {
  useTitle("Health");
  const query = useRead("/api/system", {});
  const { refetch, isFetching } = query;
  return (
    <div className="page">
      <div className="page-head">
        <h1>Health</h1>
        <div className="actions">
          <button type="button" className="button" disabled={isFetching} onClick={() => void refetch()}>
            <RotateCw size={14} aria-hidden="true" /> {isFetching ? "Checking…" : "Check again"}
          </button>
        </div>
      </div>
      <Loaded query={query} label="Checking the store">
        {(report) => <Report report={report} />}
      </Loaded>
    </div>
  );
}

const LOOKS: Readonly<Record<SystemCheck["status"], readonly [LucideIcon, string, string]>> = {
  ok: [CircleCheck, "succeeded", "OK"],
  warn: [TriangleAlert, "paused", "Warning"],
  fail: [CircleX, "failed", "Failed"],
  skipped: [CircleHelp, "pending", "Skipped"],
};

function Report({ report }: { readonly report: SystemReport }): ReactNode {
  const { isHealthy, error, at, roundTripMs, checks } = report;
  const worst = checks.toSorted((a, b) => rank(a) - rank(b));
  return (
    <>
      <div className={`panel verdict tone-${isHealthy ? "succeeded" : "failed"}`} role="status">
        {isHealthy ? <CircleCheck size={20} aria-hidden="true" /> : <CircleX size={20} aria-hidden="true" />}
        <div>
          <strong>{isHealthy ? "The store is healthy" : "The store needs attention"}</strong>
          <p className="muted">
            {error ??
              `A round trip takes ${roundTripMs === null ? "an unknown time" : `${roundTripMs.toFixed(1)} ms`}.`}{" "}
            Checked <Ago at={at} />.
          </p>
        </div>
      </div>
      <Panel title="Checks">
        <ul className="checks">
          {worst.map(({ name, status, finding, advice }) => {
            const [Icon, tone, word] = LOOKS[status];
            return (
              <li key={name} className={`tone-${tone}`}>
                <span className="status">
                  <Icon size={15} aria-hidden="true" /> {word}
                </span>
                <span>
                  <strong>{name}</strong>{" "}
                  <span className="muted">
                    <Words text={advice === null ? finding : `${finding} ${advice}`} />
                  </span>
                </span>
              </li>
            );
          })}
        </ul>
      </Panel>
      <Tables report={report} />
    </>
  );
}

/** Text in which commands stand between backticks. */
function Words({ text }: { readonly text: string }): ReactNode {
  return text.split("`").map((part, place) => (place % 2 === 1 ? <code key={place}>{part}</code> : part));
}

function rank({ status }: SystemCheck): number {
  return ["fail", "warn", "ok", "skipped"].indexOf(status);
}

function Tables({ report: { tables, bytes } }: { readonly report: SystemReport }): ReactNode {
  const largest = tables.toSorted((a, b) => b.tableBytes + b.indexBytes - a.tableBytes - a.indexBytes);
  return (
    <section className="panel" aria-label="Tables">
      <header>
        <h2>Tables</h2>
        <span className="end muted">{formatBytes(bytes)} in all</span>
      </header>
      <table className="plain">
        <thead>
          <tr>
            <th scope="col">Table</th>
            <th scope="col" className="num">
              Rows
            </th>
            <th scope="col" className="num">
              Dead
            </th>
            <th scope="col" className="num wide-only">
              Table
            </th>
            <th scope="col" className="num wide-only">
              Indexes
            </th>
            <th scope="col" className="num">
              Sum
            </th>
          </tr>
        </thead>
        <tbody>
          {largest.map(({ name, rows, deadRows, tableBytes, indexBytes }) => (
            <tr key={name}>
              <td>
                <code>{name}</code>
              </td>
              <td className="num">{formatCount(rows)}</td>
              <td className="num">{formatCount(deadRows)}</td>
              <td className="num wide-only">{formatBytes(tableBytes)}</td>
              <td className="num wide-only">{formatBytes(indexBytes)}</td>
              <td className="num">{formatBytes(tableBytes + indexBytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
