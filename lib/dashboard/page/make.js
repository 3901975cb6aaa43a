/** A new element with a class. */
export function make(name, className = '') {
  return Object.assign(document.createElement(name), { className });
}
