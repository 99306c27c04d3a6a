// Where the package is: the folder with package.json, above the sources as well as above dist/.

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The nearest folder at or above `from` that has a package.json. */
export function packageRoot(from: string = __dirname): string {
	let folder = from;
	while (!existsSync(join(folder, "package.json"))) {
		const above = dirname(folder);
		if (above === folder) throw new Error(`No package.json above ${from}.`);
		folder = above;
	}
	return folder;
}
