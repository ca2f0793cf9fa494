// Draws one option as SVG, without a browser.
const random = seed => () => { // mulberry32: pictures of equal options are equal
	seed = (seed + 0x6D2B79F5) | 0;
	let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
	t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
	return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};
function draw(option, width, height, dark) {
	Math.random = random(1);
	const chart = echarts.init(null, dark ? 'dark' : null, { renderer: 'svg', ssr: true, width, height });
	try {
		const o = formats.resolve(JSON.parse(option), dark);
		o.backgroundColor = dark ? '#111418' : '#ffffff';
		chart.setOption(o);
		return chart.renderToSVGString();
	} finally {
		chart.dispose();
	}
}
