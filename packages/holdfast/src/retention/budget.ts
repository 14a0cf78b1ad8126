/** The most rows of one statement: few enough that its locks and its transaction stay short. */
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

  /** Removes by statements of one batch each until nothing is left to remove, or of the budget; answers how many rows went. */
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
