/** Buttons of which one is chosen, by a click or by the arrows, as https://www.w3.org/WAI/ARIA/apg/patterns/tabs/ has it. */
export class Tabs {
  #buttons;

  /** @param onChoose called with the name of a tab */
  constructor(element, onChoose) {
    this.#buttons = [...element.querySelectorAll('[role=tab]')];
    for (const button of this.#buttons) {
      button.addEventListener('click', () => onChoose(button.dataset.tab));
    }
    element.addEventListener('keydown', (event) => {
      const at = this.#buttons.indexOf(document.activeElement);
      const last = this.#buttons.length - 1;
      const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      const button = this.#buttons[Math.min(last, Math.max(0, to))];
      button.focus();
      onChoose(button.dataset.tab);
    });
  }

  /** Shows which one is chosen, and what belongs to it. */
  show(name) {
    for (const button of this.#buttons) {
      const isChosen = button.dataset.tab === name;
      button.ariaSelected = String(isChosen);
      button.tabIndex = isChosen ? 0 : -1;
      document.getElementById(button.getAttribute('aria-controls')).hidden = !isChosen;
    }
  }
}
