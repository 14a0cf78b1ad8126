import { type Command, Option } from "commander";
import { NotFoundError } from "../errors/index.ts";
import type { FormerState, StateOwner } from "../executions/index.ts";
import type { Store } from "../index.ts";
import { type ConfirmFlags, confirm, requireConsent, withConfirmation } from "./confirmation.ts";
import type { Context } from "./context.ts";
import { withExamples } from "./examples.ts";
import { formatMoment } from "./moments.ts";
import { withStore } from "./opening.ts";
import { wholeNumber } from "./option-values.ts";
import { type PageFlags, printList, withPage } from "./page.ts";
import { printRecord } from "./record.ts";
import type { Column } from "./table.ts";

interface StatesFlags extends PageFlags, StateOwner {
  readonly at?: number;
}

/** The most former states that are kept. */
const keptMax = 1000;

/** `holdfast executions states` and `keep-states`. */
export function buildStates(command: Command, context: Context): void {
  withExamples(
    withPage(
      command
        .command("states")
        .description("the former states of an execution that were kept, newest first")
        .argument("<id>")
        .option("--component <name>", "of this component, not of the execution itself"),
    ).addOption(
      new Option("--at <version>", "only the state of this version, as a record")
        .argParser(wholeNumber(1, Number.MAX_SAFE_INTEGER))
        .conflicts(["all", "after", "order"]),
    ),
    "executions states order-17",
    "executions states order-17 --component cart --at 3",
  ).action((id: string, flags: StatesFlags) => states(context, id, flags));
  withExamples(
    withConfirmation(
      command
        .command("keep-states")
        .description("keep the newest states of an execution that later ones replace; 0 for none")
        .argument("<id>")
        .argument("<count>", "0 to 1,000", wholeNumber(0, keptMax))
        .option("--component <name>", "of this component, not of the execution itself"),
    ),
    "executions keep-states order-17 20",
    "executions keep-states order-17 0 --component cart --yes",
  ).action((id: string, count: number, flags: ConfirmFlags & StateOwner) => keepStates(context, id, count, flags));
}

const columns: readonly Column<FormerState>[] = [
  { title: "VERSION", cell: ({ version }) => String(version), isNumber: true },
  { title: "WRITTEN", cell: ({ updatedAt }) => formatMoment(updatedAt) },
  { title: "REPLACED", cell: ({ replacedAt }) => formatMoment(replacedAt), yields: true },
  { title: "STATE", cell: ({ state }) => JSON.stringify(state) ?? "", yields: true },
];

function states(context: Context, id: string, { component, at, ...flags }: StatesFlags): Promise<void> {
  return withStore(context, async (store) => {
    await store.executions.require(id);
    if (at === undefined) {
      await printList<FormerState>(context, flags, {
        noun: "former states",
        columns,
        list: (page) => store.executions.formerStates(id, { component, ...page }),
      });
      return;
    }
    const state = await store.executions.formerState(id, at, { component });
    if (state === null) {
      throw new NotFoundError(
        `Execution ${id} keeps no state of version ${at}: \`executions states\` lists those kept.`,
      );
    }
    await printRecord(context, state);
  });
}

function keepStates(
  context: Context,
  id: string,
  count: number,
  { component, ...flags }: ConfirmFlags & StateOwner,
): Promise<void> {
  return withStore(context, async (store) => {
    await store.executions.require(id);
    const removed = Math.max(0, (await countKept(store, id, component)) - count);
    if (removed > 0) requireConsent(context, flags);
    if (removed > 0 || flags.dryRun) {
      const plan = `keep ${count} former states of ${component ?? id}${removed > 0 ? `, and remove the oldest ${removed}` : ""}`;
      if (!(await confirm(context, plan, flags))) return;
    }
    await store.executions.keepStates(id, count, { component });
    if (context.isJson) await context.printJson({ kept: count, removed });
    else await context.print(`keeps ${count}${removed > 0 ? `, removed ${removed}` : ""}`);
  });
}

async function countKept(store: Store, id: string, component: string | undefined): Promise<number> {
  const { items } = await store.executions.formerStates(id, { component, payloads: false, limit: keptMax });
  return items.length;
}
