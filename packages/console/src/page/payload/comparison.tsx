import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { readPayload } from "../api/client.ts";
import { Loading, Problem } from "../parts/states.tsx";
import { Difference } from "./difference.tsx";

/** A payload at one moment: the name that the reader chooses it by, and the path that answers it. */
export interface Version {
  readonly name: string;
  readonly path: string;
}

interface ComparisonProps {
  readonly label: string;
  /** At least two; the newest first. */
  readonly versions: readonly Version[];
}

/** Compares two of several versions of a payload, line by line. */
export function Comparison({ label, versions }: ComparisonProps): ReactNode {
  const [chosen, choose] = useState<readonly [string | undefined, string | undefined]>([undefined, undefined]);
  const [from, to] = [chosen[0] ?? versions[1]?.path, chosen[1] ?? versions[0]?.path];
  if (from === undefined || to === undefined) return null;
  return (
    <div className="stack">
      <div className="row">
        <VersionChoice label="From" versions={versions} value={from} onChange={(next) => choose([next, to])} />
        <VersionChoice label="to" versions={versions} value={to} onChange={(next) => choose([from, next])} />
      </div>
      <Compared label={label} from={from} to={to} />
    </div>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly versions: readonly Version[];
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function VersionChoice({ label, versions, value, onChange }: ChoiceProps): ReactNode {
  return (
    <label className="field">
      <span className="field-name">{label}</span>
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        {versions.map(({ name, path }) => (
          <option key={path} value={path}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function Compared({ label, from, to }: { label: string; from: string; to: string }): ReactNode {
  const [before, after] = [usePayload(from), usePayload(to)];
  const error = before.error ?? after.error;
  if (error !== null) return <Problem error={error} />;
  if (before.data === undefined || after.data === undefined) return <Loading label="Loading both versions" />;
  const isPart = before.data.isTruncated || after.data.isTruncated;
  return (
    <>
      <Difference label={label} before={before.data.text} after={after.data.text} />
      {isPart ? (
        <p className="muted">Only their beginnings are compared: at least one is too long to be shown whole.</p>
      ) : null}
    </>
  );
}

function usePayload(path: string): ReturnType<typeof useQuery<Awaited<ReturnType<typeof readPayload>>>> {
  return useQuery({ queryKey: ["payload", path], queryFn: ({ signal }) => readPayload(path, signal) });
}
