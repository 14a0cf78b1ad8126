import type { Execution } from "holdfast";
import type { ComponentState } from "holdfast/components";
import type { FormerState } from "holdfast/executions";
import type { SnapshotHead } from "holdfast/snapshots";
import { payloadPath } from "../answers/payloads.ts";
import type { PayloadVersion } from "../protocol/index.ts";
import type { Asked } from "./route.ts";

/** The most components whose former states are read, and the most versions of each. */
const componentsMax = 20;
const versionsMax = 100;

/**
 * The stored versions of an execution's payloads, newest first: its own, its components', those that were kept of both, and the snapshots
 * of its id.
 */
export async function versionsOf({ limited }: Asked, id: string): Promise<readonly PayloadVersion[]> {
  const [execution, components, snapshots] = await limited.read([
    (nouns) => nouns.executions.require(id),
    (nouns) => nouns.components.list(id, { limit: 1000 }),
    (nouns) => nouns.snapshots.versions(id, { limit: 1000 }),
  ]);
  const owners = [{}, ...components.items.slice(0, componentsMax).map(({ component }) => ({ component }))];
  const page = { payloads: false, limit: versionsMax } as const;
  const former = await limited.read(
    owners.map((owner) => (nouns) => nouns.executions.formerStates(id, { ...owner, ...page })),
  );
  return [
    ...ofExecution(execution),
    ...components.items.map(ofComponent),
    ...former.flatMap(({ items }) => items.map(ofFormerState)),
    ...snapshots.items.map(ofSnapshot),
  ].toSorted((a, b) => (a.at < b.at ? 1 : -1));
}

function ofFormerState({ executionId: id, component, version, updatedAt }: FormerState): PayloadVersion {
  const path = payloadPath(
    component === null ? { of: "former-state", id, version } : { of: "former-component", id, component, version },
  );
  const source = component === null ? "state" : "component";
  return { source, component, version: String(version), at: updatedAt.toISOString(), path };
}

function ofExecution(execution: Execution): readonly PayloadVersion[] {
  return (["input", "state", "output", "error"] as const).flatMap((source) =>
    execution[source] === undefined
      ? []
      : [
          {
            source,
            component: null,
            version: String(source === "input" ? 1 : execution.version),
            at: (source === "input" ? execution.createdAt : execution.updatedAt).toISOString(),
            path: payloadPath({ of: "execution", id: execution.id, field: source }),
          },
        ],
  );
}

function ofComponent({ executionId, component, version, updatedAt }: ComponentState): PayloadVersion {
  const path = payloadPath({ of: "component", id: executionId, component });
  return { source: "component", component, version: String(version), at: updatedAt.toISOString(), path };
}

function ofSnapshot({ persistenceId, version, updatedAt }: SnapshotHead): PayloadVersion {
  const path = payloadPath({ of: "snapshot", id: persistenceId, version: version.toString() });
  return { source: "snapshot", component: null, version: version.toString(), at: updatedAt.toISOString(), path };
}
