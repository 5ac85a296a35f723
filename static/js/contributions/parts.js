// The earlier parts of the stream: what activated a value, what a layer read.

/** @typedef {import("./replies.js").Part} Part */
/** @typedef {import("./replies.js").QueriesAt} QueriesAt */

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
 * Where queries are to be read: attention values read their source position, others the one looked at.
 * @template {QueriesAt} T
 * @param {T & {sources: QueriesAt[]}} reply
 * @returns {QueriesAt}
 */
export const readAt = (reply) => reply.sources[0] ?? reply;

/**
 * Every part with what it adds to the difference of two tokens.
 * @param {import("./replies.js").Pair} pair
 * @returns {(Part & {value: number})[]}
 */
export const pairParts = ({ token, position_embedding, layers }) =>
  scoredParts({ token, position_embedding, layers }).map(({ score, ...part }) => ({ ...part, value: score }));
