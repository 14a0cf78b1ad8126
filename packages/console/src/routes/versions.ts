import type { Execution } from "holdfast";
import type { ComponentState } from "holdfast/components";
import type { SnapshotHead } from "holdfast/snapshots";
import { payloadPath } from "../answers/payloads.ts";
import type { PayloadVersion } from "../protocol/index.ts";
import type { Asked } from "./route.ts";

/** The stored versions of an execution's payloads: its own, its components', and those of the snapshot of its id, newest first. */
export async function versionsOf({ limited }: Asked, id: string): Promise<readonly PayloadVersion[]> {
  const [execution, components, snapshots] = await limited.read([
    (nouns) => nouns.executions.require(id),
    (nouns) => nouns.components.list(id, { limit: 1000 }),
    (nouns) => nouns.snapshots.versions(id, { limit: 1000 }),
  ]);
  return [...ofExecution(execution), ...components.items.map(ofComponent), ...snapshots.items.map(ofSnapshot)].toSorted(
    (a, b) => (a.at < b.at ? 1 : -1),
  );
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
