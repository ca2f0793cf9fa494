// Puts controls around a chart or a table: the kinds it can be shown as, a
// table with sorting, filter and pages, and for a table the fields by which
// its rows are drawn. A.t holds
//	kinds      the kinds, own the one that stands there already
//	cols       of the data: n name, s the name as shown, num, date, d decimals
//	rows       their cells: numbers, texts as shown, null
//	total      rows there are; over, what they were computed over
//	x, y, by   the columns of a chart, -1 for none; logX, logY
//	title, base of options, and src, the name of the result in statements
// All text goes in as text.
const table = (A, view) => {
	const T = A.t, cols = T.cols, el = view.el, figure = el.closest('figure'), grid = T.own === 'table', top = 30, perPage = 25;
	const make = (tag, attributes, ...parts) => {
		const e = document.createElement(tag);
		for (const [k, v] of Object.entries(attributes)) if (v !== null) e.setAttribute(k, v);
		e.append(...parts);
		return e;
	};
	const on = (e, event, f) => { e.addEventListener(event, f); return e; };
	const button = (text, f, attributes = {}) => on(make('button', { type: 'button', ...attributes }, text), 'click', f);
	const count = n => formats.full(n);
	const rowsOf = n => count(n) + (n === 1 ? ' row' : ' rows');
	const all = T.rows.length, part = T.total > all;
	const shown = c => cols[c].s === undefined ? cols[c].n : cols[c].s;
	const text = (v, c) => v === null ? 'NULL' : cols[c].num ? formats.cell(v, cols[c].d) : v;
	const num = v => (v === null || v === '' || !Number.isFinite(Number(v)) ? null : Number(v));
	// The library keeps some by name in plain objects: see label in option.go.
	const label = t => Object.getOwnPropertyNames(Object.prototype).includes(t) ? t + '\u2060' : t;
	const numbers = cols.map((c, i) => i).filter(i => cols[i].num);

	// What is chosen.
	const key = Math.max(0, cols.findIndex(c => !c.num)), value = numbers.find(i => i !== key);
	const S = { kind: T.own, key, group: -1, value: value === undefined ? key : value, agg: value === undefined ? 'count' : 'sum', x: numbers.find(i => i !== value), sort: -1, down: false, page: 0, filter: '' };

	// The rows as they are, by the columns of the chart.
	const plain = () => {
		const keys = new Map(), names = new Map(), data = [];
		const place = (map, t) => { if (!map.has(t)) map.set(t, map.size); return map.get(t); };
		const P = { x: shown(T.x), y: shown(T.y), logX: T.logX, logY: T.logY };
		for (const row of T.rows) {
			const i = place(keys, label(text(row[T.x], T.x))), k = place(names, T.by < 0 ? label(P.y) : label(text(row[T.by], T.by)));
			(data[k] = data[k] || [])[i] = num(row[T.y]);
			if (cols[T.x].num) (P.at = P.at || [])[i] = num(row[T.x]);
		}
		P.keys = [...keys.keys()];
		P.names = [...names.keys()];
		P.data = data.map(list => P.keys.map((_, i) => list[i] === undefined ? null : list[i]));
		return P;
	};
	// The rows brought together by key and group.
	const pivot = kind => {
		const groups = new Map(), keys = new Map(), size = new Map(), grouped = S.group >= 0 && kind !== 'pie', counted = S.agg === 'count';
		for (const row of T.rows) {
			const k = text(row[S.key], S.key), g = grouped ? text(row[S.group], S.group) : '', v = num(row[S.value]);
			if (!keys.has(k)) keys.set(k, { at: num(row[S.key]), of: new Map() });
			const of = keys.get(k).of;
			if (!of.has(g)) of.set(g, { rows: 0, n: 0, sum: 0, min: Infinity, max: -Infinity });
			const a = of.get(g);
			a.rows++;
			if (v !== null) a.n++, a.sum += v, a.min = Math.min(a.min, v), a.max = Math.max(a.max, v);
		}
		const result = a => !a ? null : counted ? a.rows : a.n === 0 ? null : S.agg === 'avg' ? a.sum / a.n : a[S.agg];
		for (const [k, entry] of keys) {
			for (const [g, a] of entry.of) {
				const v = Math.abs(result(a) || 0);
				groups.set(g, (groups.get(g) || 0) + v);
				size.set(k, (size.get(k) || 0) + v);
			}
		}
		const c = cols[S.key], ordered = (c.num || c.date) && kind !== 'pie', largest = map => [...map.keys()].sort((a, b) => map.get(b) - map.get(a)).slice(0, top);
		let list = ordered ? [...keys.keys()].sort((a, b) => c.num ? keys.get(a).at - keys.get(b).at : a < b ? -1 : 1) : largest(size);
		if (ordered && c.num) list = list.filter(k => keys.get(k).at !== null);
		const names = largest(groups), what = counted ? 'rows' : S.agg + ' of ' + shown(S.value);
		return {
			x: shown(S.key), y: what, keys: list.map(label), names: grouped ? names.map(label) : [label(what)], at: ordered && c.num ? list.map(k => keys.get(k).at) : undefined,
			data: names.map(g => list.map(k => result(keys.get(k).of.get(g)))), what: what + ' by ' + shown(S.key) + (grouped ? ' and ' + shown(S.group) : ''), ordered,
			left: list.length < keys.size ? 'the ' + count(list.length) + ' largest of ' + count(keys.size) : '',
		};
	};
	const scatter = () => {
		const names = S.group < 0 ? [label(shown(S.value))] : [...new Set(T.rows.map(r => label(text(r[S.group], S.group))))];
		const points = T.rows.map(r => [S.group < 0 ? 0 : names.indexOf(label(text(r[S.group], S.group))), num(r[S.x]), num(r[S.value])]).filter(p => p[1] !== null && p[2] !== null);
		return { x: shown(S.x), y: shown(S.value), keys: points, names, points, what: shown(S.value) + ' over ' + shown(S.x) };
	};
	const histogram = () => {
		const list = T.rows.map(r => num(r[S.value])).filter(v => v !== null), what = 'rows by ' + shown(S.value);
		const min = list.reduce((a, b) => Math.min(a, b), Infinity), max = list.reduce((a, b) => Math.max(a, b), -Infinity);
		if (!list.length) return { x: shown(S.value), y: 'rows', keys: [], names: ['rows'], data: [[]], what };
		const least = cols[S.value].d < 0 ? 1 : 0, rough = Math.max(least, (max - min) / 30) || 1, power = 10 ** Math.floor(Math.log10(rough));
		const step = [1, 2, 5, 10].map(f => f * power).find(s => s >= rough) || rough, from = Math.floor(min / step), bins = Array(Math.floor(max / step) - from + 1).fill(0);
		for (const v of list) bins[Math.floor(v / step) - from]++;
		return { x: shown(S.value), y: 'rows', keys: bins.map((_, i) => formats.full(Number(((from + i) * step).toPrecision(12)))), names: ['rows'], data: [bins], what };
	};
	const computed = kind => !grid ? plain() : kind === 'scatter' ? scatter() : kind === 'hist' ? histogram() : pivot(kind);
	// The statement that draws the same over all rows.
	const statement = (kind, P) => {
		const flag = (name, c) => ' --' + name + ' ' + quote(cols[c].n), by = S.group >= 0 && kind !== 'pie' && kind !== 'hist' ? flag('by', S.group) : '';
		const start = 'plot ' + quote(T.src) + ' --as ' + kind;
		if (kind === 'hist') return start + flag('x', S.value);
		if (kind === 'scatter') return start + flag('x', S.x) + flag('y', S.value) + by;
		return start + flag('x', S.key) + (S.agg === 'count' ? '' : flag('y', S.value)) + by + ' --agg ' + (S.agg === 'avg' ? 'mean' : S.agg) + (P.ordered ? '' : ' --top ' + top);
	};

	// Controls.
	const choice = (name, options, of) => {
		const select = make('select', {}, ...options.map(([v, t]) => make('option', { value: v }, t)));
		on(select, 'change', () => { S[of] = isNaN(select.value) ? select.value : Number(select.value); show(); });
		select.value = S[of];
		return make('label', { 'data-field': of }, name + ' ', select);
	};
	const columns = list => list.map(i => [i, shown(i)]), every = cols.map((_, i) => i);
	const switches = make('div', { class: 'gondola-bar', role: 'group', 'aria-label': 'show as' });
	for (const kind of T.kinds) switches.append(button(kind, () => { S.kind = kind; show(); }, { 'data-kind': kind, 'aria-pressed': 'false' }));
	const fields = make('div', { class: 'gondola-bar', role: 'group', 'aria-label': 'fields' });
	if (grid) {
		fields.append(choice('x', columns(numbers), 'x'), choice('key', columns(every), 'key'), choice('group', [[-1, 'none'], ...columns(every)], 'group'),
			choice('value', columns(numbers), 'value'), choice('aggregate', (numbers.length ? ['count', 'sum', 'min', 'max', 'avg'] : ['count']).map(a => [a, a]), 'agg'));
	}
	const filter = on(make('input', { type: 'search', 'aria-label': 'filter rows', placeholder: 'filter rows' }), 'input', () => { S.filter = filter.value.trim().toLowerCase(); S.page = 0; rows(); });
	const where = make('span', { role: 'status' });
	const back = button('previous', () => { S.page--; rows(); }), next = button('next', () => { S.page++; rows(); });
	const head = make('tr', {}), body = make('tbody', {});
	cols.forEach((c, i) => head.append(make('th', { scope: 'col', 'aria-sort': 'none' }, button(shown(i), () => {
		if (S.sort !== i) S.sort = i, S.down = false;
		else if (!S.down) S.down = true;
		else S.sort = -1;
		S.page = 0;
		rows();
	}))));
	const box = make('div', {}, make('div', { class: 'gondola-bar' }, filter, back, next, where),
		make('div', { class: 'gondola-rows', tabindex: '0', role: 'group', 'aria-label': T.title || 'table' }, make('table', {}, make('thead', {}, head), body)));
	const note = make('p', { class: 'gondola-note', role: 'status' }), code = make('code', {}), said = make('span', { role: 'status' });
	const copy = button('copy', async () => {
		try {
			await navigator.clipboard.writeText(code.textContent);
		} catch (e) { // no right, or no clipboard outside https
			getSelection().selectAllChildren(code);
			document.execCommand('copy');
		}
		said.textContent = 'copied';
	});
	const line = make('p', { class: 'gondola-bar gondola-copy' }, 'over all rows: ', code, copy, said);

	const over = figure.querySelector('.gondola-over');
	const rows = () => {
		const texts = T.texts = T.texts || T.rows.map(r => r.map(text)), i = S.sort;
		let list = texts.map((_, n) => n);
		if (S.filter) list = list.filter(n => texts[n].some(t => t.toLowerCase().includes(S.filter)));
		if (i >= 0) {
			const of = n => cols[i].num ? num(T.rows[n][i]) : T.rows[n][i];
			list.sort((a, b) => {
				const x = of(a), y = of(b);
				if (x === null || y === null) return (x === null) - (y === null) || a - b;
				return (x < y ? -1 : x > y ? 1 : 0) * (S.down ? -1 : 1) || a - b;
			});
		}
		[...head.children].forEach((th, c) => {
			th.setAttribute('aria-sort', c !== i ? 'none' : S.down ? 'descending' : 'ascending');
			th.className = (cols[c].num ? 'gondola-number ' : '') + (c !== i ? '' : S.down ? 'gondola-down' : 'gondola-up');
		});
		const from = S.page * perPage, some = list.slice(from, from + perPage);
		body.replaceChildren(...some.map(n => make('tr', {}, ...texts[n].map((t, c) => make('td', { class: cols[c].num ? 'gondola-number' : null }, t)))));
		back.disabled = from === 0;
		next.disabled = from + perPage >= list.length;
		where.textContent = (list.length ? 'rows ' + count(from + 1) + '–' + count(from + some.length) + ' of ' + count(list.length) : 'no rows') + (list.length < all ? ', filtered from ' + count(all) : '');
	};
	const show = () => {
		const kind = S.kind, is = kind === 'table';
		switches.querySelector('[data-kind=heat]')?.toggleAttribute('hidden', grid && S.group < 0);
		if (kind === 'heat' && grid && S.group < 0) {
			S.kind = 'bar';
			return show();
		}
		for (const b of switches.children) b.setAttribute('aria-pressed', b.dataset.kind === kind);
		const wanted = { scatter: ['x', 'value', 'group'], hist: ['value'], pie: ['key', 'value', 'agg'] }[kind] || ['key', 'group', 'value', 'agg'];
		for (const f of fields.children) f.hidden = !wanted.includes(f.dataset.field) || f.dataset.field === 'value' && wanted.includes('agg') && S.agg === 'count';
		fields.hidden = is;
		box.hidden = !is;
		el.hidden = is;
		let what = '';
		if (is) rows();
		else if (kind === T.own) view.set(A.moved ? () => JSON.parse(A.o) : null, T.alt);
		else {
			const P = computed(kind);
			if (grid) what = [P.what + (part ? ', of the rows shown' : ''), P.left].filter(Boolean).join(', ');
			const base = { ...T.base, title: { ...T.base.title, subtext: [grid && part ? rowsOf(all) + ' of ' + count(T.total) : T.over, what].filter(Boolean).join(' · ') } };
			view.set(() => optionOf(base, kind, P), (T.title || kind) + ': ' + kind + ' of ' + (P.what || P.y + ' by ' + P.x) + ', ' + count(P.keys.length) + ' marks' + (grid && part ? ', of the rows shown' : T.over && '; ' + T.over));
			code.textContent = grid && T.src ? statement(kind, P) : '';
			said.textContent = '';
		}
		if (over) over.hidden = grid && part && !is; // a chart of some rows is not exact
		line.hidden = is || !code.textContent;
		note.textContent = [what, part ? count(all) + ' of ' + rowsOf(T.total) + ' are here' : ''].filter(Boolean).join(' · ');
	};

	// Into the page.
	for (const e of figure.querySelectorAll(':scope > .gondola-plain')) e.hidden = true;
	el.before(switches, fields);
	el.after(box, note, line);
	const colours = () => { figure.style.colorScheme = view.isDark() ? 'dark' : 'light'; };
	view.themed.push(colours);
	colours();
	if (all === 0) switches.hidden = true;
	show();
};
