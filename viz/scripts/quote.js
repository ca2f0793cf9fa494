// Writes a name as a word of gondola's language: the twin of lang.Quote, which
// a test compares it with.
const quote = text => {
	const bare = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]+$/u.test(text) && !/[;|\\"'{},\ufffd]/.test(text) && !/^[#\-–—“”„‘’]/.test(text);
	if (bare && !/^(as|in|c[0-9]+)$/.test(text)) return text;
	const escapes = { '\n': '\\n', '\t': '\\t', '\r': '\\r' };
	const one = c => escapes[c] || (/["\\{}]/.test(c) ? '\\' + c
		: /[\p{L}\p{M}\p{N}\p{P}\p{S} \u200d]/u.test(c) ? c : '\\u{' + c.codePointAt(0).toString(16) + '}');
	return '"' + [...text].map(one).join('') + '"';
};
