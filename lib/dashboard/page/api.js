/** Long enough for the curves of a long run, or for a picture drawn while a training keeps the machine busy. */
const patience = 60_000;

/** What the server says to a GET, parsed. Whatever goes wrong is an Error whose message is for the reader. */
export async function getJson(path) {
  return (await answered(path, {})).json();
}

/** Posts a value as JSON, and resolves to the response. */
export const postJson = (path, value, signal) => answered(path, asJson(value), signal);

/**
 * Posts a value as JSON, and resolves to the result of a job that takes its time.
 * @param signal ends it
 * @param onProgress is told how far it is: `done` of `of`
 */
export async function postJob(path, value, { signal, onProgress }) {
  const response = await postJson(path, value, signal);
  let rest = '';
  for await (const text of textsOf(response)) {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const { progress, result, error } of lines.map((line) => JSON.parse(line))) {
      if (error !== undefined) throw new Error(error.message);
      if (result !== undefined) return result;
      onProgress(progress);
    }
  }
  throw unreachable();
}

/** The URL of something of a run, relative to the page, whose own has a token. */
export const runPath = (id, path) => `api/runs/${id}/${path}`;

async function answered(path, options, signal = AbortSignal.timeout(patience)) {
  const response = await fetch(path, { ...options, signal }).catch((error) => {
    if (error.name === 'AbortError') throw error;
    throw error.name === 'TimeoutError' ? new Error('The dashboard does not answer.') : unreachable();
  });
  if (response.ok) return response;
  const { message } = await response.json().catch(() => ({}));
  throw new Error(message ?? `The dashboard answered with status ${response.status}.`);
}

const asJson = (value) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});

/** What of a response has come, as it comes. */
async function* textsOf({ body }) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
}

const unreachable = () => new Error('The dashboard cannot be reached.');
