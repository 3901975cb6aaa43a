const typed = 'input:not([type=range], [type=checkbox], [type=radio]), textarea, select, [contenteditable]';
/** What a key does in these is theirs. */
const own = {
  ' ': 'button, summary, input:not(#slider)',
  ArrowLeft: 'input:not(#slider), .scroll',
  ArrowRight: 'input:not(#slider), .scroll',
  Home: 'input:not(#slider), .scroll',
  End: 'input:not(#slider), .scroll',
};

/** Calls what belongs to a key, wherever the reader is but where it is typed or has another meaning. */
export function listenToKeys(actions) {
  document.addEventListener('keydown', (event) => {
    const { key, target, ctrlKey, metaKey, altKey } = event;
    const action = actions[key];
    if (action === undefined || ctrlKey || metaKey || altKey) return;
    if (document.querySelector('dialog[open]') || target.matches(typed)) return;
    if (own[key] !== undefined && target.matches(own[key])) return;
    event.preventDefault();
    action();
  });
}
