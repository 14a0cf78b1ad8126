import { type Command, Option } from "commander";
import type { Order, Page, PageRequest } from "../lists/index.ts";
import type { Context } from "./context.ts";
import { wholeNumber } from "./option-values.ts";
import { type Column, printTable } from "./table.ts";

/** The options of every list. */
export interface PageFlags {
  readonly limit?: number;
  readonly after?: string;
  readonly order?: Order;
  readonly all?: true;
}

/** The most items of one call. */
const pageMax = 1000;

/** Adds the options of a list. */
export function withPage(command: Command): Command {
  return command
    .addOption(new Option("--limit <n>", "how many at most, 1 to 1,000").argParser(wholeNumber(1, pageMax)).default(20))
    .option("--after <cursor>", "go on behind a former page: its `next`")
    .addOption(new Option("--order <order>", "from the first on, or from the last back").choices(["asc", "desc"]))
    .addOption(
      new Option("--all", "every page; with --json, one line of JSON for each item").conflicts(["limit", "after"]),
    );
}

/** What a list prints. */
export interface Listing<Row> {
  readonly list: (page: PageRequest) => Promise<Page<Row>>;
  readonly columns: readonly Column<Row>[];
  /** An item for `--json`; the item itself by default. */
  readonly toItem?: (row: Row) => unknown;
  /** What it lists, for an empty list. */
  readonly noun: string;
}

/** Prints a page as `{ items, next }`, or all pages as one item a line; for people as a table. */
export async function printList<Row>(
  context: Context,
  { limit = 20, after, order, all }: PageFlags,
  { list, columns, toItem = (row) => row, noun }: Listing<Row>,
): Promise<void> {
  let place = after;
  for (let isFirst = true; ; isFirst = false) {
    const { items, next } = await list({ after: place, order, limit: all ? pageMax : limit });
    if (context.isJson && !all) {
      await context.printJson({ items: items.map(toItem), next });
      return;
    }
    if (context.isJson) for (const item of items) await context.printJson(toItem(item));
    else if (items.length > 0) await printTable(context, columns, items, { hasHead: isFirst });
    else if (isFirst) await context.note(`no ${noun}`);
    if (next === null) return;
    if (!all) {
      await context.note(`more: --after ${JSON.stringify(next)}`);
      return;
    }
    place = next;
  }
}

/** A copy of a record without some of its fields, such as payloads in a list. */
export function without<Row extends object>(row: Row, ...names: readonly (keyof Row)[]): object {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !names.some((each) => each === name)));
}
