/* The button is hidden until here: without script it could do nothing. Whatever was shown is hidden again before it is
   sent, so that the browser offers to keep it as a password and never as a word typed into a form. */
for (const button of document.querySelectorAll("[data-shows]")) {
  const input = document.getElementById(button.dataset.shows);
  const show = (isShown) => {
    input.type = isShown ? "text" : "password";
    button.setAttribute("aria-pressed", String(isShown));
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    show(button.getAttribute("aria-pressed") !== "true");
    input.focus();
  });
  input.form.addEventListener("submit", () => show(false));
}
