import { NotFoundError } from "holdfast";
import { badInput } from "../answers/failures.ts";
import { page, text, whole, word } from "../answers/parameters.ts";
import type { DefinitionDetail } from "../protocol/index.ts";
import { blobRow, definitionRow, kvRow, snapshotRow } from "../rows/data.ts";
import { pageOf } from "../rows/plain.ts";
import type { Asked, DefineRoute } from "./route.ts";
import { stepsIn } from "./steps.ts";

/** The routes about definitions, kv, snapshots and blobs. */
export function dataRoutes(route: DefineRoute): void {
  definitionRoutes(route);
  kvRoutes(route);
  snapshotRoutes(route);
  route("/api/blobs", { prefix: text.optional(), ...page }, async (given, { limited, show, settings }) =>
    pageOf(await limited.blobs.list(given), (blob) => blobRow(show, blob, settings)),
  );
}

function definitionRoutes(route: DefineRoute): void {
  const status = word(["draft", "active", "retired"]).optional();
  route("/api/definitions", { status, ...page }, async (given, { limited }) =>
    pageOf(await limited.definitions.list(given), definitionRow),
  );
  route("/api/definition/versions", { name: text, ...page }, async ({ name, ...given }, { limited }) =>
    pageOf(await limited.definitions.versions(name, given), definitionRow),
  );
  const version = whole(1, 2 ** 31 - 1);
  route("/api/definition", { name: text, version }, (given, asked) => definitionOf(asked, given));
}

async function definitionOf(
  { limited, show }: Asked,
  { name, version }: { readonly name: string; readonly version: number },
): Promise<DefinitionDetail> {
  const definition = await limited.definitions.require(name, version);
  return {
    ...definitionRow(definition),
    document: show.showGiven(definition.document, { of: "definition", name, version }),
    steps: stepsIn(definition.document),
  };
}

function kvRoutes(route: DefineRoute): void {
  route("/api/kv/prefixes", { start: text.optional(), ...page }, async ({ start = "", ...given }, { limited }) =>
    pageOf(await limited.kv.prefixes(start, given), (prefix) => prefix),
  );
  route("/api/kv", { prefix: text, ...page }, async ({ prefix, ...given }, { limited, show }) =>
    pageOf(await limited.kv.list(prefix, given), (entry) => kvRow(show, entry)),
  );
  route("/api/kv/entry", { prefix: text, key: text }, async ({ prefix, key }, { limited, show }) =>
    kvRow(show, await limited.kv.require(prefix, key)),
  );
}

function snapshotRoutes(route: DefineRoute): void {
  const filter = { shard: whole(0, Number.MAX_SAFE_INTEGER).optional(), definition: text.optional() };
  route("/api/snapshots", { ...filter, ...page }, async ({ definition, ...given }, { limited }) =>
    pageOf(await limited.snapshots.list({ ...given, definitionName: definition }), snapshotRow),
  );
  route("/api/snapshot/versions", { id: text, ...page }, async ({ id, ...given }, { limited }) =>
    pageOf(await limited.snapshots.versions(id, given), snapshotRow),
  );
  route("/api/snapshot", { id: text, version: text.optional() }, async ({ id, version }, { limited, show }) => {
    const snapshot =
      version === undefined ? await limited.snapshots.require(id) : await limited.snapshots.at(id, versionOf(version));
    if (snapshot === null) throw new NotFoundError(`Snapshot ${id} has no version ${version}: it was not kept.`);
    const place = { of: "snapshot", id, version: snapshot.version.toString() } as const;
    return { ...snapshotRow(snapshot), payload: show.showGiven(snapshot.payload, place) };
  });
}

/** Reads the version of a snapshot, a 64-bit number. */
export function versionOf(given: string): bigint {
  if (!/^\d{1,19}$/.test(given)) throw badInput("version", "must be a whole number");
  return BigInt(given);
}
