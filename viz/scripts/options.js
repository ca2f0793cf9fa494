// The option of a chart over P, in the shapes of option.go:
//	x, y       names of the key and of the value
//	keys       texts along the axis; at, their numbers where the key is one
//	names      of the series; data[k][i] is the value of series k at key i
//	points     of a scatter: [series, x, y, label]
//	logX, logY ask for logarithmic axes
// base is what all charts have in common, made by Go.
const optionOf = (base, kind, P) => {
	const o = JSON.parse(JSON.stringify(base)), grid = o.grid, many = P.names.length > 1;
	delete o.ramp;
	delete o.two;
	const cells = t => [...t].reduce((n, c) => n + (c > '\u2e80' ? 2 : 1), 0);
	const longest = list => list.reduce((n, t) => Math.max(n, cells(t)), 0);
	const every = (list, most) => Math.floor((list.length - 1) / most);
	const cut = (width, more) => ({ width, overflow: 'truncate', ...more });
	const named = (name, nameGap) => ({ name, nameGap, nameLocation: 'middle', nameTruncate: { maxWidth: 360 } });
	const values = (name, gap, log) => ({
		...named(name, gap), ...(log ? { type: 'log' } : { type: 'value', scale: kind === 'scatter' || kind === 'line' }),
		axisLabel: { fmt: 'short', hideOverlap: true }, axisLine: { onZero: kind !== 'scatter' },
	});
	const parts = k => P.keys.map((name, i) => ({ name, value: P.data[k][i] }));
	const series = (tip, list) => {
		o.tooltip.tip = tip;
		o.series = list;
		return o;
	};
	const legend = () => {
		o.aria.decal.show = o.legend.show = many;
		grid.bottom = many ? 56 : 32;
	};
	const make = {
		bar() {
			const line = kind === 'line' || kind === 'area', free = line && P.at;
			const lying = kind === 'bar' && !P.at && (longest(P.keys) > 8 || P.keys.length > 12);
			const value = values(P.y, lying ? 26 : 44, P.logY);
			let along = { type: 'category', data: P.keys };
			if (free) along = { ...values(P.x, 26, P.logX), min: 'dataMin', max: 'dataMax' };
			else if (lying) Object.assign(along, { inverse: true, axisLabel: cut(160, { interval: every(P.keys, 40) }), axisTick: { show: false } });
			else Object.assign(along, named(P.x, 26), { axisLabel: cut(120, { hideOverlap: true }) });
			o.xAxis = [lying ? value : along];
			o.yAxis = [lying ? along : value];
			legend();
			if (!lying) grid.left = 40;
			if (P.keys.length > 60) o.dataZoom = [{ type: 'inside' }];
			return series('item', P.names.map((name, k) => ({
				name, type: line ? 'line' : 'bar', data: free ? P.at.map((x, i) => [x, P.data[k][i]]).filter(p => p[1] != null) : P.data[k],
				...(kind === 'hist' && { barCategoryGap: '2%' }), ...(kind === 'area' && { areaStyle: { opacity: 0.35 } }),
				...(line && { showSymbol: P.keys.length <= 60 }),
			})));
		},
		pie: () => series('share', [{
			name: P.y, type: 'pie', data: parts(0), radius: ['36%', '66%'], center: ['50%', '56%'], avoidLabelOverlap: true,
			label: cut(140, { fmt: 'share' }), minAngle: 1,
		}]),
		treemap: () => series('part', [{
			name: P.y, type: 'treemap', left: 8, right: 8, top: 64, bottom: 28, roam: false, nodeClick: 'zoomToNode', breadcrumb: { show: true, bottom: 2 },
			data: many ? P.names.map((name, k) => ({ name, children: parts(k).filter(p => p.value != null) })) : parts(0),
			label: { show: true, fmt: 'name', overflow: 'truncate' }, itemStyle: { gapWidth: 1 },
			...(many && { levels: [{ itemStyle: { gapWidth: 3 } }, { itemStyle: { gapWidth: 1 }, upperLabel: { show: true, height: 18, fmt: 'name' } }] }),
		}]),
		heat() {
			const all = P.data.flat().filter(Number.isFinite);
			let min = Math.min(...all, Infinity), max = Math.max(...all, -Infinity);
			if (min > max) min = max = 0;
			const two = min < 0 && max > 0;
			if (two) max = Math.max(max, -min), min = -max;
			o.visualMap = [{ type: 'continuous', calculable: true, min, max, inRange: { color: two ? base.two : base.ramp }, right: 0, top: 60, fmt: 'short', itemHeight: 160, textGap: 4 }];
			const rotate = P.keys.length > 8 && longest(P.keys) > 6 ? 60 : 0, split = { splitArea: { show: true }, type: 'category' };
			o.xAxis = [{ ...split, data: P.keys, axisLabel: cut(90, { rotate, interval: every(P.keys, 40) }) }];
			o.yAxis = [{ ...split, data: P.names, inverse: true, axisLabel: cut(120, { interval: every(P.names, 40) }) }];
			grid.right = 84;
			return series('cell', [{
				name: P.y, type: 'heatmap', progressive: 0,
				data: P.names.flatMap((_, k) => P.keys.map((_, i) => [i, k, P.data[k][i]])).filter(c => c[2] != null),
			}]);
		},
		scatter() {
			o.xAxis = [values(P.x, 26, P.logX)];
			o.yAxis = [values(P.y, 44, P.logY)];
			o.dataZoom = [{ type: 'inside' }, { type: 'inside', yAxisIndex: 0 }];
			legend();
			grid.left = 40;
			return series('point', P.names.map((name, k) => ({
				name, type: 'scatter', symbolSize: P.points.length > 500 ? 4 : 6, itemStyle: { opacity: 0.75 },
				data: P.points.filter(p => p[0] === k).map(p => ({ name: p[3], value: [p[1], p[2]] })),
			})));
		},
		// Words around the middle, the largest first: see option_cloud.go.
		cloud() {
			const wide = 784, high = 420, taken = [], data = [];
			const words = parts(0).filter(p => p.value > 0).sort((a, b) => b.value - a.value).slice(0, 200);
			const larger = Math.max(1, Math.min(1.8, Math.sqrt(60 / (words.length + 1))));
			for (const word of words) {
				const size = Math.round(larger * (11 + 49 * Math.sqrt(word.value / words[0].value))), w = 0.68 * size * cells(word.name) + 6, h = 1.15 * size;
				for (let i = 0; i < 4000; i++) {
					const a = 0.18 * i, x = 0.84 * a * Math.cos(a) * wide / high, y = 0.84 * a * Math.sin(a);
					if (Math.abs(x) * 2 + w > wide || Math.abs(y) * 2 + h > high || taken.some(t => Math.abs(x - t[0]) * 2 < w + t[2] && Math.abs(y - t[1]) * 2 < h + t[3])) continue;
					taken.push([x, y, w, h]);
					data.push({ name: word.name, value: [x, y, word.value], label: { fontSize: size, color: o.color[data.length % o.color.length] } });
					break;
				}
			}
			const hidden = n => [{ type: 'value', show: false, min: -n / 2, max: n / 2 }];
			o.xAxis = hidden(wide);
			o.yAxis = hidden(high);
			Object.assign(grid, { left: 8, right: 8, bottom: 8, containLabel: false });
			return series('third', [{ name: P.y, type: 'scatter', data, symbolSize: 0.01, cursor: 'default', label: { show: true, position: 'inside', fmt: 'name', fontWeight: 'bold' } }]);
		},
	};
	return (make[kind] || make.bar)();
};
