import { AbstractIterator, type AbstractIteratorOptions } from "abstract-level";
import type { KvEntry, KvListRequest, KvRange, Transaction } from "../index.ts";
import { toBytes, toText } from "./level-keys.ts";

/** A range and a direction as abstract-level gives them, with keys that are encoded. */
export interface LevelRange {
  readonly gt?: Uint8Array | undefined;
  readonly gte?: Uint8Array | undefined;
  readonly lt?: Uint8Array | undefined;
  readonly lte?: Uint8Array | undefined;
  readonly reverse?: boolean | undefined;
  /** None where it is negative. */
  readonly limit?: number | undefined;
}

/** The range as `kv` takes it. To abstract-level, `gte` and `lte` go before `gt` and `lt` where both are given. */
export function rangeOf({ gt, gte, lt, lte }: LevelRange): KvRange {
  const text = (key: Uint8Array | undefined): string | undefined => (key === undefined ? undefined : toText(key));
  return {
    ...(gte === undefined ? { gt: text(gt) } : { gte: text(gte) }),
    ...(lte === undefined ? { lt: text(lt) } : { lte: text(lte) }),
  };
}

/** How many entries are read at a time where one is asked for, and at most. */
const page = { usual: 100, most: 1000 };

type Encoded = [key: Uint8Array, value: Uint8Array];

/** What an iterator reads from. */
interface Source {
  readonly kv: Transaction["kv"];
  readonly prefix: string;
}

/** Walks through entries page by page. Between pages it holds nothing, so that it meets what is written meanwhile. */
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
    const [entry] = await this.#take(1, page.usual);
    return entry;
  }

  async _nextv(size: number): Promise<Encoded[]> {
    return this.#take(size, size);
  }

  /** Goes on at a key, in the iterator's direction; to one outside of the range, which is its end. */
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
    const request = { ...this.#range, ...this.#position, reverse: this.#isReverse, limit };
    const { items, next } = await kv.list(prefix, request);
    this.#read = items;
    this.#position = next === null ? null : { after: next };
  }
}

/** Whether a key lies in a range. These texts compare as their bytes do, for no character of them is beyond U+00FF. */
function isWithin(key: string, { gt, gte, lt, lte }: KvRange): boolean {
  if (gt !== undefined && key <= gt) return false;
  if (gte !== undefined && key < gte) return false;
  if (lt !== undefined && key >= lt) return false;
  return lte === undefined || key <= lte;
}
