// How numbers and names are written in charts. An option names these functions
// ("fmt"), so that it is data and nothing else.
const formats = (() => {
	const trim = s => s.includes('.') ? s.replace(/\.?0+$/, '') : s;
	const group = s => s.replace(/\d+/, n => n.replace(/\B(?=(\d{3})+$)/g, ','));
	const full = v => {
		if (typeof v !== 'number') return v == null ? 'NULL' : String(v);
		const a = Math.abs(v);
		if (a >= 1e15 || (a > 0 && a < 1e-3)) return String(Number(v.toPrecision(4)));
		return group(trim(v.toFixed(4)));
	};
	const units = [[1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k']];
	const short = v => {
		const unit = units.find(u => Math.abs(v) >= u[0]);
		return unit ? trim((v / unit[0]).toFixed(2)) + unit[1] : full(v);
	};
	// A cell of a table, as readable in value.go writes it: d decimals, -1 for
	// integers. Those beyond 2^53 come as text.
	const cell = (v, d) => {
		if (typeof v === 'string') return /^-?\d+$/.test(v) ? group(v) : v;
		if (d < 0) return group(String(v));
		const a = Math.abs(v);
		if (a >= 1e15 || (a > 0 && a < 1e-4)) return v.toExponential(3).replace(/\.?0+e/, 'e').replace(/e([+-])(\d)$/, 'e$10$2');
		if (a > 0 && a < 1e-3) return String(Number(v.toPrecision(4)));
		const s = group(v.toFixed(d));
		return /[1-9]/.test(s) ? s : s.replace('-', '');
	};
	const name = p => p.name;
	const share = p => p.name + ' ' + trim(p.percent.toFixed(1)) + '%';
	const value = v => (Array.isArray(v) ? v[v.length - 1] : v);
	// The lines of a tooltip.
	const tips = {
		item: p => [p.name || full(p.value[0]), p.seriesName + ': ' + full(value(p.value))],
		mark: (p, o) => {
			const group = o.series[o.series.length - 1].data[p.value[2]];
			return [p.name, group && group.whole, p.value.length > 3 ? o.counted + ': ' + full(p.value[3]) : ''];
		},
		point: p => [p.name, p.seriesName, full(p.value[0]) + ', ' + full(p.value[1])],
		cell: (p, o) => [o.xAxis[0].data[p.value[0]] + ' / ' + o.yAxis[0].data[p.value[1]], p.seriesName + ': ' + full(p.value[2])],
		box: p => [p.name].concat(['min', 'q1', 'median', 'q3', 'max'].map((n, i) => n + ': ' + full(p.value[i + 1]))),
		share: p => [p.name, full(p.value) + ' (' + trim(p.percent.toFixed(2)) + '%)'],
		part: p => [p.name, p.value == null ? '' : full(p.value)],
		third: p => [p.name, full(p.value[2])],
	};
	const tones = [{ ink: '#1b1f24', paper: '#ffffff' }, { ink: '#e6edf3', paper: '#111418' }];
	// Puts the functions that o names into it, and the colours of the page: ink for
	// what is written, paper for what is below. What data holds is left alone.
	const resolve = (o, dark) => {
		for (const key of Object.keys(o)) {
			const part = o[key];
			if (key === 'fmt' && typeof part === 'string') {
				o.formatter = { short, full, name, share }[part] || o.formatter;
				delete o.fmt;
			} else if (/[cC]olor$/.test(key) && (part === 'ink' || part === 'paper')) {
				o[key] = tones[dark ? 1 : 0][part];
			} else if (key !== 'data' && key !== 'links' && part && typeof part === 'object') {
				resolve(part, dark);
			}
		}
		return o;
	};
	return { full, short, cell, tips, resolve };
})();
