import type { Bench, Case, Contender, Measurement, Trial } from "./bench.ts";
import { clientMicrosSoFar, type Cost, readCounters, readDeadRows } from "./cost.ts";
import { measureReference } from "./reference.ts";
import { type BenchResult, type CaseRounds, type CostlyMeasurement, perSecond, toBenchResult } from "./result.ts";
import type { AnyBench, Run } from "./run.ts";
import type { BenchServer, LentDatabase } from "./server.ts";

/** Measures a bench in its own way, or in rounds. */
export async function runBench(bench: AnyBench, run: Run): Promise<BenchResult> {
  if ("measure" in bench) return bench.measure(run);
  const { size } = run;
  const rounds = size.areRoundsNamed ? size.rounds : Math.min(size.rounds, bench.roundsMax ?? Infinity);
  return runRounds(bench, { ...run, size: { ...size, rounds } });
}

/**
 * Measures a bench in rounds. In each round and case the reference comes first and then every contender once, each on a new
 * database; who comes first changes from round to round, so that whatever else the machine does meets all of them alike.
 */
async function runRounds(bench: Bench, run: Run): Promise<BenchResult> {
  const cases = bench.cases(run.size);
  const rounds = cases.map((each): OpenCase => ({ case: each, references: [], measurements: new Map() }));
  for (let round = 0; round < run.size.rounds; round += 1) {
    for (const each of rounds) await runRound(bench, each, { ...run, round });
  }
  return toBenchResult(bench, rounds);
}

/** A case whose contenders can still be opened. */
interface OpenCase extends CaseRounds {
  readonly case: Case;
}

async function runRound(bench: Bench, rounds: OpenCase, run: Run & { readonly round: number }): Promise<void> {
  const { name, contenders } = rounds.case;
  const place = `${bench.name}, ${name}, round ${run.round + 1} of ${run.size.rounds}`;
  const reference = await measureReference(run.server, run.size);
  rounds.references.push(reference);
  run.log(`${place}: reference ${Math.round(reference)}/s`);
  for (const contender of rotated(contenders, run.round)) {
    const measurement = await measure(run.server, contender, `${place}: ${contender.name}`);
    rounds.measurements.set(contender.name, [...(rounds.measurements.get(contender.name) ?? []), measurement]);
    run.log(`${place}: ${contender.name} ${perSecond(measurement).toFixed(1)} ${bench.unit}/s`);
  }
}

function rotated(contenders: Case["contenders"], by: number): readonly Contender[] {
  const start = by % contenders.length;
  return [...contenders.slice(start), ...contenders.slice(0, start)];
}

async function measure(server: BenchServer, contender: Contender, place: string): Promise<CostlyMeasurement> {
  try {
    return await server.withDatabase(async (database) => {
      const { measurement, alsoDone, costs } = await runTrial(await contender.open(database), database);
      await database.othersGone();
      const deadRows = await readDeadRows(database.pool);
      // Sessions report their dead rows when they end, so this reads them after that.
      return { ...measurement, cost: { ...costs, deadRows: deadRows / (alsoDone + measurement.operations) } };
    });
  } catch (cause) {
    throw new Error(`${place} failed`, { cause });
  }
}

async function runTrial(
  trial: Trial,
  place: LentDatabase,
): Promise<{ readonly measurement: Measurement; readonly alsoDone: number; readonly costs: Omit<Cost, "deadRows"> }> {
  try {
    const warmedUp = (await trial.warmUp?.()) ?? 0;
    const before = await readCounters(place.pool);
    const startedAt = clientMicrosSoFar();
    const measurement = await trial.run();
    const clientMicros = clientMicrosSoFar() - startedAt;
    const after = await readCounters(place.pool);
    // Counted after the measurement, because counting takes the server time.
    const counted = await place.countStatements(async () => (await trial.warmUp?.()) ?? 0);
    await trial.check();
    const costs = {
      walBytes: (after.walBytes - before.walBytes) / measurement.operations,
      transactions: (after.transactions - before.transactions) / measurement.operations,
      statements: counted.result === 0 ? null : counted.statements / counted.result,
      clientMicros: trial.isClientElsewhere ? null : clientMicros / measurement.operations,
    };
    return { measurement, alsoDone: warmedUp + counted.result, costs };
  } finally {
    await trial.close();
  }
}
