import { EventQueue } from '../../lib/training/event_queue.js';

const queueOf = () =>
  new EventQueue<{ type: string; n: number }>(
    (event) => event.type === 'step',
    () => undefined,
  );

async function drain(queue: AsyncIterable<{ type: string; n: number }>) {
  const seen = [];
  for await (const event of queue) seen.push(event);
  return seen;
}

it('drops the oldest step events, and no others, for a consumer that is slow', async () => {
  const queue = queueOf();
  for (let n = 0; n < 10_000; n++) queue.push({ type: n % 100 === 99 ? 'epoch' : 'step', n });
  queue.close({ failed: false });
  const seen = await drain(queue);
  expect(seen).toHaveLength(256);
  expect(seen.filter(({ type }) => type === 'epoch')).toHaveLength(100);
  expect(seen.at(-2)?.n).toBe(9998);
});

it('throws its error once, after what was pushed before', async () => {
  const queue = queueOf();
  queue.push({ type: 'step', n: 1 });
  queue.close({ failed: true, reason: new Error('ended') });
  expect((await queue.next()).value).toEqual({ type: 'step', n: 1 });
  await expect(queue.next()).rejects.toThrow('ended');
  expect(await queue.next()).toEqual({ value: undefined, done: true });
});
