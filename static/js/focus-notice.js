/* After a refused step the reader starts at what happened, and not at the top of the page. */
document.querySelector('[role="alert"][tabindex="-1"]')?.focus();
