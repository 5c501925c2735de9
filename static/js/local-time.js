/* The server knows no reader's time zone and writes UTC; the browser knows it, and which of the page's dialects is read. */
const page = document.documentElement.lang;
const dialect = navigator.languages.find((tag) => tag.split("-")[0] === page.split("-")[0]) ?? page;
const format = new Intl.DateTimeFormat(dialect, { dateStyle: "medium", timeStyle: "short" });
for (const time of document.querySelectorAll("time[data-local]")) {
  time.textContent = format.format(new Date(time.dateTime));
}
