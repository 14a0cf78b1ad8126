import { type Fields, fieldsOf } from "../database/fields.ts";
import { checkId, checkOneOf, checkText, invalid, type Page, toPage } from "../database/input.ts";
import type { Session } from "../database/session.ts";
import { type Execution, toExecution } from "./execution.ts";
import type { EncodedFilter } from "./filter.ts";
import { checkLabelName, everyPlace, type LabelPlace, spanColumns } from "./label-ranges.ts";
import {
  listExecutionsByLabel,
  listExecutionsByLabelDescending,
  type ListExecutionsByLabelRow,
} from "./statements.generated.ts";

/** An order by the values of a label: booleans, then numbers, then texts in byte order. */
export interface LabelOrder {
  readonly label: string;
  /** "asc" by default. */
  readonly direction?: "asc" | "desc" | undefined;
}

const orderFields: Fields<LabelOrder> = fieldsOf<LabelOrder>({ label: true, direction: true });

/** What a page by a label's order is made of. */
export interface LabelPageRequest {
  readonly order: LabelOrder;
  readonly filter: EncodedFilter;
  readonly after: string | undefined;
  readonly size: number;
  readonly withPayloads: boolean;
}

/** A page of the executions that have the label and pass the filter. */
export async function listByLabel(session: Session, request: LabelPageRequest): Promise<Page<Execution>> {
  const { order, filter, after, size, withPayloads } = request;
  const { label, direction } = orderFields.readInner(order, "orderBy");
  const name = checkLabelName(label, "orderBy.label");
  const isDescending = checkOneOf(direction ?? "asc", "orderBy.direction", ["asc", "desc"]) === "desc";
  const { low, high } = filter.spans.find((span) => span.name === name) ?? everyPlace;
  const statement = isDescending ? listExecutionsByLabelDescending : listExecutionsByLabel;
  const plan = statement({
    ...filter.columns,
    ...spanColumns(filter.spans.filter((span) => span.name !== name)),
    ...readPlace(after),
    orderName: name,
    lowNumber: low.number,
    lowText: low.text,
    highNumber: high.number,
    highText: high.text,
    withPayloads,
    limit: size + 1,
  });
  return toPage(await session.run(plan), size, (row) => toExecution(session.codec, row), placeCursor);
}

/** The value of a label that has a place. */
export function valueAt({ number, text }: LabelPlace): string | number | boolean {
  if (number === -Infinity) return text === "true";
  return number === Infinity ? text : number;
}

function placeCursor({ id, labelNumber, labelText }: ListExecutionsByLabelRow): string {
  return Buffer.from(JSON.stringify([String(labelNumber), labelText, id])).toString("base64url");
}

function readPlace(after: string | undefined): {
  readonly afterNumber: number | null;
  readonly afterText: string | null;
  readonly afterId: string | null;
} {
  if (after === undefined) return { afterNumber: null, afterText: null, afterId: null };
  try {
    const place: unknown = JSON.parse(Buffer.from(after, "base64url").toString());
    const [number, text, id] = Array.isArray(place) ? (place as readonly unknown[]) : [];
    if (typeof number === "string" && number !== "" && !Number.isNaN(Number(number))) {
      return { afterNumber: Number(number), afterText: checkText(text, "after"), afterId: checkId(id, "after") };
    }
  } catch {
    // Falls through to the same answer.
  }
  throw invalid("after", "is not the `next` of a former page in this order");
}
