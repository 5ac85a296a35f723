// The shapes that the contributions page's modules share. `app/web/contribution_shown.py` writes
// the view; what the API answers is in `app/web/contributions_out.py`.

/** @typedef {"logprob" | "bs" | "p" | "rank"} Curve */
/** @typedef {"ffn" | "attn_neuron" | "attn_head" | "attn_position" | "attn_head_position"} Level */
/** @typedef {"helpful" | "unhelpful"} Order */
/** @typedef {{layer: number, head: number}} Head */
/** @typedef {{layer: number, index: number}} Neuron  of an FFN */
/** @typedef {{layer: number, head: number, dim: number, source_position: number}} AttentionNeuron */
/** @typedef {Neuron | AttentionNeuron} Value */

/**
 * A subtraction: what is taken out of one layer's attention input, and what is recomputed.
 * @typedef {object} Case
 * @property {number} layer
 * @property {number} source_position
 * @property {"everything" | "values"} recompute
 * @property {"source" | "all"} taken
 * @property {"recomputed" | "frozen"} ln_std
 */

/**
 * Everything a reader has chosen; the address holds it. What is null is left to the server: the
 * classic example, the last position, the likeliest token, all layers.
 * @typedef {object} State
 * @property {string} model
 * @property {string | null} text
 * @property {number | null} prompt  a stored prompt, instead of a text
 * @property {boolean} bos  whether the BOS token is prepended
 * @property {number | null} position
 * @property {number | null} target  a token's id
 * @property {number | null} other  the token that the target is compared with
 * @property {number[]} tokens  further tokens, for their curves
 * @property {Curve} curve
 * @property {Level} level
 * @property {Order} order
 * @property {number} top
 * @property {number[] | null} layers
 * @property {"frozen" | "exact"} ln
 * @property {"include" | "omit"} bias
 * @property {Head | null} head
 * @property {Value | null} value
 * @property {"centred" | "paper"} keys
 * @property {"direct" | "iterative"} method
 * @property {Case | null} case
 */

/** @typedef {{id: number, text: string, special: boolean}} Token */
/** @typedef {Token & {alone: string}} CutToken  `alone`: the token by itself, not as a part of its text */
/** @typedef {{id: number, text: string, logprob: number}} Chance  a token and its log p, in nats */
/** @typedef {{id: number, text: string, p: number}} Prediction */
/** @typedef {{name: string, label: string, n_layers: number, n_heads: number, d_head: number, d_mlp: number, n_ctx: number, max_matrix: number}} ModelFacts  `max_matrix`: subvalues that one matrix may hold */

/**
 * What the page shows before contributions are worked out.
 * @typedef {object} View
 * @property {ModelFacts} model
 * @property {State} state
 * @property {string} source  where the text comes from
 * @property {string} words  the text
 * @property {Token[]} tokens  none where the text is refused
 * @property {number} position
 * @property {Prediction[]} predictions  the likeliest tokens after the position
 * @property {Chance | null} target
 * @property {Chance | null} other
 * @property {Chance | null} following  the token that the text goes on with
 * @property {Chance[]} others  of `state.tokens`
 * @property {string | null} error  why the text is refused
 * @property {string[]} problems
 */

/**
 * What every request of a panel begins with; those of the curve and of pairs take no target.
 * @typedef {object} Body
 * @property {string} [text]
 * @property {number} [prompt_id]
 * @property {number} position
 * @property {{id: number}} target
 * @property {"frozen" | "exact"} ln
 * @property {"include" | "omit"} ln_bias
 * @property {boolean} prepend_bos
 */

/**
 * Asks the API about the page's model; an answer that is still known is not asked for again.
 * `bsValues` and `caseStudy` take a body without its target: `untargeted` makes one.
 * @typedef {object} Asking
 * @property {(body: object, signal?: AbortSignal) => Promise<any>} layers
 * @property {(body: object, signal?: AbortSignal) => Promise<any>} subvalues
 * @property {(body: object, signal?: AbortSignal) => Promise<any>} matrix
 * @property {(body: object, signal?: AbortSignal) => Promise<any>} queries
 * @property {(body: object, signal?: AbortSignal) => Promise<any>} bsValues
 * @property {(body: object, signal?: AbortSignal) => Promise<any>} caseStudy
 * @property {(body: object, signal?: AbortSignal) => Promise<any>} crossLayer
 * @property {(body: object, signal?: AbortSignal) => Promise<any>} predictions
 */

/** @typedef {(change: Partial<State>, how?: "push" | "replace") => void} Go */

/**
 * What every panel is given.
 * @typedef {object} Ask
 * @property {State} state  the address, parsed
 * @property {Token[]} tokens
 * @property {number} position
 * @property {Chance} target
 * @property {Chance | null} other  the token of `state.other`
 * @property {Chance[]} others  the tokens of `state.tokens`
 * @property {Prediction[]} predictions  the likeliest next tokens at the position
 * @property {Body} body
 * @property {Asking} api
 * @property {AbortSignal} signal
 * @property {Go} go  change the address; the page then shows what it says
 * @property {ModelFacts} model
 */

/** @typedef {{show: (ask: Ask) => Promise<void>}} Panel  fetches and draws; throws */

export {};
