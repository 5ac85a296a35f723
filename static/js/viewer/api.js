// The only module that talks to the server.

import { decodeAnswer } from "./float16.js";

/** @typedef {import("./types.js").Task} Task */
/** @typedef {import("./types.js").Token} Token */

/** An answer that is not the one asked for, in words a person can act on. */
export class Problem extends Error {
  /**
   * @param {number} status
   * @param {string} detail
   * @param {string} title
   * @param {string | null} field  of the request, the one that was refused
   */
  constructor(status, detail, title = "", field = null) {
    super(detail);
    this.status = status;
    this.title = title;
    this.field = field;
  }
}

/** Work that the server has begun instead of answering at once. */
export class Started {
  /** @param {Task} task */
  constructor(task) {
    this.task = task;
  }
}

/**
 * @param {string} path
 * @param {RequestInit} [init]
 * @returns {Promise<Response>}
 */
export async function ask(path, init = {}) {
  let response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new Problem(0, "The server cannot be reached. Is it still running?");
  }
  if (response.ok) return response;
  /** @type {any} */
  let problem = null;
  try {
    problem = await response.json();
  } catch {
    // not a problem document: the status alone has to say it
  }
  const fault = problem?.errors?.[0];
  throw new Problem(
    response.status,
    fault?.message ?? problem?.detail ?? `The server answered ${response.status}.`,
    problem?.title,
    fault?.field ?? null,
  );
}

/**
 * @param {string} path
 * @param {AbortSignal} [signal]
 */
export async function get(path, signal) {
  return (await ask(path, { signal, headers: { Accept: "application/json" } })).json();
}

/**
 * @param {string} path
 * @param {unknown} body
 * @param {AbortSignal} [signal]
 * @param {string} [accept]
 */
function post(path, body, signal, accept = "application/json") {
  return ask(path, {
    method: "POST",
    signal,
    headers: { "Content-Type": "application/json", Accept: accept },
    body: JSON.stringify(body),
  });
}

/**
 * A write, answered with what is there now; null where there is nothing to say.
 * @param {"POST" | "PUT" | "PATCH" | "DELETE"} method
 * @param {string} path
 * @param {unknown} [body]
 */
export async function send(method, path, body) {
  const init = body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  const response = await ask(path, { method, ...init });
  return response.status === 204 ? null : response.json();
}

/**
 * @param {string} path
 * @param {unknown} body
 * @param {AbortSignal} [signal]
 */
async function postForResult(path, body, signal) {
  const response = await post(path, body, signal);
  const answer = await response.json();
  return response.status === 202 ? new Started(answer.task) : answer;
}

const model = (/** @type {string} */ name) => `/api/v1/models/${encodeURIComponent(name)}`;

/**
 * Dot products of every token with every direction, and the vectors' lengths, two bytes each.
 * @param {string} name
 * @param {object} body  {site, head?, texts, prompt_ids, directions}
 * @param {AbortSignal} [signal]
 * @returns {Promise<{header: any, matrix: Float32Array}>}
 */
export async function scores(name, body, signal) {
  const response = await post(`${model(name)}/scores`, body, signal, "application/octet-stream");
  return decodeAnswer(await response.arrayBuffer());
}

/**
 * What the page's server says of a site: its labels, its basis, and the direction outside it.
 * @param {string} query  the state, as the address writes it
 * @param {AbortSignal} [signal]
 * @returns {Promise<{site: import("./types.js").Site, basis: import("./types.js").Basis | null, other_direction: import("./types.js").OtherDirection | null}>}
 */
export const place = (query, signal) => get(`/view/place.json?${query}`, signal);

/**
 * The stored prompts that an address names, and its set.
 * @param {string} query
 * @param {AbortSignal} [signal]
 * @returns {Promise<{set: import("./types.js").PromptSet | null, items: {key: string, prompt_id: number, source: string, given: "prompt" | "set", text: string}[]}>}
 */
export const stored = (query, signal) => get(`/view/prompts.json?${query}`, signal);

/**
 * @param {string} name
 * @param {string} text
 * @param {AbortSignal} [signal]
 * @returns {Promise<Token[]>}
 */
export const tokens = async (name, text, signal) =>
  (await (await post(`${model(name)}/tokens`, { text }, signal)).json()).tokens;

/**
 * @param {string} name
 * @param {AbortSignal} [signal]
 */
export const sites = (name, signal) => get(`${model(name)}/sites`, signal);

/**
 * @param {number} seed
 * @param {number} limit
 * @param {AbortSignal} [signal]
 */
export const prompts = (seed, limit, signal) =>
  get(`/api/v1/prompts?dataset=library&seed=${seed}&limit=${limit}`, signal);

/**
 * @param {string} name
 * @param {object} body  {text | prompt_id, top}
 * @param {AbortSignal} [signal]
 * @returns {Promise<{tokens: Token[], predictions: {id: number, text: string, p: number}[][]}>}
 */
export const predictions = async (name, body, signal) =>
  (await post(`${model(name)}/predictions`, body, signal)).json();

/**
 * @param {string} name
 * @param {object} body
 * @param {AbortSignal} [signal]
 * @returns {Promise<import("./types.js").Histogram | Started>}
 */
export const histogram = (name, body, signal) =>
  postForResult(`${model(name)}/histogram`, body, signal);

/**
 * @param {string} name
 * @param {object} body
 * @param {AbortSignal} [signal]
 */
export const topTokens = (name, body, signal) =>
  postForResult(`${model(name)}/top-tokens`, body, signal);

/**
 * @param {string} name
 * @param {object} body
 * @param {AbortSignal} [signal]
 * @returns {Promise<{sites: {name: string, label: string}[], tokens: Token[], scores: (number[] | null)[]}>}
 */
export const heatmap = async (name, body, signal) =>
  (await post(`${model(name)}/heatmap`, body, signal)).json();

/**
 * @param {string} name
 * @param {string} site
 * @returns {Promise<Started>}
 */
export const fit = async (name, site) =>
  new Started((await (await post(`${model(name)}/fits`, { site })).json()).task);

/**
 * @param {string} id
 * @param {AbortSignal} [signal]
 * @returns {Promise<Task>}
 */
const task = (id, signal) => get(`/api/v1/tasks/${encodeURIComponent(id)}`, signal);

/** @param {string} id */
export const cancel = (id) =>
  ask(`/api/v1/tasks/${encodeURIComponent(id)}`, { method: "DELETE" });

/** Which models are ready. */
export const ready = async () => (await fetch("/readyz", { cache: "no-store" })).json();

/**
 * Follow work on the server to its end.
 * @param {Started} started
 * @param {(task: Task) => void} told
 * @param {AbortSignal} [signal]
 * @returns {Promise<Task>}
 */
export async function follow(started, told, signal) {
  let now = started.task;
  for (;;) {
    told(now);
    if (now.state === "done") return now;
    if (now.state === "failed" || now.state === "cancelled") {
      throw new Problem(0, now.message ?? `The work was ${now.state}.`);
    }
    await new Promise((resolve) => setTimeout(resolve, 350));
    signal?.throwIfAborted();
    now = await task(now.id, signal);
  }
}
