import { describe, expect, onTestFinished, test } from "vitest";
import { describeOnServers, type FreshDatabase } from "../../holdfast/test/support/databases.ts";
import { onMaintenance } from "../../holdfast/test/support/maintenance.ts";
import { ownServer } from "../../holdfast/test/support/own-server.ts";
import { selectCases } from "../src/index.ts";
import { contractSchemas, reportOf, runCommand, startContract } from "./support/command.ts";

const few = "kv: a set";

async function urlOf(database: FreshDatabase): Promise<string> {
  const options = await database.options();
  return "url" in options ? options.url : "";
}

/** From now on, each new table of key/value entries keeps other bytes than those that are written. */
const careless = `
create function public.garble() returns trigger language plpgsql as 'begin new.value = ''other''; return new; end';
create function public.spoil() returns event_trigger language plpgsql as $$
declare made record;
begin
  for made in select object_identity as name from pg_event_trigger_ddl_commands() loop
    if made.name like '%.kv_entries' then
      execute format('create trigger garble before insert on %s for each row execute function public.garble()', made.name);
    end if;
  end loop;
end $$;
create event trigger spoil on ddl_command_end when tag in ('CREATE TABLE') execute function public.spoil()`;

describeOnServers("the command that runs the contract", (database) => {
  test("tells that every promise is kept, on which server, and leaves no schema", async () => {
    const url = await urlOf(database);
    const { code, stdout, stderr } = await runCommand(["--only", few], { DATABASE_URL: url });
    const count = selectCases(few).length;
    expect(count).toBeGreaterThan(1);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining(`${count} passed, 0 failed`) });
    expect(stdout).toMatch(
      new RegExp(`PostgreSQL \\d+.*\\n${count} passed, 0 failed, 0 skipped in \\d+(\\.\\d)? s\\n$`),
    );
    expect(stdout + stderr).not.toContain(new URL(url).password || "no password");
    expect(await contractSchemas(url)).toEqual([]);
  });

  test("names the promise that is broken, with the difference", async () => {
    const url = await urlOf(database);
    await onMaintenance(url, careless);
    onTestFinished(() => onMaintenance(url, "drop event trigger spoil"));
    const ended = await runCommand(["--database", url, "--only", "kv: every byte", "--json", "--concurrency", "2"]);
    expect(ended.code).toBe(1);
    const [broken] = selectCases("kv: every byte");
    expect(ended.stderr).toContain(`FAILED kv: ${broken?.name}\n`);
    const difference = expect.stringMatching(/\+ actual - expected[^]*\nat cases\/kv-entries\.js:\d+$/) as unknown;
    const failures = [{ subject: "kv", name: broken?.name, error: difference }];
    expect(reportOf(ended)).toMatchObject({
      passed: 0,
      failed: 1,
      skipped: 0,
      stopped: null,
      leftSchemas: [],
      failures,
    });
    expect(await contractSchemas(url)).toEqual([]);
  });

  test("cannot be used by a role that may not make schemas", async () => {
    const url = new URL(await urlOf(database));
    const owner = url.href;
    const role = `guest_${url.pathname.slice(1, 40)}`;
    onTestFinished(() => onMaintenance(owner, `drop role "${role}"`));
    await onMaintenance(owner, `create role "${role}" login password 'guest'`);
    [url.username, url.password] = [role, "guest"];
    const { code, stdout, stderr } = await runCommand(["--database", url.href, "--only", few]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toMatch(/holdfast-contract: .*Permission denied.*grant the role what it lacks/);
  });

  test("removes its schemas when it is interrupted, and says what it did not try", async () => {
    const url = await urlOf(database);
    const command = startContract(["--database", url, "--concurrency", "2", "--json"]);
    await command.says(/passed/);
    expect(await contractSchemas(url)).toHaveLength(2);
    command.process.kill("SIGINT");
    const ended = await command.ended;
    expect(ended.code).toBe(130);
    expect(ended.stderr).toContain("stopped by SIGINT");
    const { failed, skipped, skips, ...rest } = reportOf(ended);
    expect({ failed, ...rest }).toMatchObject({ failed: 0, stopped: "signal", leftSchemas: [] });
    expect(skipped).toBeGreaterThan(100);
    expect(skips).toContainEqual({ subject: "retention", name: expect.any(String), reason: "the run was stopped" });
    expect(await contractSchemas(url)).toEqual([]);
  });

  test("leaves its schema for a look at it when it is asked to", async () => {
    const url = await urlOf(database);
    const { code, stdout } = await runCommand(["--database", url, "--only", few, "--keep"]);
    const left = await contractSchemas(url);
    expect({ code, left: left.length }).toEqual({ code: 0, left: 1 });
    expect(stdout).toContain(`schema ${String(left[0])} stays`);
    await onMaintenance(url, `drop schema "${String(left[0])}" cascade`);
  });
});

describe("the command that runs the contract", () => {
  test("runs on the embedded database", async () => {
    const ended = await runCommand(["--embedded", "--only", few, "--json"], {
      DATABASE_URL: "postgres://127.0.0.1:1/none",
    });
    expect(ended.code).toBe(0);
    const serverVersion: unknown = expect.stringMatching(/^PostgreSQL.*PGlite/);
    expect(reportOf(ended)).toMatchObject({ passed: selectCases(few).length, failed: 0, skipped: 0, serverVersion });
  });

  test("tells that a server cannot be reached", async () => {
    const { code, stdout, stderr } = await runCommand(["--database", "postgres://127.0.0.1:1/none"]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toContain("holdfast-contract: The database cannot be reached");
  });

  test("tells that a server was lost, and what it could not remove", async (context) => {
    const server = await ownServer(context, { major: 18 });
    const command = startContract(["--database", server.url, "--json"]);
    await command.says(/passed/);
    await server.kill();
    const ended = await command.ended;
    expect(ended.code).toBe(3);
    // A session that the server ends by itself says so; later ones are refused.
    const loss: unknown = expect.stringMatching(/cannot be reached|when the server is back/);
    const { skips, leftSchemas, stopped } = reportOf(ended);
    expect(stopped).toBe("unavailable");
    expect(skips).toContainEqual(expect.objectContaining({ subject: "retention", reason: loss }));
    const name: unknown = expect.stringMatching(/^holdfast_contract_\d{8}_[0-9a-f]{8}_1$/);
    expect(leftSchemas).toEqual([{ name, error: loss }]);
  });

  test("lists the titles of the cases, and runs none", async () => {
    const { code, stdout, stderr } = await runCommand(["--list"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.trimEnd().split("\n")).toHaveLength(selectCases().length);
    const some = await runCommand(["--list", "--json", "--only", few.toUpperCase()]);
    expect(JSON.parse(some.stdout)).toEqual(selectCases(few).map(({ subject, name }) => `${subject}: ${name}`));
  });

  test.for([
    [[], /No database is named: name one with --database URL or DATABASE_URL, or give --embedded/],
    [["--embedded", "--only", "there is no such title"], /No title contains "there is no such title"/],
    [["--embedded", "--keep"], /--keep goes with --database/],
    [["--embedded", "--concurrency", "2"], /concurrency must be a whole number from 1 to 1/],
    [["--embedded", "--concurrency", "many"], /It must be a whole number from 1/],
    [["--embedded", "--timeout", "0"], /It must be a whole number from 1/],
    [["--embedded", "--database", "postgres://localhost/x"], /cannot be used with/],
    [["--database", "mysql://localhost/x"], /holdfast-contract: /],
    [["--fast"], /unknown option '--fast'/],
  ] as const)("refuses %j as wrong usage", async ([args, message]) => {
    const { code, stdout, stderr } = await runCommand(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
  });
});
