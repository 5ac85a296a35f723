// What the page of the weights and its API say, as types.

/** @typedef {"q" | "k" | "v"} Reads */
/** @typedef {"erasers" | "amplifiers"} Order */
/** @typedef {[number, number]} Head  layer and head */
/** @typedef {{writer: Head, reader: Head}} Pair */

/**
 * @typedef {object} State
 * @property {string} model
 * @property {Reads} reads
 * @property {number | null} layer  whose neurons are listed; null for all
 * @property {Order} order
 * @property {Pair | null} pair  the chosen heads
 */

/** @typedef {{name: string, label: string, n_layers: number, n_heads: number, d_model: number, d_mlp: number}} Model */
/** @typedef {{layer: number, before: number, after: number}} Bottleneck */
/** @typedef {{model: Model, state: State, bottlenecks: Bottleneck[]}} View */

/**
 * @typedef {object} Composition
 * @property {Reads} reads
 * @property {number} n_layers
 * @property {number} n_heads
 * @property {number} baseline
 * @property {number[][]} heads
 * @property {number[][]} heads_to_ffn
 * @property {number[][]} ffn_to_heads
 * @property {number[][]} ffn
 */

/** @typedef {{id: number, text: string, bs: number}} SaidToken */
/** @typedef {{top_tokens: SaidToken[], bottom_tokens: SaidToken[]}} Says */
/** @typedef {{layer: number, index: number, cosine: number, reads: Says} & Says} Neuron */
/** @typedef {{layer: number, edges: number[], counts: number[], erasers: number, amplifiers: number}} LayerCosines */
/** @typedef {{order: Order, threshold: number, layers: LayerCosines[], items: Neuron[]}} Erasers */

/** @typedef {{median: number | null, max: number | null}} Spread */
/** @typedef {{index: number, kurtosis: number, mean: number, std: number}} Coordinate */
/** @typedef {{site: string, label: string, own: Spread, rotated: Spread, coordinates: Coordinate[]}} SiteBasis */
/** @typedef {{corpus: string, n_tokens: number, items: SiteBasis[]}} Basis */

/**
 * What every panel is given.
 * @typedef {object} Ask
 * @property {State} state
 * @property {View} view
 * @property {<T>(path: string) => Promise<T>} get  an answer of the API about the model's weights
 * @property {AbortSignal} signal
 * @property {(change: Partial<State>) => void} go  change the address; the page then shows what it says
 */
/** @typedef {{show: (ask: Ask) => Promise<void>}} Panel  fetches and draws; throws */

export {};
