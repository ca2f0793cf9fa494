// Lets a reader choose the group of a relevance chart, and where between the
// frequent and the telling its words are taken from: the order is by
// lambda log(share) + (1 - lambda) log(lift). It changes A.o, the option of the
// chart.
const relevance = (A, view) => {
	const T = A.t, at = name => T.cols.findIndex(c => c.n === name), share = at('share'), lift = at('lift'), here = at('titles'), all = at('all titles');
	const groups = [...new Set(T.rows.map(r => r[T.by]))], base = A.o, own = T.own, most = 20;
	const safe = t => Object.getOwnPropertyNames(Object.prototype).includes(t) ? t + '\u2060' : t;
	let group = groups[0], lambda = 0.6;
	const log = v => Math.log(Math.max(Number(v) || 0, 1e-300)), score = r => lambda * log(r[share]) + (1 - lambda) * log(r[lift]);
	Object.defineProperty(A, 'o', { get() {
		const o = JSON.parse(base), rows = T.rows.filter(r => r[T.by] === group).sort((a, b) => score(b) - score(a)).slice(0, most);
		o.yAxis[0].data = rows.map(r => safe(String(r[T.x])));
		o.series[0].data = rows.map(r => r[all]);
		o.series[1].data = rows.map(r => r[here]);
		o.xAxis[0].name = safe(String(group));
		return JSON.stringify(o);
	} });
	const make = (tag, attributes, ...parts) => {
		const e = document.createElement(tag);
		for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
		e.append(...parts);
		return e;
	};
	const select = make('select', {}, ...groups.map((g, i) => make('option', { value: i }, String(g))));
	const slider = make('input', { type: 'range', min: 0, max: 1, step: 0.1, value: lambda }), shown = make('output', {}, String(lambda));
	const again = () => {
		A.moved = true; // its picture is of the first group
		const b = view.el.closest('figure').querySelector('[data-kind=' + own + ']');
		if (b) b.click();
	};
	select.addEventListener('change', () => { group = groups[select.value]; again(); });
	slider.addEventListener('input', () => { lambda = Number(slider.value); shown.textContent = slider.value; again(); });
	view.el.before(make('div', { class: 'gondola-bar', role: 'group', 'aria-label': 'words' }, make('label', {}, 'of ', select), make('label', {}, 'telling ', slider, ' frequent'), shown));
};
