// Does on a page what a user does: moves a slider and goes along a chart with the keyboard. The result is the page's title: the step
// whose picture is shown, whether every chart is drawn, the widths of the pictures, whether the page is too wide, and what is read.
addEventListener('load', () => {
    const slider = document.querySelector('input[type=range]');
    slider.value = 0;
    slider.dispatchEvent(new Event('input'));
    const shown = document.querySelector('.samples img:not([hidden])').dataset.step;
    const charts = [...document.querySelectorAll('.panel svg.chart[data-frame]')];
    charts[0].focus();
    charts[0].dispatchEvent(new KeyboardEvent('keydown', { key: 'Home', bubbles: true }));
    const drawn = charts.every(svg => svg.getBoundingClientRect().height > 50 && svg.querySelector('polyline, circle'));
    const widths = new Set([...document.querySelectorAll('img')].map(image => image.naturalWidth));
    const wide = document.documentElement.scrollWidth > innerWidth;
    const readout = charts[0].parentElement.querySelector('.readout').textContent;
    document.title = ['step', shown, drawn, [...widths].join(','), wide, readout].join('|');
});
