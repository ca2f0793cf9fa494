// Shows one chart: replaces the picture in its place by the live chart as soon
// as the library is there. A holds
//	id    of the chart, which its place carries as data-gondola
//	v     version of the library
//	lib   the library, gzip in base64; or
//	spec  name of the kernelspec whose folder serves it; or
//	url   an address of it, with its integrity hash in sri
//	o     the option, as JSON text: every drawing needs one of its own
//	lazy  draws the chart only when it is nearly in view
// What it returns lets table.js draw something else there.
const show = A => {
	const script = document.currentScript;
	const around = script && script.parentNode && script.parentNode.querySelector ? script.parentNode : document;
	const place = '[data-gondola="' + A.id + '"]:not([data-live])';
	const el = around.querySelector(place) || document.querySelector(place);
	if (!el) return null;
	el.dataset.live = 'wait';

	// One library for all charts of a page; whoever has it first gives it.
	const all = window.__gondola = window.__gondola || {};
	const lib = all[A.v] = all[A.v] || {};
	lib.ready = lib.ready || new Promise(done => { lib.give = done; });
	const load = async code => {
		const url = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
		try { return await import(url); } finally { URL.revokeObjectURL(url); }
	};
	const sources = {
		async lib() {
			const packed = Uint8Array.from(atob(A.lib), c => c.charCodeAt(0));
			return load(await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer());
		},
		async spec() {
			const base = JSON.parse(document.getElementById('jupyter-config-data').textContent).baseUrl;
			return import(new URL(base + 'kernelspecs/' + A.spec + '/echarts-' + A.v + '.mjs', location.href).href);
		},
		async url() {
			return load(await (await fetch(A.url, { integrity: A.sri })).arrayBuffer());
		},
	};
	(async () => {
		for (const name of ['lib', 'spec', 'url']) {
			if (!A[name] || lib[name]) continue;
			lib[name] = true; // nobody else need try this one
			try { return lib.give(await sources[name]()); } catch (e) { lib[name] = false; }
		}
	})();

	const picture = [...el.childNodes], themed = [];
	let make = A.o ? () => JSON.parse(A.o) : null;
	let E = null, chart = null, dark = null, fresh = true, near = !A.lazy, printing = false;
	const isDark = () => {
		if (printing) return false;
		const jupyter = document.body.dataset.jpThemeLight;
		if (jupyter) return jupyter === 'false';
		return document.body.classList.contains('vscode-dark') || matchMedia('(prefers-color-scheme: dark)').matches;
	};
	const away = () => {
		if (chart) chart.dispose();
		chart = null;
		el.replaceChildren(...picture);
		if (el.dataset.height) el.style.height = '';
		el.dataset.live = 'off';
	};
	const draw = () => {
		if (!el.isConnected) return chart && away();
		if (!E || !make || !near || !el.clientWidth || !el.clientHeight) return; // hidden: it comes again when it is shown
		if (chart && !fresh && dark === isDark()) return chart.resize();
		const again = dark !== null;
		if (chart) chart.dispose();
		dark = isDark();
		fresh = false;
		const o = formats.resolve(make(), dark);
		const tip = o.tooltip && formats.tips[o.tooltip.tip];
		if (tip) {
			o.tooltip.formatter = p => {
				const box = document.createElement('div');
				for (const line of tip(p, o).filter(Boolean)) box.appendChild(document.createElement('div')).textContent = line;
				return box;
			};
		}
		if (again || printing || matchMedia('(prefers-reduced-motion: reduce)').matches) o.animation = false;
		el.replaceChildren();
		if (el.dataset.height) el.style.height = el.dataset.height + 'px'; // until now that of the picture
		chart = E.init(el, dark ? 'dark' : null, { renderer: 'canvas' });
		chart.setOption({ ...o, backgroundColor: 'transparent' });
		search(el, chart, o);
		el.dataset.live = 'on';
	};
	const later = () => {
		for (const f of themed) f();
		if (chart && dark !== isDark()) { draw(); setTimeout(draw, 500); }
	};
	const paper = on => {
		if (!el.isConnected) return;
		printing = on;
		near = near || on;
		draw();
		if (chart) chart.getZr().flush();
	};
	// What it listens to outlives its place: outputs are updated and scrolled
	// away. So it stops when that leaves the page, and begins when it is back.
	const body = new MutationObserver(later), scheme = matchMedia('(prefers-color-scheme: dark)'), before = () => paper(true), after = () => paper(false);
	let watching = false;
	const watch = on => {
		if (on === watching) return;
		watching = on;
		if (on) body.observe(document.body, { attributes: true, attributeFilter: ['data-jp-theme-light', 'class'] });
		else body.disconnect();
		const change = on ? 'addEventListener' : 'removeEventListener';
		scheme[change]('change', later);
		window[change]('beforeprint', before);
		window[change]('afterprint', after);
		if (on) later();
	};
	watch(true);
	new ResizeObserver(() => { watch(el.isConnected); draw(); }).observe(el.closest('figure'));
	if (A.lazy) {
		new IntersectionObserver(seen => {
			near = near || seen.some(s => s.isIntersecting);
			draw();
		}, { rootMargin: '60% 0px' }).observe(el);
	}
	lib.ready.then(library => {
		E = library;
		new ResizeObserver(draw).observe(el);
	});
	return {
		el, isDark, themed,
		// Draws the option that f returns, or its own. Until the library is there,
		// that has its picture, and for another the place says so.
		set(f, label) {
			make = f || (() => JSON.parse(A.o));
			fresh = true;
			el.setAttribute('aria-label', label);
			if (!E) el.replaceChildren(...(!f && picture.length ? picture : ['The chart library is not here yet: run a cell with a chart.']));
			draw();
		},
	};
};
