import { contestants } from './contestants.mjs';
import { median } from './median.mjs';

/** Steps that ours takes before the growth of its memory is looked at. */
const settled = 50;

/**
 * Starts everyone, then lets one at a time compute: rounds alternate, and each begins with another one.
 * @param log called with a line on what is happening
 * @returns a result for each contestant that ran; `failures`: one sentence for each that did not
 */
export async function measure(options, log) {
  const everyone = contestants(options);
  const failures = [];
  const stop = () => {
    for (const one of everyone) one.stop();
  };
  process.once('exit', stop);
  try {
    const running = [];
    for (const one of everyone) {
      log(`starting ${one.label}, ${one.precision}`);
      if (await started(one, failures)) running.push(one);
    }
    for (let round = 0; round < options.rounds; round++) {
      for (let i = 0; i < running.length; i++) {
        const one = running[(i + round) % running.length];
        log(`round ${round + 1} of ${options.rounds}: ${one.label}, ${one.precision}`);
        one.rounds[round] = await one.run(options.steps);
      }
    }
    const results = running.map((one) => resultOf(one, options));
    // After the rounds, and after their memory was looked at, which drawing would disturb.
    for (const [i, one] of running.entries())
      if (!one.isPeer) results[i].generateDelayMost = await one.draw();
    await measureGrowth(running, results, options, log);
    return { results: compared(results), failures };
  } finally {
    stop();
    process.off('exit', stop);
  }
}

/** A peer that does not start is left out; without ours there is nothing to measure. */
async function started(one, failures) {
  try {
    await one.start();
    return true;
  } catch (error) {
    one.stop();
    if (!one.isPeer) throw error;
    failures.push(error.message);
    return false;
  }
}

/** Of all rounds; null where it was not measured. */
function worst(delays) {
  const known = delays.filter((delay) => delay !== undefined);
  return known.length > 0 ? Math.max(...known) : null;
}

function resultOf(one, { batch, threads }) {
  const milliseconds = one.rounds.map(({ seconds, steps }) => (1000 * seconds) / steps);
  return {
    label: one.label,
    precision: one.precision,
    isPeer: one.isPeer,
    batch,
    threads,
    versions: one.greeting.versions,
    /** Milliseconds a step in each round, in the order of the rounds. */
    rounds: milliseconds,
    /** Their median. */
    milliseconds: median(milliseconds),
    imagesPerSecond: (1000 * batch) / median(milliseconds),
    minorFaultsPerStep: median(one.rounds.map(({ minorFaults, steps }) => minorFaults / steps)),
    peakMebibytes: one.memory().peak,
    /** Cores that other processes kept busy in each round. */
    othersCores: one.rounds.map(({ others }) => others),
    /** Milliseconds, of the worst round. */
    eventLoopDelayP99: worst(one.rounds.map((round) => round.eventLoopDelayP99)),
    /** The longest, while images are drawn. */
    generateDelayMost: null,
    /** Since the process began. */
    firstStepSeconds: one.greeting.firstStepSeconds ?? null,
    growthMebibytes: null,
  };
}

async function measureGrowth(running, results, { growth }, log) {
  if (growth === 0) return;
  for (const [i, one] of running.entries()) {
    if (one.isPeer) continue;
    log(`memory over ${growth} steps: ${one.label}, ${one.precision}`);
    await one.run(settled);
    const before = one.memory().now;
    await one.run(growth);
    results[i].growthMebibytes = one.memory().now - before;
  }
}

/**
 * Adds to each result how many times as fast it is as the best peer of its precision, round by round, and the median:
 * a machine that slows down for a while slows both. The best peer is the one of the lowest median time.
 */
function compared(results) {
  return results.map((result) => {
    const peers = results.filter(({ isPeer, precision }) => isPeer && precision === result.precision);
    if (peers.length === 0) return { ...result, bestPeer: null, speeds: null, speedToBestPeer: null };
    const best = peers.reduce((a, b) => (b.milliseconds < a.milliseconds ? b : a));
    const speeds = result.rounds.map((own, round) => best.rounds[round] / own);
    return { ...result, bestPeer: best.label, speeds, speedToBestPeer: median(speeds) };
  });
}
