const typed = 'input:not([type=range], [type=checkbox], [type=radio]), textarea, select, [contenteditable]';
/** What a key does in these is theirs. */
const own = {
  ' ': 'button, summary, input:not(#slider)',
  ArrowLeft: 'input:not(#slider), .scroll, [role=tab]',
  ArrowRight: 'input:not(#slider), .scroll, [role=tab]',
  Home: 'input:not(#slider), .scroll, [role=tab]',
  End: 'input:not(#slider), .scroll, [role=tab]',
};

/**
 * Calls what belongs to a key, wherever the reader is but where it is typed or has another meaning.
 * @param isOn whether the keys have these actions now
 */
export function listenToKeys(actions, isOn = () => true) {
  document.addEventListener('keydown', (event) => {
    const { key, target, ctrlKey, metaKey, altKey } = event;
    const action = actions[key];
    if (action === undefined || ctrlKey || metaKey || altKey || !isOn()) return;
    if (document.querySelector('dialog[open]') || target.matches(typed)) return;
    if (own[key] !== undefined && target.matches(own[key])) return;
    event.preventDefault();
    action();
  });
}
