// Shows one chart: replaces the picture in its place by the live chart as soon
// as the library is there. A holds
//	id    of the chart, which its place carries as data-gondola
//	v     version of the library
//	lib   the library, gzip in base64; or
//	spec  name of the kernelspec whose folder serves it; or
//	url   an address of it, with its integrity hash in sri
//	find  what of it the reader may search, see search.js; nothing for most
//	o     the option, as JSON text: every drawing needs one of its own
const show = A => {
	const script = document.currentScript;
	const around = script && script.parentNode && script.parentNode.querySelector ? script.parentNode : document;
	const place = '[data-gondola="' + A.id + '"]:not([data-live])';
	const el = around.querySelector(place) || document.querySelector(place);
	if (!el) return;
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

	lib.ready.then(E => {
		const picture = [...el.childNodes];
		const isDark = () => {
			const jupyter = document.body.dataset.jpThemeLight;
			if (jupyter) return jupyter === 'false';
			return document.body.classList.contains('vscode-dark') || matchMedia('(prefers-color-scheme: dark)').matches;
		};
		let chart = null, dark = null;
		const away = () => {
			if (chart) chart.dispose();
			chart = null;
			el.replaceChildren(...picture);
			el.dataset.live = 'off';
		};
		const draw = () => {
			if (!el.isConnected) return chart && away();
			if (!el.clientWidth || !el.clientHeight) return; // hidden: it comes again when it is shown
			if (chart && dark === isDark()) return chart.resize();
			const again = dark !== null;
			if (chart) chart.dispose();
			dark = isDark();
			const o = formats.resolve(JSON.parse(A.o), dark);
			const tip = o.tooltip && formats.tips[o.tooltip.tip];
			if (tip) {
				o.tooltip.formatter = p => {
					const box = document.createElement('div');
					for (const line of tip(p, o).filter(Boolean)) box.appendChild(document.createElement('div')).textContent = line;
					return box;
				};
			}
			if (again || matchMedia('(prefers-reduced-motion: reduce)').matches) o.animation = false;
			el.replaceChildren();
			chart = E.init(el, dark ? 'dark' : null, { renderer: 'canvas' });
			chart.setOption({ ...o, backgroundColor: 'transparent' });
			if (A.find) search(A.find, el, chart, o);
			el.dataset.live = 'on';
		};
		new ResizeObserver(draw).observe(el);
		const later = () => { if (chart && dark !== isDark()) { draw(); setTimeout(draw, 500); } };
		new MutationObserver(later).observe(document.body, { attributes: true, attributeFilter: ['data-jp-theme-light', 'class'] });
		matchMedia('(prefers-color-scheme: dark)').addEventListener('change', later);
		addEventListener('beforeprint', () => { if (chart) chart.resize(); });
	});
};
