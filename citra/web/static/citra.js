"use strict";
// Forms sent by htmx carry the page's token; a lost session leads to the login.
(() => {
  const token = document.querySelector('meta[name="citra-form"]').content;
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") event.detail.headers["X-Citra-Form"] = token;
  });
  const failed = (event) => {
    const place = event.detail.target;
    if (!place) return;
    place.removeAttribute("aria-busy");
    const said = document.createElement("p");
    said.className = "fault";
    said.setAttribute("role", "alert");
    said.textContent = document.documentElement.lang === "en" ? "This part could not be loaded. Reload the page." : "Bagian ini gagal dimuat. Muat ulang halaman.";
    place.querySelectorAll(".loading").forEach((old) => old.replaceWith(said));
  };
  document.addEventListener("htmx:responseError", failed);
  document.addEventListener("htmx:sendError", failed);
  document.addEventListener("htmx:afterSwap", (event) => {
    event.detail.target.removeAttribute("aria-busy");
    if (event.detail.requestConfig.triggeringEvent && event.detail.requestConfig.triggeringEvent.type === "click") {
      const first = document.querySelector("[data-new]");
      if (first) first.focus();
    }
  });
})();
