// The service worker: pages that the server marks with "Varde-Keep: 1" can be opened
// when the network is gone, with the style and scripts that they need. Nothing else is
// kept, nothing is asked of another host, and everything goes at sign-out.
"use strict";
const PAGES = "varde-pages-1", FILES = "varde-files-1";
const PATIENCE = 2500;                 // ms that a page may take while there is a kept copy
const LONGEST = 30 * 24 * 3600 * 1000; // ms that a page is kept at most
const MOST = { pages: 40, files: 160 };
const OWNER = "/varde-kept-for";       // key that holds whose pages these are

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name.startsWith("varde-") && name !== PAGES && name !== FILES) await caches.delete(name);
  await self.clients.claim();
})()));

const words = {
  en: { kept: (at) => "No connection. This page is shown from this device, as of " + at + ".", again: "Try again",
    title: "No connection", text: "This page is not kept on this device. What you have entered on this device is safe, and is sent when the connection is back.", open: "You can open:",
    sent: "No connection. Nothing was sent. Go back: what you typed is still there." },
  nb: { kept: (at) => "Ingen forbindelse. Siden vises fra denne enheten, slik den var klokken " + at + ".", again: "Prøv igjen",
    title: "Ingen forbindelse", text: "Denne siden ligger ikke på enheten. Det du har ført på denne enheten er trygt, og sendes når forbindelsen er tilbake.", open: "Du kan åpne:",
    sent: "Ingen forbindelse. Ingenting ble sendt. Gå tilbake: det du skrev, står der fortsatt." },
};
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const html = (text, status) => new Response(text, { status, headers: { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "same-origin" } });
const escape = (s) => s.replace(/[&<>"']/g, (c) => "&#" + c.charCodeAt(0) + ";");
const path = (url) => { const u = new URL(url); return u.pathname + u.search; };

const trim = async (name, most) => {
  const cache = await caches.open(name);
  const keys = await cache.keys();
  for (const key of keys.slice(0, Math.max(0, keys.length - most))) if (path(key.url) !== OWNER) await cache.delete(key);
};
const drop = async () => { await caches.delete(PAGES); };

// keep stores a page with the time at which it was read.
const keep = async (url, answer) => {
  const headers = new Headers(answer.headers);
  headers.set("Varde-Kept-At", new Date().toISOString());
  for (const name of ["Content-Encoding", "Content-Length", "Set-Cookie"]) headers.delete(name);
  const cache = await caches.open(PAGES);
  const body = await answer.text();
  await cache.delete(path(url));
  await cache.put(path(url), new Response(body, { status: 200, headers }));
  await trim(PAGES, MOST.pages);
};
const kept = async (url) => {
  const cache = await caches.open(PAGES);
  const found = await cache.match(path(url));
  if (!found) return null;
  const at = new Date(found.headers.get("Varde-Kept-At") || 0);
  if (Date.now() - at.getTime() > LONGEST) { await cache.delete(path(url)); return null; }
  let text = await found.text();
  const lang = /<html[^>]*\slang="nb"/.test(text) ? "nb" : "en";
  const day = at.toDateString() === new Date().toDateString() ? {} : { day: "numeric", month: "short" };
  const shown = at.toLocaleTimeString(lang === "nb" ? "nb-NO" : "en-GB", { hour: "2-digit", minute: "2-digit", ...day });
  text = text.replace("<html ", '<html data-kept="' + at.toISOString() + '" ')
    .replace(/(<main[^>]*>)/, '$1<p class="v-kept" role="status">' + words[lang].kept(escape(shown)) + ' <a href="">' + words[lang].again + "</a></p>");
  const headers = new Headers(found.headers);
  headers.delete("Varde-Keep");
  return new Response(text, { status: 200, headers });
};

const absent = async (sent) => {
  const cache = await caches.open(PAGES);
  const pages = (await cache.keys()).map((k) => path(k.url)).filter((p) => p !== OWNER);
  const file = (await (await caches.open(FILES)).keys()).map((k) => path(k.url)).find((p) => p.endsWith(".css"));
  const part = (lang) => '<section lang="' + lang + '"><h2>' + words[lang].title + "</h2><p>" + (sent ? words[lang].sent : words[lang].text) + "</p>" +
    (pages.length && !sent ? "<p>" + words[lang].open + "</p><ul>" + pages.map((p) => '<li><a href="' + escape(p) + '">' + escape(p) + "</a></li>").join("") + "</ul>" : "") + "</section>";
  return html('<!doctype html><html lang="en" data-color-scheme="dim"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Varde</title>' +
    (file ? '<link rel="stylesheet" href="' + escape(file) + '">' : "") + '</head><body><main class="v-main v-wrap"><div class="v-stack"><h1>Varde</h1>' + part("en") + part("nb") + "</div></main></body></html>", 503);
};

const gone = (status) => status === 502 || status === 503 || status === 504;
const read = async (event) => {
  const { request } = event;
  const fresh = fetch(request).then(async (answer) => {
    if (gone(answer.status)) throw new Error("status " + answer.status);
    if (answer.ok && answer.headers.get("Varde-Keep") === "1") event.waitUntil(keep(request.url, answer.clone()));
    else if (new URL(request.url).pathname === "/signin") await drop(); // whoever comes here is nobody
    return answer;
  });
  fresh.catch(() => {}); // it may fail after the kept page was given
  const copy = await kept(request.url);
  if (!copy) return fresh.catch(() => absent(false));
  event.waitUntil(fresh.catch(() => {}));
  const late = new Promise((yes) => setTimeout(() => yes(null), PATIENCE));
  const first = await Promise.race([fresh.catch(() => null), late]);
  return first || copy;
};
const file = async (request) => {
  const cache = await caches.open(FILES);
  const found = await cache.match(request, { ignoreVary: true });
  if (found) return found;
  const answer = await fetch(request);
  if (answer.ok) { await cache.put(request, answer.clone()); await trim(FILES, MOST.files); }
  return answer;
};

// keepFile stores a file, and of a style sheet the pictures that it names.
const keepFile = async (at) => {
  if (!at.startsWith("/static/")) return;
  const cache = await caches.open(FILES);
  if (!(await cache.match(at))) await cache.add(at).catch(() => {});
  if (!at.endsWith(".css")) return;
  const sheet = await cache.match(at);
  for (const [, picture] of sheet ? (await sheet.text()).matchAll(/url\("(\/static\/[^"]+)"\)/g) : []) {
    if (!(await cache.match(picture))) await cache.add(picture).catch(() => {});
  }
};

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.method === "POST" && request.mode === "navigate") {
    event.respondWith(fetch(request).then(async (answer) => {
      if (url.pathname === "/signout") await drop();
      return answer;
    }, () => absent(true)));
  } else if (request.method === "GET" && url.pathname.startsWith("/static/")) {
    event.respondWith(file(request));
  } else if (request.method === "GET" && request.mode === "navigate") {
    event.respondWith(read(event));
  }
});

// A page tells whose it is, so that nobody sees what was kept for another, and on
// its first visit which files it was made of.
self.addEventListener("message", (event) => {
  const { account, page, files } = event.data || {};
  event.waitUntil((async () => {
    let cache = await caches.open(PAGES);
    const owner = await cache.match(OWNER);
    if (typeof account === "string" && (!owner || await owner.text() !== account)) {
      await drop();
      cache = await caches.open(PAGES);
      await cache.put(OWNER, new Response(account));
    }
    for (const url of files || []) if (new URL(url).origin === self.location.origin) await keepFile(new URL(url).pathname);
    if (page && new URL(page).origin === self.location.origin && !(await cache.match(path(page)))) {
      const answer = await fetch(page, { credentials: "same-origin", redirect: "manual" }).catch(() => null);
      if (answer && answer.ok && answer.headers.get("Varde-Keep") === "1") await keep(page, answer);
    }
    if (event.ports[0]) event.ports[0].postMessage("done");
  })());
});
