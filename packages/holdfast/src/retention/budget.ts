/** The most rows of one statement: few enough to keep its locks and its transaction short. */
const batchRowsMax = 1000;

/** How many rows one call may still remove. */
export class Budget {
  #left: number;

  constructor(rows: number) {
    this.#left = rows;
  }

  get isSpent(): boolean {
    return this.#left === 0;
  }

  /** Removes batch by batch until no rows or no budget are left, and returns the number of removed rows. */
  async spend(removeRows: (limit: number) => Promise<number>): Promise<number> {
    let removed = 0;
    while (!this.isSpent) {
      const limit = Math.min(this.#left, batchRowsMax);
      const rows = await removeRows(limit);
      this.#left -= rows;
      removed += rows;
      if (rows < limit) break;
    }
    return removed;
  }
}
