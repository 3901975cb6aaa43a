/** Answers that are kept. */
const most = 16;
/** Characters of one that is; a longer one, such as all of a long run, is asked for once by each page. */
const longest = 1 << 16;

/** The answers that were given last, by what they answer. */
export class Texts {
  readonly #texts = new Map<string, string>();

  /** What is kept under a key, or else what is made, which is kept then. */
  of(key: string, make: () => string): string {
    const kept = this.#texts.get(key);
    if (kept !== undefined) return kept;
    const text = make();
    if (text.length > longest) return text;
    this.#texts.set(key, text);
    const [oldest] = this.#texts.keys();
    if (this.#texts.size > most) this.#texts.delete(oldest!);
    return text;
  }
}
