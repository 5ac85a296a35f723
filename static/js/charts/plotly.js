// Plotly, fetched when the first picture is drawn, from the address that the page's
// <link id="plotly" rel="preload" as="script"> has.

/** @typedef {{data: Record<string, any>[], layout: Record<string, any>}} Figure */

/**
 * The part of Plotly that is used.
 * @typedef {object} Plotly
 * @property {(plot: HTMLElement, data: object[], layout: object, config: object) => Promise<void>} react
 * @property {(figure: Figure, how: object) => Promise<string>} toImage
 */

/** What plotly.js would inject as style sheets, which this site's policy forbids: it leaves them
 * out where elements with these ids are there already. The rules that charts need are in
 * charts.css; the second is that of its maps, which are not drawn here. */
const STYLES = [
  "plotly.js-style-global",
  "9f215cf04c5486422605d13261cb87401f4e7763b6296af81e98efbc0130da53",
];

/** @type {Promise<Plotly> | null} */
let loading = null;

/** Plotly, once it is there. Rejects, and may be asked again, where it cannot be had. */
export function plotly() {
  loading ??= load().catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

/** @returns {Promise<Plotly>} */
function load() {
  const address = /** @type {HTMLLinkElement | null} */ (document.getElementById("plotly"));
  if (!address) throw new Error('The page has no <link id="plotly">');
  for (const id of STYLES) {
    if (document.getElementById(id)) continue; // from a first try
    const marker = document.createElement("meta");
    marker.id = id;
    marker.className = "no-inline-styles";
    document.head.append(marker);
  }
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address.href;
    script.addEventListener("load", () => resolve(/** @type {any} */ (window).Plotly));
    script.addEventListener("error", () => {
      script.remove();
      reject(new Error("The charts could not be loaded from the server. The numbers are in CSV and JSON."));
    });
    document.head.append(script);
  });
}
