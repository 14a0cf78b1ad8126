import { AbstractIterator, type AbstractIteratorOptions } from "abstract-level";
import type { KvEntry, Transaction } from "../index.ts";
import type { KvListRequest, KvRange } from "../kv/index.ts";
import { toBytes, toText } from "./level-keys.ts";

/** A range and a direction from abstract-level, with encoded keys. */
export interface LevelRange {
  readonly gt?: Uint8Array | undefined;
  readonly gte?: Uint8Array | undefined;
  readonly lt?: Uint8Array | undefined;
  readonly lte?: Uint8Array | undefined;
  readonly reverse?: boolean | undefined;
  /** Unlimited if negative. */
  readonly limit?: number | undefined;
}

/** The range for `kv`. In abstract-level, `gte` and `lte` take precedence over `gt` and `lt`. */
export function rangeOf({ gt, gte, lt, lte }: LevelRange): KvRange {
  const text = (key: Uint8Array | undefined): string | undefined => (key === undefined ? undefined : toText(key));
  return {
    ...(gte === undefined ? { gt: text(gt) } : { gte: text(gte) }),
    ...(lte === undefined ? { lt: text(lt) } : { lte: text(lte) }),
  };
}

/** How many entries are read at a time by default, and at most. */
const page = { standard: 100, most: 1000 };

type Encoded = [key: Uint8Array, value: Uint8Array];

/** The source of an iterator. */
interface Source {
  readonly kv: Transaction["kv"];
  readonly prefix: string;
}

/** Walks through entries page by page. It holds nothing between pages, so it sees concurrent writes. */
export class LevelIterator<TDatabase> extends AbstractIterator<TDatabase, Uint8Array, Uint8Array> {
  readonly #source: Source;
  readonly #range: KvRange;
  readonly #isReverse: boolean;
  /** Where the next page begins; null at the end. */
  #position: Pick<KvListRequest, "after" | "gte" | "lte"> | null = {};
  #read: readonly KvEntry[] = [];
  #next = 0;

  constructor(
    database: TDatabase,
    options: LevelRange & AbstractIteratorOptions<Uint8Array, Uint8Array>,
    source: Source,
  ) {
    super(database, options);
    this.#source = source;
    this.#range = rangeOf(options);
    this.#isReverse = options.reverse === true;
  }

  async _next(): Promise<Encoded | undefined> {
    const [entry] = await this.#take(1, page.standard);
    return entry;
  }

  async _nextv(size: number): Promise<Encoded[]> {
    return this.#take(size, size);
  }

  /** Continues at a key, in the iterator's direction. A key outside of the range ends the iteration. */
  _seek(target: Uint8Array): void {
    const key = toText(target);
    this.#read = [];
    this.#next = 0;
    if (!isWithin(key, this.#range)) this.#position = null;
    else this.#position = this.#isReverse ? { lte: key } : { gte: key };
  }

  async #take(size: number, readSize: number): Promise<Encoded[]> {
    if (this.#next === this.#read.length) await this.#readPage(readSize);
    const taken = this.#read.slice(this.#next, this.#next + size);
    this.#next += taken.length;
    return taken.map(({ key, value }) => [toBytes(key), value ?? new Uint8Array()]);
  }

  async #readPage(size: number): Promise<void> {
    this.#read = [];
    this.#next = 0;
    if (this.#position === null) return;
    const { kv, prefix } = this.#source;
    const limit = Math.max(1, Math.min(size, page.most, this.limit - this.count));
    const request = {
      ...this.#range,
      ...this.#position,
      order: this.#isReverse ? ("desc" as const) : ("asc" as const),
      limit,
    };
    const { items, next } = await kv.list(prefix, request);
    this.#read = items;
    this.#position = next === null ? null : { after: next };
  }
}

/** Whether a key lies in a range. These texts compare like their bytes, because their characters end at U+00FF. */
function isWithin(key: string, { gt, gte, lt, lte }: KvRange): boolean {
  if (gt !== undefined && key <= gt) return false;
  if (gte !== undefined && key < gte) return false;
  if (lt !== undefined && key >= lt) return false;
  return lte === undefined || key <= lte;
}
