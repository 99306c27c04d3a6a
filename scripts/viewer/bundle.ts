// The page's code, as `npm run build` made it: dist/viewer/ has what a page needs besides its trace.
//
//   scripts/viewer/page/*.ts --esbuild--> page.js, page.css, simulator.js
//
// BN1: nothing is bundled when a page is made: an installed package has no bundler.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../package-root";

/** The parts of a page that are the same for every trace. */
export interface Bundle {
	readonly script: string;
	readonly style: string;
	/** Code of the worker that runs a scenario again. */
	readonly simulator: string;
}

/** Reads the bundle. Throws an Error with one sentence when it was not built. */
export function readBundle(
	folder: string = join(packageRoot(), "dist", "viewer"),
): Bundle {
	try {
		const read = (name: string): string =>
			readFileSync(join(folder, name), "utf8");
		return {
			script: read("page.js"),
			style: read("page.css"),
			simulator: read("simulator.js"),
		};
	} catch {
		throw new Error(
			"The viewer page is not built; run `npm run build` in the checkout.",
		);
	}
}
