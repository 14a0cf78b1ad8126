// What a second process does in these tests: node --import tsx child.ts <what> <folder> [durability]
import pg from "pg";
import { type Embedded, openEmbedded } from "../../dist/postgres/embedded/embedded.js";

const [, , what = "", folder = "", wanted] = process.argv;
const durability = wanted === "relaxed" ? "relaxed" : "full";
const say = (line: string): boolean => process.stdout.write(`${line}\n`);

const poolOf = (embedded: Embedded): pg.Pool =>
  new pg.Pool({
    max: 1,
    stream: () => embedded.stream(),
    user: "postgres",
    database: "postgres",
    password: "x",
    pipeline: true,
  });

const actions: Record<string, () => Promise<void>> = {
  /** Opens the folder and keeps it until killed. */
  async hold() {
    await openEmbedded({ folder, durability });
    say("held");
    setInterval(() => {}, 1000);
  },

  /** Begins to open the folder and says when PostgreSQL is about to be started in it. */
  async begin() {
    const opening = openEmbedded({ folder, durability });
    say("began");
    await opening;
    say("held");
  },

  /** Opens the folder, then never returns to its event loop. */
  async block() {
    await openEmbedded({ folder, durability });
    process.stdout.write("held\n", () => {
      for (;;);
    });
  },

  /** Tries to open the folder and says how it went. */
  async try() {
    try {
      const embedded = await openEmbedded({ folder, durability });
      say(`opened ${Date.now()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      say(`closing ${Date.now()}`);
      await embedded.close();
    } catch (error) {
      say(`refused ${String(error)}`);
    }
  },

  /** Commits rows one by one and says which were acknowledged, until killed. */
  async write() {
    const embedded = await openEmbedded({ folder, durability });
    const pool = poolOf(embedded);
    await pool.query("create table if not exists written (id int primary key, pad text)");
    const { rows } = await pool.query<{ last: number }>("select coalesce(max(id), 0) as last from written");
    for (let id = (rows[0]?.last ?? 0) + 1; ; id += 1) {
      await pool.query({ name: "w", text: "insert into written values ($1, repeat('x', 500))", values: [id] });
      say(`acknowledged ${id}`);
    }
  },

  /** Does a query and forgets the database: the process must end by itself, with the answer. */
  async forget() {
    const embedded = await openEmbedded({ folder: folder === "memory" ? null : folder, durability });
    const client = new pg.Client({
      stream: () => embedded.stream(),
      user: "postgres",
      database: "postgres",
      password: "x",
    });
    await client.connect();
    const { rows } = await client.query<{ answer: number }>("select pg_sleep(0.3), 42 as answer");
    say(`answer ${rows[0]?.answer}`);
  },
};

await actions[what]?.();
