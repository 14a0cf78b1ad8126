import pg from "pg";

/** Makes a database on a server, as a copy of `template`. Gives its URL. */
export async function createDatabase(url: string, name: string, template = "template1"): Promise<string> {
  await onMaintenance(url, `create database "${name}" template "${template}"`);
  const own = new URL(url);
  own.pathname = `/${name}`;
  return own.href;
}

/** Executes one statement on a connection of its own. */
export async function onMaintenance(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
