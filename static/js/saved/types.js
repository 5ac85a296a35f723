// What the API answers about saved things.

/** @typedef {"both" | "plus" | "minus"} Side  all of a direction, or one end of it */

/**
 * @typedef {object} Explanation
 * @property {number} id
 * @property {number} direction_id
 * @property {string} username
 * @property {Side} side
 * @property {string} text
 * @property {number} up
 * @property {number} down
 * @property {number} score
 * @property {1 | 0 | -1} mine
 * @property {boolean} edited
 * @property {string} created_at
 * @property {string} updated_at
 */

/** @typedef {Pick<Explanation, "id" | "up" | "down" | "mine">} Voted */

/** @typedef {{up: number, down: number, score: number, mine: 1 | 0 | -1}} Tally */

/**
 * @typedef {object} Direction
 * @property {number} id
 * @property {string} name
 * @property {string | null} username
 * @property {string} model
 * @property {string} site
 * @property {string} site_label
 * @property {number | null} head
 * @property {number} width
 * @property {"pca" | "user"} origin
 * @property {number | null} component
 * @property {"public" | "unlisted"} visibility
 * @property {string} created_at
 * @property {number} n_explanations
 * @property {Explanation | null} best_explanation
 * @property {Explanation | null} my_explanation
 */

/** @typedef {{id: number, name: string, note: string, username: string, n_directions: number}} List */

/** @typedef {{cosine: number, direction: {id: number, name: string, username: string | null} | null, component: number | null, label: string}} Similar */

export {};
