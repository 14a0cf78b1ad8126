// A newsletter whose queues, component and prefix are typed and checked; docs/types.md explains the pieces.
//
//   npx tsx examples/typed.ts             in memory, without a server
//   DATABASE_URL=postgres://… npx tsx examples/typed.ts
import { defineComponent, defineKv, defineQueue, handle, newId, openStore, startWorker } from "holdfast";
import { z } from "zod";

const run = newId(); // Another run on the same server has queues of its own.

const reader = z.object({ address: z.email(), language: z.enum(["en", "de"]).default("en") });
const letter = z.object({ to: z.email(), subject: z.string().min(1) });

const render = defineQueue(`render:${run}`, { payload: reader, result: letter });
const send = defineQueue(`send:${run}`, { payload: letter });
const report = defineComponent<{ sent: readonly string[] }>("report");
const subjects = defineKv<string>(`subjects:${run}`);

const url = process.env["DATABASE_URL"];
const store = await openStore(url === undefined ? { memory: true } : { url });
await store.queues.configure(send, { concurrency: 1 });
await store.kv.setMany([subjects.entry("en", "News"), subjects.entry("de", "Neues")]);

// What does not fit is refused where it is written, and the error names the field.
const mistaken = store.jobs.pushMany([render.job({ address: "ada@example.org" }), render.job({ address: "nobody" })]);
console.log(await mistaken.then(String, ({ message }: Error) => message));

// Two letters are rendered and sent; one job, of a release before the schema, is dead.
let end = (): void => undefined;
const ended = new Promise<void>((resolve) => (end = resolve));
let left = 5;
for (const name of ["job.completed", "job.dead"] as const) store.on(name, () => --left === 0 && end());

const worker = await startWorker(store, {
  queues: [
    handle(render, async ({ payload }, { complete }) => {
      const { value: subject } = await store.kv.require(subjects, payload.language);
      const rendered = { to: payload.address, subject };
      // The next job and the end of this one are one commit.
      await complete(rendered, { step: { jobs: [send.job(rendered)] } });
    }),
    handle(send, async ({ payload }, { complete }) => {
      const former = await store.components.get(run, report);
      const sent = [...(former?.state.sent ?? []), `${payload.subject} to ${payload.to}`];
      await complete(undefined, { step: { components: [report.state({ sent })] } });
    }),
  ],
  onError: (error) => console.log(String(error).replaceAll(run, "run")),
});

const { jobs } = await store.executions.start({
  id: run,
  jobs: [render.job({ address: "ada@example.org" }), render.job({ address: "max@example.org", language: "de" })],
});
await store.jobs.push({ queue: render.name, id: `${run}/old`, payload: { email: "eve@example.org" } });
await ended;

const { sent } = (await store.components.require(run, report)).state;
console.log(sent.toSorted().join(", "));
const [first] = jobs;
const rendered = await store.jobs.require(first?.id ?? "", render);
console.log(`${rendered.payload.address} got ${rendered.result?.subject}`);

await worker.stop();
await store.close();
