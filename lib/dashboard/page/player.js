/** Steps through the sample pictures like a film, no faster than they can be shown. */
export class Player {
  isPlaying = false;
  speed = 5;

  /**
   * @param next the position of the sample after this one; undefined after the last
   * @param start where the first is
   * @param seek moves the slider
   * @param ready resolves when the pictures at a position can be shown
   * @param onChange called when it begins and when it ends
   */
  constructor(film) {
    this.film = film;
  }

  toggle() {
    if (this.isPlaying) this.pause();
    else this.#play();
  }

  pause() {
    if (!this.isPlaying) return;
    this.isPlaying = false;
    this.film.onChange();
  }

  async #play() {
    this.isPlaying = true;
    this.film.onChange();
    if (this.film.next() === undefined) this.film.seek(this.film.start());
    while (this.isPlaying) {
      await new Promise((resolve) => setTimeout(resolve, 1000 / this.speed));
      const at = this.film.next();
      if (at === undefined) break;
      await this.film.ready(at);
      if (this.isPlaying) this.film.seek(at);
    }
    this.pause();
  }
}
