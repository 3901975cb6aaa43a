/** Long enough for the curves of a long run, or for a picture drawn while a training keeps the machine busy. */
const patience = 60_000;

/** What the server says to a GET, parsed. Whatever goes wrong is an Error whose message is for the reader. */
export async function getJson(path) {
  return (await answered(path, {})).json();
}

/** Posts a value as JSON, and resolves to the response. */
export function postJson(path, value) {
  const headers = { 'content-type': 'application/json' };
  return answered(path, { method: 'POST', headers, body: JSON.stringify(value) });
}

/** The URL of something of a run, relative to the page, whose own has a token. */
export const runPath = (id, path) => `api/runs/${id}/${path}`;

async function answered(path, options) {
  const signal = AbortSignal.timeout(patience);
  const response = await fetch(path, { ...options, signal }).catch(({ name }) => {
    const isLate = name === 'TimeoutError';
    throw new Error(isLate ? 'The dashboard does not answer.' : 'The dashboard cannot be reached.');
  });
  if (response.ok) return response;
  const { message } = await response.json().catch(() => ({}));
  throw new Error(message ?? `The dashboard answered with status ${response.status}.`);
}
