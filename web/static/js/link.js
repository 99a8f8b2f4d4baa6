// A one-time link's secret stands behind the # of its address, which no server and no
// log ever sees. It is posted at once, and leaves the address and the history.
(() => {
  "use strict";
  const open = () => {
    const secret = location.hash.slice(1);
    const form = document.querySelector("form[data-fragment]");
    const field = form && form.elements.namedItem(form.dataset.fragment);
    if (!secret || !field) return;
    history.replaceState(null, "", location.pathname);
    field.value = secret;
    form.requestSubmit();
  };
  open();
  // Another link opened in the same tab changes only what follows the #: the browser
  // loads nothing by itself then.
  window.addEventListener("hashchange", () => {
    if (document.querySelector("form[data-fragment]")) open();
    else if (location.hash.length > 40) location.replace("/link?new" + location.hash);
  });
})();
