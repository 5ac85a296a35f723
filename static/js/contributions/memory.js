// Answers that are kept a while. A question that is asked twice at once is put once.

export class Memory {
  /** @type {Map<string, {answer: Promise<any>, stop: AbortController, wanted: number, over: boolean}>} */
  #kept = new Map();
  #limit;

  /** @param {number} limit  how many answers are kept; the longest unused give way */
  constructor(limit) {
    this.#limit = limit;
  }

  /**
   * The answer to a question: the one that is known, or a new one.
   * A question that nobody waits for any more is withdrawn; one that failed is forgotten.
   * @template T
   * @param {string} key
   * @param {(signal: AbortSignal) => Promise<T>} ask
   * @param {AbortSignal} [signal]  of who waits
   * @returns {Promise<T>}
   */
  get(key, ask, signal) {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const known = this.#kept.get(key) ?? this.#begin(key, ask);
    this.#kept.delete(key);
    this.#kept.set(key, known);
    this.#trim();
    known.wanted += 1;
    return new Promise((resolve, reject) => {
      const leave = () => {
        known.wanted -= 1;
        if (known.wanted === 0 && !known.over) {
          if (this.#kept.get(key) === known) this.#kept.delete(key);
          known.stop.abort();
        }
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", leave, { once: true });
      known.answer.then(resolve, reject).finally(() => signal?.removeEventListener("abort", leave));
    });
  }

  /**
   * Keep an answer that is known already.
   * @param {string} key
   * @param {unknown} answer
   */
  set(key, answer) {
    const stop = new AbortController();
    this.#kept.set(key, { answer: Promise.resolve(answer), stop, wanted: 0, over: true });
    this.#trim();
  }

  /**
   * @template T
   * @param {string} key
   * @param {(signal: AbortSignal) => Promise<T>} ask
   */
  #begin(key, ask) {
    const stop = new AbortController();
    const begun = { answer: ask(stop.signal), stop, wanted: 0, over: false };
    begun.answer.then(
      () => {
        begun.over = true;
      },
      () => {
        begun.over = true;
        if (this.#kept.get(key) === begun) this.#kept.delete(key);
      },
    );
    return begun;
  }

  #trim() {
    for (const [key, { over }] of this.#kept) {
      if (this.#kept.size <= this.#limit) return;
      if (over) this.#kept.delete(key);
    }
  }
}
