import { expect, test } from "vitest";
import { type SourceFile, sourceFiles } from "./sources.ts";

const ROOM = "packages/holdfast/src/postgres/wire/driver-internals.ts";

/** Members of the driver that neither its documentation nor its types promise, and the texts of its errors. */
const NAMES =
  /\b(_(getActiveQuery|activeQuery|queryQueue|sentQueryQueue|queryable|ending|txStatus)|attachListeners|parsedStatements|submittedNamedStatements|processID|secretKey|handle(RowDescription|DataRow|CommandComplete|Error|ReadyForQuery)|connection\??\.stream|pg\.Query|authentication(CleartextPassword|MD5Password|SASL))\b|timeout exceeded when trying|SASL: |Unknown authentication|server does not support SSL|establishing an SSL/;

function namesOf(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap(({ path, text }) => {
    const name = NAMES.exec(text)?.[0];
    return name === undefined ? [] : [`${path} names ${name}`];
  });
}

test("one file names what is inside the driver", () => {
  const elsewhere = "packages/holdfast/src/postgres/pool.ts";
  expect(namesOf([{ path: elsewhere, text: "client._getActiveQuery()" }])).toEqual([
    `${elsewhere} names _getActiveQuery`,
  ]);
  const sources = sourceFiles("ts").filter(({ path }) => path.startsWith("packages/holdfast/src/"));
  const isRoom = ({ path }: SourceFile): boolean => path === ROOM;
  expect(namesOf(sources.filter(isRoom))).toHaveLength(1);
  expect(namesOf(sources.filter((file) => !isRoom(file) && !file.path.endsWith(".test.ts")))).toEqual([]);
});
