// What has to be known before the first paint, so that nothing flashes or jumps: the theme, the
// reader's name, and which notices have been dismissed. A classic script on purpose: modules run
// too late for that.
(() => {
  const root = document.documentElement;
  /** @param {() => Storage} storage @param {string} key */
  const read = (storage, key) => {
    try {
      return storage().getItem(key);
    } catch {
      return null; // storage is switched off: follow the system, show every notice
    }
  };
  const theme = read(() => localStorage, "theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  if (read(() => localStorage, "dismissed-hint") !== "1") root.dataset.hint = "";
  if (read(() => sessionStorage, "dismissed-notice") !== "1") root.dataset.notice = "";
  const name = read(() => localStorage, "username");
  if (name) {
    const seen = new MutationObserver(() => {
      const shown = document.getElementById("name-shown");
      if (!shown) return;
      shown.textContent = name;
      seen.disconnect();
    });
    seen.observe(root, { childList: true, subtree: true });
  }
  document.addEventListener("DOMContentLoaded", () => {
    document.getElementById("theme")?.addEventListener("click", () => {
      const dark = root.dataset.theme
        ? root.dataset.theme === "dark"
        : matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.theme = dark ? "light" : "dark";
      try {
        localStorage.setItem("theme", root.dataset.theme);
      } catch {
        // storage is switched off: the choice lasts as long as the page
      }
    });
  });
})();
