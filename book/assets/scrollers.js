/* A box that scrolls sideways can be reached by the Tab key, and only such a box: no empty stops on the way.
   A table that goes on beyond the edge fades out there. */
(function () {
  "use strict";
  const BOXES = ".bd-content :is(.bl-lines, div.math, .bl-receipt-table, .bl-scroll, pre, mjx-container[display='true'])";

  const TABLES = ".pst-scrollable-table-container";

  function fade(table) {
    table.classList.toggle("bl-more", table.scrollLeft + table.clientWidth < table.scrollWidth - 2);
  }

  function update() {
    document.querySelectorAll(TABLES).forEach(fade);
    for (const box of document.querySelectorAll(BOXES)) {
      const scrolls = box.scrollWidth > box.clientWidth && getComputedStyle(box).overflowX !== "visible";
      if (scrolls && !box.hasAttribute("tabindex")) {
        box.setAttribute("tabindex", "0");
        box.dataset.scrolls = "";
      } else if (!scrolls && "scrolls" in box.dataset) {
        box.removeAttribute("tabindex");
        delete box.dataset.scrolls;
      }
    }
  }

  addEventListener("load", () => {
    const ready = window.MathJax && MathJax.startup ? MathJax.startup.promise : Promise.resolve();
    ready.then(update);
    for (const table of document.querySelectorAll(TABLES)) {
      table.addEventListener("scroll", () => fade(table), { passive: true });
    }
    let later = 0;
    addEventListener("resize", () => { clearTimeout(later); later = setTimeout(update, 200); });
  });
})();
