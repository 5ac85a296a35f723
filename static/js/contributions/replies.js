// What the API answers about contributions: `app/web/contributions_out.py` writes it.

/** @typedef {import("../viewer/types.js").Token} Token */

/** @typedef {import("./types.js").Level} Level */
/** @typedef {"token" | "position" | "attn" | "ffn" | "bias"} PartKind  `bias`: the final norm’s */

/** @typedef {{id: number, text: string, logprob: number}} Target */
/** @typedef {{id: number, text: string, bs: number}} SaidToken */
/** @typedef {{top_tokens: SaidToken[], bottom_tokens: SaidToken[], swapped: boolean}} Says */

/**
 * Where a subvalue stands, of the numbers only those that its level has.
 * @typedef {object} Place
 * @property {number} layer
 * @property {number | null} [index]
 * @property {number | null} [head]
 * @property {number | null} [dim]
 * @property {number | null} [source_position]
 */

/** @typedef {Place & Says & {contribution: number, coefficient: number}} Subvalue */

/**
 * @typedef {object} SubvaluesReply
 * @property {Token[]} tokens
 * @property {number} position
 * @property {Target} target
 * @property {Level} level
 * @property {Subvalue[]} items
 * @property {number} scored
 * @property {number} total
 * @property {number | null} bound
 */

/**
 * Query scores at one position; `by_position` is what each source position brought by attention.
 * @typedef {object} QueriesAt
 * @property {number} position
 * @property {number} token
 * @property {number} position_embedding
 * @property {{layer: number, attn: number, ffn: number, heads: number[]}[]} layers
 * @property {(Place & Says & {score: number, coefficient: number})[]} subvalues
 * @property {number[]} by_position
 * @property {number} attn_bias  what the b_O of all layers brought
 */

/**
 * @typedef {object} Neuron  whether a neuron is a value, a query, both or neither
 * @property {number} layer
 * @property {number} index
 * @property {number} contribution
 * @property {number} query
 * @property {number} value_bar  of the end its contribution is at: of those that raise, or lower
 * @property {number} query_bar
 * @property {"value" | "query" | "both" | "neither"} role
 */

/**
 * @typedef {QueriesAt & {tokens: Token[], target: Target, values: (Place & {contribution: number})[],
 *   sources: QueriesAt[], undefined: number, neuron: Neuron | null}} QueriesReply
 */

/** @typedef {{kind: PartKind, layer: number | null}} Part */

/**
 * @typedef {object} CrossLayerReply
 * @property {Token[]} tokens
 * @property {number} position
 * @property {Target} target
 * @property {number} layer
 * @property {number} n_helpful
 * @property {number} n_unhelpful
 * @property {(Part & {name: string, helpful: number, unhelpful: number})[]} parts
 */

/** @typedef {{layer: number, head: number, source_position: number, value: number}} Carrier */

/**
 * @typedef {object} Pair  bs of the first token less bs of the second
 * @property {Token[]} tokens
 * @property {number[]} difference
 * @property {number} bias  what the final norm’s bias adds at every point
 * @property {number} token
 * @property {number} position_embedding
 * @property {{layer: number, attn: number, ffn: number}[]} layers
 * @property {Carrier[]} carriers
 */

/**
 * @typedef {object} BsValuesReply
 * @property {Token[]} tokens
 * @property {number} position
 * @property {string[]} points
 * @property {Pair | null} pair
 */

/** @typedef {Part & {name: string, output: number, subvalue: number}} Taken  what taking a part out changes */

/**
 * @typedef {object} CaseReply
 * @property {Token[]} tokens
 * @property {number} position
 * @property {Token[]} pair
 * @property {number} layer
 * @property {number} source_position
 * @property {number} output
 * @property {number} subvalue
 * @property {Taken[]} parts
 */

export {};
