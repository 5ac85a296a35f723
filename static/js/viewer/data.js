// What the page has of the server's numbers: texts, sites, and the scores of each at each.

import * as api from "./api.js";
import { adopted, scaled } from "./blocks.js";
import { decodeFloat16, fromBase64 } from "./float16.js";
import { idOf, isAtSite, isAtPlace, otherBody, ownId, placeKey, placeQuery } from "./naming.js";
import { Sources } from "./sources.js";
import { isMixed, MIXED } from "./state.js";

/** @typedef {import("./types.js").Basis} Basis */
/** @typedef {import("./types.js").Block} Block */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Token} Token */
/** @typedef {import("./types.js").View} View */

/** @typedef {import("./naming.js").Named} Named */
/** @typedef {Named & {tokens: Token[], block: Block | null, error: string | null}} Shown */
/** @typedef {Awaited<ReturnType<typeof api.place>>} Place */
/** @typedef {{place: Place, texts: Shown[]}} Screen */
/** @typedef {{place: Place, blocks: Map<string, Block>}} Kept */

/** How many places' scores are kept. */
const KEPT = 24;
/** How many texts are scored by one request. */
const AT_ONCE = 48;

export class Data {
  /** @type {Map<string, Kept>} the latest used is last */
  #places = new Map();
  /** @type {Map<string, Token[]>} */
  #tokens = new Map();
  /** @type {Map<string, string>} */
  #errors = new Map();

  /** @param {View} view */
  constructor(view) {
    this.grid = view.grid;
    this.sources = new Sources(view);
    const { state, site, basis, other_direction } = view;
    const names = view.prompts.map((prompt) => ({ ...prompt, id: idOf(prompt) }));
    /** @type {Map<string, Block>} */
    const blocks = new Map();
    const columns = view.n_columns;
    const matrix = view.matrix ? scaled(decodeFloat16(fromBase64(view.matrix)), view.scales) : null;
    let start = 0;
    for (const prompt of names) {
      const end = start + prompt.tokens.length * columns;
      if (prompt.error) this.#errors.set(prompt.id, prompt.error);
      else this.#tokens.set(prompt.id, prompt.tokens);
      if (matrix && !prompt.error) {
        blocks.set(prompt.id, { tokens: prompt.tokens, columns, rows: matrix.slice(start, end) });
      }
      start = end;
    }
    this.#places.set(placeKey(state), { place: { site, basis, other_direction }, blocks });
  }

  /**
   * Whether a state can be shown without asking the server.
   * @param {State} state
   */
  has(state) {
    const kept = this.#known(state);
    const names = this.sources.names(state);
    if (!kept || !names) return false;
    const complete = (/** @type {Named} */ name) =>
      this.#errors.has(name.id) || kept.blocks.has(name.id) || !this.#coloured(kept.place);
    return names.every(complete);
  }

  /**
   * Everything that a state shows.
   * @param {State} state
   * @param {AbortSignal} [signal]
   * @returns {Promise<Screen>}
   */
  async load(state, signal) {
    const [names, kept] = await Promise.all([this.sources.load(state, signal), this.#place(state, signal)]);
    const missing = names.filter(({ id }) => !kept.blocks.has(id) && !this.#errors.has(id));
    for (let i = 0; i < missing.length; i += AT_ONCE) {
      await this.#fill(state, kept, missing.slice(i, i + AT_ONCE), signal);
    }
    const texts = names.map((name) => ({
      ...name,
      tokens: this.#tokens.get(name.id) ?? [],
      block: kept.blocks.get(name.id) ?? null,
      error: this.#errors.get(name.id) ?? null,
    }));
    return { place: kept.place, texts };
  }

  /**
   * Get what a state would show, in case it is chosen next.
   * @param {State} state
   */
  async warm(state) {
    if (this.has(state)) return;
    try {
      await this.load(state);
    } catch {
      // nobody has asked for it: choosing it will ask again, and say what is wrong
    }
  }

  /**
   * A text of one's own is a stored prompt now: its scores stay what they were.
   * @param {string} text
   * @param {{id: number, text: string}} prompt
   * @param {string} source
   */
  kept(text, prompt, source) {
    this.sources.know(prompt, source);
    if (prompt.text !== text) return;
    const [from, to] = [ownId(text), `p${prompt.id}`];
    const tokens = this.#tokens.get(from);
    if (tokens) this.#tokens.set(to, tokens);
    for (const { blocks } of this.#places.values()) {
      const block = blocks.get(from);
      if (block) blocks.set(to, block);
    }
  }

  /**
   * What a state's place is, without its texts.
   * @param {State} state
   * @returns {Promise<Place>}
   */
  async place(state) {
    return (await this.#place(state)).place;
  }

  /**
   * A saved direction has changed its name, or is gone: forget what was known of it.
   * @param {number} id
   */
  forgetDirection(id) {
    const gone = JSON.stringify({ id });
    for (const key of this.#places.keys()) {
      if (JSON.stringify(JSON.parse(key)[3]) === gone) this.#places.delete(key);
    }
  }

  /**
   * A site has been fitted, every head of it at once: forget what was known of it.
   * @param {Pick<State, "model" | "site">} state
   */
  forget(state) {
    for (const key of this.#places.keys()) if (isAtSite(key, state)) this.#places.delete(key);
  }

  /**
   * Check and score one new text, so that a refusal is known before it is on screen.
   * @param {State} state
   * @param {string} text
   */
  async try(state, text) {
    const kept = await this.#place(state);
    /** @type {Named} */
    const name = { key: "", id: ownId(text), prompt_id: null, source: "", given: "own", text };
    this.#errors.delete(name.id);
    await this.#read(state, kept, [name]);
  }

  /**
   * What is kept of a state's place. The components' scores come with those of any other direction
   * there, so that a slider of a saved mix moves without asking the server.
   * @param {State} state
   * @returns {Kept | undefined}
   */
  #known(state) {
    const kept = this.#places.get(placeKey(state));
    if (kept || !isMixed(state)) return kept;
    for (const [key, { place, blocks }] of this.#places) {
      if (place.basis && isAtPlace(key, state)) {
        return { place: { ...place, other_direction: null }, blocks: new Map(blocks) };
      }
    }
    return undefined;
  }

  /**
   * What a state shows has just been saved: its scores are those of the saved direction.
   * @param {State} state
   * @param {{id: number, name: string, username: string | null}} direction
   */
  adopt(state, direction) {
    const kept = this.#known(state);
    const now = kept && adopted(kept, state, direction);
    if (now) this.#places.set(placeKey({ ...state, ...MIXED, direction: direction.id }), now);
  }

  /** @param {Place} place */
  #coloured(place) {
    return place.basis !== null || place.other_direction !== null;
  }

  /**
   * @param {State} state
   * @param {AbortSignal} [signal]
   */
  async #place(state, signal) {
    const key = placeKey(state);
    let kept = this.#known(state);
    if (!kept) {
      kept = { place: await api.place(placeQuery(state), signal), blocks: new Map() };
    }
    this.#places.delete(key);
    this.#places.set(key, kept);
    for (const oldest of this.#places.keys()) {
      if (this.#places.size <= KEPT) break;
      this.#places.delete(oldest);
    }
    return kept;
  }

  /**
   * Read texts all at once; where one of them is refused, each by itself, so that only that one
   * is shown with the reason.
   * @param {State} state
   * @param {Kept} kept
   * @param {Named[]} missing
   * @param {AbortSignal} [signal]
   */
  async #fill(state, kept, missing, signal) {
    const refused = (/** @type {unknown} */ error) => error instanceof api.Problem && error.status === 422;
    try {
      await this.#read(state, kept, missing, signal);
    } catch (error) {
      if (!refused(error)) throw error;
      for (const name of missing) {
        try {
          await this.#read(state, kept, [name], signal);
        } catch (reason) {
          if (!refused(reason)) throw reason;
          this.#errors.set(name.id, /** @type {Error} */ (reason).message);
        }
      }
    }
  }

  /**
   * @param {State} state
   * @param {Kept} kept
   * @param {Named[]} missing
   * @param {AbortSignal} [signal]
   */
  async #read(state, kept, missing, signal) {
    if (this.#coloured(kept.place)) await this.#score(state, kept, missing, signal);
    else await this.#tokenize(state, missing, signal);
  }

  /**
   * @param {State} state
   * @param {Kept} kept
   * @param {Named[]} missing
   * @param {AbortSignal} [signal]
   */
  async #score(state, kept, missing, signal) {
    const own = missing.filter(({ prompt_id }) => prompt_id === null);
    const stored = missing.filter(({ prompt_id }) => prompt_id !== null);
    const components = kept.place.basis?.ratios.length ?? 0;
    /** @type {object[]} */
    const directions = Array.from({ length: components }, (_, component) => ({ component }));
    const other = otherBody(state);
    if (other) directions.push(other);
    const { header, matrix } = await api.scores(
      state.model,
      {
        site: state.site,
        ...(state.head === null ? {} : { head: state.head }),
        texts: own.map(({ text }) => text),
        prompt_ids: stored.map(({ prompt_id }) => prompt_id),
        directions,
      },
      signal,
    );
    const columns = header.n_columns;
    scaled(matrix, header.scale);
    [...own, ...stored].forEach(({ id }, i) => {
      const { tokens, offset } = header.prompts[i];
      const rows = matrix.slice(offset * columns, (offset + tokens.length) * columns);
      kept.blocks.set(id, { tokens, columns, rows });
      this.#tokens.set(id, tokens);
    });
  }

  /**
   * @param {State} state
   * @param {Named[]} missing
   * @param {AbortSignal} [signal]
   */
  async #tokenize(state, missing, signal) {
    const unknown = missing.filter(({ id }) => !this.#tokens.has(id));
    const found = await Promise.all(unknown.map(({ text }) => api.tokens(state.model, text, signal)));
    unknown.forEach(({ id }, i) => this.#tokens.set(id, found[i]));
  }
}
