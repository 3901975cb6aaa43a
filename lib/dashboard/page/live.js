import { getJson } from './api.js';

const retryAfter = 2000;

/** What this page may do, asked for until the server has told it. */
export async function getPermissions() {
  for (;;) {
    try {
      const { canAct, canDraw } = await getJson('api/runs');
      return { canAct, canDraw };
    } catch {
      await new Promise((resolve) => setTimeout(resolve, retryAfter));
    }
  }
}

/** Listens to what happens to runs, and connects again whenever the connection is lost. */
export function listen({ onRuns, onConnection }) {
  const source = new EventSource('api/events');
  source.addEventListener('open', () => onConnection('live'));
  source.addEventListener('runs', ({ data }) => {
    onConnection('live');
    onRuns(JSON.parse(data));
  });
  source.addEventListener('error', () => {
    onConnection('reconnecting');
    // A browser gives up for good when it gets an answer that is no stream of events.
    if (source.readyState !== EventSource.CLOSED) return;
    setTimeout(() => listen({ onRuns, onConnection }), retryAfter);
  });
}
