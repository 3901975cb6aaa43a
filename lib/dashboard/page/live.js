import { getJson } from './api.js';

const retryAfter = 2000;

/** All runs, and what this page may do, asked for until the server has told it. */
export async function getOverview() {
  for (;;) {
    try {
      return await getJson('api/runs');
    } catch {
      await new Promise((resolve) => setTimeout(resolve, retryAfter));
    }
  }
}

/**
 * Listens to what happens to runs, and connects again whenever the connection is lost. A browser keeps six connections to a
 * server, for all its tabs together: so one of them listens, and tells the others; when it is closed another one does.
 * @param on what to call: `onRuns` with what has changed, `onConnection` with `live` or `reconnecting`
 */
export function listen(on) {
  // Only pages of this machine, and those over TLS, have locks.
  if (!navigator.locks) return connect(on);
  const name = `runs of ${location.pathname}`;
  const channel = new BroadcastChannel(name);
  let connection = null;
  const tell = (message) => {
    channel.postMessage(message);
    take(on, message);
  };
  channel.addEventListener('message', ({ data }) => {
    if (data.type !== 'hello') take(on, data);
    else if (connection !== null) channel.postMessage(connection);
  });
  channel.postMessage({ type: 'hello' });
  navigator.locks.request(name, () => {
    connect({
      onRuns: (change) => tell({ type: 'runs', change }),
      onConnection(state) {
        connection = { type: 'connection', state };
        tell(connection);
      },
    });
    // Held for as long as the page is there.
    return new Promise(() => undefined);
  });
}

function take({ onRuns, onConnection }, { type, change, state }) {
  if (type === 'runs') onRuns(change);
  else onConnection(state);
}

function connect(on) {
  const { onRuns, onConnection } = on;
  const source = new EventSource('api/events');
  source.addEventListener('open', () => onConnection('live'));
  source.addEventListener('runs', ({ data }) => onRuns(JSON.parse(data)));
  source.addEventListener('error', () => {
    onConnection('reconnecting');
    // A browser gives up for good when it gets an answer that is no stream of events.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => connect(on), retryAfter);
  });
}
