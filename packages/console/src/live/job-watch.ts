import type { Job, Store } from "holdfast";
import type { Topic } from "../protocol/index.ts";

/** Notices changes of watched jobs: their claims, ends and reports. */
export class JobWatch {
  readonly #store: Store;
  #known: ReadonlyMap<string, string> = new Map<string, string>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** The topics of the jobs that have changed since the last call. */
  async measure(ids: readonly string[]): Promise<readonly Topic[]> {
    const jobs = ids.length === 0 ? [] : await this.#store.jobs.getMany(ids);
    const found = jobs.filter((job) => job !== null);
    const states = new Map(await Promise.all(found.map(async (job) => [job.id, await this.#stateOf(job)] as const)));
    const changed = [...states].flatMap(([id, state]) => {
      const before = this.#known.get(id);
      return before === undefined || before === state ? [] : [id];
    });
    this.#known = states;
    return changed.map((id): Topic => `job:${id}`);
  }

  async #stateOf({ id, status, token, attempts, runAt, leaseUntil }: Job): Promise<string> {
    const [progress, log] = await this.#store.read([
      (nouns) => nouns.jobs.progressOf(id),
      (nouns) => nouns.jobs.log(id, { limit: 1, order: "desc" }),
    ]);
    return JSON.stringify([status, token, attempts, runAt, leaseUntil, progress?.reportedAt, log.cursors]);
  }
}
