import { readFileSync } from "node:fs";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { HoldfastError, InvalidInputError } from "holdfast";
import { locateDatabase } from "holdfast/connection";
import type { ContractReport } from "../results.ts";
import { runContract } from "../run-contract.ts";
import { selectCases, titleOf } from "../select-cases.ts";
import { interruptionSignal } from "./interruption.ts";
import { showProgress } from "./progress.ts";
import { reportJson, reportText } from "./report.ts";

/** What the command ends with. */
const exitCodes = { passed: 0, failed: 1, usage: 2, unavailable: 3, interrupted: 130 } as const;

interface Flags {
  readonly database?: string;
  readonly embedded?: true;
  readonly only?: string;
  readonly list?: true;
  readonly json?: true;
  readonly concurrency: number;
  readonly timeout: number;
  readonly keep?: true;
}

const program = new Command("holdfast-contract")
  .description("Tells whether a PostgreSQL keeps the promises of Holdfast.")
  .version(packageVersion())
  .option("--database <url>", "URL or keyword string of the PostgreSQL server (default: DATABASE_URL)")
  .addOption(new Option("--embedded", "run on the embedded PostgreSQL, in memory").conflicts("database"))
  .option("--only <text>", 'run the cases whose title ("subject: name") contains this text')
  .option("--list", "print the titles of the cases; run nothing")
  .option("--json", "print one line of JSON")
  .option("--concurrency <n>", "cases at once, each in a schema and on up to 10 connections of its own", toCount, 1)
  .option("--timeout <seconds>", "a case that takes longer has failed", toCount, 60)
  .option("--keep", "leave the schemas where they are")
  .addHelpText(
    "after",
    `
It works in new schemas named holdfast_contract_…, removes them at the end, and touches nothing else. The role needs the right to create
schemas in the database.
Exit codes: 0 every promise is kept, 1 one is broken, 2 wrong usage, 3 the database cannot be used, 130 interrupted.`,
  )
  .showHelpAfterError("(--help lists the options)")
  .exitOverride()
  .action(async (flags: Flags) => {
    const { only } = flags;
    if (selectCases(only).length === 0) throw usage("only", `No title contains "${only}": --list prints the titles.`);
    if (flags.list) list(flags);
    else await run(flags);
  });

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = codeOf(error);
}

function list({ only, json }: Flags): void {
  const titles = selectCases(only).map(titleOf);
  console.log(json ? JSON.stringify(titles) : titles.join("\n"));
}

async function run({ embedded, only, json, concurrency, timeout, keep, ...flags }: Flags): Promise<void> {
  const database = embedded ? null : (flags.database ?? process.env["DATABASE_URL"] ?? "");
  if (database === "") {
    throw usage("database", "No database is named: name one with --database URL or DATABASE_URL, or give --embedded.");
  }
  if (keep && embedded) throw usage("keep", "--keep goes with --database, not with --embedded.");
  const place = database === null ? ({ memory: true } as const) : { url: database, poolMax: 10 };
  console.error(`using ${locateDatabase(place).description}`);
  const signal = interruptionSignal((name) => {
    console.error(`stopped by ${name}: removing the schemas; once more to end at once`);
  });
  const progress = showProgress(only);
  const options = { only, concurrency, caseTimeoutMs: timeout * 1000, signal, keep };
  const report = await runContract({ ...place, ...options, onResult: (result) => progress.add(result) }).finally(() =>
    progress.stop(),
  );
  // Not before the report is written; a case that was given up would keep the process alive.
  process.stdout.write(`${json ? reportJson(report) : reportText(report)}\n`, () => process.exit(codeFor(report)));
}

function codeFor({ results, stopped, leftSchemas }: ContractReport): number {
  if (stopped === "signal") return exitCodes.interrupted;
  if (stopped === "unavailable") return exitCodes.unavailable;
  const isClean = leftSchemas.every(({ error }) => error === null);
  return isClean && results.every(({ outcome }) => outcome === "passed") ? exitCodes.passed : exitCodes.failed;
}

/** Says what went wrong in one line, and gives the exit code. */
function codeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.passed : exitCodes.usage;
  if (!(error instanceof HoldfastError)) throw error;
  console.error(`holdfast-contract: ${error.message.replaceAll(/\s*\n\s*/g, " ")}`);
  return error instanceof InvalidInputError ? exitCodes.usage : exitCodes.unavailable;
}

function usage(field: string, message: string): InvalidInputError {
  return new InvalidInputError(message, { facts: { field } });
}

function toCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new InvalidArgumentError("It must be a whole number from 1.");
}

function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(text) as { readonly version: string };
  return version;
}
