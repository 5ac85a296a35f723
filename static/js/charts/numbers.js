// How a chart's numbers are written: as everywhere, and small ones not as nothing.

import { signed as usual } from "../viewer/format.js";

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/**
 * A number with its sign; one that three decimals cannot show, by its first digit.
 * @param {number} value
 */
export function signed(value) {
  const size = Math.abs(value);
  if (size === 0 || size >= 0.001) return usual(value);
  const [digit, power] = size.toExponential(0).split("e-");
  const written = Number(power) < 7 ? `0.${"0".repeat(Number(power) - 1)}${digit}` : `${digit}·10⁻${raised(power)}`;
  return (value > 0 ? "+" : "−") + written;
}

/** @param {string} power */
const raised = (power) => [...power].map((digit) => SUPERSCRIPTS[Number(digit)]).join("");

/**
 * The same without a plus: a log-probability, or a size.
 * @param {number} value
 */
export const plain = (value) => signed(value).replace(/^\+/, "");
