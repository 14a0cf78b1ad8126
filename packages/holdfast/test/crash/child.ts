// What a process that will be killed does: node --import tsx child.ts <what> <connection as JSON> [name]
import { type ConnectionOptions, openStore, startScheduler, startWorker } from "../../dist/index.js";

const [, , what = "", connection = "{}", name = ""] = process.argv;
// A pipe is written to before the call returns, so what was said was said, whenever the process dies.
const say = (line: string): boolean => process.stdout.write(`${line}\n`);

const store = await openStore(JSON.parse(connection) as ConnectionOptions);
say("open");

const actions: Record<string, () => Promise<unknown>> = {
  /** Works on the queue: each job is one step of its execution, which completes the job and records it. */
  async work() {
    await startWorker(store, {
      concurrency: 4,
      // Long enough for a busy machine to do a step within it, else it does the same steps over and over.
      leaseMs: 1000,
      pollMs: 50,
      queues: {
        [name]: async (job, context) => {
          say(`begin ${job.id} ${job.attempts}`);
          if (job.payload === "poison") process.kill(process.pid, "SIGKILL");
          await new Promise((resolve) => setTimeout(resolve, 20));
          await context.complete(job.attempts, { step: { usage: { jobs: 1 }, history: [{ kind: job.id }] } });
          say(`end ${job.id}`);
        },
      },
    });
    for (;;) {
      const { ready, scheduled, running } = await store.queues.counts();
      if (ready + scheduled + running === 0) say("done with all");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  },

  /** Holds the lock of a queue with limits in a transaction that never ends. */
  async hold() {
    await store.transaction(async (tx) => {
      await tx.jobs.claim({ queues: [name], limit: 1 });
      say("holding");
      await new Promise((resolve) => setTimeout(resolve, 3_600_000));
    });
  },

  /** Pushes the jobs of schedules. */
  async schedule() {
    await startScheduler(store, { pollMs: 10, onError: (error) => say(`error ${String(error)}`) });
    say("scheduling");
  },

  /** Makes one step after the other, and says before and after each. */
  async step() {
    for (let turn = 0; ; turn++) {
      const step = `${name}-${turn}`;
      const id = `execution-${turn % 3}`;
      say(`begin ${id} ${step}`);
      const { execution, entries } = await store.executions.transition(id, {
        state: step,
        history: [{ kind: step }],
        jobs: [{ id: step, queue: "steps", executionId: id }],
        components: [{ component: "last", state: step }],
      });
      say(`end ${id} ${step} ${execution?.version} ${entries[0]}`);
    }
  },
};

await actions[what]?.();
