// Loads the page again when the protocol's folder has changed. The place on the page
// stays, because the browser keeps it over a reload.
(() => {
  const shown = document.currentScript.dataset.state;
  const every = 1000;
  const look = async () => {
    try {
      const answer = await fetch("/state", { cache: "no-store" });
      if (answer.ok && (await answer.text()) !== shown) {
        location.reload();
        return;
      }
    } catch {
      // The program was stopped, or starts again: the next look tells.
    }
    setTimeout(look, every);
  };
  setTimeout(look, every);
})();
