import type { MetricsRow } from './metrics.js';
import { stepsOf } from './record.js';
import type { RunState } from './run_view.js';
import { heartbeatEvery, type Session } from './sessions.js';

/** Seconds of silence after which it is told: some heartbeats were missed. */
const silentAfter = 3 * heartbeatEvery;

/**
 * How a run is, by its last session and what its metrics say of it.
 * @param step the model's step
 * @param last the newest row of the metrics
 */
export function stateOf(session: Session | null, step: number, last: MetricsRow | null): RunState {
  if (session === null) return 'unknown';
  if (!session.isOver) return session.silent > silentAfter ? 'stale' : 'running';
  if (!session.saidSo) return 'crashed';
  if (last?.type === 'failure' && last.session === session.number) return 'failed';
  const end = lastStepOf(session);
  if (end === null) return 'unknown';
  return step >= end ? 'ended' : 'stopped';
}

/** The step at which a session has all that it was asked for; null where that is not known. */
export function lastStepOf(session: Session | null): number | null {
  const task = session?.record?.task ?? null;
  if (task === null) return null;
  const { step, epochs, steps, stepsPerEpoch } = task;
  const asked = stepsOf({ epochs: epochs ?? undefined, steps: steps ?? undefined }, stepsPerEpoch);
  return Number.isFinite(asked) ? step + asked : null;
}
