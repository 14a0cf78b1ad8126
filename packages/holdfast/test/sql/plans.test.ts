import { readFileSync } from "node:fs";
import { join } from "node:path";
import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { statementFiles } from "../../../../tools/sql/generate.ts";
import { type ParsedStatement, parseStatement } from "../../../../tools/sql/parse.ts";
import { archivedTables } from "../../src/archive/tables.generated.ts";
import type { Statement } from "../../src/core/plan.ts";
import { describeOnServers } from "../support/databases.ts";
import { filledClient, parameterOverrides, rowsPerTable, valueOf } from "./filling.ts";

const source = join(import.meta.dirname, "../../src");
const statements = [
  ...statementFiles(source)
    .map((file) => parseStatement(file, readFileSync(join(source, file), "utf8")))
    .flatMap((statement) => [
      statement,
      ...Object.entries(statement.variants ?? {})
        .slice(1)
        .map(([variant, text]) => ({ ...statement, file: `${statement.file}, ${variant},`, text })),
    ]),
  ...archivedTables.flatMap(({ key, identity, read, readOfExecutions }) => [
    pageOfArchive(read, key),
    ...(readOfExecutions === null
      ? []
      : [pageOfArchive(readOfExecutions, identity === null ? key : [identity], "ids")]),
  ]),
];

describeOnServers("the plan of every statement", (fresh) => {
  let client: pg.Client;
  let enums: ReadonlyMap<string, readonly string[]>;
  let partial: ReadonlySet<string>;

  beforeAll(async () => {
    ({ client, enums } = await filledClient(fresh, rowsPerTable));
    await client.query("vacuum analyze");
    const indexes = await client.query<{ name: string }>(
      "select indexrelid::regclass::text as name from pg_index where indpred is not null",
    );
    partial = new Set(indexes.rows.map(({ name }) => name.replace("holdfast.", "")));
  }, 300_000);
  afterAll(() => client.end());

  test.each(statements.map((statement) => [statement.file, statement] as const))(
    "%s reads no table whole",
    async (_, statement) => {
      const scans: string[] = [];
      for (const { label, plan } of await plansOf(client, enums, statement)) {
        for (const relation of wholeReads(plan, partial)) scans.push(`${relation} (${label})`);
      }
      // Where the header gives a reason, any scan is right; the statement has been planned all the same.
      expect(statement.scan === null ? [...new Set(scans)] : []).toEqual([]);
    },
  );

  test.each(
    statements.flatMap((statement) =>
      statement.variants?.["desc"] === undefined || statement.text === statement.variants["desc"]
        ? []
        : [[statement.file, statement] as const],
    ),
  )("%s sorts nothing backwards that it does not sort forwards", async (_, statement) => {
    const forwards = await plansOf(client, enums, statement);
    const backwards = await plansOf(client, enums, { ...statement, text: statement.variants?.["desc"] ?? "" });
    const sorted = backwards.filter(({ plan }, i) => sortsOf(plan) > sortsOf((forwards[i] as Planned).plan));
    expect(sorted.map(({ label }) => label)).toEqual([]);
  });

  test.each<[file: string, wanted: string, indexes: readonly string[], values?: Readonly<Record<string, string>>]>([
    ["executions/list_executions.sql", "only parentTaskId", ["executions_parent_task", "execution_labels_value"]],
    ["executions/count_executions.sql", "only parentTaskId", ["executions_parent_task", "execution_labels_value"]],
    ["jobs/select_ready_jobs.sql", "no optional parameter", ["ready_order"]],
    ["executions/list_former_states.sql", "any values", ["former_states_pkey"]],
    ["executions/get_former_state.sql", "any values", ["former_states_pkey"]],
    ["tasks/list_tasks.sql", "only name", ["tasks_name"]],
    ["tasks/count_tasks.sql", "only name", ["tasks_name"]],
    ["tasks/newest_root.sql", "any values", ["tasks_roots_by_name"]],
    [
      "kv/search_entries.sql",
      "only labels",
      ["kv_entries_labels"],
      { "start text": "'id-'", "lowerPrefix text": "'id-'" },
    ],
    ["checkpoints/list_checkpoints.sql", "only labels", ["checkpoints_labels"]],
    ["checkpoints/count_checkpoints.sql", "only labels", ["checkpoints_labels"]],
  ])("%s, %s, is served by %s", async (file, wanted, indexes, values) => {
    const statement = statements.find((each) => each.file === file);
    const plans = statement ? await plansOf(client, enums, statement, values) : [];
    const found = plans.find(({ label }) => label === wanted);
    // A checkpoint's thread is looked up beside it.
    const served = found && indexesOf(found.plan).filter((each) => each !== "checkpoint_threads_pkey");
    expect(served).toEqual(indexes);
  });
});

interface PlanNode {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Cond"?: string;
  readonly Schema?: string;
  readonly "Index Name"?: string;
  readonly Plans?: readonly PlanNode[];
}

/** Tables of the schema that a plan reads whole: in sequence, or by a full index without a condition and without a limit. */
function wholeReads(node: PlanNode, partial: ReadonlySet<string>, isLimited = false): readonly string[] {
  const kind = node["Node Type"];
  const { "Index Cond": condition, "Index Name": index = "", Schema: schema } = node;
  const isWholeIndex =
    /^Index (Only )?Scan$/.test(kind) && condition === undefined && !isLimited && !partial.has(index);
  const limited = isLimited || kind === "Limit";
  const below = (node.Plans ?? []).flatMap((child) => wholeReads(child, partial, limited));
  return schema === "holdfast" && (kind === "Seq Scan" || isWholeIndex)
    ? [`${kind} on ${node["Relation Name"] ?? ""}`, ...below]
    : below;
}

/** How many nodes of a plan sort all that they get. */
function sortsOf({ "Node Type": kind, Plans: below = [] }: PlanNode): number {
  return below.reduce((sum, each) => sum + sortsOf(each), kind === "Sort" ? 1 : 0);
}

/** The indexes that a plan reads. */
function indexesOf({ "Index Name": index, Plans: below = [] }: PlanNode): readonly string[] {
  return [...(index === undefined ? [] : [index]), ...below.flatMap(indexesOf)];
}

/** A plan, and the values that it is for. */
interface Planned {
  readonly label: string;
  readonly plan: PlanNode;
}

/** The plans that a statement may get: for any values and, with values, for each combination that decides which index serves. */
async function plansOf(
  client: pg.Client,
  enums: ReadonlyMap<string, readonly string[]>,
  { text, parameters, prepared }: ParsedStatement,
  overrides: Readonly<Record<string, string>> = {},
): Promise<readonly Planned[]> {
  await client.query(`prepare checked as ${text}`);
  try {
    const { rows } = await client.query<{ types: string[] }>(
      "select parameter_types::text[] as types from pg_prepared_statements where name = 'checked'",
    );
    const types = rows[0]?.types ?? [];
    const values = parameters.map(({ name }, i) => {
      const type = types[i] ?? "text";
      const key = `${name} ${type}`;
      return overrides[key] ?? parameterOverrides[key] ?? parameterValue(type, enums);
    });
    const optional = parameters.flatMap(({ nullable }, i) => (nullable && !(types[i] ?? "").endsWith("[]") ? [i] : []));
    const choices = [
      ...(prepared ? [{ label: "any values", mode: "force_generic_plan", without: [] }] : []),
      { label: "every parameter", mode: "force_custom_plan", without: [] },
      ...(optional.length > 0
        ? [{ label: "no optional parameter", mode: "force_custom_plan", without: optional }]
        : []),
      ...optional.map((only) => ({
        label: `only ${parameters[only]?.name ?? ""}`,
        mode: "force_custom_plan",
        without: optional.filter((i) => i !== only),
      })),
    ];
    const plans: Planned[] = [];
    for (const { label, mode, without } of choices) {
      await client.query(`set plan_cache_mode = ${mode}`);
      const given = values.map((value, i) => ((without as readonly number[]).includes(i) ? "null" : value));
      const execute = given.length > 0 ? `execute checked (${given.join(", ")})` : "execute checked";
      const explained = await client.query<{ "QUERY PLAN": readonly { readonly Plan: PlanNode }[] }>(
        `explain (verbose, format json) ${execute}`,
      );
      const [first] = explained.rows[0]?.["QUERY PLAN"] ?? [];
      if (first) plans.push({ label, plan: first.Plan });
    }
    return plans;
  } finally {
    await client.query("deallocate checked");
  }
}

/** A statement of the archive, which is made from the schema and not from a file, as it reads its first page. */
function pageOfArchive(
  { name, text }: Statement,
  key: readonly string[],
  ...before: readonly string[]
): ParsedStatement {
  const parameters = [...before, ...key.map(() => "unset"), "limit"].map((each) => ({ name: each, nullable: false }));
  // The one table that never has more than a row.
  const scan = name === "archive/read blob_spaces" ? "one row" : null;
  const [folder = "", functionName = ""] = name.split("/");
  return {
    file: name,
    folder,
    functionName,
    documentation: [],
    cardinality: "many",
    prepared: false,
    scan,
    text,
    variants: null,
    parameters,
  };
}

/** Ten elements for an array, as in a batch of concurrent callers; longer ones may rightly be joined to a whole table. */
function parameterValue(type: string, enums: ReadonlyMap<string, readonly string[]>): string {
  if (!type.endsWith("[]")) return `(${valueOf(type, enums.get(type), "7")})::text::${type}`;
  const element = type.slice(0, -2);
  const elements = Array.from(
    { length: 10 },
    (_, i) => `(${valueOf(element, enums.get(element), String(i * 7))})::text::${element}`,
  );
  return `array[${elements.join(", ")}]`;
}
