import { type Command, InvalidArgumentError, Option } from "commander";
import type {
  Execution,
  ExecutionFilter,
  ExecutionGrouping,
  ExecutionQuery,
  LabelFilter,
  Status,
} from "../executions/index.ts";
import type { HistoryEntry } from "../history/index.ts";
import { withConfirmation } from "./confirmation.ts";
import type { Context } from "./context.ts";
import { withExamples } from "./examples.ts";
import { cancelExecution, type CancelFlags, wakeExecution } from "./execution-changes.ts";
import { buildStates } from "./execution-states.ts";
import { printTimeline } from "./execution-timeline.ts";
import { drawExecution, type TreeFlags } from "./execution-tree.ts";
import { formatDuration, formatMoment, formatNumber } from "./moments.ts";
import { withStore } from "./opening.ts";
import { moment, wholeNumber, wordsOption, plainValue } from "./option-values.ts";
import { type PageFlags, printList, withPage, without } from "./page.ts";
import { printRecord } from "./record.ts";
import { statusPaints, wordsOf } from "./statuses.ts";
import { type Column, printTable } from "./table.ts";

interface FilterFlags {
  readonly definition?: { readonly name: string; readonly version?: number };
  readonly status?: readonly Status[];
  readonly parent?: string;
  readonly parentTask?: string;
  readonly createdAfter?: Date;
  readonly createdBefore?: Date;
  readonly label?: LabelFilter;
  readonly leased?: boolean;
  readonly waitingFor?: string;
}

/** `holdfast executions`. */
export function buildExecutions(command: Command, context: Context): void {
  withExamples(
    withPage(withFilter(command.command("list").description("executions, in the order of their creation"))).option(
      "--order-by <label>",
      "by the values of a label",
    ),
    "executions list --status failed --order desc",
    "executions list --definition order@3 --created-after 1d --label region=eu --label 'total>=100'",
    "executions list --status running --no-leased   # nobody holds them",
  ).action((flags: FilterFlags & PageFlags & { readonly orderBy?: string }) => list(context, flags));
  withExamples(
    withFilter(command.command("count").description("how many there are, by status unless --by says otherwise")).option(
      "--by <what>",
      "status, definition, or label:NAME",
      grouping,
    ),
    "executions count --by definition --status failed",
  ).action((flags: FilterFlags & { readonly by?: ExecutionGrouping }) => count(context, flags));
  withExamples(
    command.command("get").description("one execution with its payloads, lease and progress").argument("<id>"),
    "executions get order-17",
    "executions get order-17 --json | jq .state",
  ).action((id: string) => get(context, id));
  withExamples(
    withPage(command.command("history").description("the numbered entries of an execution").argument("<id>")),
    "executions history order-17 --order desc",
  ).action((id: string, flags: PageFlags) => history(context, id, flags));
  buildDrawings(command, context);
  buildStates(command, context);
  buildChanges(command, context);
}

function buildDrawings(command: Command, context: Context): void {
  withExamples(
    command
      .command("tree")
      .description("draw the tasks of an execution, with statuses, attempts and durations")
      .argument("<id>")
      .addOption(new Option("--depth <n>", "how deep").argParser(wholeNumber(0, 1_000_000)))
      .addOption(new Option("--limit <n>", "how many tasks").argParser(wholeNumber(1, 1_000_000)).default(1000)),
    "executions tree order-17",
    "executions tree order-17 --depth 2",
  ).action((id: string, flags: TreeFlags) => drawExecution(context, id, flags));
  withExamples(
    command
      .command("timeline")
      .description("what happened in an execution, in the order of time: tasks, jobs, timers, waits, history")
      .argument("<id>")
      .addOption(new Option("--limit <n>", "how many of each kind").argParser(wholeNumber(1, 1000)).default(1000)),
    "executions timeline order-17",
  ).action((id: string, flags: { readonly limit: number }) => printTimeline(context, id, flags.limit));
}

function buildChanges(command: Command, context: Context): void {
  withExamples(
    withConfirmation(
      command
        .command("cancel")
        .description("end an execution as canceled, with its jobs, waits and timers")
        .argument("<id>")
        .option("--tree", "and everything below it")
        .option("--reason <text>", "kept as the message of its error"),
    ),
    "executions cancel order-17 --reason 'ordered twice'",
    "executions cancel order-17 --tree --yes",
  ).action((id: string, flags: CancelFlags) => cancelExecution(context, id, flags));
  withExamples(
    command.command("wake").description("make a parked execution claimable at once").argument("<id>"),
    "executions wake order-17",
  ).action((id: string) => wakeExecution(context, id));
}

function withFilter(command: Command): Command {
  return command
    .option("--definition <name@version>", "of this definition, perhaps of one version", definitionOf)
    .addOption(wordsOption("--status <status>", "in one of these statuses", wordsOf(statusPaints)))
    .option("--parent <id>", "children of this execution")
    .option("--parent-task <id>", "started by this task of their parent")
    .option("--created-after <time>", "created at a date or later, or since so long ago: 2h", moment)
    .option("--created-before <time>", "created before a date, or longer ago: 2h", moment)
    .option("--label <name=value>", "with this label; also <, <=, > and >=; repeatable", labelOf)
    .option("--leased", "held by somebody now")
    .option("--no-leased", "held by nobody now")
    .option("--waiting-for <key>", "waiting for an event with this correlation key");
}

function filterOf({ definition, status, parent, parentTask, label, leased, ...rest }: FilterFlags): ExecutionFilter {
  return {
    definition,
    status,
    parentId: parent,
    parentTaskId: parentTask,
    createdAfter: rest.createdAfter,
    createdBefore: rest.createdBefore,
    labels: label,
    isLeased: leased,
    correlationKey: rest.waitingFor,
  };
}

function definitionOf(text: string): NonNullable<ExecutionFilter["definition"]> {
  const [, name = text, version] = /^(.+)@(\d{1,10})$/.exec(text) ?? [];
  return version === undefined ? { name } : { name, version: Number(version) };
}

const comparisons = { "=": null, "<": "lt", "<=": "lte", ">": "gt", ">=": "gte" } as const;

/** Reads `name=value` or a comparison. A value is a number or a boolean if it looks like one; in quotes it is a text. */
function labelOf(text: string, former: LabelFilter = {}): LabelFilter {
  const [, name, sign, value = ""] = /^([^=<>]+)(<=|>=|=|<|>)(.*)$/s.exec(text) ?? [];
  if (name === undefined || sign === undefined) throw new InvalidArgumentError("Give name=value, or name>=value.");
  const end = comparisons[sign as keyof typeof comparisons];
  const plain = plainValue(value);
  if (end === null) return { ...former, [name]: plain };
  if (typeof plain === "boolean") throw new InvalidArgumentError("Compare numbers or texts.");
  const known = former[name];
  return { ...former, [name]: { ...(typeof known === "object" ? known : {}), [end]: plain } };
}

function grouping(text: string): ExecutionGrouping {
  if (text === "status" || text === "definition") return text;
  if (text.startsWith("label:")) return { label: text.slice("label:".length) };
  throw new InvalidArgumentError("Give status, definition, or label:NAME.");
}

const columns: readonly Column<Execution>[] = [
  { title: "ID", cell: ({ id }) => id },
  { title: "STATUS", cell: ({ status }) => status, paint: ({ status }) => statusPaints[status] },
  {
    title: "DEFINITION",
    cell: ({ definition }) => (definition === null ? "" : `${definition.name}@${definition.version}`),
    yields: true,
  },
  { title: "CREATED", cell: ({ createdAt }) => formatMoment(createdAt), yields: true },
  { title: "TOOK", cell: took, isNumber: true },
  { title: "PARENT", cell: ({ parentId }) => parentId ?? "", yields: true },
  {
    title: "LABELS",
    cell: ({ labels }) =>
      Object.entries(labels)
        .map(([name, value]) => `${name}=${value}`)
        .join(" "),
    yields: true,
  },
];

function took({ startedAt, finishedAt }: Execution): string {
  return startedAt === null || finishedAt === null ? "" : formatDuration(finishedAt.getTime() - startedAt.getTime());
}

function list(
  context: Context,
  { limit, after, order, all, orderBy, ...filter }: FilterFlags & PageFlags & { readonly orderBy?: string },
): Promise<void> {
  const query: ExecutionQuery = {
    ...filterOf(filter),
    payloads: false,
    orderBy: orderBy === undefined ? undefined : { label: orderBy },
  };
  return withStore(context, (store) =>
    printList(
      context,
      {
        ...(limit !== undefined && { limit }),
        ...(after !== undefined && { after }),
        ...(order && { order }),
        ...(all && { all }),
      },
      {
        noun: "executions",
        columns,
        toItem: (row) => without(row, "input", "state", "output", "error"),
        list: (page) => store.executions.list({ ...query, ...page }),
      },
    ),
  );
}

function count(
  context: Context,
  { by = "status", ...filter }: FilterFlags & { readonly by?: ExecutionGrouping },
): Promise<void> {
  return withStore(context, async (store) => {
    const groups = await store.executions.countBy(by, filterOf(filter));
    if (context.isJson) {
      await context.printJson({ groups });
      return;
    }
    await printTable(
      context,
      [
        { title: (typeof by === "string" ? by : by.label).toUpperCase(), cell: ({ value }) => String(value) },
        { title: "COUNT", cell: (group) => formatNumber(group.count), isNumber: true },
      ],
      groups,
    );
  });
}

function get(context: Context, id: string): Promise<void> {
  return withStore(context, async (store) => {
    const [execution, lease, progress, children] = await store.read([
      ({ executions }) => executions.require(id),
      ({ executions }) => executions.leaseOf(id),
      ({ tasks }) => tasks.progressOfExecution(id),
      ({ executions }) => executions.count({ parentId: id }),
    ]);
    await printRecord(context, { ...execution, lease, progress: progress.total === 0 ? null : progress, children });
  });
}

function history(context: Context, id: string, flags: PageFlags): Promise<void> {
  return withStore(context, async (store) => {
    await store.executions.require(id);
    await printList<HistoryEntry>(context, flags, {
      noun: "entries",
      columns: [
        { title: "#", cell: ({ number }) => String(number), isNumber: true },
        { title: "AT", cell: ({ recordedAt }) => formatMoment(recordedAt), yields: true },
        { title: "KIND", cell: ({ kind }) => kind },
        { title: "PAYLOAD", cell: ({ payload }) => JSON.stringify(payload) ?? "", yields: true },
      ],
      list: (page) => store.history.read(id, page),
    });
  });
}
