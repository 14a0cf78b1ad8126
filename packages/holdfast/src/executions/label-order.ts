import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkId, checkText, type Order, type Page, toPage } from "../core/input.ts";
import { notACursor } from "../core/pages.ts";
import type { Session } from "../session/session.ts";
import { type Execution, toExecution } from "./execution.ts";
import { type EncodedFilter, orderedColumns } from "./filter.ts";
import { checkLabelName, everyPlace, type LabelPlace } from "./label-ranges.ts";
import { listExecutionsByLabel, type ListExecutionsByLabelRow } from "./statements.generated.ts";

/** Orders by the values of a label: booleans, then numbers, then strings in byte order. */
export interface LabelOrder {
  readonly label: string;
}

const orderFields: Fields<LabelOrder> = fieldsOf<LabelOrder>({ label: true });

/** The input of a page in a label's order. */
export interface LabelPageRequest {
  readonly orderBy: LabelOrder;
  readonly order: Order;
  readonly filter: EncodedFilter;
  readonly after: string | undefined;
  readonly size: number;
  readonly withPayloads: boolean;
}

/** A page of the executions that have the label and pass the filter. */
export async function listByLabel(session: Session, request: LabelPageRequest): Promise<Page<Execution>> {
  const { orderBy, order, filter, after, size, withPayloads } = request;
  const name = checkLabelName(orderFields.readInner(orderBy, "orderBy").label, "orderBy.label");
  const place = readPlace(after);
  const own = filter.spans.find((span) => span.name === name) ?? { name, ...everyPlace };
  const { low, high } = own;
  const plan = listExecutionsByLabel[order]({
    ...(await orderedColumns(session, filter, own)),
    ...place,
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

/** The label value at a place. */
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
  throw notACursor();
}
