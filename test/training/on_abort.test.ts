import { getEventListeners } from 'node:events';
import { GanTrainer } from '../../lib/index.js';
import { onAbort } from '../../lib/training/on_abort.js';
import { using } from '../support/cleanup.js';
import { smallMnist } from '../support/small_mnist.js';

it('a signal that many wait for has one listener, and tells them all but those that took it back', () => {
  const controller = new AbortController();
  const told: number[] = [];
  const takeBack = Array.from({ length: 14 }, (_, i) => onAbort(controller.signal, () => told.push(i)));
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
  for (const i of [3, 13]) takeBack[i]!();
  controller.abort();
  expect(told).toEqual([0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
});

it('a signal that has aborted tells at once', () => {
  const told: string[] = [];
  onAbort(AbortSignal.abort(), () => told.push('told'));
  expect(told).toEqual(['told']);
});

it('trainers that share a signal add one listener to it together, and all stop', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  let started = 0;
  const runs = Array.from({ length: 3 }, () => {
    const trainer = using(new GanTrainer({ batchSize: 8, seed: 1, data: smallMnist(32), device: 'cpu' }));
    const onEvent = ({ type }: { readonly type: string }) => {
      if (type === 'start' && ++started === 3) controller.abort(new Error('enough'));
    };
    return trainer.fit(1000, { signal, onEvent });
  });
  const settled = Promise.allSettled(runs);
  while (started === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(getEventListeners(signal, 'abort').length).toBeLessThanOrEqual(1);
  for (const outcome of await settled) expect(outcome).toMatchObject({ reason: { message: 'enough' } });
});
