/* A second click on a button must not send the form again: the second answer would find the step already taken.
   The button is marked busy and not disabled, because a disabled button does not send its name and value. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  event.submitter?.setAttribute("aria-busy", "true");
});

/* The back button may bring the page back as it was left. */
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.querySelector('[aria-busy="true"]')?.removeAttribute("aria-busy");
  }
});

/* After a refused step the reader starts at what happened, and not at the top of the page. */
document.querySelector('[role="alert"][tabindex="-1"]')?.focus();
