// A search box above a chart of points: those whose name holds the text stand out,
// the others fade, and how many there are is told to whoever listens. The series
// before the last of o is empty and takes those that were found; the last one has the
// names of groups, of which there are more to show the nearer one looks.
// Charts without o.find have no box.
const search = (el, chart, o) => {
	const what = o.find;
	let box = el.previousElementSibling;
	if (box && !box.dataset.search) box = null;
	if (!what) return box && box.remove();
	const points = o.series.slice(0, -2);
	const found = o.series.length - 2;
	const all = points.reduce((n, s) => n + s.data.length, 0);
	if (!box) {
		box = document.createElement('div');
		box.dataset.search = 'on';
		box.style.cssText = 'display:flex;gap:.8em;align-items:center;flex-wrap:wrap;margin:.2em 8px';
		const input = box.appendChild(document.createElement('input'));
		input.type = 'search';
		input.placeholder = 'Find ' + what + '…';
		input.setAttribute('aria-label', 'Find ' + what + ' by a part of their name');
		input.dataset.lmSuppressShortcuts = 'true'; // JupyterLab's
		input.style.cssText = 'font:inherit;font-size:90%;padding:.25em .6em;min-width:14em;max-width:100%;border:1px solid #8888;border-radius:6px;background:transparent;color:inherit';
		const status = box.appendChild(document.createElement('span'));
		status.setAttribute('role', 'status');
		status.setAttribute('aria-live', 'polite');
		status.style.cssText = 'font-size:85%;opacity:.8';
		el.before(box);
	}
	const [input, status] = box.children;
	const names = o.series[found + 1];
	let near = false;
	const draw = () => {
		const text = input.value.trim().toLowerCase();
		const hits = [];
		for (const s of points) {
			for (const p of text ? s.data : []) {
				if ((p.name || '').toLowerCase().includes(text)) hits.push({ ...p, itemStyle: { color: s.itemStyle.color, opacity: 1 } });
			}
		}
		status.textContent = text ? formats.full(hits.length) + ' of ' + formats.full(all) + ' ' + what : '';
		const data = near ? names.data.map(p => ({ ...p, label: { show: true } })) : names.data;
		chart.setOption({ series: [
			...points.map(s => ({ itemStyle: { opacity: text ? 0.08 : s.itemStyle.opacity } })),
			{ data: hits },
			{ data, label: { opacity: text ? 0.35 : 1 } },
		] });
	};
	let waits = 0;
	input.oninput = () => {
		clearTimeout(waits);
		waits = setTimeout(draw, 120);
	};
	input.onkeydown = e => {
		e.stopPropagation();
		if (e.key === 'Escape') {
			input.value = '';
			draw();
		}
	};
	chart.on('datazoom', () => {
		const z = chart.getOption().dataZoom;
		const closer = z.some(d => d.end - d.start < 75);
		if (closer !== near) {
			near = closer;
			draw();
		}
	});
	if (input.value) draw();
};
