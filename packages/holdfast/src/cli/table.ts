import type { Context } from "./context.ts";
import { escapeControls } from "./escaping.ts";
import type { Paint } from "./terminal.ts";

/** A column of a table of rows. */
export interface Column<Row> {
  readonly title: string;
  /** What users gave may be in it: the table escapes it. */
  readonly cell: (row: Row) => string;
  readonly paint?: (row: Row) => Paint | undefined;
  readonly isNumber?: true;
  /** Whether it gives way in a narrow terminal: it is cut, and at last left out. */
  readonly yields?: true;
}

/** The least width of a column that gives way. */
const yieldingMin = 8;
const gap = "  ";

/** Prints rows in aligned columns that fit the terminal; elsewhere nothing is cut. */
export async function printTable<Row>(
  context: Context,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { hasHead = true }: { readonly hasHead?: boolean } = {},
): Promise<void> {
  const lines = await tableLines(context, columns, rows, hasHead);
  if (lines.length > 0) await context.print(lines.join("\n"));
}

/** The lines of such a table. */
export async function tableLines<Row>(
  context: Context,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  hasHead = true,
): Promise<readonly string[]> {
  const { default: Table } = await import("cli-table3");
  const { default: widthOf } = await import("string-width");
  const cells = rows.map((row) => columns.map(({ cell }) => escapeControls(cell(row))));
  const natural = columns.map(({ title }, i) =>
    Math.max(hasHead ? widthOf(title) : 0, ...cells.map((line) => widthOf(line[i] ?? ""))),
  );
  const widths = fit(columns, natural, context.columns);
  const shown = columns.flatMap((column, i) => (widths[i] === null ? [] : [{ column, i, width: widths[i] ?? 0 }]));
  const table = new Table({
    chars: { ...noBorders, middle: gap },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
    colWidths: shown.map(({ width }) => Math.max(width, 1)),
    colAligns: shown.map(({ column }) => (column.isNumber ? "right" : "left")),
  });
  const { paint } = context;
  if (hasHead) table.push(shown.map(({ column }) => paint("dim", column.title)));
  for (const [n, row] of rows.entries()) {
    table.push(shown.map(({ column, i }) => paint(column.paint?.(row), cells[n]?.[i] ?? "")));
  }
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
}

/** The width of each column, null for those left out. The widest that give way are cut first. */
function fit<Row>(
  columns: readonly Column<Row>[],
  natural: readonly number[],
  available: number,
): readonly (number | null)[] {
  const widths: (number | null)[] = [...natural];
  const total = (): number =>
    widths.reduce<number>((sum, width) => sum + (width === null ? 0 : width + gap.length), -gap.length);
  while (total() > available) {
    const candidates = columns.flatMap(({ yields }, i) => (yields && widths[i] !== null ? [i] : []));
    const widest = candidates.toSorted((a, b) => (widths[b] ?? 0) - (widths[a] ?? 0))[0];
    if (widest === undefined) break;
    const width = widths[widest] ?? 0;
    // When all are at their least width, the last one goes.
    if (width > yieldingMin) widths[widest] = width - 1;
    else widths[candidates.at(-1) ?? widest] = null;
  }
  return widths;
}

const noBorders = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
};
