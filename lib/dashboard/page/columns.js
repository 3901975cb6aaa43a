/** Columns of numbers of one length, at whose end rows are added; what is missing is NaN. */
export class Columns {
  rows = 0;
  #capacity = 0;
  #arrays = new Map();

  /** The numbers of a column; none where there is no such column. */
  get(name) {
    return this.#arrays.get(name)?.subarray(0, this.rows) ?? new Float64Array();
  }

  /** Puts rows in place of all that come from row `from` on. */
  put(from, added) {
    const count = from + added.step.length;
    if (count > this.#capacity) this.#grow(2 * count);
    for (const [name, values] of Object.entries(added)) {
      const array = this.#arrays.get(name) ?? new Float64Array(this.#capacity).fill(Number.NaN);
      for (let i = 0; i < values.length; i++) array[from + i] = values[i] ?? Number.NaN;
      this.#arrays.set(name, array);
    }
    this.rows = count;
  }

  #grow(capacity) {
    for (const [name, array] of this.#arrays) {
      const larger = new Float64Array(capacity);
      larger.set(array);
      this.#arrays.set(name, larger);
    }
    this.#capacity = capacity;
  }
}
