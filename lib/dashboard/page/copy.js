import { html } from '../lib/lit-html.js';

const saidFor = 1500;

/** A button that copies a text, and says so. */
export function copyButton(text, label = 'Copy command', description = label) {
  return html`<button type="button" class="quiet" title=${text} aria-label=${description} @click=${({ currentTarget }) => copy(text, currentTarget)}>
    <span class="label">${label}</span>
  </button>`;
}

async function copy(text, button) {
  const isCopied = await navigator.clipboard.writeText(text).then(
    () => true,
    () => copiedFromField(text),
  );
  button.dataset.said = isCopied ? 'Copied' : 'Not allowed';
  document.getElementById('announcements').textContent = isCopied
    ? `Copied: ${text}`
    : 'Copying is not allowed.';
  setTimeout(() => delete button.dataset.said, saidFor);
}

/** For pages that come from another machine without TLS, which get no clipboard. */
function copiedFromField(text) {
  const field = Object.assign(document.createElement('textarea'), {
    value: text,
    className: 'visually-hidden',
  });
  const focused = document.activeElement;
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand('copy');
  field.remove();
  focused?.focus();
  return isCopied;
}
