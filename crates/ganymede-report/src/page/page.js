"use strict";
function start(root) {
  // The picture of the chosen step.
  for (const samples of root.querySelectorAll(".samples")) {
    const slider = samples.querySelector("input[type=range]");
    if (!slider) continue;
    const pictures = [...samples.querySelectorAll("img")];
    const output = samples.querySelector("output");
    const show = () => {
      pictures.forEach((picture, index) => { picture.hidden = index !== Number(slider.value); });
      const step = pictures[Number(slider.value)].dataset.step;
      output.textContent = step;
      slider.setAttribute("aria-valuetext", "step " + step);
    };
    slider.addEventListener("input", show);
    show();
  }
  // Values under the pointer, or at the step that the arrow keys lead to.
  for (const chart of root.querySelectorAll("svg.chart[data-frame]")) {
    const readout = chart.parentElement.querySelector(".readout");
    const [left, right, top, bottom] = chart.dataset.frame.split(" ").map(Number);
    const last = Number(chart.dataset.steps);
    const lines = [...chart.querySelectorAll(".line[data-points]")].map(line => ({
      label: line.dataset.label,
      points: line.dataset.points.split(" ").filter(Boolean).map(point => point.split(",").map(Number)),
    })).filter(line => line.points.length);
    if (!lines.length || !readout) continue;
    const steps = [...new Set(lines.flatMap(line => line.points.map(point => point[0])))].sort((a, b) => a - b);
    let at = -1;
    let cursor = null;
    const leave = () => {
      readout.textContent = "";
      if (cursor) cursor.remove();
      cursor = null;
    };
    const show = index => {
      at = Math.min(Math.max(index, 0), steps.length - 1);
      const step = steps[at];
      const x = left + (right - left) * step / last;
      if (!cursor) {
        cursor = document.createElementNS("http://www.w3.org/2000/svg", "path");
        cursor.setAttribute("class", "cursor");
        chart.append(cursor);
      }
      cursor.setAttribute("d", `M${x} ${top}V${bottom}`);
      const values = lines.map(line => {
        const point = line.points.find(candidate => candidate[0] === step);
        return point && (lines.length > 1 ? line.label + " " : "") + Number(point[1].toPrecision(4));
      }).filter(value => value !== undefined);
      readout.textContent = "step " + step + ": " + values.join(", ");
    };
    const nearest = step => {
      let best = 0;
      steps.forEach((candidate, index) => {
        if (Math.abs(candidate - step) < Math.abs(steps[best] - step)) best = index;
      });
      return best;
    };
    chart.addEventListener("pointermove", event => {
      const box = chart.getBoundingClientRect();
      const x = (event.clientX - box.left) * chart.viewBox.baseVal.width / box.width;
      show(nearest((x - left) / (right - left) * last));
    });
    chart.addEventListener("pointerleave", leave);
    chart.addEventListener("blur", leave);
    chart.addEventListener("focus", () => show(at < 0 ? steps.length - 1 : at));
    chart.addEventListener("keydown", event => {
      const moves = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: steps.length - 1 };
      if (!(event.key in moves)) return;
      event.preventDefault();
      show(moves[event.key]);
    });
  }
}
start(document);
// Paper shows what is folded away.
window.addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
