import { Backlog, EventQueue } from '../../lib/training/event_queue.js';

const queueOf = () =>
  new EventQueue<{ type: string; n: number }>(new Backlog((event) => event.type === 'step'), () => undefined);

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

it('keeps every event that is no step, however many wait', async () => {
  const queue = queueOf();
  for (let n = 0; n < 1000; n++) queue.push({ type: n % 10 === 9 ? 'step' : 'epoch', n });
  queue.close({ failed: false });
  const seen = await drain(queue);
  expect(seen.map(({ n }) => n).filter((n) => n % 10 !== 9)).toHaveLength(900);
  expect(seen.every(({ n }, i) => i === 0 || n > seen[i - 1]!.n)).toBe(true);
});

it('throws its error once, after what was pushed before', async () => {
  const queue = queueOf();
  queue.push({ type: 'step', n: 1 });
  queue.close({ failed: true, reason: new Error('ended') });
  expect((await queue.next()).value).toEqual({ type: 'step', n: 1 });
  await expect(queue.next()).rejects.toThrow('ended');
  expect(await queue.next()).toEqual({ value: undefined, done: true });
});

it('throws its error once to a consumer that waits, too', async () => {
  const queue = queueOf();
  const waiting = [queue.next(), queue.next()];
  queue.close({ failed: true, reason: new Error('ended') });
  await expect(waiting[0]).rejects.toThrow('ended');
  expect(await waiting[1]).toEqual({ value: undefined, done: true });
  expect(await queue.next()).toEqual({ value: undefined, done: true });
});
