import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Row } from "../../core/plan.ts";
import { typeParsers } from "../../core/values.ts";
import type { NamedStatement, WireResult } from "../database.ts";
import { distrustDriver, endTrial, type PipelinedClient, sendPrepared } from "./driver-internals.ts";

/** Two rows with a value of each type that is read in binary, one that is read as text, and a null. */
const probe: NamedStatement = {
  name: "hf_self_check",
  text: `select $1::bool, $2::bytea, $3::int4, $4::int8, $5::timestamptz, $6::text, $7::json, null::int8, array[$6::text]
    from pg_catalog.generate_series(1, 2)`,
  values: [
    "true",
    new Uint8Array([0, 92, 255]),
    "-7",
    "-9007199254740991",
    "2026-11-21T10:30:00.123456Z",
    "é\\",
    '{"a": 1}',
  ],
};

/** How long the answer may take. It is as short as the plain one, which came before it. */
const answerMs = 5000;

/** How often the quick path may fail. One failure may be the network's fault. */
const failuresMax = 2;
let failures = 0;

/** Tries the quick path for prepared statements on a client, in three round trips. After a failure the client must not be used. */
export async function standsTrial(client: PipelinedClient): Promise<boolean> {
  const ignore = (): void => undefined;
  client.on("error", ignore);
  try {
    const { text, values } = probe;
    const { rows } = await client.query({ text, values: [...values], rowMode: "array", types: typeParsers });
    return await givesSame(client, rows);
  } catch {
    // Not the quick path's fault.
    endTrial("untried");
    return true;
  } finally {
    client.removeListener("error", ignore);
  }
}

async function givesSame(client: PipelinedClient, rows: readonly Row[]): Promise<boolean> {
  try {
    // The first run returns text, and describes the columns that the second returns in binary.
    for (const format of ["text", "binary"]) {
      const [result] = await withinTime(sendPrepared(client, [probe]));
      if (!isDeepStrictEqual(result?.rows, rows)) throw new Error(`values differ in ${format}`);
    }
    endTrial("trusted");
    return true;
  } catch (error) {
    failures++;
    if (failures < failuresMax) endTrial("untried");
    else distrustDriver((error as Error).message);
    return false;
  }
}

async function withinTime(answer: Promise<readonly WireResult[]>): Promise<readonly WireResult[]> {
  const limit = new AbortController();
  const { signal } = limit;
  const tooLate = sleep(answerMs, undefined, { signal }).then(() => Promise.reject(new Error("no answer came")));
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    limit.abort();
    tooLate.catch(() => undefined);
  }
}
