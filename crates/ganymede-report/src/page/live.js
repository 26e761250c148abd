let seen = null;
async function refresh() {
  const status = document.getElementById("live");
  try {
    const state = await (await fetch("state")).text();
    if (seen !== null && state !== seen) {
      const page = new DOMParser().parseFromString(await (await fetch("/")).text(), "text/html");
      const before = document.getElementById("content");
      const after = page.getElementById("content");
      // A slider that was moved stays where it was, one at its end follows the run.
      const sliders = [...before.querySelectorAll("input[type=range]")];
      for (const slider of sliders.filter(slider => slider.value !== slider.max)) {
        const next = after.querySelector("#" + slider.id);
        if (next) next.value = Math.min(slider.value, next.max);
      }
      const open = [...before.querySelectorAll("details")].map(details => details.open);
      after.querySelectorAll("details").forEach((details, index) => { details.open = Boolean(open[index]); });
      const focused = document.activeElement && document.activeElement.id;
      const place = window.scrollY;
      before.replaceWith(document.adoptNode(after));
      start(document.getElementById("content"));
      if (focused && document.getElementById(focused)) document.getElementById(focused).focus({ preventScroll: true });
      window.scrollTo(0, place);
    }
    if (seen !== state) status.textContent = "Watching the run; last news at " + new Date().toLocaleTimeString();
    seen = state;
  } catch (error) {
    status.textContent = "The server has gone; the page stays as it is";
  }
}
refresh();
setInterval(refresh, 2000);
