package viz_test

// webPayloads are texts that have become code, or broken a page, somewhere: of
// titles, labels and names of columns.
func webPayloads() []string {
	return []string{
		// Ends of the script.
		"</script><script>window.pwned=1</script>", "</SCRIPT ><script>window.pwned=1</script>", "<!--<script>", "<!--", "-->", "<![CDATA[", "]]>",
		"</script>", "</style><script>window.pwned=1</script>", "</title><script>window.pwned=1</script>", "</textarea><script>window.pwned=1</script>",
		"<script>window.pwned=1</script>", "<script src=https://example.org/x.js></script>", "<scr<script>ipt>window.pwned=1</scr</script>ipt>",
		// Handlers and addresses.
		"<img src=x onerror=window.pwned=1>", "<svg onload=window.pwned=1>", "<svg><script>window.pwned=1</script></svg>", "<body onload=window.pwned=1>",
		"<iframe srcdoc='<script>parent.pwned=1</script>'>", "<math><mtext><img src=x onerror=window.pwned=1>", "<a href=javascript:window.pwned=1>x</a>",
		"javascript:window.pwned=1", "data:text/html,<script>window.pwned=1</script>", "<link rel=stylesheet href=https://example.org/x.css>",
		"<meta http-equiv=refresh content='0;url=https://example.org'>", "<base href=https://example.org>", "<object data=https://example.org>", "<details open ontoggle=window.pwned=1>",
		"<style>*{background:url(https://example.org)}</style>", "url(https://example.org/x.png)", "<form action=https://example.org><button autofocus onfocus=window.pwned=1>",
		// Ends of attributes and strings.
		`" onmouseover="window.pwned=1`, `' onmouseover='window.pwned=1`, "` onmouseover=`window.pwned=1", `"><img src=x onerror=window.pwned=1>`, `'><img src=x onerror=window.pwned=1>`,
		`";window.pwned=1;//`, `';window.pwned=1;//`, "`;window.pwned=1;//", "${window.pwned=1}", `\";window.pwned=1;//`, `\`, "*/window.pwned=1/*", "\u2028window.pwned=1", "\u2029window.pwned=1",
		// What go-echarts takes for code.
		"__f__window.pwned=1__f__", `buffalo "__f__`, "__f__", `__f__function(){window.pwned=1}__f__`,
		// Templates.
		"{a}{b}{c}{d}", "{b}: {c} ({d}%)", "{x|y}", "{{constructor.constructor('window.pwned=1')()}}", "{name|<img src=x onerror=window.pwned=1>}", "%s%n%x", "{{.}}", "<%= 1 %>", "#{1}",
		// Names with a meaning of their own.
		"__proto__", "constructor", "toString", "hasOwnProperty", "null", "NaN", "undefined", "-", "",
		// Odd characters.
		"\x00nul", "\xed\xa0\x80", "\xff\xfe", "\u202egnp.exe", "\ufeffzero", "&lt;b&gt;", "&#x3c;script&#x3e;", "a\nb", "\t\t", "饺子 👨‍👩‍👧 السلام",
	}
}
