// Sources of texts: where a recording's files come from, without knowing what a file is.
//
//   meta/dmesg.txt            cmdline, cpus, vm-sysctl.txt, thp-lrugen.txt, config        of the machine
//   snap/a/zoneinfo           buddyinfo, pagetypeinfo, slabinfo, iomem, kpageflags.rle, slab.tsv, marks.tsv, ...
//   snap/post-static/slab.tsv                                                             once, at the end
//
// A path has slashes and no leading one; a compressed file is listed and read under its plain name. What lies in meta/ may
// also lie at the top, and snapshots too. Whoever starts the engine reads directories or archives, here are only texts.
//
// TS1: what is said about a damaged text names its whole path and the line: `snap/a/buddyinfo, line 2: expected ...`.

/** Texts by path. */
export interface TextSource {
	/** The text at `path`; undefined when there is none. */
	text(path: string): string | undefined;
	/** Paths of all texts that begin with `prefix`, in any order. */
	list(prefix: string): string[];
}

/** A source that holds the given texts. */
export function textSource(
	texts: Readonly<Record<string, string>>,
): TextSource {
	const byPath = new Map(Object.entries(texts));
	return {
		text: (path) => byPath.get(path),
		list: (prefix) =>
			[...byPath.keys()].filter((path) => path.startsWith(prefix)),
	};
}

/**
 * What `parse` makes of the text at `path`; undefined when there is none. An Error of the parser, which begins with the
 * name of the file, gets the folder in front (TS1).
 */
export function parsedText<T>(
	source: TextSource,
	path: string,
	parse: (text: string) => T,
): T | undefined {
	const text = source.text(path);
	if (text === undefined) return undefined;
	try {
		return parse(text);
	} catch (error) {
		if (!(error instanceof Error) || error.constructor !== Error) throw error;
		throw new Error(`${folderOf(path)}${error.message}`);
	}
}

/** Path of the file called `name` about the machine as a whole, as `source` has it; where it should be when it is missing. */
export function metaPath(source: TextSource, name: string): string {
	const [inMeta, atTop] = [`meta/${name}`, name];
	return source.text(inMeta) === undefined && source.text(atTop) !== undefined
		? atTop
		: inMeta;
}

const folderOf = (path: string): string =>
	path.slice(0, path.lastIndexOf("/") + 1);
