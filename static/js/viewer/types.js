// The shapes that the viewer's modules share. `app/web/views.py` writes the first of them.

/** @typedef {"dot" | "centred" | "cosine" | "z"} Unit */
/** @typedef {"direction" | "component"} Across  one vector at every layer, or each layer’s own */

/**
 * Everything a reader has chosen; the address bar holds it.
 * @typedef {object} State
 * @property {string} model
 * @property {string} site
 * @property {number | null} head
 * @property {[number, number][]} mix  component and weight, as set by hand, not normalised
 * @property {string | null} token  the token whose own residual is the direction: `p12:5`
 * @property {string | null} neuron  the neuron whose writing is the direction: `9.2342`, `9.4.17`
 * @property {number | null} direction  the saved direction to colour by; its place is the state's
 * @property {Unit} unit
 * @property {number | null} range  the pinned colour range
 * @property {number} seed  which sample of the library
 * @property {number} n  how many texts of it
 * @property {string[]} texts  the reader's own, the newest first
 * @property {number[]} prompts  stored prompts that come first
 * @property {number | null} set  the set of prompts that comes next
 * @property {string | null} open  the one text on screen
 * @property {string | null} pin  the pinned token: `t0:5`
 * @property {string | null} heat  the text shown across layers
 * @property {Across} across  what that table compares, where one component is chosen
 * @property {"texts" | "corpus" | "prompts"} tab
 * @property {boolean} marks
 * @property {boolean} boxes
 * @property {boolean} bos
 * @property {"serif" | "sans"} face
 */

/** @typedef {{id: number, text: string, special: boolean}} Token */

/**
 * What a site's basis says of the matrix's first columns.
 * @typedef {object} Basis
 * @property {number} n_tokens
 * @property {number} n_components
 * @property {string} corpus
 * @property {number[]} ratios
 * @property {number[]} means
 * @property {number[]} stds
 * @property {number[][] | null} gram  inner products, where components are not orthogonal
 */

/** @typedef {{raises: string[], lowers: string[]}} Says  tokens, the strongest first */

/**
 * A direction that is no mix of components: a token's own residual, a neuron's, or a saved one.
 * @typedef {object} OtherDirection
 * @property {"token" | "neuron" | "saved"} kind
 * @property {string} text  the token, or the name of the neuron or the direction
 * @property {number | null} mean  of corpus scores along it; null where there is no basis
 * @property {number | null} std
 * @property {string | null} by  who saved it
 * @property {[number, number][] | null} parts  the components it was mixed from, where it is a mix
 * @property {Says | null} says  what a neuron says, also one that was saved; null for any other
 */

/** @typedef {"own" | "prompt" | "set" | "sample"} Given  how a text came to be on screen */
/** @typedef {{id: number, name: string, by: string, n_prompts: number}} PromptSet */

/**
 * One text and its scores: `rows` holds a row of `columns` numbers for every token, the components
 * first, then the other direction if there is one, then the vector's length.
 * @typedef {object} Block
 * @property {Token[]} tokens
 * @property {number} columns
 * @property {Float32Array} rows
 */

/** @typedef {{key: string, prompt_id: number | null, source: string, given: Given, text: string, tokens: Token[], error: string | null}} Prompt */

/** @typedef {{name: string, label: string, short: string, fitted: boolean, ratios: number[]}} GridRow */

/** @typedef {{name: string, label: string, layer: number | null, head: number | null, n_heads: number | null, width: number, in_model_space: boolean, basic: boolean, blocks: number}} Site */

/**
 * @typedef {object} View
 * @property {{name: string, label: string, state: string}[]} models
 * @property {State} state
 * @property {Site} site
 * @property {GridRow[]} grid
 * @property {Basis | null} basis
 * @property {OtherDirection | null} other_direction
 * @property {Prompt[]} prompts
 * @property {PromptSet | null} set
 * @property {number} n_columns
 * @property {number[]} scales  what each column is to be multiplied by
 * @property {string} matrix  float16 in base64
 */

/** @typedef {{edges: number[], counts: number[], n_tokens: number}} Histogram */

/** @typedef {{id: string, title: string, state: string, done: number, total: number, message: string | null}} Task */

export {};
