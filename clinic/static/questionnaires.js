/* Shows a question as soon as the answer that it hangs on is given. Without this the page does so when it is saved. */
(() => {
  "use strict";

  function answersTo(form, name) {
    return [...form.elements]
      .filter((one) => one.name === name && (!["radio", "checkbox"].includes(one.type) || one.checked))
      .map((one) => one.value)
      .filter(Boolean);
  }

  function isMet(place, answers) {
    const { showCodes, showLeast, showMost } = place.dataset;
    if (showCodes) return showCodes.split(" ").some((code) => answers.includes(code));
    if (!answers.length) return false;
    const number = Number(answers[0].replace(",", "."));
    return (showLeast === undefined || number >= Number(showLeast)) && (showMost === undefined || number <= Number(showMost));
  }

  /* In the order of the page: what hangs on a hidden question is hidden with it. */
  function arrange(form) {
    form.querySelectorAll("[data-show-if]").forEach((place) => {
      const asked = form.querySelector(`[name="${CSS.escape(place.dataset.showIf)}"]`);
      const isAsked = asked && !asked.closest("[data-show-if][hidden]");
      place.hidden = !(isAsked && isMet(place, answersTo(form, place.dataset.showIf)));
    });
  }

  function changed(event) {
    const form = event.target.closest?.("form");
    if (form?.querySelector("[data-show-if]")) arrange(form);
  }

  document.addEventListener("input", changed);
  document.addEventListener("change", changed);
  window.addEventListener("pageshow", () => document.querySelectorAll("form").forEach(arrange));
})();
