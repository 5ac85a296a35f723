// Buttons that copy something, and say so in their own place.

/**
 * @param {HTMLElement} button
 * @param {() => string} text
 */
export function copies(button, text) {
  const words = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text());
      button.textContent = "copied";
    } catch {
      button.textContent = "not allowed here: select and copy it by hand";
    }
    setTimeout(() => {
      button.textContent = words;
    }, 2000);
  });
}
