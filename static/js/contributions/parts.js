// The earlier parts of the stream: what activated a value, what a layer read.

/** @typedef {import("./replies.js").Part} Part */
/** @typedef {import("./replies.js").Pair} Pair */
/** @typedef {import("./replies.js").QueriesAt} QueriesAt */
/** @typedef {import("./replies.js").QueriesReply} QueriesReply */

/**
 * Every part that could have a share, with its query score, in the stream's order.
 * @param {{token: number, position_embedding: number, layers: {layer: number, attn: number, ffn: number}[]}} at
 * @returns {(Part & {score: number})[]}
 */
export function scoredParts({ token, position_embedding, layers }) {
  return [
    { kind: "token", layer: null, score: token },
    { kind: "position", layer: null, score: position_embedding },
    ...layers.flatMap(
      /** @returns {(Part & {score: number})[]} */
      ({ layer, attn, ffn }) => [
        { kind: "attn", layer, score: attn },
        { kind: "ffn", layer, score: ffn },
      ],
    ),
  ];
}

/**
 * The parts that have a share, the largest first, whatever its sign.
 * @param {QueriesAt} at
 */
export const ranked = (at) =>
  scoredParts(at)
    .filter(({ score }) => score !== 0)
    .sort((a, b) => Math.abs(b.score) - Math.abs(a.score));

/**
 * The parts up to the last one that has a share: what stands above the values has none.
 * @param {QueriesAt} at
 */
export function belowValues(at) {
  const parts = scoredParts(at);
  const last = parts.findLastIndex(({ score }) => score !== 0);
  return parts.slice(0, Math.max(last, 1) + 1);
}

/**
 * The positions that values read: attention values their source, others the one looked at.
 * @param {Pick<QueriesReply, "position" | "values">} reply
 */
export const positionsRead = ({ position, values }) => [
  ...new Set(values.map(({ source_position }) => source_position ?? position)),
];

/**
 * The query scores where the values read; where they read several positions, the sums over those.
 * @param {QueriesReply} reply
 * @returns {QueriesAt}
 */
export function readAt(reply) {
  if (positionsRead(reply).length === 1) return reply.sources[0] ?? reply;
  return [reply, ...reply.sources].map(placed).reduce(both);
}

/**
 * The same scores, whose neurons say at which position they are.
 * @param {QueriesAt} at
 * @returns {QueriesAt}
 */
const placed = (at) => ({ ...at, subvalues: at.subvalues.map((each) => ({ ...each, source_position: at.position })) });

/**
 * @param {QueriesAt} one
 * @param {QueriesAt} other
 * @returns {QueriesAt}
 */
function both(one, other) {
  const sum = (/** @type {number[]} */ a, /** @type {number[]} */ b) =>
    Array.from({ length: Math.max(a.length, b.length) }, (_, i) => (a[i] ?? 0) + (b[i] ?? 0));
  return {
    position: one.position,
    token: one.token + other.token,
    position_embedding: one.position_embedding + other.position_embedding,
    layers: one.layers.map(({ layer, attn, ffn, heads }, i) => {
      const more = other.layers[i];
      return { layer, attn: attn + more.attn, ffn: ffn + more.ffn, heads: sum(heads, more.heads) };
    }),
    by_position: sum(one.by_position, other.by_position),
    attn_bias: one.attn_bias + other.attn_bias,
    subvalues: [...one.subvalues, ...other.subvalues]
      .sort((a, b) => Math.abs(b.score) - Math.abs(a.score))
      .slice(0, Math.max(one.subvalues.length, other.subvalues.length)),
  };
}

/**
 * The difference of two tokens at every point, as their log-probabilities differ there.
 * @param {Pick<Pair, "difference" | "bias">} pair
 */
export const logDifference = ({ difference, bias }) => difference.map((value) => value + bias);

/**
 * Every part with what it adds to the difference of two tokens.
 * @param {Pair} pair
 * @returns {(Part & {value: number})[]}
 */
export const pairParts = ({ token, position_embedding, layers, bias }) => [
  ...scoredParts({ token, position_embedding, layers }).map(({ score, ...part }) => ({ ...part, value: score })),
  ...(bias === 0 ? [] : [{ kind: /** @type {const} */ ("bias"), layer: null, value: bias }]),
];
